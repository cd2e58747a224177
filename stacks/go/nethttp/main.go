// Command nethttp is stacks/openapi.yaml with the standard library alone.
package main

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"lab/stacks/internal/server"
)

func main() { server.Main(newHandler) }

func newHandler(delay time.Duration) http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(delay)
		plain(w, "ok")
	})
	routes.HandleFunc("GET /api/ping", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"message": "pong"})
	})
	routes.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) { plain(w, "ready") })
	return routes
}

// An answer that cannot be written has lost its client: there is nobody left to tell.
func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text)
}
