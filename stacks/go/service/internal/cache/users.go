// Package cache keeps answers: users in Redis, items in the process and in Redis.
package cache

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/redisdb"
)

const generationKey = "users:generation"

// One round trip instead of two: the generation, and what that generation has under the rest of the key. The script
// makes the key's name itself, which only a Redis Cluster would mind. A generation that was evicted is followed by one
// that never was.
var readUsers = redis.NewScript(`
local generation = redis.call("GET", KEYS[1])
if not generation then
  generation = ARGV[2]
  redis.call("SET", KEYS[1], generation)
end
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

// Read is the answer that was kept under a key. If there is none, load makes it, and it is kept where Redis answers.
func (u *Users) Read(ctx context.Context, key string, load func() ([]byte, error)) ([]byte, error) {
	if !u.on {
		return load()
	}
	generation, kept, err := u.ask(ctx, key)
	if err != nil {
		return load()
	}
	u.metrics.Cache("redis", kept != "")
	if kept != "" {
		return []byte(kept), nil
	}
	body, err := load()
	if err == nil {
		u.keep(ctx, "users:"+generation+":"+key, body)
	}
	return body, err
}

func (u *Users) ask(ctx context.Context, key string) (generation, kept string, err error) {
	inTime, cancel := redisdb.InTime(ctx)
	defer cancel()
	answer, err := readUsers.Run(inTime, u.redis, []string{generationKey}, key, rand.Text()).StringSlice()
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
	// A name that never was. Not a number: it would begin anew, and bring old answers back, when evicted.
	return redisdb.Explained(u.redis.Set(inTime, generationKey, rand.Text(), 0).Err())
}
