package web

import (
	"net/http"

	"lab/stacks/service/internal/problem"
)

// live says that the process answers, and asks nobody.
func live(r *request) error { return r.text("live") }

// ready says what was found at the last look, and waits for nobody.
func (s *Server) ready(all ...func() error) func(*request) error {
	return func(r *request) error {
		for _, cause := range all {
			if err := cause(); err != nil {
				return s.notReady(r, err)
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
