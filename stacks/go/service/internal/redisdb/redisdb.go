// Package redisdb is the way to Redis: the client, its deadlines, and scripts that are part of a pipeline.
package redisdb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Deadline is how long Redis may take for whatever it is asked: a process with a thousand requests in hand reads a reply
// late.
const Deadline = 3 * time.Second

// ErrUnavailable is in every error that means: Redis did not answer, or could not.
var ErrUnavailable = errors.New("Redis does not answer")

// quiet drops what the client would write to stderr, in a form of its own: every error reaches somebody who says it.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// Open makes a client. It connects when it is first used.
func Open(host, password string) *redis.Client {
	redis.SetLogger(quiet{})
	return redis.NewClient(&redis.Options{
		Addr:     net.JoinHostPort(host, "6379"),
		Password: password,
		PoolSize: 100,
		// One try: each operation has somebody who knows what to do without Redis. Connections that Redis closed
		// while nobody used them are noticed before they are used.
		MaxRetries:               -1,
		DialerRetries:            1,
		DialTimeout:              Deadline,
		ReadTimeout:              Deadline,
		WriteTimeout:             Deadline,
		PoolTimeout:              Deadline,
		ContextTimeoutEnabled:    true,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// Guarded has a client fail at once where silent says why nobody answers.
func Guarded(client *redis.Client, silent func() error) *redis.Client {
	client.AddHook(guard{silent})
	return client
}

type guard struct{ silent func() error }

func (g guard) DialHook(next redis.DialHook) redis.DialHook { return next }

func (g guard) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		if err := g.silent(); err != nil {
			command.SetErr(err)
			return err
		}
		return next(ctx, command)
	}
}

func (g guard) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		err := g.silent()
		if err == nil {
			return next(ctx, commands)
		}
		for _, command := range commands {
			command.SetErr(err)
		}
		return err
	}
}

// InTime is ctx with the deadline.
func InTime(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, Deadline)
}

// Explained adds ErrUnavailable to errors. That a key does not exist (redis.Nil) is none.
func Explained(err error) error {
	if err == nil || errors.Is(err, redis.Nil) {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// Call is a script that was put into a pipeline.
type Call struct {
	script *redis.Script
	keys   []string
	args   []any
	answer *redis.Cmd
}

// Ask puts a script into a pipeline, by its hash.
func Ask(ctx context.Context, pipe redis.Pipeliner, script *redis.Script, keys []string, args ...any) *Call {
	return &Call{script: script, keys: keys, args: args, answer: script.EvalSha(ctx, pipe, keys, args...)}
}

// Result is the script's answer, once the pipeline was executed. A Redis that was started anew does not know the hash:
// then it is sent the script itself.
func (c *Call) Result(ctx context.Context, client *redis.Client) ([]any, error) {
	if redis.HasErrorPrefix(c.answer.Err(), "NOSCRIPT") {
		c.answer = c.script.Eval(ctx, client, c.keys, c.args...)
	}
	answer, err := c.answer.Slice()
	return answer, Explained(err)
}
