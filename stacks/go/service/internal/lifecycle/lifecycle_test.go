package lifecycle_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"lab/stacks/service/internal/lifecycle"
)

func TestAwaitReturnsWhenAllHaveAnswered(t *testing.T) {
	failures := 2
	slow := lifecycle.Needed{Name: "slow", Ping: func(context.Context) error {
		if failures > 0 {
			failures--
			return errors.New("not yet")
		}
		return nil
	}}
	if err := lifecycle.Await(t.Context(), slow, slow); err != nil || failures != 0 {
		t.Errorf("%v", err)
	}
}

func TestAwaitNamesWhoHasNotAnswered(t *testing.T) {
	hanging := lifecycle.Needed{Name: "Postgres", Ping: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := lifecycle.Await(soon, hanging); err == nil || !strings.Contains(err.Error(), "Postgres cannot be reached") {
		t.Errorf("%v", err)
	}
}

// stopped stops a server in the middle of its only request, which goes on when the server may end; it returns the answer.
func stopped(t *testing.T, goesOn chan struct{}, stopping func()) (answer string) {
	t.Helper()
	begun := make(chan struct{}, 1)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begun <- struct{}{}
		<-goesOn
		_, _ = io.WriteString(w, "answered")
	})
	serving, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- lifecycle.Serve(serving, handler) }()
	answers := make(chan string, 1)
	go func() { answers <- get() }()
	<-begun
	stop()
	stopping()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return <-answers
}

// get asks until the server listens.
func get() string {
	for {
		response, err := http.Get("http://127.0.0.1:8080/")
		if err == nil {
			body, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			return string(body)
		}
		if !strings.Contains(err.Error(), "refused") {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestServeFinishesWhatItHasBegun(t *testing.T) {
	goesOn := make(chan struct{})
	if answer := stopped(t, goesOn, func() { close(goesOn) }); answer != "answered" {
		t.Errorf("%q", answer)
	}
}

func TestServeBreaksOffWhatTakesTooLong(t *testing.T) {
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	if answer := stopped(t, never, func() {}); answer != "" {
		t.Errorf("%q", answer)
	}
}
