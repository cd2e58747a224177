// Package compact writes JSON texts as all three services write them.
package compact

import "github.com/go-json-experiment/json/jsontext"

// Text appends a JSON string in which nothing is escaped that need not be: encoding/json would escape <, >, & and two
// separators besides. What is not UTF-8 becomes U+FFFD, which is all that the error would say.
func Text(to []byte, text string) []byte {
	to, _ = jsontext.AppendQuote(to, text)
	return to
}
