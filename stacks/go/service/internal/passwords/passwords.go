// Package passwords hashes with argon2id, a few at a time.
package passwords

import (
	"context"
	"errors"
	"runtime"

	"github.com/alexedwards/argon2id"
)

// OWASP's second choice for argon2id, and what the other services use: 19 MiB, two passes, one lane.
var parameters = argon2id.Params{Memory: 19_456, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodys is the hash of a password that nobody has: unknown addresses are compared with it, and so take as long.
const nobodys = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// mostInLine may wait: who comes after them would wait for seconds, and is told to come again.
const mostInLine = 256

// ErrBusy says that too many wait.
var ErrBusy = errors.New("too many passwords wait to be hashed")

// Hasher lets as many hashes be computed at once as there are cores: each takes 19 MiB, and more at once are not faster.
type Hasher struct{ slots, room chan struct{} }

// NewHasher has a slot for each core that the process may use.
func NewHasher() *Hasher {
	cores := runtime.GOMAXPROCS(0)
	return &Hasher{slots: make(chan struct{}, cores), room: make(chan struct{}, cores+mostInLine)}
}

// Hash is the password as a PHC string. The error is that of ctx, ended while waiting for a slot.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return argon2id.CreateHash(password, &parameters)
}

// Matches compares; an empty hash stands for a user that does not exist, and never matches.
func (h *Hasher) Matches(ctx context.Context, password, hash string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, nobodys)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}

// enter waits for a slot as long as the client does: a hash for nobody would be in vain.
func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.room <- struct{}{}:
	default:
		return ErrBusy
	}
	select {
	case h.slots <- struct{}{}:
		if err := ctx.Err(); err != nil { // both were ready
			h.leave()
			return err
		}
		return nil
	case <-ctx.Done():
		<-h.room
		return ctx.Err()
	}
}

func (h *Hasher) leave() {
	<-h.slots
	<-h.room
}
