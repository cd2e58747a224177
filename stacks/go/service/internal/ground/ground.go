// Package ground connects tests to the Postgres and the Redis that POSTGRES_HOST and REDIS_HOST name, migrated and
// seeded. tests/service/go starts them.
package ground

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/redisdb"
	"lab/stacks/service/internal/settings"
	"lab/stacks/service/internal/store"
)

// Contract is the folder that all services read.
const Contract = "/srv/service"

// Settings are the defaults, with some changed.
func Settings(t *testing.T, changes map[string]string) settings.Settings {
	t.Helper()
	for name, text := range changes {
		t.Setenv(name, text)
	}
	read, err := settings.Read(os.LookupEnv, settings.Folder)
	if err != nil {
		t.Fatal("these tests want Postgres and Redis; see tests/service/go: ", err)
	}
	return read
}

// Config is how to connect to Postgres.
func Config(t *testing.T) *pgx.ConnConfig {
	t.Helper()
	set := Settings(t, nil)
	config, err := store.Config(set.PostgresHost, set.PostgresPassword)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// Store opens a pool of this many connections.
func Store(t *testing.T, size int) (*store.Store, *metrics.Metrics) {
	t.Helper()
	counters := metrics.New()
	counted := store.Counted{Queries: counters.Queries, Waited: counters.Waited}
	opened, err := store.Open(Config(t), store.Size{Writes: size, Reads: size}, counted, Answers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened, counters
}

// Answers is what a watch says of a store that answers.
func Answers() error { return nil }

// Postgres is a connection for the test itself.
func Postgres(t *testing.T) *pgx.Conn {
	t.Helper()
	connection, err := pgx.ConnectConfig(t.Context(), Config(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close(context.Background()) })
	return connection
}

// Terminate ends every connection of the role but the test's own, as a restart of Postgres does.
func Terminate(t *testing.T, connection *pgx.Conn) {
	t.Helper()
	const others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lab' AND pid <> pg_backend_pid()"
	if _, err := connection.Exec(t.Context(), others); err != nil {
		t.Fatal(err)
	}
}

// Held keeps the turn at an item: who orders it waits. The function gives the turn back.
func Held(t *testing.T, connection *pgx.Conn, itemID int64) (release func()) {
	t.Helper()
	if _, err := connection.Exec(t.Context(), "SELECT pg_advisory_lock($1)", itemID); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := connection.Exec(t.Context(), "SELECT pg_advisory_unlock($1)", itemID); err != nil {
			t.Fatal(err)
		}
	}
}

// Waiting is true once somebody waits for the turn at an item.
func Waiting(t *testing.T, connection *pgx.Conn, itemID int64) bool {
	return count(t, connection, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted", itemID) > 0
}

// InHand is true while somebody works on an order.
func InHand(t *testing.T, connection *pgx.Conn, orderID int64) bool {
	const free = "SELECT count(*) FROM (SELECT FROM orders WHERE id = $1 FOR UPDATE SKIP LOCKED) AS free"
	return count(t, connection, free, orderID) == 0
}

// Listening is true while a worker hears of new orders.
func Listening(t *testing.T, connection *pgx.Conn) bool {
	return count(t, connection, "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' AND state = 'idle'") > 0
}

func count(t *testing.T, connection *pgx.Conn, question string, args ...any) (counted int) {
	t.Helper()
	if err := connection.QueryRow(t.Context(), question, args...).Scan(&counted); err != nil {
		t.Fatal(err)
	}
	return counted
}

// Redis opens a client.
func Redis(t *testing.T) *redis.Client {
	t.Helper()
	set := Settings(t, nil)
	return closing(t, redisdb.Open(set.RedisHost, set.RedisPassword))
}

// Cache opens a client of the other Redis.
func Cache(t *testing.T) *redis.Client {
	t.Helper()
	set := Settings(t, nil)
	return closing(t, redisdb.Open(set.CacheHost, set.RedisPassword))
}

// NoRedis is a client of a Redis that does not answer: nobody listens on that port of the loopback.
func NoRedis(t *testing.T) *redis.Client {
	t.Helper()
	return closing(t, redisdb.Open("127.0.0.1", "none"))
}

func closing(t *testing.T, client *redis.Client) *redis.Client {
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// patience is longer than anything takes on a machine that others use as well.
const patience = time.Minute

// Eventually fails the test if a condition does not come true.
func Eventually(t *testing.T, what string, isTrue func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if isTrue() {
			return
		}
	}
	t.Fatalf("not within %s: %s", patience, what)
}

// Counter is the value of a counter without labels in a text of /metrics.
func Counter(t *testing.T, text, name string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("%s is not counted", name)
	return ""
}

// Unique is a text that no other test has.
func Unique(t *testing.T) string {
	t.Helper()
	return strings.ToLower(time.Now().Format("150405.000000000") + "-" + t.Name())
}
