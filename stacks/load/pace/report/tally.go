// Package report counts what happened and prints it as the lab reads it.
package report

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The resolution of every histogram: the lab's own (lab/load/histogram.py), so that they can be added up.
const (
	lowestUS          = 1
	highestUS         = 3_600_000_000
	significantDigits = 3
)

// Slot is how long one entry of the timeline lasts.
const Slot = 100 * time.Millisecond

// Kind is what went wrong with a request.
type Kind int

// The kinds of errors; the first four came without a whole answer.
const (
	Connect Kind = iota
	Read
	Write
	Timeout
	Status
	Body
	kinds
)

// Counts of requests. offered = sent + dropped; sent = answered + the errors that came without a whole answer.
type Counts struct {
	Offered, Sent, Answered, Dropped int
	Bytes                            int
	Errors                           [kinds]int
}

// A slot of the timeline: what was due, sent, answered and lost in it. slowest is of the requests that were due in it.
type slot struct {
	offered, sent, answered, dropped, failed int
	slowest                                  time.Duration
}

// Refusal is what became of the requests whose answers had one wrong status, the ramp's included.
type Refusal struct {
	Count            int
	First            time.Duration // when the first answer came
	Fastest, Slowest time.Duration // from sent to answered
}

// A Tally of one target. Requests that were due during the ramp are counted apart, and are in no histogram.
type Tally struct {
	Ramp, Counted Counts
	Refusals      map[int]Refusal // by status

	ramp                  time.Duration
	latency, service, lag *hdrhistogram.Histogram
	slots                 []slot
}

// NewTally begins at nothing; the timeline has room for as long as the load lasts, and grows.
func NewTally(ramp, length time.Duration) *Tally {
	fresh := func() *hdrhistogram.Histogram { return hdrhistogram.New(lowestUS, highestUS, significantDigits) }
	return &Tally{
		Refusals: map[int]Refusal{},
		ramp:     ramp, latency: fresh(), service: fresh(), lag: fresh(),
		slots: make([]slot, 0, int(length/Slot)+1),
	}
}

// Drop counts a request that could not be sent at its time, because too many were under way.
func (t *Tally) Drop(due time.Duration) {
	counts, slot := t.part(due), t.slot(due)
	counts.Offered++
	counts.Dropped++
	slot.offered++
	slot.dropped++
}

// Send counts a request that was taken up at `sent`.
func (t *Tally) Send(due, sent time.Duration) {
	counts := t.part(due)
	counts.Offered++
	counts.Sent++
	t.slot(due).offered++
	t.slot(sent).sent++
	if counts == &t.Counted {
		record(t.lag, sent-due)
	}
}

// Answer counts a whole answer of so many bytes of body, right or wrong.
func (t *Tally) Answer(due, sent, at time.Duration, bytes int) {
	counts := t.part(due)
	counts.Answered++
	counts.Bytes += bytes
	t.slot(at).answered++
	slot := t.slot(due)
	slot.slowest = max(slot.slowest, at-due)
	if counts == &t.Counted {
		record(t.latency, at-due)
		record(t.service, at-sent)
	}
}

// Fail counts an error: instead of an answer, or beside one that is wrong.
func (t *Tally) Fail(due, at time.Duration, kind Kind) {
	t.part(due).Errors[kind]++
	t.slot(at).failed++
}

// Refuse notes the status of an answer that was wrong by it; Fail counts it.
func (t *Tally) Refuse(status int, sent, at time.Duration) {
	t.refuse(status, Refusal{1, at, at - sent, at - sent})
}

func (t *Tally) refuse(status int, more Refusal) {
	known, there := t.Refusals[status]
	if there {
		more = Refusal{
			known.Count + more.Count, min(known.First, more.First),
			min(known.Fastest, more.Fastest), max(known.Slowest, more.Slowest),
		}
	}
	t.Refusals[status] = more
}

func (t *Tally) part(due time.Duration) *Counts {
	if due < t.ramp {
		return &t.Ramp
	}
	return &t.Counted
}

func (t *Tally) slot(at time.Duration) *slot {
	index := int(at / Slot)
	for len(t.slots) <= index {
		t.slots = append(t.slots, slot{})
	}
	return &t.slots[index]
}

// record rounds to the nearest microsecond.
func record(histogram *hdrhistogram.Histogram, value time.Duration) {
	// Nothing waits for an hour: the time-out is far below, so no value is out of range.
	_ = histogram.RecordValue(min(value.Round(time.Microsecond).Microseconds(), highestUS))
}

// Add takes another thread's tally of the same target into this one.
func (t *Tally) Add(other *Tally) {
	t.Ramp.add(other.Ramp)
	t.Counted.add(other.Counted)
	t.latency.Merge(other.latency)
	t.service.Merge(other.service)
	t.lag.Merge(other.lag)
	for status, more := range other.Refusals {
		t.refuse(status, more)
	}
	for i, more := range other.slots {
		slot := t.slot(time.Duration(i) * Slot)
		slot.offered += more.offered
		slot.sent += more.sent
		slot.answered += more.answered
		slot.dropped += more.dropped
		slot.failed += more.failed
		slot.slowest = max(slot.slowest, more.slowest)
	}
}

func (c *Counts) add(other Counts) {
	c.Offered += other.Offered
	c.Sent += other.Sent
	c.Answered += other.Answered
	c.Dropped += other.Dropped
	c.Bytes += other.Bytes
	for kind, count := range other.Errors {
		c.Errors[kind] += count
	}
}
