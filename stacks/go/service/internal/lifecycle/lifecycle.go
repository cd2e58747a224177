// Package lifecycle starts and ends a process: what it needs must answer, and what it began is finished.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"time"
)

const (
	address = ":8080"
	// A client that trickles its request, or opens a connection and leaves, must not hold it for ever.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	// An answer may wait for a connection to Postgres and then for Postgres, 30 s each.
	writeTimeout = 75 * time.Second
	idleTimeout  = 2 * time.Minute
	// Bytes; net/http adds 4096 to it, which makes 32 KiB.
	mostOfAHead = 28 << 10
	// Below the stop_grace_period of the Compose files, so that the exit is the server's own.
	shutdownTimeout = 1500 * time.Millisecond

	startDeadline = 5 * time.Second
	startPause    = 50 * time.Millisecond
)

// Needed is something that must answer before the service starts.
type Needed struct {
	Name string
	Ping func(context.Context) error
}

// Await returns when all have answered, or after 5 s with an error that names the first that has not.
func Await(ctx context.Context, all ...Needed) error {
	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	for _, needed := range all {
		if err := needed.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (n Needed) await(ctx context.Context) error {
	for {
		err := n.Ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(startPause):
		case <-ctx.Done():
			return fmt.Errorf("%s cannot be reached within %s: %w", n.Name, startDeadline, err)
		}
	}
}

// Serve answers on port 8080 until ctx ends; then it takes no more requests and finishes those it has.
func Serve(ctx context.Context, handler http.Handler) error {
	server := &http.Server{
		Addr:                         address,
		Handler:                      handler,
		ReadHeaderTimeout:            readHeaderTimeout,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               mostOfAHead,
		DisableGeneralOptionsHandler: true, // `OPTIONS *` is answered as the contract says, by the routes
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	slog.Info("listening", "address", address, "gomaxprocs", runtime.GOMAXPROCS(0))
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return shutDown(server)
	}
}

func shutDown(server *http.Server) error {
	deadline, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := server.Shutdown(deadline)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}
