package loop

import (
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lab/pace/report"
	"lab/pace/schedule"
)

// counted is what one target's requests came to.
func counted(result *Result) report.Counts { return result.Seen[0].Tally.Counted }

// only fails unless all requests were sent, and so many errors of one kind are the only ones.
func only(t *testing.T, counts report.Counts, kind report.Kind, count int) {
	t.Helper()
	want := report.Counts{}.Errors
	want[kind] = count
	if counts.Errors != want || counts.Dropped != 0 {
		t.Errorf("%+v, want %d errors of kind %d alone", counts, count, kind)
	}
}

func TestEveryRequestOfTheScheduleIsSentAndItsAnswerCounted(t *testing.T) {
	for _, threads := range []int{1, 2, 3} {
		var asked atomic.Int64
		s := serve(t, func(said) string { asked.Add(1); return answer("ok") })
		result := load{plan: "1000:200ms", settings: Settings{Threads: threads, Open: 4}}.offer(t, s)
		counts := counted(result)
		if counts.Offered != 200 || counts.Answered != 200 || counts.Bytes != 400 || asked.Load() != 200 {
			t.Errorf("%d threads: %+v, and the server was asked %d times", threads, counts, asked.Load())
		}
		only(t, counts, report.Read, 0)
		if len(result.Threads) != threads || result.Elapsed < 190*time.Millisecond {
			t.Errorf("%d threads: %v in %s", threads, result.Threads, result.Elapsed)
		}
	}
}

func TestThreadsShareTheRequestsAndNoneIsAskedTwice(t *testing.T) {
	for _, threads := range []int{1, 3} {
		var lock sync.Mutex
		paths := map[string]int{}
		s := serve(t, func(request said) string {
			lock.Lock()
			defer lock.Unlock()
			paths[request.path]++
			return answer("")
		})
		requests := "GET\x1f/0\x1f\x1f\x1eGET\x1f/1\x1f\x1f\x1eGET\x1f/2\x1f\x1f\x1eGET\x1f/3\x1f\x1f"
		load{
			plan: "500:200ms", random: true, settings: Settings{Threads: threads},
			environment: map[string]string{"LAB_REQUESTS": requests},
		}.offer(t, s)
		lock.Lock()
		defer lock.Unlock()
		least, most := 1<<30, 0
		for _, path := range []string{"/0", "/1", "/2", "/3"} {
			least, most = min(least, paths[path]), max(most, paths[path])
		}
		if least == 0 || most-least > 1 {
			t.Errorf("%d threads: %v", threads, paths)
		}
	}
}

func TestConnectionsAreKeptAndTheOneThatRestedLongestIsUsed(t *testing.T) {
	var lock sync.Mutex
	used := map[net.Conn]int{}
	s := serve(t, func(request said) string {
		lock.Lock()
		defer lock.Unlock()
		used[request.connection]++
		return answer("ok")
	})
	result := load{plan: "50:400ms", settings: Settings{Open: 5}}.offer(t, s)
	if s.accepted.Load() < 5 || result.Seen[0].Opened != int(s.accepted.Load()) {
		t.Fatalf("%d connections opened, the server saw %d", result.Seen[0].Opened, s.accepted.Load())
	}
	lock.Lock()
	defer lock.Unlock()
	for _, count := range used {
		if count > 10 { // 4 where none is late; 20 if the last one used were taken first
			t.Errorf("of 20 requests %d went over one of %d connections", count, len(used))
		}
	}
}

func TestConnectionsThatABurstHasOpenedAreNotAskedInTurn(t *testing.T) {
	const burst = 20
	var lock sync.Mutex
	waiting, allWait := 0, make(chan struct{})
	used := map[net.Conn]bool{}
	s := serve(t, func(request said) string {
		lock.Lock()
		waiting++
		if waiting == burst {
			close(allWait)
		} else if waiting > burst {
			used[request.connection] = true
		}
		lock.Unlock()
		<-allWait
		return answer("ok")
	})
	result := load{plan: "1000:20ms,0:100ms,25:800ms", settings: Settings{Open: 2, Rotate: 2}}.offer(t, s)
	if result.Seen[0].Opened < burst {
		t.Fatalf("%d connections opened", result.Seen[0].Opened)
	}
	lock.Lock()
	defer lock.Unlock()
	if len(used) > 12 { // 2 where none is late; all 20 if those of the burst took turns
		t.Errorf("afterwards %d of %d connections were used", len(used), result.Seen[0].Opened)
	}
}

