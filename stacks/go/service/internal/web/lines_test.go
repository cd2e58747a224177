package web

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// written counts the pieces that it is handed.
type written struct {
	bytes.Buffer
	pieces int
}

func (w *written) Write(text []byte) (int, error) {
	w.pieces++
	return w.Buffer.Write(text)
}

// clock keeps what is to happen later until the test lets the time pass.
type clock struct{ due []func() }

func (c *clock) later(_ time.Duration, call func()) { c.due = append(c.due, call) }

func (c *clock) pass() {
	for _, call := range c.due {
		call()
	}
	c.due = nil
}

func TestManyLinesAreHandedOnInOnePiece(t *testing.T) {
	out, time := &written{}, &clock{}
	log := &lines{out: out, later: time.later}
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() { _, _ = fmt.Fprintf(log, "line %d\n", i) })
	}
	all.Wait()
	if len(time.due) != 1 || out.pieces != 0 {
		t.Errorf("%d timers, %d pieces before the time", len(time.due), out.pieces)
	}
	time.pass()
	if lines := strings.Count(out.String(), "\n"); lines != 1000 || out.pieces != 1 {
		t.Errorf("%d lines in %d pieces", lines, out.pieces)
	}
}

func TestWhatIsLeftIsHandedOnAtTheEndAndNothingAfterIt(t *testing.T) {
	out, time := &written{}, &clock{}
	log := &lines{out: out, later: time.later}
	_, _ = fmt.Fprintln(log, "the last one")
	log.Flush()
	time.pass()
	if out.String() != "the last one\n" || out.pieces != 1 {
		t.Errorf("%q in %d pieces", out.String(), out.pieces)
	}
}
