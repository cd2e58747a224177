// Package settings reads what docs/service.md lets one set: names from the environment, secrets from files.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// leastKey is how many bytes the key of the tokens has at least: HS256 is no stronger than it (RFC 7518, section 3.2).
const leastKey = 32

// Folder is where the containers find the secrets.
const Folder = "/run/lab"

// Settings is everything that can be set; nothing of it changes after the start.
type Settings struct {
	AppEnv            string
	AsyncOrders       bool
	OrderWork         time.Duration
	Cache             bool
	CacheTTL          time.Duration
	CacheL1TTL        time.Duration
	CachePenetration  bool
	CacheAvalanche    bool
	CacheBreakdown    bool
	ItemDelay         time.Duration
	RateLimit         int
	Auth              bool
	Limit             bool
	AccessLog         bool
	TrustProxy        bool
	AccessTTL         time.Duration
	RefreshTTL        time.Duration
	PoolSize          int
	WorkerConcurrency int
	PostgresHost      string
	RedisHost         string
	CacheHost         string
	Traces            bool
	TracesShare       float64 // of the requests that come without a trace
	ZipkinHost        string

	JWTKey           []byte
	JWTKeyPrevious   []byte // empty: there is none, or it was withdrawn
	PostgresPassword string
	RedisPassword    string
}

// Read takes every setting from lookup (os.LookupEnv) and the secrets from folder. The error names each mistake.
func Read(lookup func(string) (string, bool), folder string) (Settings, error) {
	from := &reader{lookup: lookup, folder: folder}
	read := Settings{
		AppEnv:            from.choice("APP_ENV", "production", "development", "testing", "lab"),
		AsyncOrders:       from.choice("ORDER_MODE", "sync", "async") == "async",
		OrderWork:         from.seconds("ORDER_WORK", 0.08, 0),
		Cache:             from.isOn("CACHE", "on"),
		CacheTTL:          from.seconds("CACHE_TTL", 60, 0.001),
		CacheL1TTL:        from.seconds("CACHE_L1_TTL", 1, 0),
		CachePenetration:  from.isOn("CACHE_PENETRATION", "on"),
		CacheAvalanche:    from.isOn("CACHE_AVALANCHE", "on"),
		CacheBreakdown:    from.isOn("CACHE_BREAKDOWN", "on"),
		ItemDelay:         from.seconds("ITEM_DELAY", 0, 0),
		RateLimit:         from.whole("RATE_LIMIT", 1000),
		Auth:              from.isOn("AUTH", "on"),
		Limit:             from.isOn("LIMIT", "on"),
		AccessLog:         from.isOn("ACCESS_LOG", "on"),
		TrustProxy:        from.isOn("TRUST_PROXY", "off"),
		AccessTTL:         from.wholeSeconds("ACCESS_TTL", 900),
		RefreshTTL:        from.wholeSeconds("REFRESH_TTL", 604_800),
		PoolSize:          from.whole("POOL_SIZE", 40),
		WorkerConcurrency: from.whole("WORKER_CONCURRENCY", 4),
		PostgresHost:      from.text("POSTGRES_HOST", "postgres"),
		RedisHost:         from.text("REDIS_HOST", "redis"),
		CacheHost:         from.text("CACHE_HOST", "cache"),
		Traces:            from.isOn("TRACES", "off"),
		TracesShare:       from.share("TRACES_SHARE", 1),
		ZipkinHost:        from.text("ZIPKIN_HOST", "zipkin"),
		JWTKey:            from.secret("jwt_key"),
		JWTKeyPrevious:    from.secretIfThere("jwt_key_previous"),
		PostgresPassword:  string(from.secret("postgres_password")),
		RedisPassword:     string(from.secret("redis_password")),
	}
	for name, key := range map[string][]byte{"jwt_key": read.JWTKey, "jwt_key_previous": read.JWTKeyPrevious} {
		if 0 < len(key) && len(key) < leastKey {
			from.mistakes = append(from.mistakes, fmt.Errorf("the secret %s has fewer than %d bytes", name, leastKey))
		}
	}
	return read, errors.Join(from.mistakes...)
}

// reader collects the mistakes, so that all of them are said at once.
type reader struct {
	lookup   func(string) (string, bool)
	folder   string
	mistakes []error
}

func (r *reader) wrong(name, wanted, text string) {
	r.mistakes = append(r.mistakes, fmt.Errorf("%s must be %s, not %q", name, wanted, text))
}

func (r *reader) text(name, unset string) string {
	text, set := r.lookup(name)
	if !set {
		return unset
	}
	if !host.MatchString(text) {
		r.wrong(name, "a host's name or address", text)
	}
	return text
}

// choice takes the first of the choices where nothing is set.
func (r *reader) choice(name string, choices ...string) string {
	text, set := r.lookup(name)
	if !set {
		return choices[0]
	}
	if !slices.Contains(choices, text) {
		r.wrong(name, "one of "+strings.Join(choices, ", "), text)
	}
	return text
}

func (r *reader) isOn(name, unset string) bool {
	other := map[string]string{"on": "off", "off": "on"}[unset]
	return r.choice(name, unset, other) == "on"
}

// The spellings are the same in all three services: Go's own readers would take more, Python's others.
var (
	whole   = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)
	seconds = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9})?$`)
	share   = regexp.MustCompile(`^(0(\.[0-9]{1,9})?|1)$`)
	host    = regexp.MustCompile(`^[A-Za-z0-9._:-]+$`)
)

func (r *reader) whole(name string, unset int) int {
	text, set := r.lookup(name)
	if !set {
		return unset
	}
	number, err := strconv.Atoi(text)
	if err != nil || !whole.MatchString(text) {
		r.wrong(name, "a whole number from 1 to 999999999", text)
	}
	return number
}

func (r *reader) wholeSeconds(name string, unset int) time.Duration {
	return time.Duration(r.whole(name, unset)) * time.Second
}

func (r *reader) seconds(name string, unset, least float64) time.Duration {
	number := unset
	if text, set := r.lookup(name); set {
		parsed, err := strconv.ParseFloat(text, 64)
		if err != nil || !seconds.MatchString(text) || parsed < least {
			r.wrong(name, fmt.Sprintf("a number of seconds, such as 60 or 0.08, of at least %g", least), text)
		}
		number = parsed
	}
	return time.Duration(number * float64(time.Second))
}

// secretIfThere is empty where there is no such file.
func (r *reader) secretIfThere(name string) []byte {
	if _, err := os.Stat(filepath.Join(r.folder, name)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return r.secret(name)
}

func (r *reader) share(name string, unset float64) float64 {
	text, set := r.lookup(name)
	if !set {
		return unset
	}
	parsed, err := strconv.ParseFloat(text, 64)
	if err != nil || !share.MatchString(text) {
		r.wrong(name, "a share from 0 to 1, such as 0.01", text)
	}
	return parsed
}

func (r *reader) secret(name string) []byte {
	path := filepath.Join(r.folder, name)
	text, err := os.ReadFile(path)
	text = bytes.TrimSpace(text)
	switch {
	case err != nil:
		r.mistakes = append(r.mistakes, fmt.Errorf("the secret cannot be read: %w", err))
	case len(text) == 0:
		r.mistakes = append(r.mistakes, fmt.Errorf("the secret %s is empty", path))
	}
	return text
}
