package limit_test

import (
	"testing"

	"lab/stacks/service/internal/limit"
)

func TestVerdictRoundsSecondsUp(t *testing.T) {
	bucket, err := limit.New("/srv/service", 10, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		answer []any
		want   limit.Verdict
	}{
		{[]any{int64(1), int64(9), int64(0), int64(100)}, limit.Verdict{Taken: true, Burst: 10, Remaining: 9, Retry: 1, Reset: 1}},
		{[]any{int64(0), int64(0), int64(1001), int64(2000)}, limit.Verdict{Burst: 10, Retry: 2, Reset: 2}},
	} {
		if got, err := bucket.Verdict(test.answer); err != nil || got != test.want {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestVerdictRefusesAnAnswerOfAnotherShape(t *testing.T) {
	bucket, _ := limit.New("/srv/service", 10, 10)
	for _, answer := range [][]any{nil, {int64(1)}, {int64(1), int64(1), int64(1), "1"}} {
		if _, err := bucket.Verdict(answer); err == nil {
			t.Errorf("%v was taken", answer)
		}
	}
}
