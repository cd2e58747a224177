package limit_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/ground"
	"lab/stacks/service/internal/limit"
)

func ask(t *testing.T, bucket *limit.Bucket, client *redis.Client, who string) limit.Verdict {
	t.Helper()
	pipe := client.Pipeline()
	call := bucket.Ask(t.Context(), pipe, who)
	_, _ = pipe.Exec(t.Context())
	answer, err := call.Result(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := bucket.Verdict(answer)
	if err != nil {
		t.Fatal(err)
	}
	return verdict
}

func TestTwoInstancesShareAClientsBucket(t *testing.T) {
	one, err := limit.New(ground.Contract, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	two, err := limit.New(ground.Contract, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	who := ground.Unique(t)
	if first := ask(t, one, ground.Redis(t), who); !first.Taken || first.Burst != 1 || first.Remaining != 0 || first.Reset != 1 {
		t.Errorf("%+v", first)
	}
	if second := ask(t, two, ground.Redis(t), who); second.Taken || second.Retry != 1 {
		t.Errorf("%+v", second)
	}
	if other := ask(t, two, ground.Redis(t), who+"-other"); !other.Taken {
		t.Errorf("%+v", other)
	}
}

func TestARedisThatForgotTheScriptIsSentIt(t *testing.T) {
	client := ground.Redis(t)
	bucket, err := limit.New(ground.Contract, 100, 100)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if verdict := ask(t, bucket, client, ground.Unique(t)); verdict.Remaining != 99 {
		t.Errorf("%+v", verdict)
	}
}
