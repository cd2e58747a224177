package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"lab/pace/ask"
)

// A Line is what is said of one target: a line of JSON. README.md explains every field.
type Line struct {
	Target     string       `json:"target"`
	Schedule   string       `json:"schedule"`
	Arrivals   string       `json:"arrivals"`
	Seed       uint64       `json:"seed"`
	RampS      float64      `json:"ramp_s"`
	SteadyS    float64      `json:"steady_s"`
	ElapsedS   float64      `json:"elapsed_s"`
	TimeoutS   float64      `json:"timeout_s"`
	Compared   ask.Compared `json:"compared"`
	InFlight   InFlight     `json:"in_flight"`
	Connection Connection   `json:"connections"`
	Generator  Generator    `json:"generator"`
}

// InFlight is how many requests may be, and were, under way at once.
type InFlight struct {
	Cap int `json:"cap"`
	Max int `json:"max"`
}

// Connection is what became of the connections.
type Connection struct {
	Kind           string `json:"kind"`
	Opened         int    `json:"opened"`
	ClosedByServer int    `json:"closed_by_server"`
	SentAgain      int    `json:"sent_again"`
}

// Generator is what the load cost, for both targets together: for each thread, its CPU time and how long it could have
// run while something else did.
type Generator struct {
	CPUSeconds    []float64 `json:"thread_cpu_s"`
	WaitedSeconds []float64 `json:"thread_waited_s"`
}

type counts struct {
	Offered  int            `json:"offered"`
	Sent     int            `json:"sent"`
	Answered int            `json:"answered"`
	Dropped  int            `json:"dropped"`
	Bytes    int            `json:"bytes"`
	Errors   map[string]int `json:"errors"`
}

type refusal struct {
	Count     int     `json:"count"`
	FirstS    float64 `json:"first_s"`
	FastestMS float64 `json:"fastest_ms"`
	SlowestMS float64 `json:"slowest_ms"`
}

type resolution struct {
	LowestUS          int `json:"lowest_us"`
	HighestUS         int `json:"highest_us"`
	SignificantDigits int `json:"significant_digits"`
}

type histograms struct {
	Resolution resolution `json:"resolution"`
	Latency    string     `json:"latency_us"`
	Service    string     `json:"service_us"`
	SendLag    string     `json:"send_lag_us"`
}

type timeline struct {
	Offered   []int   `json:"offered"`
	Sent      []int   `json:"sent"`
	Answered  []int   `json:"answered"`
	Dropped   []int   `json:"dropped"`
	Failed    []int   `json:"failed"`
	SlowestUS []int64 `json:"slowest_us"`
}

var kindNames = [kinds]string{"connect", "read", "write", "timeout", "status", "body"}

// Print writes the line with what a tally has counted.
func (l Line) Print(out io.Writer, tally *Tally) error {
	encoded, err := tally.histograms()
	if err != nil {
		return fmt.Errorf("writing the histograms: %w", err)
	}
	return json.NewEncoder(out).Encode(struct {
		Line
		Ramp       counts          `json:"ramp"`
		Counted    counts          `json:"counted"`
		Refusals   map[int]refusal `json:"wrong_status"`
		Histograms histograms      `json:"histograms"`
		Timeline   timeline        `json:"per_100ms"`
	}{l, tally.Ramp.json(), tally.Counted.json(), tally.refusals(), encoded, tally.timeline()})
}

func (c Counts) json() counts {
	errors := map[string]int{}
	for kind, count := range c.Errors {
		errors[kindNames[kind]] = count
	}
	return counts{c.Offered, c.Sent, c.Answered, c.Dropped, c.Bytes, errors}
}

func (t *Tally) refusals() map[int]refusal {
	all := map[int]refusal{}
	for status, one := range t.Refusals {
		all[status] = refusal{one.Count, one.First.Seconds(), inMS(one.Fastest), inMS(one.Slowest)}
	}
	return all
}

func inMS(span time.Duration) float64 { return float64(span) / float64(time.Millisecond) }

func (t *Tally) histograms() (histograms, error) {
	all := histograms{Resolution: resolution{lowestUS, highestUS, significantDigits}}
	for _, one := range []struct {
		into *string
		from *hdrhistogram.Histogram
	}{{&all.Latency, t.latency}, {&all.Service, t.service}, {&all.SendLag, t.lag}} {
		encoded, err := one.from.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		if err != nil {
			return all, err
		}
		*one.into = string(encoded)
	}
	return all, nil
}

func (t *Tally) timeline() timeline {
	size := len(t.slots)
	all := timeline{
		make([]int, size), make([]int, size), make([]int, size), make([]int, size), make([]int, size), make([]int64, size),
	}
	for i, slot := range t.slots {
		all.Offered[i], all.Sent[i], all.Answered[i] = slot.offered, slot.sent, slot.answered
		all.Dropped[i], all.Failed[i] = slot.dropped, slot.failed
		all.SlowestUS[i] = slot.slowest.Round(time.Microsecond).Microseconds()
	}
	return all
}
