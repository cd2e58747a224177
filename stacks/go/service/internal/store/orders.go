package store

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// The states of an order.
const (
	Accepted = "accepted"
	Done     = "done"
	Rejected = "rejected"
)

// The modes of an order.
const (
	Sync  = "sync"
	Async = "async"
)

// Order is a row of orders.
type Order struct {
	ID             int64
	UserID         int64
	ItemID         int64
	Quantity       int32
	IdempotencyKey string
	Mode           string
	Status         string
	CreatedAt      time.Time `gorm:"->"` // the column's default
	FinishedAt     *time.Time
	Traceparent    *string // the trace in which it was made
}

// Item is a row of items.
type Item struct {
	ID         int64
	Name       string
	PriceCents int32
	Stock      int64
}

// Item is one item, without its stock.
func (s *Store) Item(ctx context.Context, id int64) (item Item, err error) {
	err = s.read(ctx, func(db *gorm.DB) error {
		return db.Select("id", "name", "price_cents").Take(&item, id).Error
	})
	return item, err
}

// Order is one order.
func (s *Store) Order(ctx context.Context, id int64) (order Order, err error) {
	err = s.read(ctx, func(db *gorm.DB) error { return db.Take(&order, id).Error })
	return order, err
}

// PlaceSync inserts the order and does its work in one transaction. If the user has used the key before, order
// becomes the order of that time, and replayed is true.
func (s *Store) PlaceSync(ctx context.Context, order *Order, work time.Duration) (replayed bool, err error) {
	order.Mode, order.Status = Sync, Accepted
	return s.place(ctx, order, func(db *gorm.DB) error {
		return db.Transaction(func(tx *gorm.DB) error {
			if err := insert(tx, order); err != nil {
				return err
			}
			status, err := apply(tx, order, work)
			if err == nil && status == Rejected {
				return ErrOutOfStock
			}
			order.Status = status
			return err
		})
	})
}

// PlaceAsync inserts the order for a worker. Postgres has it on disk when this returns.
func (s *Store) PlaceAsync(ctx context.Context, order *Order) (replayed bool, err error) {
	order.Mode, order.Status = Async, Accepted
	order.Traceparent = s.spans.Traceparent(ctx)
	replayed, err = s.place(ctx, order, func(db *gorm.DB) error { return insert(db, order) })
	if err == nil && !replayed {
		s.wakeWorkers()
	}
	return replayed, err
}

func (s *Store) place(ctx context.Context, order *Order, attempt func(*gorm.DB) error) (replayed bool, err error) {
	err = s.write(ctx, func(db *gorm.DB) error {
		err := attempt(db)
		if err != errKeyIsKnown {
			return err
		}
		replayed = true
		return replay(db, order)
	})
	return replayed, err
}

// insert waits for another transaction that is about to insert the same key, and then finds the key known or free.
func insert(db *gorm.DB, order *Order) error {
	key := clause.OnConflict{Columns: []clause.Column{{Name: "user_id"}, {Name: "idempotency_key"}}, DoNothing: true}
	inserted := db.Clauses(key).Create(order)
	switch {
	case violates(inserted.Error, foreignMissing, ordersUserKey):
		return ErrUserGone
	case violates(inserted.Error, foreignMissing, ordersItemKey):
		return ErrNotFound
	case inserted.Error == nil && inserted.RowsAffected == 0:
		return errKeyIsKnown
	}
	return inserted.Error
}

func replay(db *gorm.DB, order *Order) error {
	var first Order
	err := db.Where("user_id = ? AND idempotency_key = ?", order.UserID, order.IdempotencyKey).Take(&first).Error
	if err != nil {
		return err
	}
	if first.ItemID != order.ItemID || first.Quantity != order.Quantity {
		return ErrKeyReused
	}
	*order = first
	return nil
}

// lockItem asks for an item's stock once it is this transaction's turn.
//
// Who waits for the item's row itself starts over whenever it has changed, and may be overtaken for ever: two hundred
// orders of five items made one wait 30 s. The advisory lock has a queue in which everybody keeps his place.
// FOR NO KEY UPDATE, not FOR UPDATE: it excludes other orders all the same, but lets them insert their rows, whose
// foreign key takes FOR KEY SHARE on the item. With FOR UPDATE, two orders that have both inserted would deadlock.
const lockItem = `WITH turn AS (SELECT pg_advisory_xact_lock(@id))
SELECT stock FROM items, turn WHERE items.id = @id FOR NO KEY UPDATE OF items`

