package sessions_test

import (
	"errors"
	"math/rand/v2"
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
	opened, err := sessions.New(client, ground.Contract, time.Hour, 2)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// somebody is the id of a user whom no other test knows.
func somebody() int64 { return rand.Int64N(1<<40) + 1<<40 }

func start(t *testing.T, from *sessions.Sessions, userID int64) tokens.Refresh {
	t.Helper()
	token, began, err := from.Start(t.Context(), userID, "user")
	if err != nil || !began {
		t.Fatalf("%v, %v", began, err)
	}
	return token
}

func rotate(t *testing.T, from *sessions.Sessions, token tokens.Refresh, userID int64) (next tokens.Refresh, exchanged bool) {
	t.Helper()
	_, seen, userErr := from.User(t.Context(), token)
	next, exchanged, rotateErr := from.Rotate(t.Context(), token, userID, "user", seen)
	err := errors.Join(userErr, rotateErr)
	if err != nil {
		t.Fatal(err)
	}
	return next, exchanged
}

// isGood is true while access tokens of the session and role are good.
func isGood(t *testing.T, client *redis.Client, session string, userID int64, role string) bool {
	t.Helper()
	pipe := client.Pipeline()
	records := sessions.Ask(t.Context(), pipe, tokens.Identity{UserID: userID, Role: role, Session: session})
	_, _ = pipe.Exec(t.Context())
	good, err := records.Confirm()
	if err != nil {
		t.Fatal(err)
	}
	return good
}

func TestARefreshTokenIsExchangedForTheNextAndItsSessionEndsAllTheSame(t *testing.T) {
	client, user := ground.Redis(t), somebody()
	from := open(t, client)
	token := start(t, from, user)
	client.Expire(t.Context(), "session:"+token.Session, time.Minute)
	for number := range int64(3) {
		found, _, err := from.User(t.Context(), token)
		if err != nil || found != user || token.Number != number+1 {
			t.Fatalf("%d, %d, %v", found, token.Number, err)
		}
		var exchanged bool
		if token, exchanged = rotate(t, from, token, user); !exchanged {
			t.Fatal("a good token was refused")
		}
	}
	if ttl := client.TTL(t.Context(), "session:"+token.Session).Val(); ttl > time.Minute {
		t.Errorf("the session lives for %s", ttl)
	}
	if fields := client.HLen(t.Context(), "session:"+token.Session).Val(); fields != 2 {
		t.Errorf("it has %d fields", fields)
	}
}

func TestATokenThatIsUsedAgainEndsItsSession(t *testing.T) {
	client, user := ground.Redis(t), somebody()
	from := open(t, client)
	first := start(t, from, user)
	second, _ := rotate(t, from, first, user)
	if !isGood(t, client, first.Session, user, "user") {
		t.Error("an access token is not good")
	}
	if _, exchanged := rotate(t, from, first, user); exchanged {
		t.Error("a token was good twice")
	}
	if _, exchanged := rotate(t, from, second, user); exchanged || isGood(t, client, first.Session, user, "user") {
		t.Error("the session goes on")
	}
}

func TestAnExchangeThatRedisDiedInMayBeRepeatedOnce(t *testing.T) {
	client, user := ground.Redis(t), somebody()
	from := open(t, client)
	first := start(t, from, user)
	second, _ := rotate(t, from, first, user)
	client.HSet(t.Context(), "session:"+first.Session, "refresh", "2 another")
	if again, exchanged := rotate(t, from, first, user); !exchanged || again != second {
		t.Errorf("%v, %v", again, exchanged)
	}
	if _, exchanged := rotate(t, from, first, user); exchanged || isGood(t, client, first.Session, user, "user") {
		t.Error("a replay was taken for a repetition")
	}
}

func TestAnExchangeThatRedisComesToTooLateIsNoneAndTheTokenStaysGood(t *testing.T) {
	client, user := ground.Redis(t), somebody()
	from := open(t, client)
	token := start(t, from, user)
	long := sessions.Moment{Redis: time.Now().Add(-time.Minute), Told: time.Now()}
	if _, exchanged, err := from.Rotate(t.Context(), token, user, "user", long); exchanged || !errors.Is(err, redisdb.ErrUnavailable) {
		t.Errorf("%v, %v", exchanged, err)
	}
	if _, exchanged := rotate(t, from, token, user); !exchanged || !isGood(t, client, token.Session, user, "user") {
		t.Error("the token is not good any more")
	}
}

func TestTheEndOfASessionEndsItsTokens(t *testing.T) {
	client, user := ground.Redis(t), somebody()
	from := open(t, client)
	token := start(t, from, user)
	if err := from.End(t.Context(), tokens.Identity{UserID: user, Session: token.Session}); err != nil {
		t.Fatal(err)
	}
	if found, _, err := from.User(t.Context(), token); found != 0 || err != nil || isGood(t, client, token.Session, user, "user") {
		t.Errorf("the session goes on: %d, %v", found, err)
	}
}

func TestATokenIsGoodForItsUserAndRoleOnly(t *testing.T) {
	client, user := ground.Redis(t), somebody()
	token := start(t, open(t, client), user)
	if !isGood(t, client, token.Session, user, "user") {
		t.Error("it is not good")
	}
	if isGood(t, client, token.Session, user, "admin") || isGood(t, client, token.Session, user+1, "user") {
		t.Error("it is good for others")
	}
}

func TestNobodySignsInAsAUserWhoIsBeingDeleted(t *testing.T) {
	client, user := ground.Redis(t), somebody()
	from := open(t, client)
	token := start(t, from, user)
	if err := from.Lock(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	if _, began, err := from.Start(t.Context(), user, "user"); began || err != nil {
		t.Errorf("a session began: %v", err)
	}
	if _, exchanged := rotate(t, from, token, user); exchanged || isGood(t, client, token.Session, user, "user") {
		t.Error("the session goes on")
	}
}

func TestTheOldestSessionOfAUserEndsWhereHeHasTooMany(t *testing.T) {
	client, user := ground.Redis(t), somebody()
	from := open(t, client)
	begun := [3]tokens.Refresh{start(t, from, user), start(t, from, user), start(t, from, user)}
	for i, token := range begun {
		if isGood(t, client, token.Session, user, "user") != (i != 0) {
			t.Errorf("%d", i)
		}
	}
}

func TestARedisThatDoesNotListenIsUnavailable(t *testing.T) {
	from := open(t, ground.NoRedis(t))
	_, _, startErr := from.Start(t.Context(), 7, "user")
	_, seen, userErr := from.User(t.Context(), tokens.NewSession())
	_, _, rotateErr := from.Rotate(t.Context(), tokens.NewSession(), 7, "user", seen)
	for i, err := range []error{startErr, userErr, rotateErr, from.End(t.Context(), tokens.Identity{}), from.Lock(t.Context(), 7)} {
		if !errors.Is(err, redisdb.ErrUnavailable) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
