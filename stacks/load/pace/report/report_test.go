package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const ms = time.Millisecond

// printed is a line as a reader of JSON has it.
type printed struct {
	Target     string
	Ramp       counts
	Counted    counts
	Refusals   map[int]refusal `json:"wrong_status"`
	Histograms struct {
		Resolution map[string]int
		Latency    string `json:"latency_us"`
		Service    string `json:"service_us"`
		SendLag    string `json:"send_lag_us"`
	}
	Timeline map[string][]int64 `json:"per_100ms"`
}

func print(t *testing.T, tally *Tally) printed {
	t.Helper()
	var out bytes.Buffer
	if err := (Line{Target: "http://host/"}).Print(&out, tally); err != nil {
		t.Fatal(err)
	}
	if bytes.Count(out.Bytes(), []byte("\n")) != 1 || out.Bytes()[0] != '{' {
		t.Fatalf("not one line: %s", out.Bytes())
	}
	var line printed
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	return line
}

func decoded(t *testing.T, encoded string) *hdrhistogram.Histogram {
	t.Helper()
	histogram, err := hdrhistogram.Decode([]byte(encoded))
	if err != nil {
		t.Fatal(err)
	}
	return histogram
}

func TestLatencyCountsFromWhenARequestWasDueAndServiceFromWhenItWasSent(t *testing.T) {
	tally := NewTally(0, time.Second)
	tally.Send(100*ms, 130*ms)
	tally.Answer(100*ms, 130*ms, 180*ms, 5)
	histograms := print(t, tally).Histograms
	for _, one := range []struct {
		name, encoded string
		want          time.Duration
	}{{"latency", histograms.Latency, 80 * ms}, {"service", histograms.Service, 50 * ms}, {"send lag", histograms.SendLag, 30 * ms}} {
		got := decoded(t, one.encoded)
		if got.TotalCount() != 1 || !got.ValuesAreEquivalent(got.Max(), one.want.Microseconds()) {
			t.Errorf("%s: %d values, the longest %d µs, want %s", one.name, got.TotalCount(), got.Max(), one.want)
		}
	}
}

func TestTheTimelineSaysInWhichTenthOfASecondEachThingHappened(t *testing.T) {
	tally := NewTally(0, time.Second)
	tally.Send(50*ms, 110*ms)
	tally.Answer(50*ms, 110*ms, 250*ms, 5)
	tally.Drop(199 * ms)
	tally.Send(200*ms, 200*ms)
	tally.Fail(200*ms, 399*ms, Timeout)
	line := print(t, tally).Timeline
	for name, want := range map[string][]int64{
		"offered": {1, 1, 1, 0}, "sent": {0, 1, 1, 0}, "answered": {0, 0, 1, 0}, "dropped": {0, 1, 0, 0},
		"failed": {0, 0, 0, 1}, "slowest_us": {200_000, 0, 0, 0},
	} {
		if !slices.Equal(line[name], want) {
			t.Errorf("%s: %v, want %v", name, line[name], want)
		}
	}
}

func TestRequestsOfTheRampAreInNoHistogram(t *testing.T) {
	tally := NewTally(100*ms, time.Second)
	for _, due := range []time.Duration{99 * ms, 100 * ms} {
		tally.Send(due, due)
		tally.Answer(due, due, due+ms, 1)
		tally.Drop(due)
		tally.Fail(due, due, Body)
	}
	line := print(t, tally)
	for _, part := range []counts{line.Ramp, line.Counted} {
		if part.Offered != 2 || part.Sent != 1 || part.Answered != 1 || part.Dropped != 1 || part.Errors["body"] != 1 {
			t.Errorf("%+v", part)
		}
	}
	for _, encoded := range []string{line.Histograms.Latency, line.Histograms.Service, line.Histograms.SendLag} {
		if decoded(t, encoded).TotalCount() != 1 {
			t.Error("a request of the ramp was counted")
		}
	}
}

func TestTalliesOfThreadsAddUp(t *testing.T) {
	sum, other := NewTally(0, time.Second), NewTally(0, time.Second)
	for i, tally := range []*Tally{sum, other} {
		due := time.Duration(i) * 300 * ms
		tally.Send(due, due)
		tally.Answer(due, due, due+ms, 10)
		tally.Drop(due)
		tally.Fail(due, due, Status)
	}
	sum.Add(other)
	line := print(t, sum)
	want := counts{4, 2, 2, 2, 20, map[string]int{"connect": 0, "read": 0, "write": 0, "timeout": 0, "status": 2, "body": 0}}
	if got := line.Counted; got.Offered != want.Offered || got.Answered != want.Answered || got.Dropped != want.Dropped ||
		got.Bytes != want.Bytes || got.Errors["status"] != 2 || len(got.Errors) != len(want.Errors) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if decoded(t, line.Histograms.Latency).TotalCount() != 2 || !slices.Equal(line.Timeline["answered"], []int64{1, 0, 0, 1}) {
		t.Errorf("%+v", line)
	}
}

func TestWrongStatusesAreToldApartWithWhenTheyBeganAndHowLongTheyTook(t *testing.T) {
	sum, other := NewTally(time.Second, time.Second), NewTally(time.Second, time.Second)
	sum.Refuse(504, 200*ms, 3200*ms)
	sum.Refuse(504, 100*ms, 3102*ms)
	sum.Refuse(502, 0, 4*ms)
	other.Refuse(504, 300*ms, 3301*ms)
	sum.Add(other)
	line := print(t, sum)
	if got, want := line.Refusals[504], (refusal{3, 3.102, 3000, 3002}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := line.Refusals[502], (refusal{1, 0.004, 4, 4}); got != want || len(line.Refusals) != 2 {
		t.Errorf("%+v, want %+v", line.Refusals, want)
	}
}

func TestALatencyIsOffByAThousandthAtMost(t *testing.T) {
	for _, wait := range []time.Duration{time.Microsecond, 999 * time.Microsecond, 12_345_678 * time.Nanosecond, 59 * time.Minute} {
		tally := NewTally(0, time.Second)
		tally.Answer(0, 0, wait, 0)
		got := float64(decoded(t, print(t, tally).Histograms.Latency).Max())
		if want := float64(wait.Microseconds()); got < want*0.999 || got > want*1.001+1 {
			t.Errorf("%f µs, want %f", got, want)
		}
	}
}

func TestEachRequestIsALineInTheOrderInWhichTheyWereDue(t *testing.T) {
	var out strings.Builder
	requests := []Request{{Number: 1, End: Connect.Name()}, {Number: 0, End: Answered, Status: 202, Body: Told(202, []byte("{}"))}}
	if err := PrintEach(&out, requests); err != nil {
		t.Fatal(err)
	}
	want := `each {"target":0,"number":0,"place":0,"due_us":0,"sent_us":0,"end_us":0,"end":"answered","status":202,"body":"{}"}
each {"target":0,"number":1,"place":0,"due_us":0,"sent_us":0,"end_us":0,"end":"connect"}
`
	if out.String() != want {
		t.Fatalf("%s", out.String())
	}
	if Told(200, []byte("long")) != "" || len(Told(500, make([]byte, 5000))) != longestBody {
		t.Error("a plain answer is told, or a long one whole")
	}
}
