package cache

import (
	"testing"
	"time"
)

var now = time.Unix(1_800_000_000, 0)

func TestProcessForgetsWhenTheTimeIsUp(t *testing.T) {
	level := newProcess(time.Second)
	level.put(1, []byte("one"), time.Minute, now)
	if body, found := level.get(1, now.Add(999*time.Millisecond)); !found || string(body) != "one" {
		t.Error("forgotten too early")
	}
	if _, found := level.get(1, now.Add(time.Second)); found {
		t.Error("kept too long")
	}
}

func TestProcessKeepsAnAnswerNoLongerThanItIsGood(t *testing.T) {
	level := newProcess(time.Minute)
	level.put(1, nil, time.Second, now)
	if body, found := level.get(1, now); !found || body != nil {
		t.Error("that there is no such item was not kept")
	}
	if _, found := level.get(1, now.Add(time.Second)); found {
		t.Error("kept too long")
	}
}

func TestProcessKeepsNothingWithoutATime(t *testing.T) {
	level := newProcess(0)
	level.put(1, []byte("one"), time.Minute, now)
	if _, found := level.get(1, now); found {
		t.Error("kept")
	}
}

func TestProcessHasBounds(t *testing.T) {
	level := newProcess(time.Minute)
	for id := range int64(3 * mostKept) {
		level.put(id, nil, time.Minute, now)
		if len(level.items) > mostKept {
			t.Fatalf("%d entries", len(level.items))
		}
	}
}
