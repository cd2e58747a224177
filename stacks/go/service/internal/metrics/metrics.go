// Package metrics counts what docs/service.md names.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the service's counters, in a registry of their own.
type Metrics struct {
	Queries  prometheus.Counter
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	cache    *prometheus.CounterVec
	orders   *prometheus.CounterVec
}

// New makes all counters at zero.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		Queries:  prometheus.NewCounter(prometheus.CounterOpts{Name: "db_queries_total", Help: "Statements sent to Postgres."}),
		requests: counters("http_requests_total", "Requests answered.", "method", "route", "status"),
		cache:    counters("cache_requests_total", "Questions to a level of the cache.", "level", "outcome"),
		orders:   counters("orders_total", "Orders by what became of them.", "mode", "outcome"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time from the request's head to its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.Queries, m.cache, m.orders, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Request counts an answer. A method that nobody knows counts as `other`, or clients could make labels without end.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodTrace, http.MethodConnect:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(method, route).Observe(took.Seconds())
}

// Cache counts a question to a level: process or redis.
func (m *Metrics) Cache(level string, hit bool) {
	outcome := "miss"
	if hit {
		outcome = "hit"
	}
	m.cache.WithLabelValues(level, outcome).Inc()
}

// Order counts an order: mode sync or async; outcome done, accepted, rejected or replayed.
func (m *Metrics) Order(mode, outcome string) { m.orders.WithLabelValues(mode, outcome).Inc() }

// Handler answers GET /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
}
