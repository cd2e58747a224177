package cache_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/cache"
	"lab/stacks/service/internal/ground"
	"lab/stacks/service/internal/metrics"
)

// loader counts how often the database would have been asked, and knows the items below 1000.
type loader struct {
	count   atomic.Int32
	waiting func() // what a load waits for
}

func (l *loader) load(_ context.Context, id int64) ([]byte, error) {
	l.count.Add(1)
	l.waiting()
	if id >= 1000 {
		return nil, nil
	}
	return []byte(`{"id":1}`), nil
}

var cures = cache.Policy{
	On: true, TTL: time.Minute, Penetration: true, Avalanche: true, Breakdown: true, LockTTL: time.Minute,
}

func items(t *testing.T, client *redis.Client, policy cache.Policy) (*cache.Items, *loader) {
	t.Helper()
	asked := &loader{waiting: func() { time.Sleep(50 * time.Millisecond) }}
	return cache.NewItems(client, policy, asked.load, metrics.New()), asked
}

func emptied(t *testing.T) *redis.Client {
	t.Helper()
	client := ground.Cache(t)
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return client
}

func read(t *testing.T, from *cache.Items, id int64) {
	t.Helper()
	if body, err := from.Read(t.Context(), id); err != nil || (body == nil) != (id >= 1000) {
		t.Errorf("%d: %s, %v", id, body, err)
	}
}

// together reads an item 30 times at the same time, from two processes, so to speak.
func together(t *testing.T, one, two *cache.Items, id int64) {
	t.Helper()
	var all sync.WaitGroup
	for range 15 {
		all.Go(func() { read(t, one, id) })
		all.Go(func() { read(t, two, id) })
	}
	all.Wait()
}

func TestOneLoaderIsEnoughForAnItem(t *testing.T) {
	client := emptied(t)
	one, first := items(t, client, cures)
	two, second := items(t, client, cures)
	together(t, one, two, 1)
	if loads := first.count.Load() + second.count.Load(); loads != 1 {
		t.Errorf("%d loads", loads)
	}
	if held, err := client.Exists(t.Context(), "lock:item:1").Result(); held != 0 || err != nil {
		t.Errorf("the lock was not released: %v", err)
	}
}

func TestWithoutTheCureEverybodyLoads(t *testing.T) {
	client := emptied(t)
	policy := cures
	policy.Breakdown = false
	one, first := items(t, client, policy)
	two, second := items(t, client, policy)
	// Nobody is done before all have begun: then nobody can have found what another one stored.
	var begun sync.WaitGroup
	begun.Add(30)
	first.waiting = func() { begun.Done(); begun.Wait() }
	second.waiting = first.waiting
	together(t, one, two, 1)
	if loads := first.count.Load() + second.count.Load(); loads != 30 {
		t.Errorf("%d loads", loads)
	}
}

func TestWhoWaitsForAnAbsentItemDoesNotWaitForTheLocksEnd(t *testing.T) {
	client := emptied(t)
	policy := cures
	policy.Penetration = false
	policy.LockTTL = 24 * time.Hour // who waited for that would not come back within this test's time
	one, _ := items(t, client, policy)
	two, _ := items(t, client, policy)
	together(t, one, two, 1000)
}

func TestAnOwnerWhoDiedIsWaitedForAsLongAsTheLockIsMeantToLast(t *testing.T) {
	client := emptied(t)
	client.Set(t.Context(), "lock:item:1", "somebody", time.Hour)
	policy := cures
	policy.LockTTL = 200 * time.Millisecond
	one, asked := items(t, client, policy)
	start := time.Now()
	read(t, one, 1)
	if took := time.Since(start); took < policy.LockTTL || asked.count.Load() != 1 {
		t.Errorf("%d loads after %s", asked.count.Load(), took)
	}
	if owner := client.Get(t.Context(), "lock:item:1").Val(); owner != "somebody" {
		t.Error("somebody else's lock was released")
	}
}

