// Package server is what every Go service of the lab shares: its settings, timeouts, signals and exit.
package server

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
)

const (
	address = ":8080"
	// A client that trickles its headers, or opens a connection and leaves, must not hold it for ever.
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 2 * time.Minute
	// Below the stop_grace_period of the Compose files, so that the exit is the server's own.
	shutdownTimeout = 1500 * time.Millisecond
)

// Main makes the handler with the delay that HEALTH_DELAY sets (seconds, 0.1 if unset), serves it until
// SIGTERM or SIGINT, and exits. Called under the name `versions`, it prints what it was built from instead.
func Main(newHandler func(delay time.Duration) http.Handler) {
	if filepath.Base(os.Args[0]) == "versions" {
		printVersions()
		return
	}
	delay, err := healthDelay()
	if err != nil {
		log.Fatal(err)
	}
	if err := serve(newHandler(delay)); err != nil {
		log.Fatal(err)
	}
}

func healthDelay() (time.Duration, error) {
	text, set := os.LookupEnv("HEALTH_DELAY")
	if !set {
		return 100 * time.Millisecond, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("HEALTH_DELAY must be a number of seconds, not %q", text)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

func serve(handler http.Handler) error {
	stopped, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer release()
	service := &http.Server{
		Addr:              address,
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
	}
	failed := make(chan error, 1)
	go func() { failed <- service.ListenAndServe() }()
	log.Printf("listening on %s, GOMAXPROCS=%d", address, runtime.GOMAXPROCS(0))
	select {
	case err := <-failed:
		return err
	case <-stopped.Done():
		return shutDown(service)
	}
}

func shutDown(service *http.Server) error {
	deadline, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := service.Shutdown(deadline)
	if errors.Is(err, context.DeadlineExceeded) {
		return service.Close()
	}
	return err
}

func printVersions() {
	fmt.Println("go", runtime.Version()[len("go"):])
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	for _, module := range info.Deps {
		fmt.Println(module.Path, module.Version)
	}
}
