package web

import (
	"io"
	"net/url"
	"regexp"
	"strings"

	"lab/stacks/service/internal/fields"
	"lab/stacks/service/internal/paging"
	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/strictjson"
)

const mostBytes = 16_384

// pathID is the id in the path.
func (r *request) pathID() (int64, error) {
	id, err := paging.ID(r.Param("id"))
	if err != nil {
		return 0, problem.NotFound
	}
	return id, nil
}

// fields reads the body: content type, size, syntax, in this order.
func (r *request) fields() (*fields.Reader, error) {
	if !isJSON(sentHeader(r.Request.Header, "Content-Type")) {
		return nil, problem.UnsupportedMediaType
	}
	if r.Request.ContentLength > mostBytes {
		return nil, problem.BodyTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Request.Body, mostBytes+1))
	if len(body) > mostBytes {
		return nil, problem.BodyTooLarge
	}
	if err != nil {
		return nil, problem.MalformedRequest
	}
	object, err := strictjson.Parse(body)
	if err != nil {
		return nil, problem.MalformedRequest
	}
	return fields.Of(object), nil
}

func isJSON(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "application/json")
}

// zero is a q that refuses, as RFC 9110 writes it; whatever else stands there is none.
var zero = regexp.MustCompile(`^0(\.0{0,3})?$`)

// wantsProtobuf is true where an entry of Accept is application/x-protobuf with no q that is 0.
func (r *request) wantsProtobuf() bool {
	for entry := range strings.SplitSeq(sentHeader(r.Request.Header, "Accept"), ",") {
		mediaType, parameters, _ := strings.Cut(entry, ";")
		if strings.EqualFold(strings.TrimSpace(mediaType), "application/x-protobuf") && !isRefused(parameters) {
			return true
		}
	}
	return false
}

func isRefused(parameters string) bool {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") && zero.MatchString(strings.TrimSpace(value)) {
			return true
		}
	}
	return false
}

// page reads limit and cursor; all mistakes of the query together.
func (r *request) page() (limit int, after int64, err error) {
	limit = paging.DefaultLimit
	var mistakes problem.Fields
	wrong := func(at, code string) {
		mistakes = append(mistakes, problem.FieldError{In: "query", At: at, Code: code})
	}
	limits, cursors := parameters(r.Request.URL.RawQuery)
	switch {
	case len(limits) > 1:
		wrong("limit", "repeated")
	case len(limits) == 1:
		var code string
		if limit, code = paging.Limit(limits[0]); code != "" {
			wrong("limit", code)
		}
	}
	switch {
	case len(cursors) > 1:
		wrong("cursor", "repeated")
	case len(cursors) == 1:
		if after, err = paging.After(cursors[0]); err != nil {
			wrong("cursor", "format")
		}
	}
	if mistakes != nil {
		return 0, 0, mistakes
	}
	return limit, after, nil
}

// parameters are the values of `limit` and `cursor`. url.ParseQuery will not do: it drops pairs that it cannot decode,
// and the answer would be that of a request without them.
func parameters(query string) (limits, cursors []string) {
	if query == "" {
		return nil, nil
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		switch decoded(name) {
		case "limit":
			limits = append(limits, decoded(value))
		case "cursor":
			cursors = append(cursors, decoded(value))
		}
	}
	return limits, cursors
}

// decoded is the text as it came where it is not well encoded.
func decoded(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}
