// Package web is the HTTP side of the service: docs/service.md in Gin.
package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/cache"
	"lab/stacks/service/internal/limit"
	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/passwords"
	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/sessions"
	"lab/stacks/service/internal/settings"
	"lab/stacks/service/internal/store"
	"lab/stacks/service/internal/tokens"
	"lab/stacks/service/internal/tracing"
	"lab/stacks/service/internal/watch"
)

// Server is what the handlers share.
type Server struct {
	settings  settings.Settings
	problems  problem.Catalogue
	store     *store.Store
	redis     *redis.Client
	seen      *watch.Watch
	metrics   *metrics.Metrics
	bucket    *limit.Bucket
	attempts  *limit.Bucket // at the password of one address
	sessions  *sessions.Sessions
	issuer    *tokens.Issuer
	passwords *passwords.Hasher
	users     *cache.Users
	items     *cache.Items
	log       *accessLog
	spans     *tracing.Tracing
}

// Stores are what a server works on.
type Stores struct {
	Postgres *store.Store
	Redis    *redis.Client // what must be kept
	Cache    *redis.Client // what can be read again
	Seen     *watch.Watch  // whether they answer
	Spans    *tracing.Tracing
}

// New wires a server. contract is the folder with problems.json and the Lua scripts.
func New(set settings.Settings, contract string, stores Stores, counters *metrics.Metrics) (*Server, error) {
	s := &Server{
		settings:  set,
		store:     stores.Postgres,
		redis:     stores.Redis,
		seen:      stores.Seen,
		metrics:   counters,
		issuer:    tokens.NewIssuer(set.JWTKey, set.JWTKeyPrevious, set.AccessTTL),
		passwords: passwords.NewHasher(),
		log:       newAccessLog(set),
		spans:     stores.Spans,
	}
	policy := cache.Policy{
		On: set.Cache, TTL: set.CacheTTL, ProcessTTL: set.CacheL1TTL,
		Penetration: set.CachePenetration, Avalanche: set.CacheAvalanche, Breakdown: set.CacheBreakdown,
		LockTTL: cache.LockTTL,
	}
	s.users = cache.NewUsers(stores.Cache, policy, counters)
	s.items = cache.NewItems(stores.Cache, policy, s.loadItem, counters)
	var err error
	if s.problems, err = problem.Load(contract + "/problems.json"); err != nil {
		return nil, err
	}
	if s.bucket, err = limit.New(contract, set.RateLimit, set.RateLimit); err != nil {
		return nil, err
	}
	if s.attempts, err = limit.New(contract, attemptsPerSecond, attemptsAtOnce); err != nil {
		return nil, err
	}
	s.sessions, err = sessions.New(stores.Redis, contract, set.RefreshTTL, sessions.MostOfAUser)
	return s, err
}

// operation is a route and what must be true before its handler runs.
type operation struct {
	method, path string
	access       access
	handle       func(*request) error
}

func (s *Server) operations() []operation {
	return []operation{
		{"POST", "/api/v1/login", anybody, s.login},
		{"POST", "/api/v1/refresh", anybody, s.refresh},
		{"POST", "/api/v1/logout", signedIn, s.logout},
		{"GET", "/api/v1/users", admins, s.listUsers},
		{"POST", "/api/v1/users", admins, s.createUser},
		{"GET", "/api/v1/users/{id}", signedIn, s.getUser},
		{"PUT", "/api/v1/users/{id}", admins, s.replaceUser},
		{"DELETE", "/api/v1/users/{id}", admins, s.deleteUser},
		{"GET", "/api/v1/items/{id}", anybody, s.getItem},
		{"POST", "/api/v1/orders", signedIn, s.createOrder},
		{"GET", "/api/v1/orders/{id}", signedIn, s.getOrder},
	}
}

var ginPath = strings.NewReplacer("{id}", ":id")

// Finished logs an order that the worker has finished.
func (s *Server) Finished(id int64, status string, took time.Duration) { s.log.order(id, status, took) }

// Close writes the last lines of the log.
func (s *Server) Close() { s.log.flush() }

// Handler is the whole service.
func (s *Server) Handler() http.Handler {
	routes := s.engine(s.seen.Ready)
	for _, operation := range s.operations() {
		handlers := []gin.HandlerFunc{routed(operation.path), s.guard(operation), s.handler(operation.handle)}
		routes.Handle(operation.method, ginPath.Replace(operation.path), handlers...)
		if operation.method == http.MethodGet {
			routes.HEAD(ginPath.Replace(operation.path), handlers...)
		}
	}
	return routes
}

// WorkerHandler is what the worker answers: that it lives, that it is ready (it needs no Redis, but it must work), what
// it has counted.
func (s *Server) WorkerHandler(works func() error) http.Handler {
	return s.engine(func() error { return s.seen.Silent(watch.Postgres) }, works)
}

// engine has what every process answers, and the middleware that every request passes.
func (s *Server) engine(needed ...func() error) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	if s.spans != nil {
		engine.Use(s.traced)
	}
	engine.Use(s.observe, s.recovered)
	engine.NoRoute(s.handler(func(*request) error { return problem.NotFound }))
	engine.NoMethod(s.handler(func(r *request) error {
		r.Header("Allow", sortedList(r.Writer.Header().Get("Allow")))
		return problem.MethodNotAllowed
	}))
	shown := map[string]func(*request) error{"/live": live, "/ready": s.ready(needed...), "/metrics": s.showMetrics}
	for path, handle := range shown {
		engine.GET(path, routed(path), s.handler(handle))
		engine.HEAD(path, routed(path), s.handler(handle))
	}
	return engine
}

// sortedList sorts what Gin lists in the order of its routes.
func sortedList(list string) string {
	words := strings.Split(list, ", ")
	slices.Sort(words)
	return strings.Join(words, ", ")
}
