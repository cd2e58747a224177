package passwords_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"lab/stacks/service/internal/passwords"
)

func TestMatchesKnowsWhatHashMade(t *testing.T) {
	hasher := passwords.NewHasher()
	hash, err := hasher.Hash(t.Context(), "pässwörd")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s, %v", hash, err)
	}
	for password, want := range map[string]bool{"pässwörd": true, "password": false, "": false} {
		if got, err := hasher.Matches(t.Context(), password, hash); got != want || err != nil {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
}

// work is the CPU time of this process for the cheapest of five calls: other processes cannot change it much.
func work(t *testing.T, call func()) time.Duration {
	t.Helper()
	used := func() time.Duration {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			t.Fatal(err)
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	least := time.Hour
	for range 5 {
		before := used()
		call()
		least = min(least, used()-before)
	}
	return least
}

func TestAnUnknownUserCostsAsMuchAsAKnownOne(t *testing.T) {
	hasher := passwords.NewHasher()
	known, err := hasher.Hash(t.Context(), "another password")
	if err != nil {
		t.Fatal(err)
	}
	matching := func(hash string) func() {
		return func() {
			if matches, err := hasher.Matches(t.Context(), "lab-password", hash); matches || err != nil {
				t.Errorf("%v, %v", matches, err)
			}
		}
	}
	if unknown, usual := work(t, matching("")), work(t, matching(known)); unknown < usual*3/10 {
		t.Errorf("%s instead of %s", unknown, usual)
	}
}

func TestHashEndsWithItsContext(t *testing.T) {
	hasher := passwords.NewHasher()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 { // a free slot and an ended context are both ready: select takes either
		if _, err := hasher.Hash(ended, "password"); !errors.Is(err, context.Canceled) {
			t.Fatal("a password was hashed for nobody")
		}
	}
}

func TestWhoWouldWaitForTooManyIsTurnedAway(t *testing.T) {
	hasher := passwords.NewHasher()
	waiting, leave := context.WithCancel(t.Context())
	outcomes := make(chan error, 1000)
	for range cap(outcomes) {
		go func() {
			_, err := hasher.Hash(waiting, "password")
			outcomes <- err
		}()
	}
	for err := range outcomes {
		if errors.Is(err, passwords.ErrBusy) {
			break
		}
	}
	leave()
}
