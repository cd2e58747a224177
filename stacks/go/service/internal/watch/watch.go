// Package watch looks once a second whether the stores answer, so that nobody who wants to know has to wait for them.
// What a store did not answer is not asked of it until it does: a request that can only fail fails at once.
package watch

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// The stores, as the log calls them.
const (
	Postgres = "Postgres"
	Redis    = "Redis"
	Cache    = "the cache"
)

const (
	interval = time.Second
	patience = 3 * time.Second // of a look
)

// Look asks a store for a sign of life.
type Look func(context.Context) error

// looks in vain make a store silent: one alone may have come at a bad moment of ours.
const looks = 2

// Watch keeps what the last looks at each store have found; at first that all answer.
type Watch struct {
	mutex  sync.RWMutex
	missed map[string]int // looks in a row
	why    map[string]error
	noted  func(store string, silent bool)
}

// named is what the metrics call the stores.
var named = map[string]string{Postgres: "postgres", Redis: "redis", Cache: "cache"}

// New has not looked yet. noted is told after each look whether the store is silent.
func New(noted func(store string, silent bool)) *Watch {
	return &Watch{missed: map[string]int{}, why: map[string]error{}, noted: noted}
}

// Silent is why a store cannot be asked now, or nil.
func (w *Watch) Silent(name string) error {
	w.mutex.RLock()
	defer w.mutex.RUnlock()
	if w.missed[name] >= looks {
		return fmt.Errorf("%s did not answer a moment ago: %w", name, w.why[name])
	}
	return nil
}

// Ready is why the service cannot do its work, or nil; it goes on without the cache.
func (w *Watch) Ready() error {
	if err := w.Silent(Postgres); err != nil {
		return err
	}
	return w.Silent(Redis)
}

// Note keeps what a look has found, and says it where it is news.
func (w *Watch) Note(name string, err error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	before := w.missed[name]
	if err == nil {
		w.missed[name] = 0
	} else {
		w.missed[name], w.why[name] = before+1, err
	}
	w.noted(named[name], w.missed[name] >= looks)
	switch {
	case before+1 == looks && err != nil:
		slog.Warn(name+" does not answer", "error", err.Error())
	case before >= looks && err == nil:
		slog.Warn(name + " answers again")
	}
}

// Keep looks at a store until ctx ends.
func (w *Watch) Keep(ctx context.Context, name string, look Look) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			inTime, cancel := context.WithTimeout(ctx, patience)
			err := look(inTime)
			cancel()
			if ctx.Err() == nil {
				w.Note(name, err)
			}
		case <-ctx.Done():
			return
		}
	}
}