func TestEachRequestMayHaveAConnectionOfItsOwn(t *testing.T) {
	s := serve(t, func(request said) string {
		if request.number > 0 {
			return "" // a read error
		}
		return answer("ok")
	})
	result := load{plan: "500:100ms", settings: Settings{Fresh: true}}.offer(t, s)
	only(t, counted(result), report.Read, 0)
	if counted(result).Answered != 50 || s.accepted.Load() != 50 || result.Seen[0].Opened != 50 {
		t.Errorf("%+v on %d connections", counted(result), s.accepted.Load())
	}
}

func TestSwappedAnswersAreBodyErrors(t *testing.T) {
	requests := "GET\x1f/zero\x1f\x1f\x1eGET\x1f/one\x1f\x1f"
	environment := map[string]string{"LAB_REQUESTS": requests, "LAB_RIGHT": "200\x1f=/zero\x1e200\x1f=/one"}
	honest := serve(t, func(request said) string { return answer(request.path) })
	only(t, counted(load{plan: "500:100ms", environment: environment}.offer(t, honest)), report.Body, 0)
	swapping := serve(t, func(request said) string {
		return answer(map[string]string{"/zero": "/one", "/one": "/zero"}[request.path])
	})
	counts := counted(load{plan: "500:100ms", environment: environment}.offer(t, swapping))
	only(t, counts, report.Body, 50)
	if counts.Answered != 50 {
		t.Errorf("they were answered all the same: %+v", counts)
	}
}

func TestEachThingThatGoesWrongIsCountedAsItsKind(t *testing.T) {
	for name, one := range map[string]struct {
		reply string
		kind  report.Kind
	}{
		"another status":  {"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", report.Status},
		"another body":    {answer("no"), report.Body},
		"a close":         {"", report.Read},
		"no HTTP":         {"hello\r\n\r\n", report.Read},
		"half of a chunk": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", report.Read},
	} {
		s := serve(t, func(said) string { return one.reply })
		counts := counted(load{plan: "200:100ms", environment: map[string]string{"LAB_RIGHT": "200\x1f=ok"}}.offer(t, s))
		only(t, counts, one.kind, 20)
		if answered := one.kind >= report.Status; answered != (counts.Answered == 20) {
			t.Errorf("%s: %+v", name, counts)
		}
	}
}

func TestAnAnswerThatIsCutIsAReadError(t *testing.T) {
	s := serve(t, func(request said) string {
		request.connection.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"))
		return ""
	})
	only(t, counted(load{plan: "200:100ms"}.offer(t, s)), report.Read, 20)
}

func TestARequestThatIsNeverAnsweredIsGivenUpInTime(t *testing.T) {
	release := make(chan bool)
	s := serve(t, func(said) string { <-release; return "" })
	result := load{plan: "100:100ms", settings: Settings{Timeout: 300 * time.Millisecond}}.offer(t, s)
	close(release)
	only(t, counted(result), report.Timeout, 10)
	if result.Elapsed < 390*time.Millisecond {
		t.Errorf("given up after %s", result.Elapsed)
	}
}

func TestAConnectionThatIsRefusedIsAConnectError(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := &server{address: addressOf(listener)}
	listener.Close()
	only(t, counted(load{plan: "200:100ms"}.offer(t, gone)), report.Connect, 20)
}

func TestAConnectionThatTheServerClosesWhileItRestsIsNoError(t *testing.T) {
	s := serve(t, func(request said) string {
		request.connection.Write([]byte(answer("ok")))
		time.Sleep(time.Millisecond)
		return "" // closes it
	})
	result := load{plan: "2:1500ms"}.offer(t, s)
	only(t, counted(result), report.Read, 0)
	if seen := result.Seen[0]; seen.ClosedByServer < 2 || seen.Opened != 3 {
		t.Errorf("%d of %d connections were closed", seen.ClosedByServer, seen.Opened)
	}
}

func TestAServerThatSaysItClosesIsNotAskedAgainOnThatConnection(t *testing.T) {
	s := serve(t, func(request said) string {
		if request.number > 0 {
			return ""
		}
		return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	})
	only(t, counted(load{plan: "200:100ms"}.offer(t, s)), report.Read, 0)
}

func TestAnAnswerWithoutALengthIsOverWhenItsConnectionIs(t *testing.T) {
	s := serve(t, func(request said) string {
		request.connection.Write([]byte("HTTP/1.0 200 OK\r\n\r\nhello"))
		return ""
	})
	counts := counted(load{plan: "200:100ms", environment: map[string]string{"LAB_RIGHT": "200\x1f=hello"}}.offer(t, s))
	only(t, counts, report.Read, 0)
	if counts.Answered != 20 {
		t.Errorf("%+v", counts)
	}
}

