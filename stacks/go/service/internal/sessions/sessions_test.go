package sessions_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/ground"
	"lab/stacks/service/internal/redisdb"
	"lab/stacks/service/internal/sessions"
	"lab/stacks/service/internal/tokens"
)

func open(t *testing.T, client *redis.Client) *sessions.Sessions {
	t.Helper()
	opened, err := sessions.New(client, ground.Contract, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func start(t *testing.T, from *sessions.Sessions) tokens.Refresh {
	t.Helper()
	token, err := from.Start(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func rotate(t *testing.T, from *sessions.Sessions, token tokens.Refresh) (next tokens.Refresh, exchanged bool) {
	t.Helper()
	next, exchanged, err := from.Rotate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return next, exchanged
}

func TestARefreshTokenIsExchangedForTheNext(t *testing.T) {
	client := ground.Redis(t)
	from := open(t, client)
	token := start(t, from)
	for range 3 {
		user, err := from.User(t.Context(), token)
		if err != nil || user != 7 {
			t.Fatalf("%d, %v", user, err)
		}
		var exchanged bool
		if token, exchanged = rotate(t, from, token); !exchanged {
			t.Fatal("a good token was refused")
		}
	}
	if ttl := client.TTL(t.Context(), "session:"+token.Session).Val(); ttl < 59*time.Minute || ttl > time.Hour {
		t.Errorf("the session lives for %s", ttl)
	}
}

func TestATokenThatIsUsedAgainEndsItsSession(t *testing.T) {
	from := open(t, ground.Redis(t))
	first := start(t, from)
	second, _ := rotate(t, from, first)
	if _, exchanged := rotate(t, from, first); exchanged {
		t.Error("a token was good twice")
	}
	if _, exchanged := rotate(t, from, second); exchanged {
		t.Error("the session goes on")
	}
}

func TestAGuessedSecretEndsNothing(t *testing.T) {
	from := open(t, ground.Redis(t))
	token := start(t, from)
	if _, exchanged := rotate(t, from, token.Next()); exchanged {
		t.Error("a guessed secret was good")
	}
	if _, exchanged := rotate(t, from, token); !exchanged {
		t.Error("the session has ended")
	}
}

func TestEndRevokesTheAccessTokenUntilItExpires(t *testing.T) {
	client := ground.Redis(t)
	from := open(t, client)
	token := start(t, from)
	identity := tokens.Identity{UserID: 7, Session: token.Session, TokenID: ground.Unique(t), Expires: time.Now().Add(time.Minute)}
	if err := from.End(t.Context(), identity); err != nil {
		t.Fatal(err)
	}
	pipe := client.Pipeline()
	revoked := sessions.AskRevoked(t.Context(), pipe, identity)
	if _, err := pipe.Exec(t.Context()); err != nil || revoked.Val() != 1 {
		t.Errorf("%v, %v", revoked, err)
	}
	if ttl := client.TTL(t.Context(), "blacklist:"+identity.TokenID).Val(); ttl < 58*time.Second || ttl > time.Minute {
		t.Errorf("revoked for %s", ttl)
	}
	if user, err := from.User(t.Context(), token); user != 0 || err != nil {
		t.Errorf("the session goes on: %d, %v", user, err)
	}
}

func TestARedisThatDoesNotListenIsUnavailable(t *testing.T) {
	from := open(t, ground.NoRedis(t))
	_, startErr := from.Start(t.Context(), 7)
	_, userErr := from.User(t.Context(), tokens.NewSession())
	_, _, rotateErr := from.Rotate(t.Context(), tokens.NewSession())
	for i, err := range []error{startErr, userErr, rotateErr, from.End(t.Context(), tokens.Identity{}), from.Drop(t.Context(), "x")} {
		if !errors.Is(err, redisdb.ErrUnavailable) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
