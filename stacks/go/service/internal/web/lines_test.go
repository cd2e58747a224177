package web

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// written counts the pieces that it is handed.
type written struct {
	mutex  sync.Mutex
	pieces int
	text   strings.Builder
}

func (w *written) Write(text []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.pieces++
	return w.text.Write(text)
}

func (w *written) state() (pieces, lines int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.pieces, strings.Count(w.text.String(), "\n")
}

func TestManyLinesAreHandedOnInFewPieces(t *testing.T) {
	out := &written{}
	log := &lines{out: out}
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() { _, _ = fmt.Fprintf(log, "line %d\n", i) })
	}
	all.Wait()
	time.Sleep(3 * keptFor)
	if pieces, lines := out.state(); lines != 1000 || pieces > 20 {
		t.Errorf("%d lines in %d pieces", lines, pieces)
	}
}

func TestWhatIsLeftIsHandedOnAtTheEnd(t *testing.T) {
	out := &written{}
	log := &lines{out: out}
	_, _ = fmt.Fprintln(log, "the last one")
	log.Flush()
	if out.text.String() != "the last one\n" {
		t.Errorf("%q", out.text.String())
	}
}
