// Package loop offers the load: an open loop of plain sockets, in which nothing waits for an answer.
package loop

import (
	"errors"
	"runtime"
	"sync"
	"time"
)

// startIn is how far ahead the start lies, so that all threads are ready by then.
const startIn = 20 * time.Millisecond

// Settings of a load.
type Settings struct {
	Ramp, Length time.Duration // Length includes the ramp
	Timeout      time.Duration // of a request, from when it was sent
	Cap          int           // requests under way at once, for each target
	Fresh        bool          // a connection for each request
	Open         int           // connections to each target before the start
	Rotate       int           // that take turns, for each target; 0 for all
	Threads      int
	Again        bool // a request that may be is sent once more if its kept connection had just been closed
	Each         bool // what became of every request is kept
}

// A Result of a whole load.
type Result struct {
	Seen    []*Seen       // one for each target
	Threads []Usage       // what each one had of its CPU
	Elapsed time.Duration // until the last answer was there
}

// Run offers the load to all targets. `began` is called with the moment at which it starts.
func Run(settings Settings, targets []*Target, began func(time.Time)) (*Result, error) {
	// One more than the threads that offer: what prints the marks takes nothing from them.
	runtime.GOMAXPROCS(settings.Threads + 1)
	lanes := make([]*lane, settings.Threads)
	for i := range lanes {
		l, err := newLane(settings, targets, i)
		if err != nil {
			return nil, err
		}
		defer l.close()
		lanes[i] = l
		if err := l.open(share(settings.Open, settings.Threads, i)); err != nil {
			return nil, err
		}
	}
	runtime.GC() // now rather than in the middle
	start := time.Now().Add(startIn)
	threads, errs := make([]Usage, len(lanes)), make([]error, len(lanes))
	var group sync.WaitGroup
	for i, l := range lanes {
		group.Go(func() { threads[i], errs[i] = l.onThread(start) })
	}
	began(start)
	group.Wait()
	result := &Result{Threads: threads, Elapsed: time.Since(start)}
	for i := range targets {
		seen := lanes[0].fronts[i].seen
		for _, l := range lanes[1:] {
			seen.add(l.fronts[i].seen)
		}
		result.Seen = append(result.Seen, seen)
	}
	return result, errors.Join(errs...)
}

// share is what one of so many threads has of a number.
func share(number, threads, thread int) int {
	return number/threads + min(1, max(0, number%threads-thread))
}

// onThread runs a lane on a thread of the system that does nothing else.
func (l *lane) onThread(start time.Time) (Usage, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := usage()
	err := l.run(start)
	after := usage()
	return Usage{Ran: after.Ran - before.Ran, Waited: after.Waited - before.Waited}, err
}
