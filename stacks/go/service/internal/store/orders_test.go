package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lab/stacks/service/internal/ground"
	"lab/stacks/service/internal/store"
)

func order(userID, itemID int64, quantity int32, key string) *store.Order {
	return &store.Order{UserID: userID, ItemID: itemID, Quantity: quantity, IdempotencyKey: key}
}

// stock is what an item has left.
func stock(t *testing.T, itemID int64) (left int64) {
	t.Helper()
	if err := ground.Postgres(t).QueryRow(t.Context(), "SELECT stock FROM items WHERE id = $1", itemID).Scan(&left); err != nil {
		t.Fatal(err)
	}
	return left
}

func TestASyncOrderIsDoneAndLowersTheStock(t *testing.T) {
	database, _ := ground.Store(t, 2)
	before, placed := stock(t, 21), order(2, 21, 7, ground.Unique(t))
	if replayed, err := database.PlaceSync(t.Context(), placed, 0); replayed || err != nil || placed.Status != store.Done {
		t.Fatalf("%+v, %v", placed, err)
	}
	read, err := database.Order(t.Context(), placed.ID)
	if err != nil || read.Status != store.Done || read.Mode != store.Sync || read.Quantity != 7 || read.FinishedAt == nil {
		t.Errorf("%+v, %v", read, err)
	}
	if left := stock(t, 21); left != before-7 {
		t.Errorf("%d left of %d", left, before)
	}
}

func TestConcurrentOrdersOfOneItemAreAllAppliedOnce(t *testing.T) {
	database, _ := ground.Store(t, 20)
	before, key := stock(t, 22), ground.Unique(t)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if _, err := database.PlaceSync(t.Context(), order(2, 22, 1, key+string(rune('A'+i))), time.Millisecond); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if left := stock(t, 22); left != before-40 {
		t.Errorf("%d left of %d", left, before)
	}
}

func TestConcurrentRequestsWithOneKeyMakeOneOrder(t *testing.T) {
	database, _ := ground.Store(t, 20)
	before, key := stock(t, 23), ground.Unique(t)
	var all sync.WaitGroup
	var first atomic.Int64
	for range 20 {
		all.Go(func() {
			placed := order(2, 23, 3, key)
			replayed, err := database.PlaceSync(t.Context(), placed, time.Millisecond)
			if err != nil || placed.Status != store.Done {
				t.Errorf("%+v, %v", placed, err)
			}
			if !replayed && !first.CompareAndSwap(0, placed.ID) {
				t.Errorf("orders %d and %d", first.Load(), placed.ID)
			}
		})
	}
	all.Wait()
	if left := stock(t, 23); left != before-3 {
		t.Errorf("%d left of %d", left, before)
	}
}

