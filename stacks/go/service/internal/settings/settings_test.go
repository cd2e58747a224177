package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lab/stacks/service/internal/settings"
)

func secrets(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"jwt_key", "postgres_password", "redis_password"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("the secret whose name is "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func from(environ map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		text, set := environ[name]
		return text, set
	}
}

func TestReadTakesTheDefaultsOfTheContract(t *testing.T) {
	read, err := settings.Read(from(nil), secrets(t))
	if err != nil {
		t.Fatal(err)
	}
	if read.AsyncOrders || !read.Cache || !read.Auth || !read.Limit || !read.AccessLog || read.TrustProxy {
		t.Errorf("%+v", read)
	}
	if read.OrderWork != 80*time.Millisecond || read.CacheTTL != time.Minute || read.CacheL1TTL != time.Second {
		t.Errorf("%+v", read)
	}
	if read.RateLimit != 1000 || read.PoolSize != 40 || read.WorkerConcurrency != 4 || read.RefreshTTL != 168*time.Hour {
		t.Errorf("%+v", read)
	}
}

func TestReadStripsWhiteSpaceFromSecrets(t *testing.T) {
	read, err := settings.Read(from(nil), secrets(t))
	if err != nil || string(read.JWTKey) != "the secret whose name is jwt_key" || read.RedisPassword != "the secret whose name is redis_password" {
		t.Errorf("%+v, %v", read, err)
	}
}

func TestReadRefusesAShortKey(t *testing.T) {
	folder := secrets(t)
	if err := os.WriteFile(filepath.Join(folder, "jwt_key"), []byte(strings.Repeat("x", 31)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := settings.Read(from(nil), folder); err == nil || !strings.Contains(err.Error(), "fewer than 32 bytes") {
		t.Error(err)
	}
}

func TestReadTakesThePreviousKeyWhereThereIsOne(t *testing.T) {
	folder := secrets(t)
	if read, err := settings.Read(from(nil), folder); err != nil || len(read.JWTKeyPrevious) != 0 {
		t.Errorf("%+v, %v", read, err)
	}
	for text, wanted := range map[string]string{strings.Repeat("x", 32): "", "short": "jwt_key_previous has fewer than 32 bytes", "": "is empty"} {
		if err := os.WriteFile(filepath.Join(folder, "jwt_key_previous"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := settings.Read(from(nil), folder)
		if (err == nil) != (wanted == "") || (err != nil && !strings.Contains(err.Error(), wanted)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReadTakesWhatIsSet(t *testing.T) {
	read, err := settings.Read(from(map[string]string{"ORDER_MODE": "async", "CACHE_TTL": "0.5", "TRUST_PROXY": "on", "LIMIT": "off"}), secrets(t))
	if err != nil || !read.AsyncOrders || read.CacheTTL != 500*time.Millisecond || !read.TrustProxy || read.Limit {
		t.Errorf("%+v, %v", read, err)
	}
}

func TestReadNamesEveryMistake(t *testing.T) {
	wrong := map[string]string{
		"APP_ENV": "prod", "ORDER_MODE": "Async", "CACHE": "true", "ORDER_WORK": "-1", "CACHE_TTL": "0", "ITEM_DELAY": "NaN",
		"CACHE_L1_TTL": "inf", "RATE_LIMIT": "0", "POOL_SIZE": "1.5", "ACCESS_TTL": "0.5", "WORKER_CONCURRENCY": "", "REDIS_HOST": "", "CACHE_HOST": "",
	}
	_, err := settings.Read(from(wrong), filepath.Join(t.TempDir(), "nothing"))
	for name := range wrong {
		if !strings.Contains(err.Error(), name+" must be") {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
	for _, name := range []string{"jwt_key", "postgres_password", "redis_password"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}
