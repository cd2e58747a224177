// Package paging has the numbers that come as text: ids in paths, cursors, limits.
package paging

import (
	"encoding/base64"
	"errors"
	"strconv"
)

// DefaultLimit and MostLimit are how many users a page has if nothing is said, and at most.
const (
	DefaultLimit = 20
	MostLimit    = 100
)

var (
	errID     = errors.New("not an id")
	errCursor = errors.New("not a cursor")
)

// ID reads `[1-9][0-9]{0,18}` that fits 63 bits.
func ID(text string) (int64, error) {
	if len(text) == 0 || len(text) > 19 || text[0] == '0' || !digits(text) {
		return 0, errID
	}
	return strconv.ParseInt(text, 10, 64)
}

// Cursor writes the last id of a page.
func Cursor(id int64) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, id, 10))
}

// After reads a cursor. One that Cursor would have written differently is none.
func After(cursor string) (int64, error) {
	decoded, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, errCursor
	}
	id, err := ID(string(decoded))
	if err != nil || Cursor(id) != cursor {
		return 0, errCursor
	}
	return id, nil
}

// Limit reads how many users a page shall have; code says what is wrong with the text, if anything is.
func Limit(text string) (limit int, code string) {
	unsigned := text
	if len(text) > 0 && text[0] == '-' {
		unsigned = text[1:]
	}
	if unsigned == "" || !digits(unsigned) {
		return 0, "type"
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > MostLimit {
		return 0, "range"
	}
	return limit, ""
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}
