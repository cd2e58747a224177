// Package cache keeps answers: users in Redis, items in the process and in Redis.
package cache

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/redisdb"
)

const pagesGeneration = "users:generation"

// One round trip instead of two: the generation, and what that generation has under the rest of the key. The script
// makes the key's name itself, which only a Redis Cluster would mind. A generation that was evicted is followed by one
// that never was, which lives for so many milliseconds; 0: for ever.
var readUsers = redis.NewScript(`
local generation = redis.call("GET", KEYS[1])
if not generation then
  generation = ARGV[2]
  if ARGV[3] == "0" then
    redis.call("SET", KEYS[1], generation)
  else
    redis.call("SET", KEYS[1], generation, "PX", ARGV[3])
  end
end
return {generation, redis.call("GET", "users:" .. generation .. ":" .. ARGV[1]) or ""}`)

// Users keeps users and pages of them, as JSON, each under the generation in which it was read. A write starts a new
// generation of all pages, for it may change any of them, and of its user; what an old reader stores late is then under a
// name that nobody asks for.
type Users struct {
	redis   *redis.Client
	policy  Policy
	metrics *metrics.Metrics
	loading singleflight.Group
}

// NewUsers makes the cache; one that is off answers and keeps nothing.
func NewUsers(client *redis.Client, policy Policy, counters *metrics.Metrics) *Users {
	return &Users{redis: client, policy: policy, metrics: counters}
}

// Key is what an answer is kept as, and whose generation it has: a user's, or 0 for that of all pages.
type Key struct {
	name string
	user int64
}

// UserKey is the key of a user.
func UserKey(id int64) Key { return Key{"user:" + strconv.FormatInt(id, 10), id} }

// PageKey is the key of a page.
func PageKey(limit int, after int64) Key {
	return Key{"page:" + strconv.Itoa(limit) + ":" + strconv.FormatInt(after, 10), 0}
}

// Read is the answer that was kept under a key. If there is none, load makes it, and it is kept where Redis answers.
func (u *Users) Read(ctx context.Context, key Key, load func(context.Context) ([]byte, error)) ([]byte, error) {
	if !u.policy.On {
		return load(ctx)
	}
	generation, kept, err := u.ask(ctx, key)
	if err != nil {
		u.metrics.FailOpen(metrics.Cache)
		return load(ctx)
	}
	u.metrics.Cache("redis", kept != "")
	if kept != "" {
		return []byte(kept), nil
	}
	name := "users:" + generation + ":" + key.name
	fill := func(ctx context.Context) ([]byte, error) {
		body, err := load(ctx)
		if err == nil {
			u.keep(ctx, name, body)
		}
		return body, err
	}
	if !u.policy.Breakdown {
		return fill(ctx)
	}
	return u.fillAlone(ctx, name, fill)
}

// fillAlone loads as the only one of all processes. That its own client leaves must not end it.
func (u *Users) fillAlone(ctx context.Context, name string, fill filler) ([]byte, error) {
	ctx = context.WithoutCancel(ctx)
	body, err, _ := u.loading.Do(name, func() (any, error) {
		return alone{u.redis, u.policy.LockTTL}.fill(ctx, name, u.look(name), fill)
	})
	if err != nil {
		return nil, err
	}
	return body.([]byte), nil
}

func (u *Users) look(name string) looker {
	return func(ctx context.Context) ([]byte, bool, error) {
		ctx, cancel := redisdb.InTime(ctx)
		defer cancel()
		body, err := u.redis.Get(ctx, name).Bytes()
		return body, err == nil, redisdb.Explained(err)
	}
}

// generation is where that of a key is, and how long it lives; 0: for ever. That of a user lives longer than what is kept
// under it. That of all pages does not end: they would end together.
func (u *Users) generation(user int64) (name string, lives time.Duration) {
	if user == 0 {
		return pagesGeneration, 0
	}
	return UserKey(user).name + ":generation", 2 * u.policy.TTL
}

func (u *Users) ask(ctx context.Context, key Key) (generation, kept string, err error) {
	inTime, cancel := redisdb.InTime(ctx)
	defer cancel()
	name, lives := u.generation(key.user)
	arguments := []any{key.name, rand.Text(), lives.Milliseconds()}
	answer, err := readUsers.Run(inTime, u.redis, []string{name}, arguments...).StringSlice()
	if err == nil && len(answer) != 2 {
		err = fmt.Errorf("the cache answered %v", answer)
	}
	if err != nil {
		return "", "", redisdb.Explained(err)
	}
	return answer[0], answer[1], nil
}

// keep leaves it at that if Redis fails: the next reader asks Postgres again.
func (u *Users) keep(ctx context.Context, key string, body []byte) {
	inTime, cancel := redisdb.InTime(ctx)
	defer cancel()
	u.redis.Set(inTime, key, body, u.policy.expiry())
}

// Write does a write of a user (0: of one who is new) between two new generations: readers that began before it, or saw
// it half done, keep what they read under a generation that has passed. Without Redis nothing is written, or old answers
// would live on.
func (u *Users) Write(ctx context.Context, user int64, write func() error) error {
	if !u.policy.On {
		return write()
	}
	if err := u.raise(ctx, user); err != nil {
		return err
	}
	err := write()
	// The write has happened, or nobody knows: either way it is answered, whatever Redis says now.
	_ = u.raise(context.WithoutCancel(ctx), user)
	return err
}

func (u *Users) raise(ctx context.Context, user int64) error {
	inTime, cancel := redisdb.InTime(ctx)
	defer cancel()
	pipe := u.redis.Pipeline()
	// Names that never were. Not numbers: they would begin anew, and bring old answers back, when evicted.
	pipe.Set(inTime, pagesGeneration, rand.Text(), 0)
	if user != 0 {
		name, lives := u.generation(user)
		pipe.Set(inTime, name, rand.Text(), lives)
	}
	_, err := pipe.Exec(inTime)
	return redisdb.Explained(err)
}
