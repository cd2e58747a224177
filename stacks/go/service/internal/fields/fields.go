// Package fields takes the fields of a body and collects the mistakes, one for each place.
package fields

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/strictjson"
)

// Email is what an e-mail address looks like. Nothing but a mail shows that it is one.
var Email = regexp.MustCompile(`^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$`)

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// Reader takes fields by name. What nobody took by the time of Mistakes is unknown.
type Reader struct {
	object strictjson.Object
	prefix string // JSON pointer of the object
	taken  map[string]bool
	inner  []*Reader
	errors problem.Fields
}

// Of reads the fields of a body.
func Of(body strictjson.Object) *Reader { return &Reader{object: body, taken: map[string]bool{}} }

// Mistakes is problem.Fields with all mistakes, or nil.
func (r *Reader) Mistakes() error {
	if all := r.all(); len(all) > 0 {
		return all
	}
	return nil
}

func (r *Reader) all() problem.Fields {
	all := r.errors
	for name := range r.object {
		if !r.taken[name] {
			all = append(all, problem.FieldError{In: "body", At: r.pointer(name), Code: "unknown"})
		}
	}
	for _, inner := range r.inner {
		all = append(all, inner.all()...)
	}
	return all
}

func (r *Reader) pointer(name string) string { return r.prefix + "/" + pointerEscapes.Replace(name) }

func (r *Reader) wrong(name, code string) {
	r.errors = append(r.errors, problem.FieldError{In: "body", At: r.pointer(name), Code: code})
}

// take is the field's value; found is false, and the mistake noted, where a required one is missing.
func (r *Reader) take(name string, required bool) (value any, found bool) {
	r.taken[name] = true
	value, found = r.object[name]
	if !found && required {
		r.wrong(name, "required")
	}
	return value, found
}

// Text takes a text of least to most code points; a format of nil is any.
func (r *Reader) Text(name string, least, most int, format *regexp.Regexp) string {
	value, found := r.take(name, true)
	if !found {
		return ""
	}
	text, isText := value.(string)
	if !isText {
		r.wrong(name, "type")
		return ""
	}
	switch length := utf8.RuneCountInString(text); {
	case length < least || length > most:
		r.wrong(name, "length")
	case strings.ContainsRune(text, 0):
		r.wrong(name, "character")
	case format != nil && !format.MatchString(text):
		r.wrong(name, "format")
	}
	return text
}

// Whole takes a whole number from least to most.
func (r *Reader) Whole(name string, least, most int64) int64 {
	value, found := r.take(name, true)
	if !found {
		return 0
	}
	number, isNumber := value.(strictjson.Number)
	if !isNumber || strings.ContainsAny(string(number), ".eE") {
		r.wrong(name, "type")
		return 0
	}
	whole, err := strconv.ParseInt(string(number), 10, 64) // fails where 64 bits are too few
	if err != nil || whole < least || whole > most {
		r.wrong(name, "range")
	}
	return whole
}

// Object takes an object that may be null or missing: then it is nil.
func (r *Reader) Object(name string) *Reader {
	value, found := r.take(name, false)
	if !found || value == nil {
		return nil
	}
	object, isObject := value.(strictjson.Object)
	if !isObject {
		r.wrong(name, "type")
		return nil
	}
	inner := &Reader{object: object, prefix: r.pointer(name), taken: map[string]bool{}}
	r.inner = append(r.inner, inner)
	return inner
}

// MostID is the largest id.
const MostID = math.MaxInt64
