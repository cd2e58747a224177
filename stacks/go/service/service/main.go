// Command service is docs/service.md with Gin: `app` serves, `app worker` finishes accepted orders, and called under
// the name `versions` it prints what it was built from.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/lifecycle"
	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/redisdb"
	"lab/stacks/service/internal/settings"
	"lab/stacks/service/internal/store"
	"lab/stacks/service/internal/tracing"
	"lab/stacks/service/internal/watch"
	"lab/stacks/service/internal/web"
	"lab/stacks/service/internal/worker"
)

// contract is the folder that the services of all languages read.
const contract = "/srv/service"

// What the exit codes say.
const (
	failed         = 1
	wrongSettings  = 2
	nobodyAnswered = 3
)

func main() {
	if filepath.Base(os.Args[0]) == "versions" {
		printVersions()
		return
	}
	set, err := settings.Read(os.LookupEnv, settings.Folder)
	if err != nil {
		exit(wrongSettings, err)
	}
	slog.SetDefault(logger(set.AppEnv))
	stopped, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer release()
	isWorker := len(os.Args) > 1 && os.Args[1] == "worker"
	if code, err := run(stopped, set, isWorker); err != nil {
		exit(code, err)
	}
}

// run connects, checks that Postgres and Redis answer, and works until ctx ends. The code is for os.Exit.
func run(ctx context.Context, set settings.Settings, isWorker bool) (code int, err error) {
	counters := metrics.New()
	seen := watch.New(counters.Silent)
	config, err := store.Config(set.PostgresHost, set.PostgresPassword)
	if err != nil {
		return failed, err
	}
	spans, err := tracingOf(set, isWorker)
	if err != nil {
		return failed, err
	}
	defer spans.Close()
	if spans != nil {
		config.Tracer = spans.Statements(set.PostgresHost)
	}
	counted := store.Counted{Queries: counters.Queries, Waited: counters.Waited}
	database, err := store.Open(config, connections(set, isWorker), counted, silent(seen, watch.Postgres))
	if err != nil {
		return failed, err
	}
	defer func() { _ = database.Close() }()
	database.Traced(spans)
	client := redisdb.Open(set.RedisHost, set.RedisPassword)
	defer func() { _ = client.Close() }()
	if err := await(ctx, database, client, isWorker); err != nil {
		return nobodyAnswered, err
	}
	cache := redisdb.Open(set.CacheHost, set.RedisPassword)
	defer func() { _ = cache.Close() }()
	spans.Questions(client, set.RedisHost)
	spans.Questions(cache, set.CacheHost)
	go seen.Keep(ctx, watch.Postgres, database.Ping)
	if !isWorker {
		keepRedis(ctx, seen, watch.Redis, client, set.RedisHost, set.RedisPassword)
		keepRedis(ctx, seen, watch.Cache, cache, set.CacheHost, set.RedisPassword)
	}
	stores := web.Stores{Postgres: database, Redis: client, Cache: cache, Seen: seen, Spans: spans}
	server, err := web.New(set, contract, stores, counters)
	if err != nil {
		return failed, err
	}
	defer server.Close()
	if isWorker {
		return failed, work(ctx, set, config, database, counters, server)
	}
	return failed, serve(ctx, set, database, server)
}

// tracingOf is nil where nobody wants traces.
func tracingOf(set settings.Settings, isWorker bool) (*tracing.Tracing, error) {
	if !set.Traces {
		return nil, nil
	}
	service := map[bool]string{false: "app", true: "worker"}[isWorker]
	return tracing.Start(set.ZipkinHost, service, set.TracesShare)
}

// connections is the size of the pools: the worker's hands have one each.
func connections(set settings.Settings, isWorker bool) store.Size {
	if isWorker {
		return store.Size{Writes: set.WorkerConcurrency, Reads: 1}
	}
	return store.Shared(set.PoolSize)
}

func silent(seen *watch.Watch, name string) func() error {
	return func() error { return seen.Silent(name) }
}

// keepRedis looks at a Redis by a client of its own, and has the other one fail at once while it is silent.
func keepRedis(ctx context.Context, seen *watch.Watch, name string, client *redis.Client, host, password string) {
	looking := redisdb.Open(host, password)
	context.AfterFunc(ctx, func() { _ = looking.Close() })
	go seen.Keep(ctx, name, func(ctx context.Context) error { return looking.Ping(ctx).Err() })
	redisdb.Guarded(client, silent(seen, name))
}

// await asks Redis only for the app: the worker has no use for it.
func await(ctx context.Context, database *store.Store, client *redis.Client, isWorker bool) error {
	needed := []lifecycle.Needed{{Name: "Postgres", Ping: database.Ping}}
	if !isWorker {
		ping := func(ctx context.Context) error { return client.Ping(ctx).Err() }
		needed = append(needed, lifecycle.Needed{Name: "Redis", Ping: ping})
	}
	return lifecycle.Await(ctx, needed...)
}

func serve(ctx context.Context, set settings.Settings, database *store.Store, server *web.Server) error {
	if !set.Auth {
		slog.Warn("AUTH=off: everybody is admin 1")
	}
	go database.Notify(ctx)
	return lifecycle.Serve(ctx, server.Handler())
}

func work(ctx context.Context, set settings.Settings, config *pgx.ConnConfig, database *store.Store,
	counters *metrics.Metrics, server *web.Server,
) error {
	hands := worker.Worker{
		Store: database, Config: config, Metrics: counters, Hands: set.WorkerConcurrency, Work: set.OrderWork,
		Poll: worker.PollInterval, Finished: server.Finished,
	}
	counters.Queue(func(ctx context.Context) (depth, age float64, known bool) {
		depth, age, err := database.Queue(ctx)
		return depth, age, err == nil
	})
	served := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	go func() {
		defer stop() // a worker that cannot say how it is ends
		served <- lifecycle.Serve(ctx, server.WorkerHandler(hands.Works))
	}()
	hands.Run(ctx)
	return <-served
}

// logger writes what is no request to stderr, in JSON.
func logger(appEnv string) *slog.Logger {
	level := map[string]slog.Level{"development": slog.LevelDebug, "testing": slog.LevelWarn}[appEnv]
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level, ReplaceAttr: named}))
}

// named gives the lines the keys of the access log.
func named(_ []string, attribute slog.Attr) slog.Attr {
	switch attribute.Key {
	case slog.TimeKey:
		return slog.String("time", attribute.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z"))
	case slog.LevelKey:
		return slog.String("level", strings.ToLower(attribute.Value.String()))
	case slog.MessageKey:
		attribute.Key = "message"
	}
	return attribute
}

func exit(code int, err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(code)
}

func printVersions() {
	fmt.Println("go", runtime.Version()[len("go"):])
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	for _, module := range info.Deps {
		fmt.Println(module.Path, module.Version)
	}
}
