// Package metrics counts what docs/service.md names.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The parts without which a request may go on.
const (
	Limit = "limit"
	Cache = "cache"
)

// Metrics are the service's counters, in a registry of their own.
type Metrics struct {
	Queries  prometheus.Counter
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	cache    *prometheus.CounterVec
	orders   *prometheus.CounterVec
	waits    *prometheus.HistogramVec
	silent   *prometheus.GaugeVec
	failOpen *prometheus.CounterVec
}

var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

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
			Buckets: buckets,
		}, []string{"method", "route"}),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "db_pool_wait_seconds", Help: "Until a connection to Postgres was had.", Buckets: buckets,
		}, []string{"pool"}),
		silent: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "store_silent", Help: "1 while a store is not asked, since it did not answer.",
		}, []string{"store"}),
		failOpen: counters("fail_open_total", "How often a part that did not answer was done without.", "part"),
	}
	for _, part := range []string{Limit, Cache} {
		m.failOpen.WithLabelValues(part) // from 0 on
	}
	m.registry.MustRegister(m.requests, m.duration, m.Queries, m.cache, m.orders, m.waits, m.silent, m.failOpen, collectors.NewGoCollector(),
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

// Waited counts how long somebody waited for a connection of a pool.
func (m *Metrics) Waited(pool string, took time.Duration) {
	m.waits.WithLabelValues(pool).Observe(took.Seconds())
}

// Silent notes whether a store is asked.
func (m *Metrics) Silent(store string, silent bool) {
	value := 0.0
	if silent {
		value = 1
	}
	m.silent.WithLabelValues(store).Set(value)
}

// FailOpen counts a request that goes on without a part.
func (m *Metrics) FailOpen(part string) { m.failOpen.WithLabelValues(part).Inc() }

// Queue adds the accepted orders, as they are when they are asked for; look is false where nobody knows.
func (m *Metrics) Queue(look func(context.Context) (depth, age float64, known bool)) {
	m.registry.MustRegister(queue{
		look:  look,
		depth: prometheus.NewDesc("orders_queue_depth", "Accepted orders.", nil, nil),
		age:   prometheus.NewDesc("orders_queue_age_seconds", "Since the oldest of them was made; 0 without one.", nil, nil),
	})
}

// queue is asked for when somebody collects.
type queue struct {
	look       func(context.Context) (depth, age float64, known bool)
	depth, age *prometheus.Desc
}

func (q queue) Describe(described chan<- *prometheus.Desc) { described <- q.depth; described <- q.age }

func (q queue) Collect(collected chan<- prometheus.Metric) {
	if depth, age, known := q.look(context.Background()); known {
		collected <- prometheus.MustNewConstMetric(q.depth, prometheus.GaugeValue, depth)
		collected <- prometheus.MustNewConstMetric(q.age, prometheus.GaugeValue, age)
	}
}

// Handler answers GET /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
}
