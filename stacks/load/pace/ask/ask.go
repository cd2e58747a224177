// Package ask knows what is asked and which answers are right, as the environment says it to every load tool of the
// lab (lab/load/protocol.py).
package ask

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	between = "\x1e" // requests, and what is right for them
	field   = "\x1f" // method, path, header lines and body of a request; statuses and body of what is right
	unique  = "{unique}"
)

// A request of the environment.
type request struct {
	method, path string
	headers      []header
	body         string
}

type header struct{ name, value string }

// A Book holds the requests, the order in which they are asked, and what must be answered.
type Book struct {
	requests []request
	turns    []int
	tokens   []string
	Right    Right
}

// OfTarget looks variables up for one of the targets, of which 0 is the first: LAB_2_NAME goes before LAB_NAME for the
// second.
func OfTarget(target int, lookup func(string) (string, bool)) func(string) (string, bool) {
	if target == 0 {
		return lookup
	}
	return func(name string) (string, bool) {
		if own, found := lookup(fmt.Sprintf("LAB_%d_%s", target+1, strings.TrimPrefix(name, "LAB_"))); found {
			return own, true
		}
		return lookup(name)
	}
}

// Read takes the LAB_ variables of one target. Without LAB_REQUESTS it is asked for the path of its own URL.
func Read(lookup func(string) (string, bool)) (*Book, error) {
	book := &Book{requests: []request{{method: "GET"}}}
	if records, found := lookup("LAB_REQUESTS"); found {
		book.requests = nil
		for record := range strings.SplitSeq(records, between) {
			asked, err := parseRequest(record)
			if err != nil {
				return nil, fmt.Errorf("LAB_REQUESTS: %w", err)
			}
			book.requests = append(book.requests, asked)
		}
	}
	turns, _ := lookup("LAB_TURNS")
	var err error
	if book.turns, err = numbers(turns, 0, len(book.requests)-1); err != nil {
		return nil, fmt.Errorf("LAB_TURNS: %w", err)
	}
	if tokens, _ := lookup("LAB_TOKENS"); tokens != "" {
		book.tokens = strings.Split(strings.TrimSuffix(tokens, "\n"), "\n")
	}
	book.Right, err = readRight(lookup, len(book.requests))
	return book, err
}

func parseRequest(record string) (request, error) {
	parts := strings.SplitN(record, field, 4)
	if len(parts) != 4 {
		return request{}, fmt.Errorf("%.80q is not method, path, header lines and body with 0x1f between", record)
	}
	asked := request{method: parts[0], path: parts[1], body: parts[3]}
	if asked.method == "" || strings.ContainsAny(asked.method, " \r\n") {
		return request{}, fmt.Errorf("%q is no method", asked.method)
	}
	if !strings.HasPrefix(asked.path, "/") || strings.ContainsAny(asked.path, " \r\n") {
		return request{}, fmt.Errorf("%q is no path: it begins with / and has no blanks", asked.path)
	}
	for line := range strings.SplitSeq(parts[2], "\n") {
		if line == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if !found || strings.Contains(line, "\r") {
			return request{}, fmt.Errorf("%q is no header line", line)
		}
		asked.headers = append(asked.headers, header{name, strings.TrimSpace(value)})
	}
	return asked, nil
}

// numbers reads whole numbers with blanks between.
func numbers(text string, least, most int) ([]int, error) {
	var read []int
	for word := range strings.FieldsSeq(text) {
		number, err := strconv.Atoi(word)
		if err != nil || number < least || number > most {
			return nil, fmt.Errorf("%q is no number from %d to %d", word, least, most)
		}
		read = append(read, number)
	}
	return read, nil
}

// place is which request the n-th one is.
func (b *Book) place(n int) int {
	if len(b.turns) > 0 {
		return b.turns[n%len(b.turns)]
	}
	return n % len(b.requests)
}

// A Sheet is the book written out for one target: bytes that only want a token and a unique text.
type Sheet struct {
	book  *Book
	texts [][]piece
	heads []bool
	again []bool
}

type piece struct {
	text []byte
	then insert
}

// insert is what comes after a piece.
type insert byte

const (
	nothing insert = iota
	aUnique
	aToken
)

// For writes the requests out for a host; `path` is asked where the environment names none. `last` says in each
// request that no other follows on its connection.
func (b *Book) For(host, path string, last bool) *Sheet {
	sheet := &Sheet{book: b}
	for _, asked := range b.requests {
		if asked.path == "" {
			asked.path = path
		}
		sheet.texts = append(sheet.texts, b.written(asked, host, last))
		sheet.heads = append(sheet.heads, asked.method == "HEAD")
		sheet.again = append(sheet.again, asked.method == "GET" || asked.method == "HEAD" || asked.has("Idempotency-Key"))
	}
	return sheet
}

func (b *Book) written(asked request, host string, last bool) []piece {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\n", asked.method, asked.path)
	lines := asked.headers
	if !asked.has("Host") {
		lines = append([]header{{"Host", host}}, lines...)
	}
	if last && !asked.has("Connection") {
		lines = append(slices.Clone(lines), header{"Connection", "close"})
	}
	if asked.body != "" {
		// {unique} stands for a text of another length.
		size := len(asked.body) + strings.Count(asked.body, unique)*(uniqueBytes-len(unique))
		lines = append(slices.Clone(lines), header{"Content-Length", strconv.Itoa(size)})
	}
	for _, line := range lines {
		fmt.Fprintf(&text, "%s: %s\r\n", line.name, line.value)
	}
	var pieces []piece
	head := text.String()
	if len(b.tokens) > 0 && !asked.has("Authorization") {
		pieces = append(split(head+"Authorization: Bearer "), split("\r\n\r\n"+asked.body)...)
		pieces[strings.Count(head, unique)].then = aToken
		return pieces
	}
	return split(head + "\r\n" + asked.body)
}

func (r request) has(name string) bool {
	return slices.ContainsFunc(r.headers, func(h header) bool { return strings.EqualFold(h.name, name) })
}

// split cuts a text at each {unique}.
func split(text string) []piece {
	var pieces []piece
	for part := range strings.SplitSeq(text, unique) {
		pieces = append(pieces, piece{[]byte(part), aUnique})
	}
	pieces[len(pieces)-1].then = nothing
	return pieces
}

// Append writes the n-th request behind `buffer`, and says which place of the book it is.
func (s *Sheet) Append(buffer []byte, n int, texts *Unique) ([]byte, int) {
	place := s.book.place(n)
	for _, part := range s.texts[place] {
		buffer = append(buffer, part.text...)
		switch part.then {
		case aUnique:
			buffer = texts.appendTo(buffer)
		case aToken:
			buffer = append(buffer, s.book.tokens[n%len(s.book.tokens)]...)
		}
	}
	return buffer, place
}

// Place is which request of the book the n-th one is.
func (s *Sheet) Place(n int) int { return s.book.place(n) }

// MayRepeat tells whether to ask twice is the same as to ask once: it only reads, or has an Idempotency-Key.
func (s *Sheet) MayRepeat(place int) bool { return s.again[place] }

// IsHead tells whether the answer to a place has no body although it says how long that would be.
func (s *Sheet) IsHead(place int) bool { return s.heads[place] }
