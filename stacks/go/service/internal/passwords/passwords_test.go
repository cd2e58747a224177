package passwords_test

import (
	"context"
	"strings"
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

func TestMatchesVerifiesForUnknownUsersToo(t *testing.T) {
	start := time.Now()
	matches, err := passwords.NewHasher().Matches(t.Context(), "lab-password", "")
	if matches || err != nil {
		t.Errorf("%v, %v", matches, err)
	}
	if took := time.Since(start); took < time.Millisecond {
		t.Errorf("19 MiB were not gone through twice in %s", took)
	}
}

func TestHashEndsWithItsContext(t *testing.T) {
	hasher := passwords.NewHasher()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 { // a free slot and an ended context are both ready: select takes either
		if _, err := hasher.Hash(ended, "password"); err != nil {
			return
		}
	}
	t.Error("no call noticed that its context had ended")
}
