// Package schedule says when requests are due: rates over time, and arrivals that are even or random.
package schedule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	mostPerSecond = 10_000_000
	longest       = 24 * time.Hour
)

// A Phase goes evenly from one rate (requests a second) to another; a step has the same rate at both ends.
type Phase struct {
	From, To float64
	For      time.Duration
}

// A Plan is phases one after the other.
type Plan []Phase

// Parse reads "RATE:DURATION" or "FROM..TO:DURATION", several of them with commas between: "0..2000:10s,2000:1m".
func Parse(text string) (Plan, error) {
	var plan Plan
	asked := 0.0
	for part := range strings.SplitSeq(text, ",") {
		phase, err := parsePhase(part)
		if err != nil {
			return nil, fmt.Errorf("schedule %q: %w", text, err)
		}
		plan = append(plan, phase)
		asked += phase.requests()
	}
	if asked == 0 {
		return nil, fmt.Errorf("schedule %q asks for nothing: every rate in it is 0", text)
	}
	if length := plan.Length(); length > longest {
		return nil, fmt.Errorf("schedule %q lasts %s: at most %s", text, length, longest)
	}
	return plan, nil
}

func parsePhase(text string) (Phase, error) {
	rates, duration, found := strings.Cut(text, ":")
	if !found {
		return Phase{}, fmt.Errorf("%q is not RATE:DURATION, as in 2000:10s", text)
	}
	first, last, isRamp := strings.Cut(rates, "..")
	if !isRamp {
		last = first
	}
	from, err := parseRate(first)
	if err != nil {
		return Phase{}, err
	}
	to, err := parseRate(last)
	if err != nil {
		return Phase{}, err
	}
	lasts, err := time.ParseDuration(duration)
	if err != nil {
		return Phase{}, fmt.Errorf("%q is no duration: a number with its unit, as in 10s, 500ms or 2m", duration)
	}
	if lasts <= 0 || lasts > longest {
		return Phase{}, fmt.Errorf("a phase lasts more than 0 s and at most %s, not %q", longest, duration)
	}
	return Phase{From: from, To: to, For: lasts}, nil
}

func parseRate(text string) (float64, error) {
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(rate) {
		return 0, fmt.Errorf("%q is no rate: requests a second as a plain number, as in 2000", text)
	}
	if rate < 0 || rate > mostPerSecond {
		return 0, fmt.Errorf("a rate lies between 0 and %d a second, not at %q", mostPerSecond, text)
	}
	return rate, nil
}

// Length is how long the whole plan lasts.
func (p Plan) Length() time.Duration {
	var sum time.Duration
	for _, phase := range p {
		sum += phase.For
	}
	return sum
}

// requests is how many are due in the phase, on average: the area under its rate.
func (p Phase) requests() float64 { return (p.From + p.To) / 2 * p.For.Seconds() }

// when is the moment at which so many of the phase's requests have become due: the rate's integral, solved for time.
func (p Phase) when(requests float64) time.Duration {
	if requests <= 0 {
		return 0
	}
	slope := (p.To - p.From) / p.For.Seconds()
	root := math.Sqrt(max(0, p.From*p.From+2*slope*requests))
	return time.Duration(math.Round(2 * requests / (p.From + root) * 1e9))
}
