// Command nethttp is stacks/openapi.yaml with the standard library alone.
package main

import (
	"net/http"

	"lab/stacks/internal/handlers"
	"lab/stacks/internal/server"
	"lab/stacks/internal/work"
)

func main() { server.Main(newHandler) }

func newHandler(delays server.Delays) http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /health", handlers.Health(delays.Health))
	routes.HandleFunc("GET /api/ping", handlers.Ping)
	routes.HandleFunc("GET /api/user", user)
	routes.HandleFunc("GET /cpu-bound", handlers.CPUBound)
	routes.HandleFunc("GET /io-bound", handlers.IOBound(delays.IO))
	for _, number := range work.Routes {
		routes.HandleFunc("GET /api/r"+number+"/{id}", route(number))
	}
	routes.Handle("GET /static/{file}", handlers.Static())
	routes.HandleFunc("GET /ready", handlers.Ready)
	return routes
}

func user(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Token") != work.Token {
		handlers.Text(w, http.StatusUnauthorized, "unauthorized")
		return
	}
	handlers.JSON(w, work.Ada)
}

func route(number string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		handlers.JSON(w, work.Route{Route: number, ID: r.PathValue("id")})
	}
}
