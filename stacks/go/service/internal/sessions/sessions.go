// Package sessions keeps in Redis who is signed in, and with which role.
package sessions

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/redisdb"
	"lab/stacks/service/internal/tokens"
)

const (
	// MostOfAUser is how many sessions a user has; then his oldest ends.
	MostOfAUser = 1000
	// locked is longer than any request takes: one that read the user before must not sign him in afterwards.
	locked = 2 * time.Minute
	// forAnswer is left of the time that Redis has, for its answer to come back and to be read.
	forAnswer = 500 * time.Millisecond
)

// Moment is one of Redis's own clock, and when it was told.
type Moment struct{ Redis, Told time.Time }

// until is when an answer to what is asked now is waited for no more, by Redis's clock.
func (m Moment) until() time.Time {
	return m.Redis.Add(time.Since(m.Told) + redisdb.Deadline - forAnswer)
}

var errTooLate = errors.New("Redis came to an exchange that nobody waited for any more")

// Sessions end a while after they began, whatever happens in them.
type Sessions struct {
	redis         *redis.Client
	start, rotate *redis.Script
	life          time.Duration
	most          int
}

// New reads the scripts from the contract's folder.
func New(client *redis.Client, folder string, life time.Duration, most int) (*Sessions, error) {
	start, startErr := os.ReadFile(filepath.Join(folder, "start_session.lua"))
	rotate, rotateErr := os.ReadFile(filepath.Join(folder, "rotate_refresh.lua"))
	return &Sessions{
		redis: client, start: redis.NewScript(string(start)), rotate: redis.NewScript(string(rotate)), life: life, most: most,
	}, errors.Join(startErr, rotateErr)
}

func sessionKey(id string) string { return "session:" + id }

func accountKey(userID int64) string { return "account:" + strconv.FormatInt(userID, 10) }

// keys are those of both scripts.
func keys(userID int64, session string) []string {
	return []string{sessionKey(session), accountKey(userID), sessionsKey(userID)}
}

func sessionsKey(userID int64) string { return "sessions:" + strconv.FormatInt(userID, 10) }

func (s *Sessions) seconds() int64 { return int64(s.life / time.Second) }

// Start begins a session; began is false for a user who is being deleted at this moment. All its errors are
// redisdb.ErrUnavailable, as everywhere in this package.
func (s *Sessions) Start(ctx context.Context, userID int64, role string) (token tokens.Refresh, began bool, err error) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	token = tokens.NewSession()
	answer, err := s.start.Run(ctx, s.redis, keys(userID, token.Session),
		userID, role, token.Session, s.seconds(), s.most).Int64()
	return token, answer == 1, redisdb.Explained(err)
}

// User is whose session it is, 0 where there is no such session, and the moment at which Redis said so.
func (s *Sessions) User(ctx context.Context, token tokens.Refresh) (userID int64, seen Moment, err error) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	pipe := s.redis.Pipeline()
	user, clock := pipe.HGet(ctx, sessionKey(token.Session), "user"), pipe.Time(ctx)
	_, _ = pipe.Exec(ctx) // each has its own error
	seen = Moment{Redis: clock.Val(), Told: time.Now()}
	if err := errors.Join(redisdb.Explained(user.Err()), redisdb.Explained(clock.Err())); err != nil || user.Err() != nil {
		return 0, seen, err
	}
	userID, err = strconv.ParseInt(user.Val(), 10, 64)
	return userID, seen, err
}

// Rotate exchanges a refresh token for the next one. exchanged is false where the token is not good (any more); one
// that was used before has ended its session. Nothing is exchanged once Redis comes to it too late: by its own clock,
// which seen tells.
func (s *Sessions) Rotate(
	ctx context.Context, token tokens.Refresh, userID int64, role string, seen Moment,
) (next tokens.Refresh, exchanged bool, err error) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	number, err := s.rotate.Run(ctx, s.redis, keys(userID, token.Session),
		userID, role, token.Session, token.Number, s.seconds(), seen.until().UnixMicro()).Int64()
	if err == nil && number < 0 {
		err = errTooLate
	}
	return tokens.Refresh{Session: token.Session, Number: number}, number > 0, redisdb.Explained(err)
}

// End ends a session, and with it all of its tokens.
func (s *Sessions) End(ctx context.Context, identity tokens.Identity) error {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	_, err := s.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Del(ctx, sessionKey(identity.Session))
		pipe.ZRem(ctx, sessionsKey(identity.UserID), identity.Session)
		return nil
	})
	return redisdb.Explained(err)
}

// Lock makes all tokens of a user invalid, and keeps him from signing in for a while: he is being deleted.
func (s *Sessions) Lock(ctx context.Context, userID int64) error {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	return redisdb.Explained(s.redis.Set(ctx, accountKey(userID), "", locked).Err())
}

// Records are what Redis has of a token's session and user, once the pipeline was executed.
type Records struct {
	identity   tokens.Identity
	user, role *redis.StringCmd
}

// Ask puts the questions for the records of a token into a pipeline.
func Ask(ctx context.Context, pipe redis.Pipeliner, identity tokens.Identity) *Records {
	return &Records{
		identity: identity,
		user:     pipe.HGet(ctx, sessionKey(identity.Session), "user"),
		role:     pipe.Get(ctx, accountKey(identity.UserID)),
	}
}

// Confirm is true where the session goes on and its user still has that role.
func (r *Records) Confirm() (bool, error) {
	if err := errors.Join(redisdb.Explained(r.user.Err()), redisdb.Explained(r.role.Err())); err != nil {
		return false, err
	}
	return r.user.Val() == strconv.FormatInt(r.identity.UserID, 10) && r.role.Val() == r.identity.Role, nil
}
