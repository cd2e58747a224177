package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/redisdb"
)

const (
	// LockTTL is how long one who loads may take; beyond it, or if he died, he gets a second one beside him.
	LockTTL = 2 * time.Second
	// owners is how many, one after the other, are waited for. Then everybody loads for himself.
	owners    = 5
	lookAgain = 10 * time.Millisecond
)

// release deletes a lock only if it is still the owner's: it may have expired, and be another one's by now.
var release = redis.NewScript(`
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0`)

// alone lets one process load what is to be under a key of the cache; the others look again until it is there.
type alone struct {
	redis   *redis.Client
	lockTTL time.Duration
}

type (
	looker func(context.Context) (body []byte, found bool, err error)
	filler func(context.Context) ([]byte, error) // loads, and stores under the key
)

// fill loads as the owner of the key's lock, or returns what an owner has stored. Who finds neither tries for the lock
// again: an owner may have failed, or died.
func (a alone) fill(ctx context.Context, key string, look looker, load filler) ([]byte, error) {
	lock, owner := "lock:"+key, rand.Text()
	for giveUp := time.Now().Add(owners * a.lockTTL); ; time.Sleep(lookAgain) {
		// The lock first: what its last owner stored is then seen.
		won, err := a.acquire(ctx, lock, owner)
		if won {
			defer a.release(ctx, lock, owner)
		}
		if body, found, _ := look(ctx); found {
			return body, nil
		}
		if won || err != nil || time.Now().After(giveUp) {
			return load(ctx)
		}
	}
}

func (a alone) acquire(ctx context.Context, lock, owner string) (won bool, err error) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	err = a.redis.SetArgs(ctx, lock, owner, redis.SetArgs{Mode: "NX", TTL: a.lockTTL}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil // somebody else has it
	}
	return err == nil, redisdb.Explained(err)
}

func (a alone) release(ctx context.Context, lock, owner string) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	release.Run(ctx, a.redis, []string{lock}, owner)
}
