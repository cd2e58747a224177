package ask

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

type environment map[string]string

func (e environment) lookup(name string) (string, bool) {
	value, found := e[name]
	return value, found
}

func book(t *testing.T, variables environment) *Book {
	t.Helper()
	read, err := Read(variables.lookup)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func sheet(t *testing.T, variables environment) *Sheet {
	t.Helper()
	return book(t, variables).For("host:8080", "/own", false)
}

// text is the n-th request as it goes out.
func text(s *Sheet, n int) string {
	written, _ := s.Append(nil, n, NewUnique())
	return string(written)
}

func records(requests ...[4]string) string {
	var all []string
	for _, parts := range requests {
		all = append(all, strings.Join(parts[:], field))
	}
	return strings.Join(all, between)
}

func TestWithoutAnEnvironmentThePathOfTheURLIsAskedAndAny200IsRight(t *testing.T) {
	s := sheet(t, environment{})
	if got, want := text(s, 3), "GET /own HTTP/1.1\r\nHost: host:8080\r\n\r\n"; got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	if s.book.Right.Judge(0, 200, nil, 5) != IsRight || s.book.Right.Judge(0, 201, nil, 5) != WrongStatus {
		t.Fatal("200 and nothing else is right")
	}
}

func TestARequestIsWrittenWithItsMethodHeadersBodyAndLength(t *testing.T) {
	asked := records([4]string{"PUT", "/a?b=c", "X-Token: lab\nAccept:  text/plain", "äb"})
	want := "PUT /a?b=c HTTP/1.1\r\nHost: host:8080\r\nX-Token: lab\r\nAccept: text/plain\r\nContent-Length: 3\r\n\r\näb"
	if got := text(sheet(t, environment{"LAB_REQUESTS": asked}), 0); got != want {
		t.Fatalf("%q, want %q", got, want)
	}
}

func TestHeadersOfARequestWinOverThoseThatPaceAdds(t *testing.T) {
	asked := records([4]string{"GET", "/", "host: other\nauthorization: mine", ""})
	s := book(t, environment{"LAB_REQUESTS": asked, "LAB_TOKENS": "token"}).For("host", "/", false)
	if got, want := text(s, 0), "GET / HTTP/1.1\r\nhost: other\r\nauthorization: mine\r\n\r\n"; got != want {
		t.Fatalf("%q, want %q", got, want)
	}
}

func TestRequestsTokensAndTurnsGoRound(t *testing.T) {
	asked := records([4]string{"GET", "/r0", "", ""}, [4]string{"GET", "/r1", "", ""}, [4]string{"GET", "/r2", "", ""})
	s := sheet(t, environment{"LAB_REQUESTS": asked, "LAB_TURNS": "0 0 2", "LAB_TOKENS": "a\nb\n"})
	for n, want := range []string{"/r0 a", "/r0 b", "/r2 a", "/r0 b", "/r0 a", "/r2 b"} {
		path, token, _ := strings.Cut(want, " ")
		got := text(s, n)
		if !strings.Contains(got, "GET "+path+" ") || !strings.Contains(got, "\r\nAuthorization: Bearer "+token+"\r\n\r\n") {
			t.Errorf("number %d is %q, want %s", n, got, want)
		}
	}
	if _, place := s.Append(nil, 5, NewUnique()); place != 2 {
		t.Errorf("number 5 is of place %d", place)
	}
}

func TestWhatIsUniqueIsNeverTheSameAndTheLengthFits(t *testing.T) {
	asked := records([4]string{"POST", "/{unique}", "Key: {unique}", `{"name": "{unique}"}`})
	s := sheet(t, environment{"LAB_REQUESTS": asked, "LAB_TOKENS": "t"})
	pattern := regexp.MustCompile(`^POST /([0-9a-f]{24}) HTTP/1.1\r\nHost: host:8080\r\nKey: ([0-9a-f]{24})\r\n` +
		`Content-Length: 36\r\nAuthorization: Bearer t\r\n\r\n\{"name": "([0-9a-f]{24})"\}$`)
	seen := map[string]bool{}
	for _, texts := range []*Unique{NewUnique(), NewUnique()} {
		for n := range 300 {
			written, _ := s.Append(nil, n, texts)
			found := pattern.FindSubmatch(written)
			if found == nil {
				t.Fatalf("%q", written)
			}
			for _, text := range found[1:] {
				seen[string(text)] = true
			}
		}
	}
	if len(seen) != 2*300*3 {
		t.Fatalf("%d different texts, want 1800", len(seen))
	}
}

func TestARequestOnAConnectionOfItsOwnSaysThatNoneFollows(t *testing.T) {
	s := book(t, environment{}).For("host", "/", true)
	if got := text(s, 0); !strings.Contains(got, "\r\nConnection: close\r\n") {
		t.Fatalf("%q", got)
	}
}

// rightBodies is a LAB_RIGHT of such records, each with the status 200.
func rightBodies(bodies ...string) string {
	return "200" + field + strings.Join(bodies, between+"200"+field)
}

func TestEachAnswerIsComparedWithThatOfItsOwnRequest(t *testing.T) {
	asked := records([4]string{"GET", "/r0", "", ""}, [4]string{"GET", "/r1", "", ""}, [4]string{"GET", "/r2", "", ""})
	right := book(t, environment{"LAB_REQUESTS": asked, "LAB_RIGHT": rightBodies("=zero", "#3", "")}).Right
	if got, want := right.Compared(), (Compared{Body: 1, Length: 1, Nothing: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for place, needed := range []bool{true, false, false} {
		if right.NeedsBody(place) != needed {
			t.Errorf("whether the body of request %d is needed: not %v", place, needed)
		}
	}
	for _, one := range []struct {
		place int
		body  string
		want  Verdict
	}{
		{0, "zero", IsRight}, {0, "one", WrongBody}, {0, "", WrongBody},
		{1, "one", IsRight}, {1, "two", IsRight}, {1, "zero", WrongBody}, {2, "zero", IsRight}, {2, "", IsRight},
	} {
		if got := right.Judge(one.place, 200, []byte(one.body), len(one.body)); got != one.want {
			t.Errorf("%q for request %d: %d, want %d", one.body, one.place, got, one.want)
		}
	}
}

func TestAnEmptyAnswerIsOneThatCanBeWanted(t *testing.T) {
	for _, empty := range []string{"=", "#0"} {
		right := book(t, environment{"LAB_RIGHT": "204" + field + empty}).Right
		if right.Judge(0, 204, nil, 0) != IsRight || right.Judge(0, 204, []byte("x"), 1) != WrongBody {
			t.Errorf("%q: %+v", empty, right)
		}
	}
}

func TestEachRequestHasStatusesOfItsOwn(t *testing.T) {
	asked := records([4]string{"GET", "/r0", "", ""}, [4]string{"GET", "/r1", "", ""})
	rights := "201 409" + field + between + "304" + field
	right := book(t, environment{"LAB_REQUESTS": asked, "LAB_RIGHT": rights}).Right
	for place, statuses := range []map[int]Verdict{
		{201: IsRight, 409: IsRight, 304: WrongStatus, 200: WrongStatus, 99999: WrongStatus},
		{304: IsRight, 201: WrongStatus},
	} {
		for status, want := range statuses {
			if got := right.Judge(place, status, nil, 0); got != want {
				t.Errorf("%d for request %d: %d, want %d", status, place, got, want)
			}
		}
	}
}

func TestWhatTheSecondTargetHasOfItsOwnGoesBeforeWhatIsForBoth(t *testing.T) {
	variables := environment{
		"LAB_REQUESTS": records([4]string{"GET", "/both", "", ""}), "LAB_TOKENS": "first", "LAB_RIGHT": rightBodies("=first"),
		"LAB_2_TOKENS": "second", "LAB_2_RIGHT": rightBodies("=second"),
	}
	for target, token := range []string{"first", "second"} {
		read, err := Read(OfTarget(target, variables.lookup))
		if err != nil {
			t.Fatal(err)
		}
		if got := text(read.For("host", "/", false), 0); !strings.Contains(got, "/both ") || !strings.Contains(got, "Bearer "+token) {
			t.Errorf("target %d is asked %q", target, got)
		}
		if read.Right.Judge(0, 200, []byte(token), len(token)) != IsRight {
			t.Errorf("target %d may not answer %q", target, token)
		}
	}
}

func TestAnEmptyVariableOfTheSecondTargetTakesAwayWhatTheFirstHas(t *testing.T) {
	variables := environment{"LAB_TOKENS": "first", "LAB_TURNS": "0 0", "LAB_2_TOKENS": "", "LAB_2_TURNS": ""}
	read, err := Read(OfTarget(1, variables.lookup))
	if err != nil || read.tokens != nil || read.turns != nil {
		t.Fatalf("%+v, %v", read, err)
	}
}

func TestAnEnvironmentThatMakesNoSenseIsRefusedWithWhatIsWrong(t *testing.T) {
	for i, one := range []struct {
		variables environment
		complaint string
	}{
		{environment{"LAB_REQUESTS": "GET /"}, "LAB_REQUESTS"},
		{environment{"LAB_REQUESTS": records([4]string{"", "/", "", ""})}, "is no method"},
		{environment{"LAB_REQUESTS": records([4]string{"GET", "own", "", ""})}, "is no path"},
		{environment{"LAB_REQUESTS": records([4]string{"GET", "/a b", "", ""})}, "is no path"},
		{environment{"LAB_REQUESTS": records([4]string{"GET", "/", "Token", ""})}, "is no header line"},
		{environment{"LAB_REQUESTS": records([4]string{"GET", "/", "A: b\r", ""})}, "is no header line"},
		{environment{"LAB_TURNS": "0 1"}, `LAB_TURNS: "1"`},
		{environment{"LAB_TURNS": "first"}, `LAB_TURNS: "first"`},
		{environment{"LAB_RIGHT": ""}, "LAB_RIGHT"},
		{environment{"LAB_RIGHT": "200"}, "with 0x1f between"},
		{environment{"LAB_RIGHT": field}, "has no status"},
		{environment{"LAB_RIGHT": "ok" + field}, `LAB_RIGHT: "ok"`},
		{environment{"LAB_RIGHT": rightBodies("#-1")}, `LAB_RIGHT: "-1" is no length`},
		{environment{"LAB_RIGHT": rightBodies("#")}, `LAB_RIGHT: "" is no length`},
		{environment{"LAB_RIGHT": rightBodies("body")}, "neither =BODY nor #LENGTH"},
		{environment{"LAB_RIGHT": rightBodies("=a", "=b")}, "2 records for 1 requests"},
	} {
		if _, err := Read(one.variables.lookup); err == nil || !strings.Contains(fmt.Sprint(err), one.complaint) {
			t.Errorf("%d: %v, want something with %q", i, err, one.complaint)
		}
	}
}
