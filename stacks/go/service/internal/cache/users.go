// Package cache keeps answers: users in Redis, items in the process and in Redis.
package cache

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/redisdb"
)

const generationKey = "users:generation"

// One round trip instead of two: the generation, and what that generation has under the rest of the key. The script
// makes the key's name itself, which only a Redis Cluster would mind.
var readUsers = redis.NewScript(`
local generation = redis.call("GET", KEYS[1]) or "0"
return {generation, redis.call("GET", "users:" .. generation .. ":" .. ARGV[1]) or ""}`)

// Users keeps users and pages of them, as JSON, each under the generation in which it was read. Every write starts a
// new generation; what an old reader stores late is then under a name that nobody asks for.
type Users struct {
	redis   *redis.Client
	on      bool
	ttl     time.Duration
	metrics *metrics.Metrics
}

// NewUsers makes the cache; one that is off answers and keeps nothing.
func NewUsers(client *redis.Client, on bool, ttl time.Duration, counters *metrics.Metrics) *Users {
	return &Users{redis: client, on: on, ttl: ttl, metrics: counters}
}

// UserKey is the key of a user.
func UserKey(id int64) string { return "user:" + strconv.FormatInt(id, 10) }

// PageKey is the key of a page.
func PageKey(limit int, after int64) string {
	return "page:" + strconv.Itoa(limit) + ":" + strconv.FormatInt(after, 10)
}

// Lookup is a question to the cache, and its answer once the pipeline was executed.
type Lookup struct {
	key  string
	call *redisdb.Call
}

// Ask puts the question for a key into a pipeline; it is nil, which Read understands, where the cache is off.
func (u *Users) Ask(ctx context.Context, pipe redis.Pipeliner, key string) *Lookup {
	if !u.on || key == "" {
		return nil
	}
	return &Lookup{key: key, call: redisdb.Ask(ctx, pipe, readUsers, []string{generationKey}, key)}
}

// Read is the answer that was kept. If there is none, load makes it, and it is kept where Redis can be reached.
func (u *Users) Read(ctx context.Context, lookup *Lookup, load func() ([]byte, error)) ([]byte, error) {
	if lookup == nil {
		return load()
	}
	inTime, cancel := redisdb.InTime(ctx)
	defer cancel()
	answer, err := lookup.call.Result(inTime, u.redis)
	if err != nil || len(answer) != 2 {
		return load()
	}
	generation, kept := answer[0].(string), answer[1].(string)
	u.metrics.Cache("redis", kept != "")
	if kept != "" {
		return []byte(kept), nil
	}
	body, err := load()
	if err == nil {
		u.keep(ctx, "users:"+generation+":"+lookup.key, body)
	}
	return body, err
}

// keep leaves it at that if Redis fails: the next reader asks Postgres again.
func (u *Users) keep(ctx context.Context, key string, body []byte) {
	inTime, cancel := redisdb.InTime(ctx)
	defer cancel()
	u.redis.Set(inTime, key, body, u.ttl)
}

// Write does a write between two new generations: readers that began before it, or saw it half done, keep what they
// read under a generation that has passed. Without Redis nothing is written, or old answers would live on.
func (u *Users) Write(ctx context.Context, write func() error) error {
	if !u.on {
		return write()
	}
	if err := u.raise(ctx); err != nil {
		return err
	}
	err := write()
	// The write has happened, or nobody knows: either way it is answered, whatever Redis says now.
	_ = u.raise(context.WithoutCancel(ctx))
	return err
}

func (u *Users) raise(ctx context.Context) error {
	inTime, cancel := redisdb.InTime(ctx)
	defer cancel()
	return redisdb.Explained(u.redis.Incr(inTime, generationKey).Err())
}
