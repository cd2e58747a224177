package web

import (
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"lab/stacks/service/internal/limit"
	"lab/stacks/service/internal/metrics"
	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/redisdb"
	"lab/stacks/service/internal/sessions"
	"lab/stacks/service/internal/tokens"
)

// access is who may use an operation. Whose data it is, the handlers look at.
type access int

const (
	anybody access = iota
	signedIn
	admins
)

// guard checks rate, token and role, in this order, with one question to Redis for all of it.
func (s *Server) guard(operation operation) gin.HandlerFunc {
	return func(c *gin.Context) {
		r := of(c)
		s.identify(r)
		if err := s.admit(r, operation); err != nil {
			s.refuse(r, err)
		}
	}
}

// identify reads the access token, if there is one; whether its session goes on only Redis knows.
func (s *Server) identify(r *request) {
	if !s.settings.Auth {
		r.identity, r.known = tokens.Identity{UserID: 1, Role: "admin"}, true
		return
	}
	if token, found := tokens.Bearer(sentHeader(r.Request.Header, "Authorization")); found {
		identity, err := s.issuer.Read(token, time.Now())
		r.identity, r.known = identity, err == nil
	}
}

func (s *Server) admit(r *request, operation operation) error {
	ctx, cancel := redisdb.InTime(r.Request.Context())
	defer cancel()
	asked := s.ask(ctx, r, operation)
	if err := s.checkRate(ctx, r, asked.bucket); err != nil {
		return err
	}
	if operation.access == anybody {
		return nil
	}
	if !r.known {
		return problem.InvalidToken
	}
	if err := asked.checkRecords(); err != nil {
		return err
	}
	if operation.access == admins && !r.identity.IsAdmin() {
		return problem.Forbidden
	}
	return nil
}

// questions are what Redis was asked; nil is what was not.
type questions struct {
	bucket  *redisdb.Call
	records *sessions.Records
}

func (s *Server) ask(ctx context.Context, r *request, operation operation) (asked questions) {
	pipe := s.redis.Pipeline()
	if s.settings.Limit {
		asked.bucket = s.bucket.Ask(ctx, pipe, s.clientOf(r))
	}
	if operation.access != anybody && r.known && s.settings.Auth {
		asked.records = sessions.Ask(ctx, pipe, r.identity)
	}
	if pipe.Len() > 0 {
		_, _ = pipe.Exec(ctx) // each question has its own error
	}
	return asked
}

// clientOf is who the rate limit counts for.
func (s *Server) clientOf(r *request) string {
	if r.known && s.settings.Auth {
		return "user:" + strconv.FormatInt(r.identity.UserID, 10)
	}
	return "address:" + r.address
}

// checkRate lets everybody through where Redis does not answer: no limit is better than no service.
func (s *Server) checkRate(ctx context.Context, r *request, bucket *redisdb.Call) error {
	if bucket == nil {
		return nil
	}
	answer, err := bucket.Result(ctx, s.redis)
	if err != nil {
		r.redisAnswers = false
		s.metrics.FailOpen(metrics.Limit)
		return nil
	}
	verdict, err := s.bucket.Verdict(answer)
	if err != nil {
		return err
	}
	r.showRate(verdict)
	if !verdict.Taken {
		r.Header("Retry-After", strconv.FormatInt(verdict.Retry, 10))
		return problem.RateLimited
	}
	return nil
}

func (r *request) showRate(verdict limit.Verdict) {
	header := r.Writer.Header() // set without Set, which would write Ratelimit-Limit
	header["RateLimit-Limit"] = []string{strconv.FormatInt(verdict.Burst, 10)}
	header["RateLimit-Remaining"] = []string{strconv.FormatInt(verdict.Remaining, 10)}
	header["RateLimit-Reset"] = []string{strconv.FormatInt(verdict.Reset, 10)}
}

// checkRecords refuses where Redis does not answer: the session may have ended.
func (q questions) checkRecords() error {
	if q.records == nil {
		return nil
	}
	good, err := q.records.Confirm()
	if err == nil && !good {
		return problem.InvalidToken
	}
	return err
}
