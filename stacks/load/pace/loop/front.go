package loop

import (
	"math"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"lab/pace/ask"
	"lab/pace/report"
	"lab/pace/schedule"
)

// A Target is asked, on a schedule of its own.
type Target struct {
	Address  netip.AddrPort
	Sheet    *ask.Sheet
	Right    ask.Right
	Arrivals func() *schedule.Arrivals // the same ones at each call: every thread walks them all

	flying atomic.Int64 // requests under way, of all threads
}

// Seen is what came of a target.
type Seen struct {
	Tally          *report.Tally
	Opened         int // connections
	ClosedByServer int // while no request was under way on them
	MostInFlight   int
	SentAgain      int              // requests
	Each           []report.Request // empty unless it was asked for
}

func (s *Seen) add(other *Seen) {
	s.Tally.Add(other.Tally)
	s.Opened += other.Opened
	s.ClosedByServer += other.ClosedByServer
	s.MostInFlight = max(s.MostInFlight, other.MostInFlight)
	s.SentAgain += other.SentAgain
	s.Each = append(s.Each, other.Each...)
}

// A front is one thread's part of a target: every so-manieth of its arrivals, and connections for them.
type front struct {
	*Target
	seen     *Seen
	arrivals *schedule.Arrivals
	threads  int
	family   int
	address  syscall.Sockaddr // of its own: connecting writes into it

	number int           // of the request that is due next
	due    time.Duration // when it is
	over   bool          // none is

	idle       list // of those that take turns, the one that was used longest ago first
	others     list // used while all of those are busy, the one that was used last first
	rotate     int  // so many take turns at most
	rotating   int  // so many do
	connecting int
	refused    error // why a connection could not be opened before the start
}

func newFront(target *Target, settings Settings, thread int) *front {
	f := &front{
		Target:   target,
		seen:     &Seen{Tally: report.NewTally(settings.Ramp, settings.Length)},
		arrivals: target.Arrivals(),
		threads:  settings.Threads,
		rotate:   math.MaxInt,
		number:   thread - settings.Threads,
	}
	if settings.Rotate > 0 {
		f.rotate = share(settings.Rotate, settings.Threads, thread)
	}
	f.family, f.address = addressFor(target.Address)
	f.skip(thread)
	f.advance()
	return f
}

func addressFor(target netip.AddrPort) (family int, address syscall.Sockaddr) {
	host, port := target.Addr().Unmap(), int(target.Port())
	if host.Is4() {
		return syscall.AF_INET, &syscall.SockaddrInet4{Port: port, Addr: host.As4()}
	}
	return syscall.AF_INET6, &syscall.SockaddrInet6{Port: port, Addr: host.As16()}
}

// advance goes to this thread's next arrival.
func (f *front) advance() {
	f.number += f.threads
	at, any := f.arrivals.Next()
	f.due, f.over = at, !any
	f.skip(f.threads - 1)
}

// resting is the connection that is used next; nil where all are busy.
func (f *front) resting() *conn {
	if f.idle.first != nil {
		return f.idle.first
	}
	return f.others.last
}

// lay puts a connection to rest.
func (f *front) lay(c *conn) {
	if c.rotates {
		f.idle.push(c)
	} else {
		f.others.push(c)
	}
}

// skip passes arrivals that are other threads'.
func (f *front) skip(count int) {
	for range count {
		f.arrivals.Next()
	}
}
