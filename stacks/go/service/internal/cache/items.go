package cache

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/redisdb"
)

const (
	// LockTTL is how long one who loads an item may take before the others do it too.
	LockTTL    = 2 * time.Second
	absentTTL  = 10 * time.Second
	lookAgain  = 10 * time.Millisecond
	absentText = "" // what Redis keeps for an item that does not exist
)

// release deletes a lock only if it is still the owner's: it may have expired, and be another one's by now.
var release = redis.NewScript(`
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0`)

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
		return i.loadFor(ctx, id, i.keepInProcess)
	case found:
		i.keepInProcess(ctx, id, body)
		return body, nil
	case i.policy.Breakdown:
		return i.fillAlone(ctx, id)
	}
	return i.loadFor(ctx, id, i.keep)
}

// fillAlone loads as the owner of the key's lock. Others look again until the owner has filled the cache. If the lock
// goes and leaves nothing (the item does not exist, or the owner failed), or stays too long, they load it themselves.
func (i *Items) fillAlone(ctx context.Context, id int64) ([]byte, error) {
	lock, owner := "lock:"+itemKey(id), rand.Text()
	if i.acquire(ctx, lock, owner) {
		defer i.release(ctx, lock, owner)
		// The last owner may have filled the cache between our look and our lock.
		if body, found, _ := i.fromRedis(ctx, id); found {
			i.keepInProcess(ctx, id, body)
			return body, nil
		}
		return i.loadFor(ctx, id, i.keep)
	}
	for waitUntil := time.Now().Add(i.policy.LockTTL); time.Now().Before(waitUntil); time.Sleep(lookAgain) {
		held := i.isHeld(ctx, lock) // asked first: an owner fills the cache before it lets go
		if body, found, _ := i.fromRedis(ctx, id); found {
			i.keepInProcess(ctx, id, body)
			return body, nil
		}
		if !held {
			break
		}
	}
	return i.loadFor(ctx, id, i.keep)
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
		return absentTTL, i.policy.Penetration
	}
	if i.policy.Avalanche {
		return i.policy.TTL + mathrand.N(i.policy.TTL/2+1), true
	}
	return i.policy.TTL, true
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

// acquire is false also where Redis fails; then there is nobody to wait for, which isHeld will say.
func (i *Items) acquire(ctx context.Context, lock, owner string) bool {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	answer := i.redis.SetArgs(ctx, lock, owner, redis.SetArgs{Mode: "NX", TTL: i.policy.LockTTL})
	return answer.Err() == nil && answer.Val() == "OK"
}

func (i *Items) isHeld(ctx context.Context, lock string) bool {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	return i.redis.Exists(ctx, lock).Val() == 1
}

func (i *Items) release(ctx context.Context, lock, owner string) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	release.Run(ctx, i.redis, []string{lock}, owner)
}

func itemKey(id int64) string { return "item:" + strconv.FormatInt(id, 10) }
