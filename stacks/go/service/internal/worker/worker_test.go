package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lab/stacks/service/internal/ground"
	"lab/stacks/service/internal/store"
	"lab/stacks/service/internal/worker"
)

// started runs a worker that listens, and looks only once by itself; stop ends it.
func started(t *testing.T, work time.Duration) (database *store.Store, connection *pgx.Conn, stop func()) {
	t.Helper()
	database, connection, _, stop = watched(t, work, 24*time.Hour)
	return database, connection, stop
}

func watched(t *testing.T, work, poll time.Duration) (database *store.Store, connection *pgx.Conn, works func() bool, stop func()) {
	t.Helper()
	database, counters := ground.Store(t, 6)
	connection = ground.Postgres(t)
	hands := worker.Worker{
		Store: database, Config: ground.Config(t), Metrics: counters, Hands: 4, Work: work, Poll: poll,
		Finished: func(int64, string, time.Duration) {},
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		hands.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	ground.Eventually(t, "the worker listens", func() bool { return ground.Listening(t, connection) })
	return database, connection, func() bool { return hands.Works() == nil }, stop
}

func placed(t *testing.T, database *store.Store) int64 {
	t.Helper()
	order := &store.Order{UserID: 2, ItemID: 31, Quantity: 1, IdempotencyKey: ground.Unique(t)}
	if _, err := database.PlaceAsync(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	return order.ID
}

func status(t *testing.T, database *store.Store, id int64) string {
	t.Helper()
	order, err := database.Order(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return order.Status
}

// announced tells the worker of orders until the test ends.
func announced(t *testing.T, database *store.Store) {
	t.Helper()
	notifying, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go database.Notify(notifying)
}

func TestNotifyWakesTheWorkerLongBeforeItsNextLook(t *testing.T) {
	database, _, _ := started(t, 0)
	announced(t, database)
	for range 5 {
		id := placed(t, database)
		ground.Eventually(t, "the order is done", func() bool { return status(t, database, id) == store.Done })
	}
}

func TestAnOrderOfWhichNobodyToldIsFoundAtTheNextLook(t *testing.T) {
	database, counters := ground.Store(t, 6)
	id := placed(t, database)
	hands := worker.Worker{
		Store: database, Config: ground.Config(t), Metrics: counters, Hands: 1, Poll: 10 * time.Millisecond,
		Finished: func(int64, string, time.Duration) {},
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		hands.Run(ctx)
	}()
	ground.Eventually(t, "the order is done", func() bool { return status(t, database, id) == store.Done })
	later := placed(t, database)
	ground.Eventually(t, "the next order is done", func() bool { return status(t, database, later) == store.Done })
	cancel()
	<-ended
}

func TestTheWorkerOutlivesItsConnections(t *testing.T) {
	// What was told over a connection that had just been cut is lost: the next look finds the order then.
	database, connection, _, _ := watched(t, 0, 100*time.Millisecond)
	announced(t, database)
	ground.Terminate(t, connection)
	ground.Eventually(t, "the worker listens again", func() bool { return ground.Listening(t, connection) })
	var id int64
	ground.Eventually(t, "the pool heals", func() bool {
		order := &store.Order{UserID: 2, ItemID: 31, Quantity: 1, IdempotencyKey: ground.Unique(t)}
		_, err := database.PlaceAsync(t.Context(), order)
		id = order.ID
		return err == nil
	})
	ground.Eventually(t, "the order is done", func() bool {
		order, err := database.Order(t.Context(), id) // by a connection of before, perhaps
		return err == nil && order.Status == store.Done
	})
}

func TestADatabaseThatMayOnlyBeReadIsToldAndOutlived(t *testing.T) {
	database, connection, works, _ := watched(t, 0, 100*time.Millisecond)
	announced(t, database)
	run := func(statement string) {
		if _, err := connection.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	id := placed(t, database)
	run("ALTER ROLE lab SET default_transaction_read_only = on")
	defer run("ALTER ROLE lab RESET default_transaction_read_only")
	ground.Terminate(t, connection)
	ground.Eventually(t, "it does not work", func() bool { return !works() })
	run("ALTER ROLE lab RESET default_transaction_read_only")
	ground.Terminate(t, connection)
	ground.Eventually(t, "it works", works)
	ground.Eventually(t, "the order is done", func() bool {
		order, err := database.Order(t.Context(), id) // by a connection of before, perhaps
		return err == nil && order.Status == store.Done
	})
}

func TestAWorkerThatIsStoppedGivesBackWhatTakesTooLong(t *testing.T) {
	database, connection, stop := started(t, 24*time.Hour)
	announced(t, database)
	id := placed(t, database)
	ground.Eventually(t, "the worker has it in hand", func() bool { return ground.InHand(t, connection, id) })
	stop()
	if state := status(t, database, id); state != store.Accepted {
		t.Errorf("the order is %s", state)
	}
	if _, found, err := database.FinishOne(t.Context(), 0); !found || err != nil {
		t.Errorf("the order cannot be taken: %v", err)
	}
}

func TestAnIdleWorkerDoesNotWaitForItsNextLookToStop(t *testing.T) {
	_, _, stop := started(t, 0)
	stop()
}
