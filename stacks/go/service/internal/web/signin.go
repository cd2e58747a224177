package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lab/stacks/service/internal/answers"
	"lab/stacks/service/internal/fields"
	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/redisdb"
	"lab/stacks/service/internal/sessions"
	"lab/stacks/service/internal/store"
	"lab/stacks/service/internal/tokens"
)

func (s *Server) login(r *request) error {
	email, password, err := credentials(r)
	if err != nil {
		return err
	}
	if !r.redisAnswers { // before the work of a hash, which would be in vain
		return redisdb.ErrUnavailable
	}
	if err := s.attempt(r, email); err != nil {
		return err
	}
	ctx := r.Request.Context()
	user, err := s.store.Credentials(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	matches, err := s.passwords.Matches(ctx, password, user.PasswordHash)
	if err != nil {
		return err
	}
	if !matches {
		return problem.InvalidCredentials
	}
	token, began, err := s.sessions.Start(ctx, user.ID, user.Role)
	if err != nil {
		return err
	}
	if !began {
		return problem.InvalidCredentials
	}
	return s.signIn(r, user.ID, user.Role, token)
}

// Logins at one address, whoever tries them and from wherever.
const (
	attemptsPerSecond = 10
	attemptsAtOnce    = 100
)

// attempt takes a token from the bucket of an address.
func (s *Server) attempt(r *request, email string) error {
	if !s.settings.Limit {
		return nil
	}
	ctx, cancel := redisdb.InTime(r.Request.Context())
	defer cancel()
	account := sha256.Sum256([]byte(lowered(email)))
	pipe := s.redis.Pipeline()
	call := s.attempts.Ask(ctx, pipe, "login:"+hex.EncodeToString(account[:]))
	_, _ = pipe.Exec(ctx) // the call has the error
	answer, err := call.Result(ctx, s.redis)
	if err != nil {
		return err
	}
	verdict, err := s.attempts.Verdict(answer)
	if err == nil && !verdict.Taken {
		r.Header("Retry-After", strconv.FormatInt(verdict.Retry, 10))
		return problem.RateLimited
	}
	return err
}

// lowered is the address in the letter case that counts: A to Z and no other letter.
func lowered(email string) string {
	return strings.Map(func(letter rune) rune {
		if 'A' <= letter && letter <= 'Z' {
			return letter + 'a' - 'A'
		}
		return letter
	}, email)
}

func credentials(r *request) (email, password string, err error) {
	body, err := r.fields()
	if err != nil {
		return "", "", err
	}
	email = body.Text("email", 3, 254, fields.Email)
	password = body.Text("password", 0, 128, nil)
	return email, password, body.Mistakes()
}

// refresh reads the role before it exchanges the token: if Postgres fails, the token is still good.
func (s *Server) refresh(r *request) error {
	body, err := r.fields()
	if err != nil {
		return err
	}
	text := body.Text("refresh_token", 1, 200, nil)
	if err := body.Mistakes(); err != nil {
		return err
	}
	token, found := s.issuer.ReadRefresh(text)
	if !found {
		return problem.InvalidToken
	}
	userID, role, seen, err := s.userOf(r, token)
	if err != nil {
		return err
	}
	next, exchanged, err := s.sessions.Rotate(r.Request.Context(), token, userID, role, seen)
	if err != nil {
		return err
	}
	if !exchanged {
		return problem.InvalidToken
	}
	return s.signIn(r, userID, role, next)
}

// userOf is whose session it is, the role that the user has now, and when Redis was asked.
func (s *Server) userOf(r *request, token tokens.Refresh) (userID int64, role string, seen sessions.Moment, err error) {
	ctx := r.Request.Context()
	userID, seen, err = s.sessions.User(ctx, token)
	if err != nil {
		return 0, "", seen, err
	}
	if userID == 0 {
		return 0, "", seen, problem.InvalidToken
	}
	role, err = s.store.Role(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return 0, "", seen, problem.InvalidToken
	}
	return userID, role, seen, err
}

func (s *Server) signIn(r *request, userID int64, role string, token tokens.Refresh) error {
	access, err := s.issuer.Access(userID, role, token.Session, time.Now())
	if err != nil {
		return err
	}
	return r.json(http.StatusOK, answers.Tokens(access, s.issuer.Seconds(), s.issuer.Refresh(token)))
}

func (s *Server) logout(r *request) error {
	if s.settings.Auth {
		if err := s.sessions.End(r.Request.Context(), r.identity); err != nil {
			return err
		}
	}
	return r.noContent()
}
