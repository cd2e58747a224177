package paging_test

import (
	"math"
	"strings"
	"testing"

	"lab/stacks/service/internal/paging"
)

func TestIDTakesWhatAnIdMayBe(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "10000": 10000, "9223372036854775807": math.MaxInt64} {
		if got, err := paging.ID(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func TestIDRefusesEverythingElse(t *testing.T) {
	wrong := []string{"", "0", "01", "-1", "+1", "1.0", "1e3", " 1", "1 ", "9223372036854775808", "10000000000000000000", "١", "abc"}
	for _, text := range wrong {
		if _, err := paging.ID(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestAfterReadsWhatCursorWrote(t *testing.T) {
	for _, id := range []int64{1, 20, 10000, math.MaxInt64} {
		if got, err := paging.After(paging.Cursor(id)); err != nil || got != id {
			t.Errorf("%d: %d, %v", id, got, err)
		}
	}
}

func TestAfterRefusesTextThatIsNoCursor(t *testing.T) {
	// MjB is not how "20" (MjA) is written, though both decode to it.
	for _, cursor := range []string{"", "MjA=", "MjB", "MA", "LTE", "Mj\nA", "MjA ", "!", "OTIyMzM3MjAzNjg1NDc3NTgwOA"} {
		if _, err := paging.After(cursor); err == nil {
			t.Errorf("%q was taken", cursor)
		}
	}
}

func TestLimitNamesTheMistake(t *testing.T) {
	for text, want := range map[string]string{
		"1": "", "100": "", "020": "", "0": "range", "-0": "range", "101": "range", "-5": "range",
		strings.Repeat("9", 400): "range", "": "type", "-": "type", "+1": "type", "1.0": "type", "1e1": "type", " 1": "type", "٣": "type",
	} {
		if _, code := paging.Limit(text); code != want {
			t.Errorf("%q: %q, not %q", text, code, want)
		}
	}
}
