// Command mux is stacks/openapi.yaml with net/http and the router gorilla/mux.
package main

import (
	"net/http"
	"sync"

	"github.com/gorilla/mux"

	"lab/stacks/internal/handlers"
	"lab/stacks/internal/server"
	"lab/stacks/internal/work"
)

func main() { server.Main(newHandler) }

func newHandler(delays server.Delays) http.Handler {
	known := &users{byToken: map[string]work.User{work.Token: work.Ada}}
	routes := mux.NewRouter()
	get := func(path string, handler http.Handler) { routes.Handle(path, handler).Methods(http.MethodGet) }
	get("/health", handlers.Health(delays.Health))
	get("/api/ping", http.HandlerFunc(handlers.Ping))
	get("/api/user", http.HandlerFunc(known.user))
	get("/cpu-bound", http.HandlerFunc(handlers.CPUBound))
	get("/io-bound", handlers.IOBound(delays.IO))
	for _, number := range work.Routes {
		get("/api/r"+number+"/{id}", route(number))
	}
	get("/static/{file}", handlers.Static())
	get("/ready", http.HandlerFunc(handlers.Ready))
	return routes
}

// The users are in a map, as in the Gin article. Requests run at the same time, and a map that is read while
// it is written breaks: hence the mutex.
type users struct {
	mutex   sync.Mutex
	byToken map[string]work.User
}

func (u *users) find(token string) (work.User, bool) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	found, ok := u.byToken[token]
	return found, ok
}

func (u *users) user(w http.ResponseWriter, r *http.Request) {
	found, ok := u.find(r.Header.Get("X-Token"))
	if !ok {
		handlers.Text(w, http.StatusUnauthorized, "unauthorized")
		return
	}
	handlers.JSON(w, found)
}

func route(number string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		handlers.JSON(w, work.Route{Route: number, ID: mux.Vars(r)["id"]})
	}
}
