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

// slowly answers after the time given, and says when it has begun.
func slowly(length time.Duration) (handler http.Handler, begun chan struct{}) {
	begun = make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begun <- struct{}{}
		time.Sleep(length)
		_, _ = io.WriteString(w, "answered")
	}), begun
}

// stopped serves one request, stops the server in its middle, and returns the answer and how long stopping took.
func stopped(t *testing.T, length time.Duration) (answer string, took time.Duration) {
	t.Helper()
	handler, begun := slowly(length)
	serving, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- lifecycle.Serve(serving, handler) }()
	answers := make(chan string, 1)
	go func() { answers <- get() }()
	<-begun
	start := time.Now()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return <-answers, time.Since(start)
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
	if answer, took := stopped(t, 300*time.Millisecond); answer != "answered" || took > time.Second {
		t.Errorf("%q after %s", answer, took)
	}
}

func TestServeBreaksOffWhatTakesTooLong(t *testing.T) {
	if answer, took := stopped(t, 3*time.Second); answer != "" || took > 2*time.Second {
		t.Errorf("%q after %s", answer, took)
	}
}