// apply takes the item's row, works, lowers the stock and sets the order's status, which it returns. Without stock it
// sets Rejected, and neither works nor lowers anything. The caller's transaction makes all of it happen, or nothing.
func apply(tx *gorm.DB, order *Order, work time.Duration) (status string, err error) {
	var stock int64
	if locked := tx.Raw(lockItem, sql.Named("id", order.ItemID)).Scan(&stock); locked.Error != nil {
		return "", locked.Error
	}
	status = Rejected
	if stock >= int64(order.Quantity) {
		status = Done
		if err := sleep(tx.Statement.Context, work); err != nil {
			return "", err
		}
		lowered := tx.Model(&Item{ID: order.ItemID}).Update("stock", gorm.Expr("stock - ?", order.Quantity))
		if lowered.Error != nil {
			return "", lowered.Error
		}
	}
	finished := map[string]any{"status": status, "finished_at": gorm.Expr("clock_timestamp()")}
	return status, tx.Model(&Order{ID: order.ID}).Updates(finished).Error
}

// nextItem is, of the items with accepted orders, the one whose oldest waits the longest, but for those that somebody
// else has the turn at: who waits for a hot item would be missing for all others. `heads` goes through the index from
// item to item. The filter of the last line locks, and so must see one row at a time, in this order: hence MATERIALIZED.
const nextItem = `WITH RECURSIVE heads AS (
    (SELECT item_id, id FROM orders WHERE status = 'accepted' ORDER BY item_id, id LIMIT 1)
    UNION ALL
    SELECT next.item_id, next.id FROM heads, LATERAL (
        SELECT item_id, id FROM orders WHERE status = 'accepted' AND item_id > heads.item_id
        ORDER BY item_id, id LIMIT 1
    ) AS next
), oldest AS MATERIALIZED (SELECT item_id FROM heads ORDER BY id)
SELECT item_id FROM oldest WHERE pg_try_advisory_xact_lock(item_id) LIMIT 1`

// FinishOne finishes the oldest accepted order of an item that nobody else has the turn at, and returns its id, item,
// quantity and new status. found is false where there is none. A worker that dies here, or whose ctx ends, gives the order back: its transaction ends with it.
func (s *Store) FinishOne(ctx context.Context, work time.Duration) (order Order, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	end := func() {}
	defer func() { end() }() // after the commit
	err = s.write(ctx, func(db *gorm.DB) error {
		return db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
			if order, err = next(tx); err != nil || order.ID == 0 {
				return err
			}
			ctx, end = s.spans.Order(ctx, order.CreatedAt, order.Traceparent)
			order.Status, err = apply(tx.WithContext(ctx), &order, work)
			found = err == nil
			return err
		})
	})
	return order, found && err == nil, err
}

// next is the order to be finished; its ID is 0 where there is none. The second statement sees what whoever had the turn
// before has committed. If that was the item's last order, it looks again, with the turn still its own.
func next(tx *gorm.DB) (order Order, err error) {
	for {
		var itemID int64
		if turn := tx.Raw(nextItem).Scan(&itemID); turn.Error != nil || turn.RowsAffected == 0 {
			return Order{}, turn.Error
		}
		free := clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}
		oldest := tx.Clauses(free).Select("id", "item_id", "quantity", "created_at", "traceparent").
			Where("item_id = ? AND status = 'accepted'", itemID).Order("id").Limit(1).Find(&order)
		if oldest.Error != nil || oldest.RowsAffected > 0 {
			return order, oldest.Error
		}
	}
}

// Queue is how many orders are accepted, and for how many seconds the oldest has waited; 0 without one.
func (s *Store) Queue(ctx context.Context) (depth, age float64, err error) {
	const question = `SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8
FROM orders WHERE status = 'accepted'`
	err = s.read(ctx, func(db *gorm.DB) error { return db.Raw(question).Row().Scan(&depth, &age) })
	return depth, age, err
}

func sleep(ctx context.Context, length time.Duration) error {
	select {
	case <-time.After(length):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