func TestAKeyIsGoodForOneBodyAndOneUser(t *testing.T) {
	database, _ := ground.Store(t, 2)
	key := ground.Unique(t)
	first := order(2, 24, 1, key)
	if _, err := database.PlaceAsync(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for _, other := range []*store.Order{order(2, 24, 2, key), order(2, 25, 1, key), order(2, 1<<62, 1, key)} {
		if _, err := database.PlaceAsync(t.Context(), other); !errors.Is(err, store.ErrKeyReused) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	// The mode is the first request's, whatever the service is set to now.
	again, another := order(2, 24, 1, key), order(3, 24, 1, key)
	if replayed, err := database.PlaceSync(t.Context(), again, 0); !replayed || err != nil || again.ID != first.ID || again.Mode != store.Async {
		t.Errorf("%+v, %v", again, err)
	}
	if replayed, err := database.PlaceAsync(t.Context(), another); replayed || err != nil {
		t.Errorf("%+v, %v", another, err)
	}
}

func TestARefusedOrderLeavesNoTrace(t *testing.T) {
	database, _ := ground.Store(t, 2)
	ctx, key := t.Context(), ground.Unique(t)
	gone := created(t, database)
	if err := database.DeleteUser(ctx, gone.ID, nobody); err != nil {
		t.Fatal(err)
	}
	if _, err := database.PlaceSync(ctx, order(2, 100, 1, key), 0); !errors.Is(err, store.ErrOutOfStock) {
		t.Error(err)
	}
	if _, err := database.PlaceSync(ctx, order(2, 1<<62, 1, key), 0); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if _, err := database.PlaceAsync(ctx, order(gone.ID, 1, 1, key)); !errors.Is(err, store.ErrUserGone) {
		t.Error(err)
	}
	if replayed, err := database.PlaceSync(ctx, order(2, 26, 1, key), 0); replayed || err != nil {
		t.Errorf("the key is not free: %v, %v", replayed, err)
	}
}

// drained finishes what other tests have left.
func drained(t *testing.T, database *store.Store) {
	t.Helper()
	for {
		_, found, err := database.FinishOne(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			return
		}
	}
}

func TestAcceptedOrdersAreFinishedOnceEach(t *testing.T) {
	database, _ := ground.Store(t, 10)
	drained(t, database)
	before, key := stock(t, 27), ground.Unique(t)
	for i := range 20 {
		if _, err := database.PlaceAsync(t.Context(), order(2, 27, 1, key+string(rune('A'+i)))); err != nil {
			t.Fatal(err)
		}
	}
	var hands sync.WaitGroup
	var finished atomic.Int32
	for range 8 {
		hands.Go(func() {
			for {
				order, found, err := database.FinishOne(t.Context(), time.Millisecond)
				if err != nil || (found && order.Status != store.Done) {
					t.Errorf("%s, %v", order.Status, err)
				}
				if !found {
					return
				}
				finished.Add(1)
			}
		})
	}
	hands.Wait()
	if left := stock(t, 27); finished.Load() != 20 || left != before-20 {
		t.Errorf("%d finished, %d left of %d", finished.Load(), left, before)
	}
}

func TestAnAcceptedOrderWithoutStockIsRejected(t *testing.T) {
	database, _ := ground.Store(t, 2)
	drained(t, database)
	placed := order(2, 99, 4, ground.Unique(t)) // three are there
	if _, err := database.PlaceAsync(t.Context(), placed); err != nil || placed.Status != store.Accepted {
		t.Fatalf("%+v, %v", placed, err)
	}
	if order, found, err := database.FinishOne(t.Context(), 0); order.Status != store.Rejected || !found || err != nil {
		t.Errorf("%s, %v", order.Status, err)
	}
	read, err := database.Order(t.Context(), placed.ID)
	if err != nil || read.Status != store.Rejected || read.FinishedAt == nil || stock(t, 99) != 3 {
		t.Errorf("%+v, %v", read, err)
	}
}

func TestOrdersOfAnItemWhoseTurnSomebodyElseHasHoldUpNoOthers(t *testing.T) {
	database, _ := ground.Store(t, 2)
	drained(t, database)
	for _, itemID := range []int64{29, 29, 30} {
		if _, err := database.PlaceAsync(t.Context(), order(2, itemID, 1, ground.Unique(t))); err != nil {
			t.Fatal(err)
		}
	}
	before := stock(t, 30)
	release := ground.Held(t, ground.Postgres(t), 29)
	for _, want := range []bool{true, false} {
		if _, found, err := database.FinishOne(t.Context(), 0); found != want || err != nil {
			t.Errorf("%v, %v", found, err)
		}
	}
	if left := stock(t, 30); left != before-1 {
		t.Errorf("%d left of %d", left, before)
	}
	release()
	drained(t, database)
}

func TestTheItemWhoseOrderWaitsTheLongestComesFirst(t *testing.T) {
	database, _ := ground.Store(t, 2)
	drained(t, database)
	var ids []int64
	for _, itemID := range []int64{30, 29, 30, 29} {
		placed := order(2, itemID, 1, ground.Unique(t))
		if _, err := database.PlaceAsync(t.Context(), placed); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, placed.ID)
	}
	for _, id := range ids {
		if _, found, err := database.FinishOne(t.Context(), 0); !found || err != nil {
			t.Fatal(err)
		}
		if read, err := database.Order(t.Context(), id); err != nil || read.Status != store.Done {
			t.Errorf("%+v, %v", read, err)
		}
	}
}

func TestAWorkerThatLosesItsConnectionGivesTheOrderBack(t *testing.T) {
	database, _ := ground.Store(t, 2)
	drained(t, database)
	before, placed := stock(t, 28), order(2, 28, 1, ground.Unique(t))
	if _, err := database.PlaceAsync(t.Context(), placed); err != nil {
		t.Fatal(err)
	}
	holding, looking := ground.Postgres(t), ground.Postgres(t)
	run := func(on *pgx.Conn, statement string) {
		if _, err := on.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	run(holding, "BEGIN")
	run(holding, "SELECT FROM items WHERE id = 28 FOR UPDATE")
	lost := make(chan error)
	go func() {
		_, _, err := database.FinishOne(context.Background(), 0)
		lost <- err
	}()
	ground.Eventually(t, "it has the order in hand", func() bool { return ground.InHand(t, looking, placed.ID) })
	const waiting = " FROM pg_stat_activity WHERE usename = 'lab' AND wait_event_type = 'Lock'"
	ground.Eventually(t, "it waits for the item", func() bool {
		var found bool
		return looking.QueryRow(t.Context(), "SELECT EXISTS (SELECT"+waiting+")").Scan(&found) == nil && found
	})
	run(looking, "SELECT pg_terminate_backend(pid)"+waiting)
	if err := <-lost; !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	run(holding, "ROLLBACK")
	if read, err := database.Order(t.Context(), placed.ID); err != nil || read.Status != store.Accepted || stock(t, 28) != before {
		t.Errorf("%+v, %v", read, err)
	}
	drained(t, database)
	if left := stock(t, 28); left != before-1 {
		t.Errorf("%d left of %d", left, before)
	}
}
