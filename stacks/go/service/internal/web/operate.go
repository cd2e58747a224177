package web

import (
	"context"
	"net/http"
	"time"

	"lab/stacks/service/internal/problem"
)

const readyDeadline = time.Second

// live says that the process answers, and asks nobody.
func live(r *request) error { return r.text("live") }

// ping asks something for a sign of life.
type ping func(context.Context) error

func (s *Server) pingRedis(ctx context.Context) error { return s.redis.Ping(ctx).Err() }

// ready asks all at the same time. It does not rely on them to keep to the deadline.
func (s *Server) ready(all ...ping) func(*request) error {
	return func(r *request) error {
		ctx, cancel := context.WithTimeout(r.Request.Context(), readyDeadline)
		defer cancel()
		answers := make(chan error, len(all))
		for _, ask := range all {
			go func() { answers <- ask(ctx) }()
		}
		for range all {
			select {
			case err := <-answers:
				if err != nil {
					return s.notReady(r, err)
				}
			case <-ctx.Done():
				return s.notReady(r, ctx.Err())
			}
		}
		return r.text("ready")
	}
}

func (s *Server) notReady(r *request, cause error) error {
	s.log.fault(r, "not ready", cause, nil)
	return problem.Unavailable
}

func (s *Server) showMetrics(r *request) error {
	s.metrics.Handler().ServeHTTP(r.Writer, r.Request)
	return nil
}

func (r *request) text(body string) error {
	r.answer(http.StatusOK, "text/plain; charset=utf-8", []byte(body))
	return nil
}
