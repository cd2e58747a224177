package web

import (
	"io"
	"sync"
	"time"
)

// keptFor is how long a line waits for others.
const keptFor = 50 * time.Millisecond

// lines hands what is written to it on in one piece, twenty times a second.
//
// The engine reads what a container prints as soon as it is there: with a line at a time, at thousands of requests a
// second, it took a fifth of the host's CPU from those who are measured.
type lines struct {
	out   io.Writer
	mutex sync.Mutex
	kept  []byte
}

// Write keeps whole lines; it never fails.
func (l *lines) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if len(l.kept) == 0 {
		time.AfterFunc(keptFor, l.Flush)
	}
	l.kept = append(l.kept, text...)
	return len(text), nil
}

// Flush hands on what there is.
func (l *lines) Flush() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	_, _ = l.out.Write(l.kept) // there is nobody to tell if it fails
	l.kept = l.kept[:0]
}
