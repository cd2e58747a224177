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

func TestEachRequestHasItsOwnAnswerWhereThereIsOneForEach(t *testing.T) {
	asked := records([4]string{"GET", "/r0", "", ""}, [4]string{"GET", "/r1", "", ""})
	right := book(t, environment{"LAB_REQUESTS": asked, "LAB_ANSWERS": "zero\x1eone"}).Right
	if right.Compared() != "own body" || !right.NeedsBody() {
		t.Fatal(right.Compared())
	}
	for _, one := range []struct {
		place int
		body  string
		want  Verdict
	}{{0, "zero", IsRight}, {1, "one", IsRight}, {0, "one", WrongBody}, {1, "zero", WrongBody}, {0, "", WrongBody}} {
		if got := right.Judge(one.place, 200, []byte(one.body), len(one.body)); got != one.want {
			t.Errorf("%q for request %d: %d, want %d", one.body, one.place, got, one.want)
		}
	}
}

func TestAnyOfSeveralAnswersIsRightWhereTheirNumberIsAnother(t *testing.T) {
	right := book(t, environment{"LAB_ANSWERS": "zero\x1eone"}).Right
	if right.Compared() != "any body" || right.Judge(0, 200, []byte("one"), 3) != IsRight {
		t.Fatal(right.Compared())
	}
	if right.Judge(0, 200, []byte("two"), 3) != WrongBody {
		t.Fatal("two is none of them")
	}
}

func TestAnEmptyAnswerIsOneThatCanBeWanted(t *testing.T) {
	right := book(t, environment{"LAB_ANSWERS": "", "LAB_STATUS": "204"}).Right
	if right.Judge(0, 204, nil, 0) != IsRight || right.Judge(0, 204, []byte("x"), 1) != WrongBody {
		t.Fatal(right.Compared())
	}
}

func TestLongAnswersAreToldByTheirLength(t *testing.T) {
	asked := records([4]string{"GET", "/r0", "", ""}, [4]string{"GET", "/r1", "", ""})
	own := book(t, environment{"LAB_REQUESTS": asked, "LAB_LENGTHS": "5 7"}).Right
	any := book(t, environment{"LAB_LENGTHS": "5 7"}).Right
	if own.Compared() != "own length" || any.Compared() != "any length" || own.NeedsBody() {
		t.Fatal(own.Compared(), any.Compared())
	}
	if own.Judge(1, 200, nil, 7) != IsRight || own.Judge(1, 200, nil, 5) != WrongBody || any.Judge(0, 200, nil, 7) != IsRight {
		t.Fatal("lengths 5 and 7")
	}
}

func TestEachStatusOfTheEnvironmentIsRight(t *testing.T) {
	right := book(t, environment{"LAB_STATUS": "201 409"}).Right
	for status, want := range map[int]Verdict{201: IsRight, 409: IsRight, 200: WrongStatus, 99999: WrongStatus} {
		if got := right.Judge(0, status, nil, 0); got != want {
			t.Errorf("%d: %d, want %d", status, got, want)
		}
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
		{environment{"LAB_STATUS": "ok"}, `LAB_STATUS: "ok"`},
		{environment{"LAB_LENGTHS": "-1"}, `LAB_LENGTHS: "-1"`},
	} {
		if _, err := Read(one.variables.lookup); err == nil || !strings.Contains(fmt.Sprint(err), one.complaint) {
			t.Errorf("%d: %v, want something with %q", i, err, one.complaint)
		}
	}
}
