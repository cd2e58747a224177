package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lab/stacks/service/internal/passwords"
	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/redisdb"
	"lab/stacks/service/internal/store"
	"lab/stacks/service/internal/tokens"
)

const requestKey = "lab/request"

// request is a Gin context and what the middleware found out about it.
type request struct {
	*gin.Context
	id           string
	start        time.Time
	address      string // the client's
	route        string // the template
	known        bool   // there is a token whose signature and times are right
	identity     tokens.Identity
	order        int64 // the id of the order that it makes
	redisAnswers bool  // as far as is known
}

// sentHeader is a header's value, "" where there is none. Several lines are one list.
func sentHeader(from http.Header, name string) string { return strings.Join(from.Values(name), ",") }

func of(c *gin.Context) *request { return c.MustGet(requestKey).(*request) }

// handler turns the error that a handler returns into the problem that it stands for.
func (s *Server) handler(handle func(*request) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		r := of(c)
		if err := handle(r); err != nil {
			s.refuse(r, err)
		}
	}
}

// refuse answers with the problem that err is.
func (s *Server) refuse(r *request, err error) {
	slug, mistakes := s.problemOf(r, err)
	document := s.problems[slug]
	if document.Status == http.StatusUnauthorized {
		r.Header("WWW-Authenticate", "Bearer")
	}
	r.answer(document.Status, "application/problem+json", document.Body(mistakes))
	r.Abort()
}

var refusals = map[store.Refusal]problem.Slug{
	store.ErrNotFound:   problem.NotFound,
	store.ErrEmailTaken: problem.EmailTaken,
	store.ErrHasOrders:  problem.UserHasOrders,
	store.ErrUserGone:   problem.InvalidToken,
	store.ErrOutOfStock: problem.OutOfStock,
	store.ErrKeyReused:  problem.IdempotencyKeyReused,
}

func (s *Server) problemOf(r *request, err error) (problem.Slug, problem.Fields) {
	var slug problem.Slug
	var mistakes problem.Fields
	var refusal store.Refusal
	switch {
	case errors.As(err, &slug):
		return slug, nil
	case errors.As(err, &mistakes):
		return problem.InvalidFields, mistakes
	case errors.As(err, &refusal):
		return refusals[refusal], nil
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, redisdb.ErrUnavailable), errors.Is(err, passwords.ErrBusy), r.Request.Context().Err() != nil:
		s.log.fault(r, "unavailable", err, nil)
		return problem.Unavailable, nil
	}
	s.log.fault(r, "failed", err, nil)
	return problem.InternalError, nil
}

// answer sends a body. The length is said for HEAD too, whose body net/http keeps back.
func (r *request) answer(status int, contentType string, body []byte) {
	header := r.Writer.Header()
	header["Content-Type"] = []string{contentType}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	r.Writer.WriteHeader(status)
	_, _ = r.Writer.Write(body) // fails where the client has left: nobody is there to be told
}

func (r *request) json(status int, body []byte) error {
	r.answer(status, "application/json", body)
	return nil
}

func (r *request) noContent() error {
	r.Status(http.StatusNoContent)
	r.Writer.WriteHeaderNow()
	return nil
}
