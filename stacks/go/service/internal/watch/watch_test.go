package watch_test

import (
	"context"
	"errors"
	"testing"

	"lab/stacks/service/internal/ground"
	"lab/stacks/service/internal/watch"
)

func TestAServiceIsReadyWhilePostgresAndRedisAnswer(t *testing.T) {
	for name, want := range map[string]bool{watch.Postgres: false, watch.Redis: false, watch.Cache: true} {
		seen := watch.New(func(string, bool) {})
		seen.Note(name, errors.New("away"))
		if seen.Silent(name) != nil {
			t.Errorf("one bad moment made %s silent", name)
		}
		seen.Note(name, errors.New("away"))
		if ready := seen.Ready() == nil; ready != want {
			t.Errorf("without %s: %v", name, ready)
		}
		if seen.Silent(name) == nil {
			t.Errorf("%s may be asked", name)
		}
		seen.Note(name, nil)
		if seen.Ready() != nil || seen.Silent(name) != nil {
			t.Errorf("%s is not back", name)
		}
	}
}

func TestTheMetricsAreToldWhoIsSilent(t *testing.T) {
	told := map[string]bool{}
	seen := watch.New(func(store string, silent bool) { told[store] = silent })
	for range 2 {
		seen.Note(watch.Cache, errors.New("away"))
	}
	seen.Note(watch.Postgres, nil)
	if silent, known := told["postgres"]; !told["cache"] || silent || !known || len(told) != 2 {
		t.Errorf("%v", told)
	}
	seen.Note(watch.Cache, nil)
	if told["cache"] {
		t.Error("it answers")
	}
}

func TestWhatALookFindsIsKnownUntilTheNextOne(t *testing.T) {
	seen := watch.New(func(string, bool) {})
	answers := make(chan error)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go seen.Keep(ctx, watch.Redis, func(context.Context) error { return <-answers })
	answers <- errors.New("away")
	answers <- errors.New("away")
	ground.Eventually(t, "it is silent", func() bool { return seen.Ready() != nil })
	answers <- nil
	ground.Eventually(t, "it answers", func() bool { return seen.Ready() == nil })
}