func TestThatAnItemIsAbsentIsKeptWithTheCure(t *testing.T) {
	for cure, want := range map[bool]int32{true: 1, false: 5} {
		client := emptied(t)
		policy := cures
		policy.Penetration = cure
		from, asked := items(t, client, policy)
		for range 5 {
			read(t, from, 1000)
		}
		if loads := asked.count.Load(); loads != want {
			t.Errorf("cure %v: %d loads", cure, loads)
		}
		if ttl := client.PTTL(t.Context(), "item:1000").Val(); cure && (ttl <= 0 || ttl > 5*time.Second) {
			t.Errorf("kept for %s: as long again in the process is more than 10 s", ttl)
		}
	}
}

func TestThatAnItemIsAbsentIsKeptNoLongerThanItemsAre(t *testing.T) {
	client := emptied(t)
	policy := cures
	policy.TTL = 2 * time.Second
	from, _ := items(t, client, policy)
	read(t, from, 1000)
	if ttl := client.PTTL(t.Context(), "item:1000").Val(); ttl <= 0 || ttl > time.Second {
		t.Errorf("kept for %s", ttl)
	}
}

func TestTheEndOfAnOwnerWhoDiedIsNoStampede(t *testing.T) {
	client := emptied(t)
	client.Set(t.Context(), "lock:item:1", "somebody who died", 200*time.Millisecond)
	one, first := items(t, client, cures)
	two, second := items(t, client, cures)
	together(t, one, two, 1)
	if loads := first.count.Load() + second.count.Load(); loads != 1 {
		t.Errorf("%d loads", loads)
	}
}

