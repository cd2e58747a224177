package loop

import (
	"math"
	"syscall"
	"time"

	"lab/pace/ask"
	"lab/pace/report"
)

const (
	inARow = 16 // requests sent before what has come is looked at: more would make answers look late
	never  = time.Duration(math.MaxInt64)
)

// A lane is what one thread does: it sends what is due, reads what comes, and sleeps in between. Nothing in it waits
// for an answer.
type lane struct {
	settings   Settings
	poll       *poller
	start      time.Time
	fronts     []*front
	busy       list // requests under way, the one that was sent first comes first
	byFD       []*conn
	spare      []*conn
	generation int32 // of the last connection
	unique     *ask.Unique
	in, out    []byte
}

func newLane(settings Settings, targets []*Target, thread int) (*lane, error) {
	poll, err := newPoller()
	if err != nil {
		return nil, err
	}
	l := &lane{settings: settings, poll: poll, unique: ask.NewUnique(), in: make([]byte, 64*1024)}
	for _, target := range targets {
		l.fronts = append(l.fronts, newFront(target, settings, thread))
	}
	return l, nil
}

// now is the time since the start.
func (l *lane) now() time.Duration { return time.Since(l.start) }

// close ends what is left: connections that are idle.
func (l *lane) close() {
	for _, c := range l.byFD {
		if c != nil {
			syscall.Close(c.fd)
		}
	}
	l.poll.close()
}

// run offers the load from `start` on, and returns when every request has its answer or was given up.
func (l *lane) run(start time.Time) error {
	l.start, l.poll.armed = start, never
	for {
		for range inARow {
			if !l.sendNext(l.now()) {
				break
			}
		}
		l.giveUp(l.now())
		until := l.next()
		if until == never {
			return nil
		}
		if err := l.listen(until); err != nil {
			return err
		}
	}
}

// next is when there is something to do although nothing comes.
func (l *lane) next() time.Duration {
	until := never
	if f := l.earliest(); f != nil {
		until = f.due
	}
	if l.busy.first != nil {
		until = min(until, l.busy.first.sent+l.settings.Timeout)
	}
	return until
}

// earliest is the target whose request is due next; nil when all schedules are over.
func (l *lane) earliest() *front {
	var first *front
	for _, f := range l.fronts {
		if !f.over && (first == nil || f.due < first.due) {
			first = f
		}
	}
	return first
}

// sendNext sends the request that is due, and tells whether there was one.
func (l *lane) sendNext(now time.Duration) bool {
	f := l.earliest()
	if f == nil || f.due > now {
		return false
	}
	l.send(f, now)
	f.advance()
	return true
}

func (l *lane) send(f *front, now time.Duration) {
	flying := int(f.flying.Add(1))
	if flying > l.settings.Cap {
		f.flying.Add(-1)
		f.seen.Tally.Drop(f.due)
		l.note(&conn{front: f, number: f.number, place: f.Sheet.Place(f.number), due: f.due, sent: now}, report.Dropped)
		return
	}
	f.seen.MostInFlight = max(f.seen.MostInFlight, flying)
	f.seen.Tally.Send(f.due, now)
	c := f.resting()
	if c == nil {
		var err error
		if c, err = l.dial(f); err != nil {
			lost := &conn{front: f, number: f.number, place: f.Sheet.Place(f.number), due: f.due, sent: now}
			l.lose(lost, report.Connect)
			return
		}
	}
	made := l.unique.Made()
	l.out, c.place = f.Sheet.Append(l.out[:0], f.number, l.unique)
	c.number, c.due, c.sent, c.again, c.unique = f.number, f.due, now, false, ""
	if l.settings.Each && l.unique.Made() > made {
		c.unique = l.unique.Last()
	}
	l.put(c, l.out)
}

// put sends the text of a request over a connection.
func (l *lane) put(c *conn, text []byte) {
	if l.settings.Again {
		c.text = append(c.text[:0], text...)
	}
	c.leave()
	l.busy.push(c)
	c.busy = true
	c.answer.Reset(c.front.Sheet.IsHead(c.place), l.settings.Each || c.front.Right.NeedsBody(c.place))
	if c.connected {
		l.write(c, text)
	} else {
		c.rest = append(c.rest[:0], text...)
	}
}

// listen waits for news until a moment, and deals with them. What becomes due meanwhile is sent in between.
func (l *lane) listen(until time.Duration) error {
	events, err := l.poll.wait(l.now(), until)
	if err != nil {
		return err
	}
	for _, event := range events {
		if c := l.of(event); c != nil {
			l.hear(c, event.Events)
			l.sendNext(l.now())
		}
	}
	return nil
}

// giveUp ends the requests that have waited too long.
func (l *lane) giveUp(now time.Duration) {
	for c := l.busy.first; c != nil && now-c.sent >= l.settings.Timeout; c = l.busy.first {
		l.fail(c, report.Timeout)
	}
}

// of is the connection of an event; nil for the timer and for one that was closed meanwhile.
func (l *lane) of(event syscall.EpollEvent) *conn {
	if int(event.Fd) >= len(l.byFD) {
		return nil
	}
	c := l.byFD[event.Fd]
	if c == nil || c.generation != event.Pad {
		return nil
	}
	return c
}
