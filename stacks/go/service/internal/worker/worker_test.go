package worker_test

import (
	"context"
	"testing"
	"time"

	"lab/stacks/service/internal/ground"
	"lab/stacks/service/internal/store"
	"lab/stacks/service/internal/worker"
)

// started runs a worker; stop ends it and returns how long it took to end.
func started(t *testing.T, work time.Duration) (database *store.Store, stop func() time.Duration) {
	t.Helper()
	database, counters := ground.Store(t, 6)
	hands := worker.Worker{Store: database, Config: ground.Config(t), Metrics: counters, Hands: 4, Work: work}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		hands.Run(ctx)
	}()
	stop = func() time.Duration {
		start := time.Now()
		cancel()
		<-ended
		return time.Since(start)
	}
	t.Cleanup(func() { stop() })
	return database, stop
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

func TestTheWorkerFinishesWhatIsAccepted(t *testing.T) {
	database, _ := started(t, 0)
	id := placed(t, database)
	ground.Eventually(t, 3*time.Second, "the order is done", func() bool { return status(t, database, id) == store.Done })
}

func TestNotifyWakesTheWorkerBeforeItsNextLook(t *testing.T) {
	database, _ := started(t, 0)
	notifying, cancel := context.WithCancel(t.Context())
	defer cancel()
	go database.Notify(notifying)
	time.Sleep(300 * time.Millisecond) // it has looked, and listens
	for range 5 {
		id := placed(t, database)
		// Five looks a second apart would not make it.
		ground.Eventually(t, 400*time.Millisecond, "the order is done", func() bool { return status(t, database, id) == store.Done })
	}
}

func TestTheWorkerOutlivesItsConnections(t *testing.T) {
	database, _ := started(t, 0)
	time.Sleep(200 * time.Millisecond)
	ground.Terminate(t, ground.Postgres(t))
	time.Sleep(50 * time.Millisecond)
	var id int64
	ground.Eventually(t, 3*time.Second, "the pool heals", func() bool {
		order := &store.Order{UserID: 2, ItemID: 31, Quantity: 1, IdempotencyKey: ground.Unique(t)}
		_, err := database.PlaceAsync(t.Context(), order)
		id = order.ID
		return err == nil
	})
	ground.Eventually(t, 5*time.Second, "the order is done", func() bool { return status(t, database, id) == store.Done })
}

func TestAWorkerThatIsStoppedGivesBackWhatTakesTooLong(t *testing.T) {
	database, stop := started(t, 20*time.Second)
	id := placed(t, database)
	time.Sleep(1200 * time.Millisecond) // it has it in hand
	if took := stop(); took > 1500*time.Millisecond {
		t.Errorf("it took %s to stop", took)
	}
	if state := status(t, database, id); state != store.Accepted {
		t.Errorf("the order is %s", state)
	}
	if _, found, err := database.FinishOne(t.Context(), 0); !found || err != nil {
		t.Errorf("the order cannot be taken: %v", err)
	}
}

func TestAnIdleWorkerStopsAtOnce(t *testing.T) {
	_, stop := started(t, 0)
	time.Sleep(100 * time.Millisecond)
	if took := stop(); took > 500*time.Millisecond {
		t.Errorf("it took %s to stop", took)
	}
}