func TestOneLoaderIsEnoughForAUser(t *testing.T) {
	client := emptied(t)
	one, two := cache.NewUsers(client, cures, metrics.New()), cache.NewUsers(client, cures, metrics.New())
	var loads atomic.Int32
	var all sync.WaitGroup
	for _, users := range []*cache.Users{one, two} {
		for range 15 {
			all.Go(func() {
				_, err := users.Read(t.Context(), cache.UserKey(1), func(context.Context) ([]byte, error) {
					loads.Add(1)
					time.Sleep(50 * time.Millisecond)
					return []byte("{}"), nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if loads.Load() != 1 {
		t.Errorf("%d loads", loads.Load())
	}
}

func TestAWriteMakesItsUserAndThePagesUnknownAndNobodyElse(t *testing.T) {
	users := cache.NewUsers(emptied(t), cures, metrics.New())
	keys := []cache.Key{cache.UserKey(1), cache.UserKey(2), cache.PageKey(20, 0)}
	for _, key := range keys {
		answerOf(t, users, key, "old")
	}
	write(t, users, func() {})
	for number, want := range []string{"new", "old", "new"} {
		if body := answerOf(t, users, keys[number], "new"); body != want {
			t.Errorf("%v: %s", keys[number], body)
		}
	}
}

func TestExpiryIsDrawnWithTheCure(t *testing.T) {
	for _, cure := range []bool{true, false} {
		client := emptied(t)
		policy := cures
		policy.Avalanche = cure
		from, _ := items(t, client, policy)
		shortest, longest := time.Hour, time.Duration(0)
		for id := int64(1); id <= 20; id++ {
			read(t, from, id)
			ttl := client.PTTL(t.Context(), "item:"+strconv.FormatInt(id, 10)).Val()
			shortest, longest = min(shortest, ttl), max(longest, ttl)
		}
		if shortest < 30*time.Second || longest > 90*time.Second {
			t.Errorf("cure %v: from %s to %s", cure, shortest, longest)
		}
		if spread := longest - shortest; (spread > 5*time.Second) != cure {
			t.Errorf("cure %v: a spread of %s", cure, spread)
		}
	}
}

func TestTheProcessIsAskedBeforeRedis(t *testing.T) {
	client := emptied(t)
	policy := cures
	policy.ProcessTTL = time.Minute
	from, asked := items(t, client, policy)
	read(t, from, 1)
	client.FlushDB(t.Context())
	read(t, from, 1)
	if loads := asked.count.Load(); loads != 1 {
		t.Errorf("%d loads", loads)
	}
}

func TestItemsAreServedWithoutRedis(t *testing.T) {
	from, asked := items(t, ground.NoRedis(t), cures)
	read(t, from, 1)
	if asked.count.Load() != 1 {
		t.Error("the database was not asked")
	}
}

func TestAnErrorIsNotKept(t *testing.T) {
	client := emptied(t)
	broken := errors.New("broken")
	failing := cache.NewItems(client, cures, func(context.Context, int64) ([]byte, error) { return nil, broken }, metrics.New())
	if _, err := failing.Read(t.Context(), 1); !errors.Is(err, broken) {
		t.Error(err)
	}
	from, _ := items(t, client, cures)
	read(t, from, 1)
}

// user reads a user through the cache as a request does; the answer is loaded if it was not kept.
func user(t *testing.T, users *cache.Users, loaded string) string {
	t.Helper()
	return answerOf(t, users, cache.UserKey(1), loaded)
}

// answerOf reads what is under a key; it is loaded if it was not kept.
func answerOf(t *testing.T, users *cache.Users, key cache.Key, loaded string) string {
	t.Helper()
	body, err := users.Read(t.Context(), key, func(context.Context) ([]byte, error) { return []byte(loaded), nil })
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func write(t *testing.T, users *cache.Users, do func()) {
	t.Helper()
	err := users.Write(t.Context(), 1, func() error {
		do()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUsersAreKeptUntilTheNextWrite(t *testing.T) {
	users := cache.NewUsers(emptied(t), cures, metrics.New())
	user(t, users, "old")
	if body := user(t, users, "new"); body != "old" {
		t.Errorf("%s was loaded", body)
	}
	write(t, users, func() {})
	if body := user(t, users, "new"); body != "new" {
		t.Errorf("%s was kept", body)
	}
}

func TestWhatALateReaderStoresIsNeverRead(t *testing.T) {
	users := cache.NewUsers(emptied(t), cures, metrics.New())
	_, err := users.Read(t.Context(), cache.UserKey(1), func(context.Context) ([]byte, error) {
		write(t, users, func() { user(t, users, "during") }) // a reader in the middle of the write
		return []byte("late"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if body := user(t, users, "new"); body != "new" {
		t.Errorf("%s was kept", body)
	}
}

func TestAGenerationThatWasEvictedDoesNotComeBack(t *testing.T) {
	client := emptied(t)
	users := cache.NewUsers(client, cures, metrics.New())
	user(t, users, "old")
	if err := client.Del(t.Context(), "user:1:generation").Err(); err != nil {
		t.Fatal(err)
	}
	if body := user(t, users, "new"); body != "new" {
		t.Errorf("%s was kept", body)
	}
}

func TestUsersAreReadButNotWrittenWithoutRedis(t *testing.T) {
	client := ground.NoRedis(t)
	users := cache.NewUsers(client, cures, metrics.New())
	if body := user(t, users, "loaded"); body != "loaded" {
		t.Error(body)
	}
	err := users.Write(t.Context(), 1, func() error { return errors.New("this was written") })
	if err == nil || strings.Contains(err.Error(), "written") {
		t.Error(err)
	}
}

func TestARedisThatForgotTheScriptIsSentIt(t *testing.T) {
	client := emptied(t)
	users := cache.NewUsers(client, cures, metrics.New())
	user(t, users, "old")
	if err := client.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if body := user(t, users, "new"); body != "old" {
		t.Errorf("%s was loaded", body)
	}
}

func TestACacheThatIsOffKeepsNothing(t *testing.T) {
	client := emptied(t)
	users := cache.NewUsers(client, cache.Policy{}, metrics.New())
	user(t, users, "old")
	if body := user(t, users, "new"); body != "new" {
		t.Errorf("%s was kept", body)
	}
	from, asked := items(t, client, cache.Policy{})
	read(t, from, 1)
	read(t, from, 1)
	if keys := client.DBSize(t.Context()).Val(); keys != 0 || asked.count.Load() != 2 {
		t.Errorf("%d keys, %d loads", keys, asked.count.Load())
	}
}