func TestWhatWouldExceedTheCapIsDroppedAndNeverSentLater(t *testing.T) {
	release := make(chan bool)
	var asked atomic.Int64
	s := serve(t, func(said) string { asked.Add(1); <-release; return answer("ok") })
	time.AfterFunc(2*time.Second, func() { close(release) })
	result := load{plan: "500:200ms", settings: Settings{Cap: 7, Threads: 2}}.offer(t, s)
	counts := counted(result)
	if counts.Offered != 100 || counts.Dropped != 93 || counts.Answered != 7 || asked.Load() != 7 {
		t.Errorf("%+v, and the server was asked %d times", counts, asked.Load())
	}
	if result.Seen[0].MostInFlight != 7 {
		t.Errorf("%d at most in flight, want the cap", result.Seen[0].MostInFlight)
	}
}

func TestArrivalsDoNotWaitForAnswers(t *testing.T) {
	var asked atomic.Int64
	all := make(chan bool)
	s := serve(t, func(said) string {
		if asked.Add(1) == 30 {
			close(all)
		}
		<-all
		return answer("ok")
	})
	result := load{plan: "100:300ms"}.offer(t, s)
	if counted(result).Answered != 30 || result.Seen[0].MostInFlight != 30 {
		t.Errorf("%+v, at most %d at once", counted(result), result.Seen[0].MostInFlight)
	}
}

func TestALongRequestAndALongAnswerGoThroughInPieces(t *testing.T) {
	long := strings.Repeat("0123456789", 1<<19)
	s := serve(t, func(request said) string { return answer(long) })
	environment := map[string]string{"LAB_REQUESTS": "POST\x1f/\x1f\x1f" + long, "LAB_RIGHT": "200\x1f=" + long}
	counts := counted(load{plan: "10:100ms", environment: environment}.offer(t, s))
	only(t, counts, report.Body, 0)
	if counts.Bytes != len(long) {
		t.Errorf("%+v", counts)
	}
}

func TestTwoTargetsAreCountedApart(t *testing.T) {
	first, second := serve(t, func(said) string { return answer("ok") }), serve(t, func(said) string { return answer("no") })
	result := load{plan: "100:100ms", environment: map[string]string{"LAB_RIGHT": "200\x1f=ok"}}.offer(t, first, second)
	only(t, result.Seen[0].Tally.Counted, report.Body, 0)
	only(t, result.Seen[1].Tally.Counted, report.Body, 10)
	if first.accepted.Load() != int64(result.Seen[0].Opened) || second.accepted.Load() != int64(result.Seen[1].Opened) {
		t.Error("connections went to the wrong target")
	}
}

func TestTwoTargetsAreDueInTurn(t *testing.T) {
	plan, err := schedule.Parse("0..100:500ms,100:500ms")
	if err != nil {
		t.Fatal(err)
	}
	var targets []*Target
	for i := range 2 {
		arrivals := func() *schedule.Arrivals { return plan.Arrivals(schedule.Even(float64(i) / 2)) }
		targets = append(targets, &Target{Arrivals: arrivals})
	}
	lane, err := newLane(Settings{Threads: 1}, targets, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer lane.close()
	count := 0
	for f := lane.earliest(); f != nil; f = lane.earliest() {
		if f != lane.fronts[count%2] {
			t.Fatalf("number %d is not of target %d", count, count%2)
		}
		f.advance()
		count++
	}
	if count != 150 {
		t.Fatalf("%d are due, want 150", count)
	}
}

func TestWhatIsDueDuringTheRampIsCountedApart(t *testing.T) {
	s := serve(t, func(said) string { return answer("no") })
	result := load{
		plan: "100:300ms", settings: Settings{Ramp: 100 * time.Millisecond},
		environment: map[string]string{"LAB_RIGHT": "200\x1f=ok"},
	}.offer(t, s)
	tally := result.Seen[0].Tally
	if tally.Ramp.Offered != 10 || tally.Ramp.Errors[report.Body] != 10 || tally.Counted.Answered != 20 {
		t.Errorf("%+v and %+v", tally.Ramp, tally.Counted)
	}
}

func TestConnectionsThatCannotBeOpenedBeforeTheStartAreSaid(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	target := &Target{Address: addressOf(listener), Arrivals: func() *schedule.Arrivals { return schedule.Plan{}.Arrivals(schedule.Even(0)) }}
	_, err = Run(Settings{Timeout: time.Second, Threads: 1, Open: 3}, []*Target{target}, func(time.Time) {})
	if err == nil || err.Error() != "cannot open a connection: connection refused" {
		t.Fatalf("%v", err)
	}
}

func TestConnectionsAreSpreadOverThreadsAndNoneIsLost(t *testing.T) {
	for _, one := range []struct{ number, threads int }{{7, 3}, {2, 4}, {0, 2}, {8, 2}} {
		sum := 0
		for thread := range one.threads {
			sum += share(one.number, one.threads, thread)
		}
		if sum != one.number {
			t.Errorf("%d over %d threads gives %d", one.number, one.threads, sum)
		}
	}
}
