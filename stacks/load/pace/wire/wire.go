// Package wire reads answers of HTTP/1 as they come in, in pieces of any size.
package wire

import (
	"bytes"
	"errors"
	"fmt"
	"math"
)

// longestHead is how much an answer may have before its body.
const longestHead = 64 * 1024

// ErrCut is a connection that ended within an answer, or before one.
var ErrCut = errors.New("the connection ended before the answer did")

// state is what comes next.
type state byte

const (
	statusLine state = iota
	headerLine
	body
	bodyUntilEnd
	chunkSize
	chunk
	chunkEnd
	trailer
	done
)

// An Answer is read by Feed until it is Done. Use Reset before the first one, and before each that follows.
type Answer struct {
	Status int
	Size   int    // of the body, in bytes
	Body   []byte // empty unless it is to be kept
	Last   bool   // the server takes no other request on this connection

	state    state
	keep     bool
	bodyless bool
	chunked  bool
	left     int // bytes of the body or of the chunk; -1: until the connection ends
	head     int // bytes of the head so far
	line     []byte
}

// Reset begins a new answer, keeping the memory of the last one. The answer to a HEAD has no body.
func (a *Answer) Reset(isHead, keepBody bool) {
	*a = Answer{Body: a.Body[:0], line: a.line[:0], keep: keepBody, bodyless: isHead, left: -1}
}

// Done tells whether the whole answer is there.
func (a *Answer) Done() bool { return a.state == done }

// Begun tells whether anything of the answer is there.
func (a *Answer) Begun() bool { return a.head > 0 }

// Feed takes what came in and returns how much of it belongs to this answer.
func (a *Answer) Feed(data []byte) (int, error) {
	size := len(data)
	for len(data) > 0 && a.state != done {
		var err error
		switch a.state {
		case body, bodyUntilEnd, chunk:
			data = a.take(data)
		default:
			data, err = a.takeLine(data)
		}
		if err != nil {
			return 0, err
		}
	}
	return size - len(data), nil
}

// End says that the connection ended, which for some answers is where they end.
func (a *Answer) End() error {
	if a.state != bodyUntilEnd {
		return ErrCut
	}
	a.state = done
	return nil
}

// take reads what there is of a body.
func (a *Answer) take(data []byte) []byte {
	n := len(data)
	if a.state != bodyUntilEnd {
		n = min(n, a.left)
		a.left -= n
	}
	if a.keep {
		a.Body = append(a.Body, data[:n]...)
	}
	a.Size += n
	switch {
	case a.left == 0 && a.state == body:
		a.state = done
	case a.left == 0 && a.state == chunk:
		a.state = chunkEnd
	}
	return data[n:]
}

// takeLine reads up to the end of a line, or keeps what there is of it.
func (a *Answer) takeLine(data []byte) ([]byte, error) {
	end := bytes.IndexByte(data, '\n')
	piece := data[:end+1]
	if end < 0 {
		piece = data
	}
	if a.head += len(piece); a.head > longestHead {
		return nil, fmt.Errorf("more than %d bytes of head", longestHead)
	}
	if end < 0 {
		a.line = append(a.line, piece...)
		return nil, nil
	}
	line := piece
	if len(a.line) > 0 {
		a.line = append(a.line, piece...)
		line = a.line
	}
	err := a.read(bytes.TrimRight(line, "\r\n"))
	a.line = a.line[:0]
	return data[end+1:], err
}

func (a *Answer) read(line []byte) error {
	switch a.state {
	case statusLine:
		return a.readStatus(line)
	case headerLine:
		if len(line) == 0 {
			return a.endHead()
		}
		return a.readHeader(line)
	case chunkSize:
		return a.readChunkSize(line)
	case chunkEnd:
		if len(line) > 0 {
			return fmt.Errorf("%.40q behind a chunk", line)
		}
		a.state = chunkSize
	case trailer:
		if len(line) == 0 {
			a.state = done
		}
	}
	return nil
}

func (a *Answer) readStatus(line []byte) error {
	const start = "HTTP/1."
	if len(line) < len("HTTP/1.1 200") || string(line[:len(start)]) != start || line[8] != ' ' {
		return fmt.Errorf("%.40q is no status line", line)
	}
	status, ok := number(line[9:12], 10)
	if !ok || status < 100 {
		return fmt.Errorf("%.40q has no status", line)
	}
	a.Status, a.Last = status, line[7] == '0'
	a.state = headerLine
	return nil
}

func (a *Answer) readHeader(line []byte) error {
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found {
		return fmt.Errorf("%.40q is no header", line)
	}
	value = bytes.TrimSpace(value)
	switch {
	case is(name, "content-length"):
		length, ok := number(value, 10)
		if !ok {
			return fmt.Errorf("%.40q is no length", value)
		}
		a.left = length
	case is(name, "transfer-encoding"):
		a.chunked = is(value, "chunked")
	case is(name, "connection"):
		if is(value, "close") {
			a.Last = true
		} else if is(value, "keep-alive") {
			a.Last = false
		}
	}
	return nil
}

// endHead decides what comes behind the head (RFC 9112, 6.3).
func (a *Answer) endHead() error {
	switch {
	case a.Status == 101:
		return errors.New("the server changed the protocol, which nobody asked for")
	case a.Status < 200: // not the answer yet
		a.state = statusLine
	case a.bodyless || a.Status == 204 || a.Status == 304:
		a.state = done
	case a.chunked:
		a.state = chunkSize
	case a.left > 0:
		a.state = body
	case a.left == 0:
		a.state = done
	default:
		a.state, a.Last = bodyUntilEnd, true
	}
	return nil
}

func (a *Answer) readChunkSize(line []byte) error {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	size, ok := number(bytes.TrimSpace(digits), 16)
	if !ok {
		return fmt.Errorf("%.40q is no size of a chunk", line)
	}
	a.head = 0 // the sizes of many chunks are no long head
	a.left, a.state = size, chunk
	if size == 0 {
		a.state = trailer
	}
	return nil
}

// is compares a name or value with one in small letters.
func is(text []byte, small string) bool {
	return len(text) == len(small) && bytes.EqualFold(text, []byte(small))
}

// number reads digits alone: no sign, no blanks.
func number(digits []byte, base int) (int, bool) {
	sum := 0
	for _, digit := range digits {
		value := 99
		switch {
		case digit >= '0' && digit <= '9':
			value = int(digit - '0')
		case digit >= 'a' && digit <= 'f':
			value = int(digit-'a') + 10
		case digit >= 'A' && digit <= 'F':
			value = int(digit-'A') + 10
		}
		if value >= base || sum > math.MaxInt32 {
			return 0, false
		}
		sum = sum*base + value
	}
	return sum, len(digits) > 0
}
