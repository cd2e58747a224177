package cache

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/redisdb"
)

const (
	// mostAbsent is how long it is kept that an item does not exist, in both caches together.
	mostAbsent = 10 * time.Second
	absentText = "" // what Redis keeps for an item that does not exist
)

// Policy is what can be switched.
type Policy struct {
	On          bool
	TTL         time.Duration
	ProcessTTL  time.Duration
	Penetration bool // keep also that an item does not exist
	Avalanche   bool // draw each expiry, so that what was loaded together does not expire together
	Breakdown   bool // one loader for each key
	LockTTL     time.Duration
}

// Load reads an item from the database; a nil body says that it does not exist.
type Load func(ctx context.Context, id int64) (body []byte, err error)

// Items keeps items at two levels.
type Items struct {
	redis   *redis.Client
	policy  Policy
	load    Load
	metrics *metrics.Metrics
	process *process
	loading singleflight.Group
}

// NewItems makes both levels, empty.
func NewItems(client *redis.Client, policy Policy, load Load, counters *metrics.Metrics) *Items {
	return &Items{redis: client, policy: policy, load: load, metrics: counters, process: newProcess(policy.ProcessTTL)}
}

// Read is an item's answer, nil where there is no such item.
func (i *Items) Read(ctx context.Context, id int64) ([]byte, error) {
	if !i.policy.On {
		return i.load(ctx, id)
	}
	if i.policy.ProcessTTL > 0 {
		body, found := i.process.get(id, time.Now())
		i.metrics.Cache("process", found)
		if found {
			return body, nil
		}
	}
	if !i.policy.Breakdown {
		return i.fill(ctx, id)
	}
	// The one who loads does it for the others too: that its own client leaves must not end it.
	ctx = context.WithoutCancel(ctx)
	body, err, _ := i.loading.Do(strconv.FormatInt(id, 10), func() (any, error) { return i.fill(ctx, id) })
	if err != nil {
		return nil, err
	}
	return body.([]byte), nil
}

// fill looks in Redis, then in the database, and puts what it finds into the process.
func (i *Items) fill(ctx context.Context, id int64) ([]byte, error) {
	body, found, err := i.fromRedis(ctx, id)
	i.metrics.Cache("redis", found)
	switch {
	case err != nil:
		i.metrics.FailOpen(metrics.Cache)
		return i.loadFor(ctx, id, i.keepInProcess)
	case found:
		i.keepInProcess(ctx, id, body)
		return body, nil
	case i.policy.Breakdown:
		return i.fillAlone(ctx, id)
	}
	return i.loadFor(ctx, id, i.keep)
}

// fillAlone loads as the only one of all processes.
func (i *Items) fillAlone(ctx context.Context, id int64) ([]byte, error) {
	look := func(ctx context.Context) ([]byte, bool, error) {
		body, found, err := i.fromRedis(ctx, id)
		if found {
			i.keepInProcess(ctx, id, body)
		}
		return body, found, err
	}
	load := func(ctx context.Context) ([]byte, error) { return i.loadFor(ctx, id, i.keep) }
	return alone{i.redis, i.policy.LockTTL}.fill(ctx, itemKey(id), look, load)
}

func (i *Items) loadFor(ctx context.Context, id int64, keep func(context.Context, int64, []byte)) ([]byte, error) {
	body, err := i.load(ctx, id)
	if err == nil {
		keep(ctx, id, body)
	}
	return body, err
}

func (i *Items) keepInProcess(_ context.Context, id int64, body []byte) {
	if ttl, wanted := i.ttl(body); wanted {
		i.process.put(id, body, ttl, time.Now())
	}
}

// keep leaves it at that if Redis fails.
func (i *Items) keep(ctx context.Context, id int64, body []byte) {
	i.keepInProcess(ctx, id, body)
	ttl, wanted := i.ttl(body)
	if !wanted {
		return
	}
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	i.redis.Set(ctx, itemKey(id), body, ttl) // a nil body is stored as absentText
}

// ttl is how long an answer is kept in Redis, if at all.
func (i *Items) ttl(body []byte) (ttl time.Duration, wanted bool) {
	if body == nil {
		// Half of it in Redis and half in the process, which may get it at the end of the first half.
		return min(mostAbsent, i.policy.TTL) / 2, i.policy.Penetration
	}
	return i.policy.expiry(), true
}

// expiry is how long an answer is kept.
func (p Policy) expiry() time.Duration {
	if p.Avalanche {
		return p.TTL + rand.N(p.TTL/2+1)
	}
	return p.TTL
}

func (i *Items) fromRedis(ctx context.Context, id int64) (body []byte, found bool, err error) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	text, err := i.redis.Get(ctx, itemKey(id)).Bytes()
	if err != nil {
		return nil, false, redisdb.Explained(err)
	}
	if string(text) == absentText {
		return nil, true, nil
	}
	return text, true, nil
}

func itemKey(id int64) string { return "item:" + strconv.FormatInt(id, 10) }
