package schedule

import (
	"math/rand/v2"
	"time"
)

// Positions are where arrivals lie on an axis on which one is due per unit, each behind the one before. A plan
// stretches this axis into time: what is even there is constant under a constant rate, and what is a Poisson process
// there is one under any rate.
type Positions func() float64

// Even gives one position per unit, the first at `shift`.
func Even(shift float64) Positions {
	count := -1.0
	return func() float64 {
		count++
		return shift + count
	}
}

// Jittered gives one position in each unit, anywhere in it. The same seed and stream give the same ones; streams are
// independent. So as many are due in any second as if they were even, and of two streams now one comes first, now the other.
func Jittered(seed, stream uint64) Positions {
	random := rand.New(rand.NewPCG(seed, stream))
	count := -1.0
	return func() float64 {
		count++
		return count + random.Float64()
	}
}

// Poisson gives positions with exponential gaps. The same seed and stream give the same ones; streams are independent.
func Poisson(seed, stream uint64) Positions {
	random := rand.New(rand.NewPCG(seed, stream))
	position := 0.0
	return func() float64 {
		position += random.ExpFloat64()
		return position
	}
}

// Arrivals walks a plan and says when each request is due, as time since the start.
type Arrivals struct {
	plan      Plan
	positions Positions
	began     time.Duration // when the current phase did
	before    float64       // requests of all phases before it
}

// Arrivals begins the plan.
func (p Plan) Arrivals(positions Positions) *Arrivals {
	return &Arrivals{plan: p, positions: positions}
}

// Next is when the next request is due; false when the plan is over.
func (a *Arrivals) Next() (time.Duration, bool) {
	position := a.positions()
	for len(a.plan) > 0 {
		phase := a.plan[0]
		within := position - a.before
		if within < phase.requests() {
			// Rounded to a nanosecond, the last one of a phase may fall on its end, where the next phase begins.
			if at := phase.when(within); at < phase.For {
				return a.began + at, true
			}
		}
		a.before += phase.requests()
		a.began += phase.For
		a.plan = a.plan[1:]
	}
	return 0, false
}
