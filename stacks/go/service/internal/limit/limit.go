// Package limit is the token bucket of each client, in Redis.
package limit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/redisdb"
)

// Verdict is what the bucket said. Reset and Retry are whole seconds: until the bucket is full, until it has a token.
type Verdict struct {
	Taken            bool
	Burst, Remaining int64
	Reset, Retry     int64
}

// Bucket gives rate tokens a second, and holds burst.
type Bucket struct {
	script      *redis.Script
	rate, burst int
}

// New reads token_bucket.lua from the contract's folder.
func New(folder string, rate, burst int) (*Bucket, error) {
	text, err := os.ReadFile(filepath.Join(folder, "token_bucket.lua"))
	return &Bucket{script: redis.NewScript(string(text)), rate: rate, burst: burst}, err
}

// Ask puts the question for one token into a pipeline.
func (b *Bucket) Ask(ctx context.Context, pipe redis.Pipeliner, client string) *redisdb.Call {
	return redisdb.Ask(ctx, pipe, b.script, []string{"bucket:" + client}, b.rate, b.burst)
}

// Verdict reads the bucket's answer.
func (b *Bucket) Verdict(answer []any) (Verdict, error) {
	var numbers [4]int64
	if len(answer) != len(numbers) {
		return Verdict{}, fmt.Errorf("the bucket answered %v", answer)
	}
	for i := range numbers {
		number, isNumber := answer[i].(int64)
		if !isNumber {
			return Verdict{}, fmt.Errorf("the bucket answered %v", answer)
		}
		numbers[i] = number
	}
	return Verdict{
		Taken: numbers[0] == 1, Burst: int64(b.burst), Remaining: numbers[1],
		Retry: max(1, seconds(numbers[2])), Reset: seconds(numbers[3]),
	}, nil
}

// seconds rounds milliseconds up.
func seconds(ms int64) int64 { return (ms + 999) / 1000 }
