// Package sessions keeps in Redis who is signed in, and which access tokens were revoked.
package sessions

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/redisdb"
	"lab/stacks/service/internal/tokens"
)

// Sessions live for a while after each refresh.
type Sessions struct {
	redis  *redis.Client
	rotate *redis.Script
	life   time.Duration
}

// New reads rotate_refresh.lua from the contract's folder.
func New(client *redis.Client, folder string, life time.Duration) (*Sessions, error) {
	text, err := os.ReadFile(filepath.Join(folder, "rotate_refresh.lua"))
	return &Sessions{redis: client, rotate: redis.NewScript(string(text)), life: life}, err
}

func sessionKey(id string) string { return "session:" + id }

// Start opens a session of a user. All its errors are redisdb.ErrUnavailable, as everywhere in this package.
func (s *Sessions) Start(ctx context.Context, userID int64) (tokens.Refresh, error) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	token := tokens.NewSession()
	key := sessionKey(token.Session)
	_, err := s.redis.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HSet(ctx, key, "user", userID, "secret", token.Hash())
		pipe.Expire(ctx, key, s.life)
		return nil
	})
	return token, redisdb.Explained(err)
}

// User is whose session it is; 0 where there is no such session. It does not look at the token's secret.
func (s *Sessions) User(ctx context.Context, token tokens.Refresh) (int64, error) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	user, err := s.redis.HGet(ctx, sessionKey(token.Session), "user").Result()
	if err != nil {
		return 0, redisdb.Explained(err)
	}
	return strconv.ParseInt(user, 10, 64)
}

// Rotate exchanges a refresh token for the next one. exchanged is false where the token is not good (any more); one
// that was used before has ended its session.
func (s *Sessions) Rotate(ctx context.Context, token tokens.Refresh) (next tokens.Refresh, exchanged bool, err error) {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	next = token.Next()
	seconds := int64(s.life / time.Second)
	user, err := s.rotate.Run(ctx, s.redis, []string{sessionKey(token.Session)}, token.Hash(), next.Hash(), seconds).Text()
	return next, user != "", redisdb.Explained(err)
}

// End closes the session, and revokes the access token until it expires anyway.
func (s *Sessions) End(ctx context.Context, identity tokens.Identity) error {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	_, err := s.redis.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.SetArgs(ctx, revokedKey(identity.TokenID), "1", redis.SetArgs{ExpireAt: identity.Expires})
		pipe.Del(ctx, sessionKey(identity.Session))
		return nil
	})
	return redisdb.Explained(err)
}

// Drop closes a session.
func (s *Sessions) Drop(ctx context.Context, session string) error {
	ctx, cancel := redisdb.InTime(ctx)
	defer cancel()
	return redisdb.Explained(s.redis.Del(ctx, sessionKey(session)).Err())
}

func revokedKey(tokenID string) string { return "blacklist:" + tokenID }

// AskRevoked puts the question whether a token was revoked into a pipeline; the answer is 1 if it was.
func AskRevoked(ctx context.Context, pipe redis.Pipeliner, identity tokens.Identity) *redis.IntCmd {
	return pipe.Exists(ctx, revokedKey(identity.TokenID))
}
