package loop

import (
	"strings"
	"sync"
	"testing"
	"time"

	"lab/pace/report"
)

// closing answers the first request of each connection and closes at the second, without a byte of an answer.
func closing(t *testing.T, seen func(said)) *server {
	return serve(t, func(request said) string {
		seen(request)
		if request.number > 0 {
			return ""
		}
		return answer("ok")
	})
}

func TestARequestThatMetAClosedConnectionIsSentOnceMore(t *testing.T) {
	s := closing(t, func(said) {})
	if plain := counted(load{plan: "10:1s"}.offer(t, s)); plain.Errors[report.Read] == 0 {
		t.Errorf("no request met a closed connection: %+v", plain)
	}
	result := load{plan: "10:1s", settings: Settings{Again: true}}.offer(t, s)
	only(t, counted(result), report.Read, 0)
	if counted(result).Answered != 10 || result.Seen[0].SentAgain == 0 {
		t.Errorf("%+v, %d sent again", counted(result), result.Seen[0].SentAgain)
	}
}

func TestOnlyWhatMayBeDoneTwiceIsSentAgain(t *testing.T) {
	for requests, may := range map[string]bool{
		"POST\x1f/\x1f\x1f{}":                          false,
		"POST\x1f/\x1fIdempotency-Key: {unique}\x1f{}": true,
		"HEAD\x1f/\x1f\x1f":                            true,
		"GET\x1f/\x1f\x1f":                             true,
	} {
		s := closing(t, func(said) {})
		counts := counted(load{
			plan: "10:1s", settings: Settings{Again: true}, environment: map[string]string{"LAB_REQUESTS": requests},
		}.offer(t, s))
		if lost := counts.Errors[report.Read]; (lost == 0) != may {
			t.Errorf("%q: %d were lost", requests, lost)
		}
	}
}

func TestARequestWhoseAnswerHadBegunOrWhoseConnectionWasNewIsNotSentAgain(t *testing.T) {
	for name, reply := range map[string]string{"cut": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "at once": ""} {
		s := serve(t, func(request said) string {
			if request.number == 0 && name == "cut" {
				return answer("ok")
			}
			request.connection.Write([]byte(reply))
			return ""
		})
		result := load{plan: "10:1s", settings: Settings{Again: true}}.offer(t, s)
		if result.Seen[0].SentAgain != 0 || counted(result).Errors[report.Read] == 0 {
			t.Errorf("%s: %d sent again, %+v", name, result.Seen[0].SentAgain, counted(result))
		}
	}
}

func TestARequestThatIsSentAgainIsTheSame(t *testing.T) {
	var lock sync.Mutex
	asked := map[string]int{}
	s := closing(t, func(request said) {
		lock.Lock()
		defer lock.Unlock()
		asked[request.token]++
	})
	requests := "GET\x1f/\x1fAuthorization: {unique}\x1f"
	result := load{
		plan: "10:1s", settings: Settings{Again: true}, environment: map[string]string{"LAB_REQUESTS": requests},
	}.offer(t, s)
	lock.Lock()
	defer lock.Unlock()
	twice := 0
	for _, times := range asked {
		twice += times - 1
	}
	if len(asked) != 10 || twice == 0 || twice != result.Seen[0].SentAgain {
		t.Errorf("%d different ones, %d of them twice", len(asked), twice)
	}
}

func TestEveryRequestIsToldWithItsEnd(t *testing.T) {
	s := serve(t, func(request said) string {
		switch request.path {
		case "/gone":
			return ""
		case "/no":
			return "HTTP/1.1 503 No\r\nContent-Length: 3\r\n\r\nwhy"
		}
		return answer(strings.Repeat("x", 9000))
	})
	requests := "GET\x1f/ok\x1f\x1f\x1eGET\x1f/no\x1fX-Key: {unique}\x1f\x1eGET\x1f/gone\x1f\x1f"
	result := load{
		plan: "30:200ms", settings: Settings{Each: true, Threads: 2}, environment: map[string]string{
			"LAB_REQUESTS": requests, "LAB_RIGHT": "200\x1f\x1e200\x1f\x1e200\x1f",
		},
	}.offer(t, s)
	each := result.Seen[0].Each
	if len(each) != 6 {
		t.Fatalf("%d are told of", len(each))
	}
	for _, one := range each {
		if one.Place != one.Number%3 || one.DueUS > one.SentUS || one.SentUS > one.EndUS {
			t.Errorf("%+v", one)
		}
		want := []report.Request{{End: "answered", Status: 200}, {End: "answered", Status: 503, Body: "why"}, {End: "read"}}[one.Place]
		if one.End != want.End || one.Status != want.Status || one.Body != want.Body || (one.Unique != "") != (one.Place == 1) {
			t.Errorf("%+v, want %+v", one, want)
		}
	}
}

func TestADroppedRequestIsToldToo(t *testing.T) {
	release := make(chan bool)
	s := serve(t, func(said) string { <-release; return answer("ok") })
	time.AfterFunc(time.Second, func() { close(release) })
	result := load{plan: "1000:20ms", settings: Settings{Each: true, Cap: 1}}.offer(t, s)
	if counted(result).Dropped == 0 {
		t.Fatal("nothing was dropped")
	}
	ends := map[string]int{}
	for _, one := range result.Seen[0].Each {
		ends[one.End]++
	}
	if ends[report.Dropped] != counted(result).Dropped || ends[report.Answered] != counted(result).Answered {
		t.Errorf("%v, where %+v", ends, counted(result))
	}
}
