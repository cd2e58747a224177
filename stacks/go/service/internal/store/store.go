// Package store is Postgres: users with their profiles, items and orders, by GORM.
package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

const (
	connectTimeout = 3 * time.Second
	// Who waits longer than this for a connection, or in a transaction for a row's lock, gets 503.
	patience = 30 * time.Second
	// A lone read waits for nobody's lock: if it takes this long, Postgres hangs.
	readPatience = 5 * time.Second
)

// Store is a pool of connections.
type Store struct {
	gorm *gorm.DB
	pool *sql.DB
	wake chan struct{} // filled by an accepted order, emptied by NOTIFY
}

// Counter counts statements.
type Counter interface{ Inc() }

// Config is how a connection is made. It connects to nothing yet.
func Config(host, password string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig("port=5432 dbname=lab user=lab sslmode=disable")
	if err != nil {
		return nil, err
	}
	config.Host, config.Password, config.ConnectTimeout = host, password, connectTimeout
	return config, nil
}

// Open makes a pool of at most size connections. It connects when the first is asked for.
func Open(config *pgx.ConnConfig, size int, queries Counter) (*Store, error) {
	config = config.Copy()
	config.Tracer = tracer{queries}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size) // the default of 2 would close and open connections all the time
	orm, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{
		Logger: logger.Discard,
		// A single statement is a transaction already; GORM would put BEGIN and COMMIT around it. Its PrepareStmt
		// stays off: pgx prepares and keeps each statement itself, once a connection.
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
	})
	return &Store{gorm: orm, pool: pool, wake: make(chan struct{}, 1)}, err
}

// Close ends all connections.
func (s *Store) Close() error { return s.pool.Close() }

// Ping asks Postgres for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	return explained(s.pool.PingContext(ctx))
}

// read gives a lone statement a connection.
func (s *Store) read(ctx context.Context, work func(*gorm.DB) error) error {
	return s.run(ctx, readPatience, work)
}

// write gives a transaction a connection.
func (s *Store) write(ctx context.Context, work func(*gorm.DB) error) error {
	return s.run(ctx, patience, work)
}

// run gives work a connection. It waits for one as long as the client does; once it has one, the work is finished
// also for a client who has left, because breaking off costs the connection.
func (s *Store) run(ctx context.Context, length time.Duration, work func(*gorm.DB) error) error {
	waiting, got := context.WithTimeout(ctx, patience)
	defer got()
	connection, err := s.pool.Conn(waiting)
	if err != nil {
		return explained(err)
	}
	defer func() { _ = connection.Close() }() // back into the pool; a broken one is thrown away there
	working, done := context.WithTimeout(context.WithoutCancel(ctx), length)
	defer done()
	session := s.gorm.Session(&gorm.Session{NewDB: true, Context: working})
	session.Statement.ConnPool = connection
	return explained(work(session))
}

// tracer counts what is sent to Postgres, but for the frame of a transaction.
type tracer struct{ queries Counter }

func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, query pgx.TraceQueryStartData) context.Context {
	switch word, _, _ := strings.Cut(query.SQL, " "); word {
	case "begin", "commit", "rollback", "--":
	default:
		t.queries.Inc()
	}
	return ctx
}

func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
