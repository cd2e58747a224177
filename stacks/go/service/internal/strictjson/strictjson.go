// Package strictjson reads a request's body by the strict rules of docs/service.md. encoding/json is too kind for
// them: it takes duplicate names, half surrogates and invalid UTF-8, and finds fields whatever their letter case.
package strictjson

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object. Its values are string, Number, bool, nil, Object or Array.
type Object map[string]any

// Array is a JSON array.
type Array []any

// Number is a number as it was written: what it may be is for those to decide who know the field.
type Number string

// mostNested is how deep objects and arrays may lie in each other; the outermost is 1.
const mostNested = 16

var errMalformed = errors.New("not one well-formed JSON object")

// Parse reads exactly one object. Whatever is wrong with the text, there is one error for it.
func Parse(body []byte) (Object, error) {
	decoder := jsontext.NewDecoder(bytes.NewReader(body))
	if decoder.PeekKind() != '{' {
		return nil, errMalformed
	}
	parsed, err := value(decoder)
	if err != nil {
		return nil, errMalformed
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errMalformed
	}
	return parsed.(Object), nil
}

// value reads the next value. The decoder refuses duplicate names, half surrogates and bytes that are not UTF-8.
func value(decoder *jsontext.Decoder) (any, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	if decoder.StackDepth() > mostNested {
		return nil, errMalformed
	}
	switch token.Kind() {
	case '{':
		return object(decoder)
	case '[':
		return array(decoder)
	case '"':
		return token.String(), nil
	case '0':
		return Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	default:
		return nil, nil
	}
}

func object(decoder *jsontext.Decoder) (Object, error) {
	members := Object{}
	for decoder.PeekKind() != '}' {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String() // before the next token is read: it overwrites this one
		if members[name], err = value(decoder); err != nil {
			return nil, err
		}
	}
	_, err := decoder.ReadToken()
	return members, err
}

func array(decoder *jsontext.Decoder) (Array, error) {
	var elements Array
	for decoder.PeekKind() != ']' {
		element, err := value(decoder)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	_, err := decoder.ReadToken()
	return elements, err
}
