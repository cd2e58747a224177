package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"lab/stacks/service/internal/ground"
	"lab/stacks/service/internal/store"
)

type counter struct{ count int }

func (c *counter) Inc() { c.count++ }

// counting is a store's account of which only the statements are looked at.
func counting(queries *counter) store.Counted {
	return store.Counted{Queries: queries, Waited: func(string, time.Duration) {}}
}

// nobody has to be told before a user is deleted.
func nobody() error { return nil }

func newUser(t *testing.T, email string) *store.User {
	t.Helper()
	return &store.User{
		Name: "Näme", Email: email, Age: 40, Role: "user", PasswordHash: "-", Profile: &store.Profile{Bio: "bio", City: "city"},
	}
}

func created(t *testing.T, database *store.Store) *store.User {
	t.Helper()
	user := newUser(t, ground.Unique(t)+"@example.org")
	if err := database.CreateUser(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	return user
}

func TestAPageTakesOneStatementWhateverItsLength(t *testing.T) {
	queries := &counter{}
	database, err := store.Open(ground.Config(t), store.Shared(1), counting(queries), ground.Answers)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = database.Close() }()
	for _, limit := range []int{2, 100} {
		queries.count = 0
		users, err := database.Users(t.Context(), 5, limit)
		if err != nil || len(users) != limit || users[0].ID != 6 {
			t.Fatalf("%d users, %v", len(users), err)
		}
		if queries.count != 1 {
			t.Errorf("%d users took %d statements", limit, queries.count)
		}
		if users[0].PasswordHash != "" {
			t.Error("the hash of the password was read")
		}
	}
}

func TestAUserIsReadAsItWasCreated(t *testing.T) {
	database, _ := ground.Store(t, 2)
	user := created(t, database)
	read, err := database.User(t.Context(), user.ID)
	if err != nil || read.Name != "Näme" || read.Age != 40 || read.Profile == nil || read.Profile.City != "city" {
		t.Errorf("%+v, %v", read, err)
	}
}

func TestAnAddressIsTakenInAnyLetterCase(t *testing.T) {
	database, _ := ground.Store(t, 2)
	user := created(t, database)
	again := newUser(t, strings.ToUpper(user.Email))
	if err := database.CreateUser(t.Context(), again); !errors.Is(err, store.ErrEmailTaken) {
		t.Errorf("creating: %v", err)
	}
	other := created(t, database)
	other.Email = user.Email
	if err := database.ReplaceUser(t.Context(), other); !errors.Is(err, store.ErrEmailTaken) {
		t.Errorf("replacing: %v", err)
	}
	if found, err := database.Credentials(t.Context(), "USER00003@Example.ORG"); err != nil || found.ID != 3 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestReplacingWritesTheProfileAndLeavesTheRole(t *testing.T) {
	database, _ := ground.Store(t, 2)
	user := created(t, database)
	for _, profile := range []*store.Profile{nil, {Bio: "new", City: ""}, {Bio: "newer", City: "x"}, nil} {
		replacement := &store.User{ID: user.ID, Name: "N", Email: user.Email, Age: 0, Role: "admin", Profile: profile}
		if err := database.ReplaceUser(t.Context(), replacement); err != nil {
			t.Fatal(err)
		}
		read, err := database.User(t.Context(), user.ID)
		if err != nil || read.Name != "N" || read.Age != 0 || read.Role != "user" || replacement.Role != "user" {
			t.Errorf("%+v, %v", read, err)
		}
		if (read.Profile == nil) != (profile == nil) || (profile != nil && read.Profile.Bio != profile.Bio) {
			t.Errorf("profile %+v instead of %+v", read.Profile, profile)
		}
	}
}

func TestWhatDoesNotExistIsNotFound(t *testing.T) {
	database, _ := ground.Store(t, 2)
	ctx := t.Context()
	_, userErr := database.User(ctx, 1<<62)
	_, roleErr := database.Role(ctx, 1<<62)
	_, itemErr := database.Item(ctx, 1<<62)
	_, orderErr := database.Order(ctx, 1<<62)
	_, credentialsErr := database.Credentials(ctx, "nobody@example.org")
	replaced := newUser(t, ground.Unique(t)+"@example.org")
	replaced.ID = 1 << 62
	errs := []error{
		userErr, roleErr, itemErr, orderErr, credentialsErr, database.ReplaceUser(ctx, replaced), database.DeleteUser(ctx, 1<<62, nobody),
	}
	for i, err := range errs {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestAUserWithOrdersStays(t *testing.T) {
	database, _ := ground.Store(t, 2)
	user := created(t, database)
	if _, err := database.PlaceAsync(t.Context(), order(user.ID, 1, 1, ground.Unique(t))); err != nil {
		t.Fatal(err)
	}
	if err := database.DeleteUser(t.Context(), user.ID, nobody); !errors.Is(err, store.ErrHasOrders) {
		t.Error(err)
	}
	other := created(t, database)
	refusing := errors.New("Redis is away")
	if err := database.DeleteUser(t.Context(), other.ID, func() error { return refusing }); !errors.Is(err, refusing) {
		t.Error(err)
	}
	if _, err := database.User(t.Context(), other.ID); err != nil {
		t.Errorf("deleted all the same: %v", err)
	}
	if err := database.DeleteUser(t.Context(), other.ID, nobody); err != nil {
		t.Error(err)
	}
}

func TestAPostgresThatDoesNotListenIsUnavailable(t *testing.T) {
	config, err := store.Config("127.0.0.1", "none")
	if err != nil {
		t.Fatal(err)
	}
	database, err := store.Open(config, store.Shared(1), counting(&counter{}), ground.Answers)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := database.User(t.Context(), 1); !errors.Is(err, store.ErrUnavailable) {
		t.Error(err)
	}
}

func TestAClientWhoLeavesNoLongerWaitsForAConnectionAndReadersNeverDo(t *testing.T) {
	database, _ := ground.Store(t, 1)
	connection := ground.Postgres(t)
	release := ground.Held(t, connection, 11)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = database.PlaceSync(context.Background(), order(4, 11, 1, ground.Unique(t)), 0)
	}()
	ground.Eventually(t, "the only connection for orders is in use", func() bool { return ground.Waiting(t, connection, 11) })
	leaving, leave := context.WithCancel(t.Context())
	leave()
	if _, err := database.PlaceSync(leaving, order(4, 12, 1, ground.Unique(t)), 0); !errors.Is(err, store.ErrUnavailable) {
		t.Error(err)
	}
	if _, err := database.User(t.Context(), 1); err != nil {
		t.Errorf("a reader waits for an order: %v", err)
	}
	release()
	<-ended
}

func TestAPostgresThatIsSilentIsNotAsked(t *testing.T) {
	queries := &counter{}
	database, err := store.Open(ground.Config(t), store.Shared(1), counting(queries), func() error { return errors.New("silent") })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = database.Close() }()
	if _, err := database.User(t.Context(), 1); !errors.Is(err, store.ErrUnavailable) || queries.count != 0 {
		t.Errorf("%d statements, %v", queries.count, err)
	}
	if err := database.Ping(t.Context()); err != nil {
		t.Errorf("nobody may look whether it is back: %v", err)
	}
}

func TestConnectionsThatPostgresEndedAreReplaced(t *testing.T) {
	database, _ := ground.Store(t, 1)
	if _, err := database.User(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	ground.Terminate(t, ground.Postgres(t))
	if _, err := database.User(t.Context(), 1); err != nil && !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a lost connection is no outage: %v", err)
	}
	if _, err := database.User(t.Context(), 1); err != nil {
		t.Errorf("the pool did not heal: %v", err)
	}
}
