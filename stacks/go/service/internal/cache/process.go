package cache

import (
	"sync"
	"time"
)

// mostKept bounds the memory that somebody who asks for one item after the other can make the process use.
const mostKept = 10_000

// kept is an answer; a nil body says that the item does not exist.
type kept struct {
	body    []byte
	expires time.Time
}

// process is the level of the cache in this process.
type process struct {
	ttl   time.Duration
	mutex sync.RWMutex
	items map[int64]kept
}

func newProcess(ttl time.Duration) *process { return &process{ttl: ttl, items: map[int64]kept{}} }

func (p *process) get(id int64, now time.Time) (body []byte, found bool) {
	p.mutex.RLock()
	defer p.mutex.RUnlock()
	item, found := p.items[id]
	return item.body, found && now.Before(item.expires)
}

func (p *process) put(id int64, body []byte, ttl time.Duration, now time.Time) {
	if p.ttl == 0 {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.items) >= mostKept {
		p.tidy(now)
	}
	p.items[id] = kept{body: body, expires: now.Add(min(ttl, p.ttl))}
}

// tidy makes room: what has expired goes, and if that is nothing, everything.
func (p *process) tidy(now time.Time) {
	for id, item := range p.items {
		if !now.Before(item.expires) {
			delete(p.items, id)
		}
	}
	if len(p.items) >= mostKept {
		clear(p.items)
	}
}
