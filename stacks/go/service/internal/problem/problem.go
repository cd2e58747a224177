// Package problem makes the error answers of the service: problem documents (RFC 9457) from stacks/service/problems.json.
package problem

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"lab/stacks/service/internal/compact"
)

// The problems, by the names that problems.json gives them.
const (
	MalformedRequest      Slug = "malformed-request"
	IdempotencyKeyMissing Slug = "idempotency-key-missing"
	InvalidCredentials    Slug = "invalid-credentials"
	InvalidToken          Slug = "invalid-token"
	Forbidden             Slug = "forbidden"
	NotFound              Slug = "not-found"
	MethodNotAllowed      Slug = "method-not-allowed"
	EmailTaken            Slug = "email-taken"
	UserHasOrders         Slug = "user-has-orders"
	OutOfStock            Slug = "out-of-stock"
	BodyTooLarge          Slug = "body-too-large"
	URITooLong            Slug = "uri-too-long"
	UnsupportedMediaType  Slug = "unsupported-media-type"
	InvalidFields         Slug = "invalid-fields"
	IdempotencyKeyReused  Slug = "idempotency-key-reused"
	RateLimited           Slug = "rate-limited"
	InternalError         Slug = "internal-error"
	Unavailable           Slug = "unavailable"
)

var slugs = []Slug{
	MalformedRequest, IdempotencyKeyMissing, InvalidCredentials, InvalidToken, Forbidden, NotFound, MethodNotAllowed,
	EmailTaken, UserHasOrders, OutOfStock, BodyTooLarge, URITooLong, UnsupportedMediaType, InvalidFields, IdempotencyKeyReused,
	RateLimited, InternalError, Unavailable,
}

// Slug is a problem; as an error it ends a request with that problem.
type Slug string

func (s Slug) Error() string { return string(s) }

// FieldError is one mistake: where (in: header, query or body; at: name or JSON pointer) and which (code).
type FieldError struct{ In, At, Code string }

// Fields is the problem invalid-fields with its mistakes.
type Fields []FieldError

func (f Fields) Error() string { return string(InvalidFields) }

// Document is a problem as it is sent.
type Document struct {
	Status int
	open   []byte // without the closing brace: `errors` may follow
}

// Catalogue has the document of each problem.
type Catalogue map[Slug]Document

// Load reads problems.json. The error says which problem it lacks.
func Load(path string) (Catalogue, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var entries map[Slug]struct {
		Status        int
		Title, Detail string
	}
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	catalogue := Catalogue{}
	for _, slug := range slugs {
		entry, found := entries[slug]
		if !found {
			return nil, fmt.Errorf("%s has no %q", path, slug)
		}
		catalogue[slug] = Document{Status: entry.Status, open: opened(slug, entry.Status, entry.Title, entry.Detail)}
	}
	return catalogue, nil
}

func opened(slug Slug, status int, title, detail string) []byte {
	text := compact.Text([]byte(`{"type":`), "urn:lab:problem:"+string(slug))
	text = compact.Text(append(text, `,"title":`...), title)
	text = strconv.AppendInt(append(text, `,"status":`...), int64(status), 10)
	return compact.Text(append(text, `,"detail":`...), detail)
}

// Body is the document's text. The errors are sorted here.
func (d Document) Body(errors Fields) []byte {
	text := slices.Clone(d.open)
	if errors == nil {
		return append(text, '}')
	}
	text = append(text, `,"errors":[`...)
	for i, mistake := range sorted(errors) {
		if i > 0 {
			text = append(text, ',')
		}
		text = compact.Text(append(text, `{"in":`...), mistake.In)
		text = compact.Text(append(text, `,"at":`...), mistake.At)
		text = append(compact.Text(append(text, `,"code":`...), mistake.Code), '}')
	}
	return append(text, `]}`...)
}

// sorted orders by `in`, then `at`. Go compares bytes, which for UTF-8 is the order of code points.
func sorted(errors Fields) Fields {
	copied := slices.Clone(errors)
	slices.SortFunc(copied, func(a, b FieldError) int {
		if a.In != b.In {
			return strings.Compare(a.In, b.In)
		}
		return strings.Compare(a.At, b.At)
	})
	return copied
}
