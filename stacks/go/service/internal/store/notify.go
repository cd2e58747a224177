package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// Channel is what NOTIFY and LISTEN call each other by.
const Channel = "orders"

// wakeWorkers never waits: a wake-up that is already on its way will do for this order too.
func (s *Store) wakeWorkers() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Notify tells the workers of accepted orders until ctx ends. It is a statement of its own, after the commit: inside
// the orders' transactions it would make their commits wait for each other. One that gets lost is no loss: workers
// look for themselves every second.
func (s *Store) Notify(ctx context.Context) {
	for {
		select {
		case <-s.wake:
			_ = s.read(ctx, func(db *gorm.DB) error { return db.Exec("NOTIFY " + Channel).Error })
		case <-ctx.Done():
			return
		}
	}
}

// Listen calls began once it listens, and heard for each NOTIFY, on a connection of its own, until ctx ends or the
// connection is lost.
func Listen(ctx context.Context, config *pgx.ConnConfig, began, heard func()) error {
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = connection.Close(closing)
	}()
	if _, err := connection.Exec(ctx, "LISTEN "+Channel); err != nil {
		return err
	}
	began()
	for {
		if _, err := connection.WaitForNotification(ctx); err != nil {
			return err
		}
		heard()
	}
}
