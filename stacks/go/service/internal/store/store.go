// Package store is Postgres: users with their profiles, items and orders, by GORM.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"lab/stacks/service/internal/tracing"
)

const (
	connectTimeout = 3 * time.Second
	// Who waits longer than this for a connection, or in a transaction for a row's lock, gets 503.
	patience = 30 * time.Second
	// A lone read waits for nobody's lock: if it takes this long, Postgres hangs.
	readPatience = 5 * time.Second
)

// Store is two pools of connections: orders that wait for an item hold up nobody who only reads.
type Store struct {
	reads, writes pool
	probe         *sql.DB      // for signs of life, beside the pools: that they are busy does not mean that Postgres is gone
	silent        func() error // why Postgres cannot be asked now, if it cannot
	spans         *tracing.Tracing
	waited        func(pool string, took time.Duration)
	wake          chan struct{} // filled by an accepted order, emptied by NOTIFY
}

// pool is a number of connections, for one of which requests wait so long, and as long for an answer.
type pool struct {
	name        string // as the metrics call it
	connections *sql.DB
	gorm        *gorm.DB
	patience    time.Duration
}

// Counted is what a store counts: statements, and how long it took to get a connection of a pool.
type Counted struct {
	Queries interface{ Inc() }
	Waited  func(pool string, took time.Duration)
}

// Config is how a connection is made. It connects to nothing yet.
func Config(host, password string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig("port=5432 dbname=lab user=lab sslmode=disable")
	if err != nil {
		return nil, err
	}
	config.Host, config.Password, config.ConnectTimeout = host, password, connectTimeout
	return config, nil
}

// Size is how many connections a store may have: for transactions, and for lone statements.
type Size struct{ Writes, Reads int }

// Shared has, besides the connections for transactions, a quarter as many for lone statements.
func Shared(writes int) Size { return Size{Writes: writes, Reads: max(1, writes/4)} }

// Open makes the pools. They connect when a connection is first asked for. silent says why Postgres cannot be asked.
func Open(config *pgx.ConnConfig, size Size, counted Counted, silent func() error) (*Store, error) {
	traced := config.Copy()
	traced.Tracer = tracer{counted.Queries}
	if config.Tracer != nil {
		traced.Tracer = multitracer.New(tracer{counted.Queries}, config.Tracer)
	}
	reads, readErr := open("statements", traced, size.Reads, readPatience)
	writes, writeErr := open("transactions", traced, size.Writes, patience)
	probe := stdlib.OpenDB(*config)
	probe.SetMaxOpenConns(1)
	store := &Store{reads: reads, writes: writes, probe: probe, silent: silent, waited: counted.Waited, wake: make(chan struct{}, 1)}
	return store, errors.Join(readErr, writeErr)
}

func open(name string, config *pgx.ConnConfig, size int, patience time.Duration) (pool, error) {
	connections := stdlib.OpenDB(*config)
	connections.SetMaxOpenConns(size)
	connections.SetMaxIdleConns(size) // the default of 2 would close and open connections all the time
	orm, err := gorm.Open(postgres.New(postgres.Config{Conn: connections}), &gorm.Config{
		Logger: logger.Discard,
		// A single statement is a transaction already; GORM would put BEGIN and COMMIT around it. Its PrepareStmt
		// stays off: pgx prepares and keeps each statement itself, once a connection.
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
	})
	return pool{name: name, connections: connections, gorm: orm, patience: patience}, err
}

// Traced tells these spans how long requests wait for a connection, and of orders.
func (s *Store) Traced(spans *tracing.Tracing) { s.spans = spans }

// Close ends all connections.
func (s *Store) Close() error {
	return errors.Join(s.reads.connections.Close(), s.writes.connections.Close(), s.probe.Close())
}

// Ping asks Postgres for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.probe.ExecContext(ctx, "-- ping")
	return explained(err)
}

// read gives a lone statement a connection.
func (s *Store) read(ctx context.Context, work func(*gorm.DB) error) error {
	return s.run(ctx, s.reads, work)
}

// write gives a transaction a connection.
func (s *Store) write(ctx context.Context, work func(*gorm.DB) error) error {
	return s.run(ctx, s.writes, work)
}

// run gives work a connection. It waits for one as long as the client does; once it has one, the work is finished
// also for a client who has left, because breaking off costs the connection.
func (s *Store) run(ctx context.Context, from pool, work func(*gorm.DB) error) error {
	if err := s.silent(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	waiting, got := context.WithTimeout(ctx, from.patience)
	defer got()
	began, gotOne := time.Now(), s.spans.Wait(ctx, "wait for a connection")
	connection, err := from.connections.Conn(waiting)
	gotOne()
	s.waited(from.name, time.Since(began))
	if err != nil {
		return explained(err)
	}
	defer func() { _ = connection.Close() }() // back into the pool; a broken one is thrown away there
	working, done := context.WithTimeout(context.WithoutCancel(ctx), from.patience)
	defer done()
	session := from.gorm.Session(&gorm.Session{NewDB: true, Context: working})
	session.Statement.ConnPool = connection
	return explained(work(session))
}

// tracer counts what is sent to Postgres, but for the frame of a transaction.
type tracer struct{ queries interface{ Inc() } }

func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, query pgx.TraceQueryStartData) context.Context {
	switch word, _, _ := strings.Cut(query.SQL, " "); word {
	case "begin", "commit", "rollback", "--":
	default:
		t.queries.Inc()
	}
	return ctx
}

func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
