// Package handlers answers stacks/openapi.yaml with net/http. Those who route to it differ in the router alone.
package handlers

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"lab/stacks/internal/work"
)

// Health sleeps, then answers ok.
func Health(delay time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(delay)
		Text(w, http.StatusOK, "ok")
	}
}

// Ping answers at once.
func Ping(w http.ResponseWriter, _ *http.Request) { JSON(w, map[string]string{"message": "pong"}) }

// CPUBound computes as long as the query's n takes.
func CPUBound(w http.ResponseWriter, r *http.Request) {
	computed, err := work.Compute(r.URL.Query())
	if err != nil {
		Text(w, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("X-Worker", work.Worker)
	JSON(w, computed)
}

// IOBound sleeps long, then answers done.
func IOBound(delay time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(delay)
		w.Header().Set("X-Worker", work.Worker)
		Text(w, http.StatusOK, "done")
	}
}

// Static sends the files; what follows /static/ in the path is a file's name.
func Static() http.Handler {
	return http.StripPrefix("/static/", http.FileServer(http.Dir(work.StaticFolder)))
}

// Ready says that the service takes requests.
func Ready(w http.ResponseWriter, _ *http.Request) { Text(w, http.StatusOK, "ready") }

// Text answers plain text. An answer that cannot be written has lost its client: there is nobody left to tell.
func Text(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// JSON answers 200 with a value.
func JSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
