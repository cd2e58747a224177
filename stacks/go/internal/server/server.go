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

// Delays are how long the handlers that wait are told to sleep.
type Delays struct {
	Health, IO time.Duration
}

// Main makes the handler with the delays that HEALTH_DELAY and IO_DELAY set (seconds; 0.1 and 5 if unset), serves
// it until SIGTERM or SIGINT, and exits. Called under the name `versions`, it prints what it was built from instead.
func Main(newHandler func(Delays) http.Handler) {
	if filepath.Base(os.Args[0]) == "versions" {
		printVersions()
		return
	}
	delays, err := readDelays()
	if err != nil {
		log.Fatal(err)
	}
	if err := serve(newHandler(delays)); err != nil {
		log.Fatal(err)
	}
}

func readDelays() (Delays, error) {
	health, healthErr := delay("HEALTH_DELAY", 100*time.Millisecond)
	io, ioErr := delay("IO_DELAY", 5*time.Second)
	return Delays{Health: health, IO: io}, errors.Join(healthErr, ioErr)
}

func delay(name string, unset time.Duration) (time.Duration, error) {
	text, set := os.LookupEnv(name)
	if !set {
		return unset, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%s must be a number of seconds, not %q", name, text)
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
