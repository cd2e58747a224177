// Package worker finishes the orders that were only accepted.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/store"
)

const (
	// PollInterval is how often an idle hand looks for orders of which no NOTIFY told.
	PollInterval = time.Second
	// pause keeps a worker whose Postgres is away from asking for it all the time.
	pause = 200 * time.Millisecond
	// finishTime is what the orders in hand may take once the worker shall stop; then they are given back.
	finishTime = time.Second
)

// Worker has several hands, each with an order at most.
type Worker struct {
	Store   *store.Store
	Config  *pgx.ConnConfig // for the connection that listens
	Metrics *metrics.Metrics
	Hands   int
	Work    time.Duration // that an order takes
	Poll    time.Duration // between two looks of an idle hand
	// Finished is told of each order, with its status and how long it took.
	Finished func(order int64, status string, took time.Duration)

	failing atomic.Int32 // hands, and the one who listens, whose last try failed
}

// Works says why the worker does not do its work, if it does not.
func (w *Worker) Works() error {
	if failing := w.failing.Load(); failing > 0 {
		return fmt.Errorf("%d of the worker's goroutines failed at the last that they tried", failing)
	}
	return nil
}

// tried keeps account of one goroutine's tries.
func (w *Worker) tried(failed *bool, err error) {
	if *failed != (err != nil) {
		*failed = err != nil
		w.failing.Add(map[bool]int32{true: 1, false: -1}[*failed])
	}
}

// Run works until ctx ends, and a little longer on what is in hand.
func (w *Worker) Run(ctx context.Context) {
	wake := make(chan struct{}, w.Hands)
	// The hands' own context: it ends a while after ctx, and what is then unfinished is rolled back.
	hands, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	context.AfterFunc(ctx, func() { time.AfterFunc(finishTime, giveUp) })
	var running sync.WaitGroup
	for range w.Hands {
		running.Go(func() { w.hand(ctx, hands, wake) })
	}
	running.Go(func() { w.listen(ctx, wake) })
	running.Wait()
}

// hand finishes one order after the other, and waits for news when there is none.
func (w *Worker) hand(ctx, working context.Context, wake <-chan struct{}) {
	poll := time.NewTicker(w.Poll)
	defer poll.Stop()
	failed := false
	for ctx.Err() == nil {
		if w.finishOne(ctx, working, &failed) {
			continue
		}
		select {
		case <-wake:
		case <-poll.C:
		case <-ctx.Done():
		}
	}
}

// finishOne is false where there was nothing to do.
func (w *Worker) finishOne(ctx, working context.Context, failed *bool) bool {
	began := time.Now()
	order, found, err := w.Store.FinishOne(working, w.Work)
	w.tried(failed, err)
	switch {
	case err != nil:
		slog.Warn("an order was given back", "error", err.Error())
		wait(ctx, pause)
		return true
	case found:
		w.Metrics.Order(store.Async, order.Status)
		w.Finished(order.ID, order.Status, time.Since(began))
	}
	return found
}

// listen wakes all hands at each NOTIFY: whoever finds no order waits again.
func (w *Worker) listen(ctx context.Context, wake chan<- struct{}) {
	everybody := func() {
		for range cap(wake) {
			select {
			case wake <- struct{}{}:
			default: // full: everybody is on the way
			}
		}
	}
	failed := false
	for ctx.Err() == nil {
		err := store.Listen(ctx, w.Config, func() { w.tried(&failed, nil) }, everybody)
		if err != nil && ctx.Err() == nil {
			w.tried(&failed, err)
			slog.Warn("not listening to Postgres", "error", err.Error())
			wait(ctx, pause)
		}
	}
}

func wait(ctx context.Context, length time.Duration) {
	select {
	case <-time.After(length):
	case <-ctx.Done():
	}
}
