package schedule

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// due is every arrival of a plan.
func due(t *testing.T, text string, positions Positions) []time.Duration {
	t.Helper()
	plan, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var all []time.Duration
	arrivals := plan.Arrivals(positions)
	for at, any := arrivals.Next(); any; at, any = arrivals.Next() {
		all = append(all, at)
	}
	return all
}

func count(all []time.Duration, from, to time.Duration) int {
	sum := 0
	for _, at := range all {
		if at >= from && at < to {
			sum++
		}
	}
	return sum
}

func TestAConstantRateIsEvenlySpacedFromTheStartOn(t *testing.T) {
	all := due(t, "4:1s", Even(0))
	if want := []time.Duration{0, 250e6, 500e6, 750e6}; !slices.Equal(all, want) {
		t.Fatalf("%v, want %v", all, want)
	}
}

func TestAScheduleAsksAsOftenAsItsRateTimesItsLength(t *testing.T) {
	for text, want := range map[string]int{
		"2000:10s": 20_000, "3:500ms": 2, "0.1:10s": 1, "1.1:10s": 11, "7:3s": 21, "333:30s": 9990, "99999:1s": 99_999,
		"100:1s,0:2s,300:500ms": 250, "0..100:2s": 100, "100..0:2s": 100, "50..150:3s": 300, "1e5:100ms": 10_000,
	} {
		if all := due(t, text, Even(0)); len(all) != want {
			t.Errorf("%s: %d, want %d", text, len(all), want)
		} else if !slices.IsSorted(all) {
			t.Errorf("%s goes back in time", text)
		}
	}
}

func TestStepsBeginWhereTheOnesBeforeEnd(t *testing.T) {
	all := due(t, "10:1s,0:1s,100:1s", Even(0))
	if count(all, 0, time.Second) != 10 || count(all, time.Second, 2*time.Second) != 0 {
		t.Fatalf("%v", all[:12])
	}
	if all[10] != 2*time.Second || all[11] != 2010*time.Millisecond {
		t.Fatalf("the last step begins at %s and goes on at %s", all[10], all[11])
	}
}

func TestARampFollowsTheSquareOfTime(t *testing.T) {
	all := due(t, "0..1000:10s", Even(0))
	for i, at := range all {
		// The k-th is due when 50 t² = k.
		if want := math.Sqrt(float64(i)/50) * 1e9; math.Abs(float64(at)-want) > 1 {
			t.Fatalf("number %d at %s, want %s", i, at, time.Duration(want))
		}
	}
	down := due(t, "1000..0:10s", Even(0))
	if first, last := count(down, 0, 5*time.Second), count(down, 5*time.Second, 10*time.Second); first != 3750 || last != 1250 {
		t.Fatalf("%d in the first half and %d in the second of a ramp to nothing", first, last)
	}
}

func TestTheArrivalsOfASecondTargetLieHalfwayBetweenThoseOfTheFirst(t *testing.T) {
	first, second := due(t, "4:1s", Even(0)), due(t, "4:1s", Even(0.5))
	for i := range first {
		if second[i]-first[i] != 125*time.Millisecond {
			t.Fatalf("%v and %v", first, second)
		}
	}
}

func TestRandomArrivalsAreTheSameForTheSameSeedAndOthersForAnother(t *testing.T) {
	all := due(t, "1000:1s", Poisson(7, 0))
	if !slices.Equal(all, due(t, "1000:1s", Poisson(7, 0))) {
		t.Error("the same seed gave others")
	}
	if slices.Equal(all, due(t, "1000:1s", Poisson(8, 0))) || slices.Equal(all, due(t, "1000:1s", Poisson(7, 1))) {
		t.Error("another seed or stream gave the same")
	}
}

// farthest is the Kolmogorov-Smirnov distance of a sample from the exponential distribution of that mean.
func farthest(sample []float64, mean float64) float64 {
	slices.Sort(sample)
	most := 0.0
	for i, value := range sample {
		wanted := 1 - math.Exp(-value/mean)
		most = max(most, math.Abs(wanted-float64(i)/float64(len(sample))))
		most = max(most, math.Abs(wanted-float64(i+1)/float64(len(sample))))
	}
	return most
}

func TestTheGapsOfRandomArrivalsAreExponential(t *testing.T) {
	for seed := range uint64(5) {
		all := due(t, "1000:20s", Poisson(seed, 0))
		if math.Abs(float64(len(all))-20_000) > 4*math.Sqrt(20_000) {
			t.Errorf("seed %d: %d arrivals, more than four deviations from 20,000", seed, len(all))
		}
		gaps := make([]float64, len(all)-1)
		for i := range gaps {
			gaps[i] = (all[i+1] - all[i]).Seconds()
		}
		// 1.63/√n is the distance that one sample in a hundred exceeds.
		if distance := farthest(gaps, 0.001); distance > 1.63/math.Sqrt(float64(len(gaps))) {
			t.Errorf("seed %d: %.4f away from exponential", seed, distance)
		}
	}
}

func TestEvenGapsAreToldFromExponentialOnes(t *testing.T) {
	gaps := slices.Repeat([]float64{0.001}, 1000)
	if distance := farthest(gaps, 0.001); distance < 0.5 {
		t.Fatalf("only %.4f away", distance)
	}
}

func TestJitteredArrivalsAreAsManyAsEvenOnesAndNobodyIsAlwaysFirst(t *testing.T) {
	first, second := due(t, "100:10s", Jittered(1, 0)), due(t, "100:10s", Jittered(1, 1))
	ahead := 0
	for i, at := range first {
		if begin := time.Duration(i) * 10 * time.Millisecond; at < begin || at >= begin+10*time.Millisecond {
			t.Fatalf("number %d at %s", i, at)
		}
		if at < second[i] {
			ahead++
		}
	}
	if len(first) != 1000 || len(second) != 1000 || math.Abs(float64(ahead)-500) > 4*math.Sqrt(250) {
		t.Fatalf("%d and %d, the first is ahead %d times", len(first), len(second), ahead)
	}
}

func TestRandomArrivalsFollowARamp(t *testing.T) {
	all := due(t, "0..2000:10s", Poisson(1, 0))
	late := count(all, 5*time.Second, 10*time.Second)
	if math.Abs(float64(late)-7500) > 4*math.Sqrt(7500) {
		t.Fatalf("%d in the second half, want 7500", late)
	}
}

func TestAScheduleThatMakesNoSenseIsRefusedWithWhatIsWrong(t *testing.T) {
	for text, complaint := range map[string]string{
		"":                "is not RATE:DURATION",
		"2000":            "is not RATE:DURATION",
		"2000:10":         "a number with its unit",
		"2000:10parsecs":  "a number with its unit",
		"2000:0s":         "more than 0 s",
		"2000:-1s":        "more than 0 s",
		"2000:25h":        "at most 24h",
		"1:20h,1:20h":     "at most 24h",
		"0:10s":           "every rate in it is 0",
		"-5:10s":          "between 0 and",
		"NaN:10s":         "is no rate",
		"Inf:10s":         "between 0 and",
		"2000/s:10s":      "is no rate",
		"1e9:10s":         "between 0 and",
		"100:1s,":         "is not RATE:DURATION",
		"100..x:1s":       `"x" is no rate`,
		"100..200..3:10s": "is no rate",
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), complaint) {
			t.Errorf("%q: %v, want something with %q", text, err, complaint)
		}
	}
}
