package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"lab/stacks/service/internal/ground"
	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/watch"
)

// service is a server in the test's process, with its log.
type service struct {
	*Server
	routes http.Handler
	lines  *bytes.Buffer
}

func serve(t *testing.T, client *redis.Client, changes map[string]string) *service {
	t.Helper()
	database, counters := ground.Store(t, 5)
	stores := Stores{Postgres: database, Redis: client, Cache: ground.Cache(t), Seen: watch.New(func(string, bool) {})}
	server, err := New(ground.Settings(t, changes), ground.Contract, stores, counters)
	if err != nil {
		t.Fatal(err)
	}
	lines := &bytes.Buffer{}
	server.log.out = lines
	return &service{Server: server, routes: server.Handler(), lines: lines}
}

func (s *service) ask(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	question := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		question.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	s.routes.ServeHTTP(answer, question)
	return answer
}

// bearer is an Authorization header of a user who is signed in, if there is a Redis.
func (s *service) bearer(t *testing.T, userID int64, role string) string {
	t.Helper()
	session, _, _ := s.sessions.Start(t.Context(), userID, role)
	token, err := s.issuer.Access(userID, role, session.Session, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + token
}

func typeOf(t *testing.T, answer *httptest.ResponseRecorder) problem.Slug {
	t.Helper()
	var document struct{ Type string }
	if err := json.Unmarshal(answer.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	return problem.Slug(strings.TrimPrefix(document.Type, "urn:lab:problem:"))
}

func TestARequestGetsTheAnswerOfTheFirstCheckThatItFails(t *testing.T) {
	server := serve(t, ground.Redis(t), nil)
	user, admin := server.bearer(t, 2, "user"), server.bearer(t, 1, "admin")
	long := strings.Repeat("x", mostBytes+1)
	for _, test := range []struct {
		method, target, token, contentType, body string
		want                                     problem.Slug
	}{
		{"PATCH", "/api/v1/nothing", "", "", long, problem.NotFound},
		{"PATCH", "/api/v1/users/0", "", "", long, problem.MethodNotAllowed},
		{"PUT", "/api/v1/users/0", "", "", long, problem.InvalidToken},
		{"PUT", "/api/v1/users/0", user, "", long, problem.Forbidden},
		{"PUT", "/api/v1/users/0", admin, "", long, problem.NotFound},
		{"GET", "/api/v1/users/0", user, "", "", problem.NotFound},
		{"GET", "/api/v1/users/3", user, "", "", problem.Forbidden},
		{"GET", "/api/v1/users/4611686018427387904", user, "", "", problem.Forbidden},
		{"GET", "/api/v1/users?limit=x", user, "", "", problem.Forbidden},
		{"GET", "/api/v1/users?limit=x", admin, "", "", problem.InvalidFields},
		{"POST", "/api/v1/orders", user, "", long, problem.IdempotencyKeyMissing},
		{"PUT", "/api/v1/users/4611686018427387904", admin, "", long, problem.UnsupportedMediaType},
		{"PUT", "/api/v1/users/4611686018427387904", admin, "application/json", long, problem.BodyTooLarge},
		{"PUT", "/api/v1/users/4611686018427387904", admin, "application/json", "{", problem.MalformedRequest},
		{"PUT", "/api/v1/users/4611686018427387904", admin, "application/json", "{}", problem.InvalidFields},
		{"PUT", "/api/v1/users/4611686018427387904", admin, "application/json", `{"name":"a","email":"a@b","age":1}`, problem.NotFound},
	} {
		answer := server.ask(test.method, test.target, test.body, "Authorization", test.token, "Content-Type", test.contentType)
		if got := typeOf(t, answer); got != test.want {
			t.Errorf("%s %s: %s, not %s", test.method, test.target, got, test.want)
		}
		if answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s may be kept", test.method, test.target)
		}
	}
}

func TestARequestLeavesOneLine(t *testing.T) {
	server := serve(t, ground.Redis(t), nil)
	server.ask("GET", "/api/v1/users/2?secret=x", "", "Authorization", server.bearer(t, 2, "user"), "X-Request-Id", "abc")
	server.ask("GET", "/a%22%C3%A4%FF", "")
	want := regexp.MustCompile(`^{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"info","message":"request","request_id":"abc",` +
		`"method":"GET","path":"/api/v1/users/2","status":200,"duration_ms":\d+\.\d{3},"client":"192\.0\.2\.1","user":2}
{"time":"[^"]+","level":"info","message":"request","request_id":"[0-9a-f]{32}",` +
		`"method":"GET","path":"/a\\"ä\x{FFFD}","status":404,"duration_ms":\d+\.\d{3},"client":"192\.0\.2\.1","user":null}
$`)
	if got := server.lines.String(); !want.MatchString(got) {
		t.Error(got)
	}
}

func TestAPanicIsAProblemAndLogged(t *testing.T) {
	server := serve(t, ground.Redis(t), nil)
	engine := server.engine()
	engine.GET("/panic", server.handler(func(*request) error { panic("at the disco") }))
	server.routes = engine
	answer := server.ask("GET", "/panic", "", "X-Request-Id", "abc")
	if typeOf(t, answer) != problem.InternalError || answer.Code != 500 || answer.Header().Get("X-Request-Id") != "abc" {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if line := server.lines.String(); !strings.Contains(line, `"level":"error"`) || strings.Contains(line, "disco") {
		t.Error(line)
	}
}

func TestWithoutRedisTokensAreRefusedAndTheRestGoesOn(t *testing.T) {
	server := serve(t, ground.NoRedis(t), nil)
	for range 2 {
		server.seen.Note(watch.Redis, errors.New("away"))
	}
	token := server.bearer(t, 1, "admin")
	for target, want := range map[string]int{"/api/v1/users": 503, "/api/v1/items/1": 200, "/live": 200, "/ready": 503} {
		answer := server.ask("GET", target, "", "Authorization", token)
		if answer.Code != want || answer.Header()["RateLimit-Limit"] != nil {
			t.Errorf("%s: %d %v", target, answer.Code, answer.Header())
		}
	}
	if answer := server.ask("GET", "/api/v1/users", "", "Authorization", "Bearer x"); answer.Code != 401 {
		t.Errorf("%d", answer.Code)
	}
}

func TestARevokedTokenIsRefused(t *testing.T) {
	server := serve(t, ground.Redis(t), nil)
	token := server.bearer(t, 2, "user")
	for _, want := range []int{204, 401} {
		if answer := server.ask("POST", "/api/v1/logout", "", "Authorization", token); answer.Code != want {
			t.Errorf("%d, not %d", answer.Code, want)
		}
	}
}

func TestABucketThatIsEmptySaysWhenToComeBack(t *testing.T) {
	server := serve(t, ground.Redis(t), map[string]string{"RATE_LIMIT": "1"})
	token := server.bearer(t, 9001, "user")
	if first := server.ask("GET", "/api/v1/items/1", "", "Authorization", token); first.Code != 200 {
		t.Errorf("%d", first.Code)
	}
	second := server.ask("GET", "/api/v1/items/0", "", "Authorization", token)
	if second.Code != 429 || second.Header().Get("Retry-After") != "1" || second.Header()["RateLimit-Remaining"][0] != "0" {
		t.Errorf("%d %v", second.Code, second.Header())
	}
}

func TestSwitchesTakeOutWhatTheyName(t *testing.T) {
	server := serve(t, ground.Redis(t), map[string]string{"AUTH": "off", "LIMIT": "off", "ACCESS_LOG": "off"})
	answer := server.ask("GET", "/api/v1/users?limit=1", "")
	if answer.Code != 200 || answer.Header()["RateLimit-Limit"] != nil || server.lines.Len() > 0 {
		t.Errorf("%d %v %s", answer.Code, answer.Header(), server.lines)
	}
}

func TestTheSecondReaderAsksNoDatabase(t *testing.T) {
	server := serve(t, ground.Redis(t), nil)
	token := server.bearer(t, 1, "admin")
	queries := func() string {
		return ground.Counter(t, server.ask("GET", "/metrics", "").Body.String(), "db_queries_total")
	}
	first := server.ask("GET", "/api/v1/users?limit=7", "", "Authorization", token).Body.String()
	before := queries()
	second := server.ask("GET", "/api/v1/users?limit=7", "", "Authorization", token).Body.String()
	if first != second || queries() != before {
		t.Errorf("%s statements, then %s", before, queries())
	}
}

func TestHandlersRunBesideEachOther(t *testing.T) {
	server := serve(t, ground.Redis(t), nil)
	server.log.on = false // the buffer is not for several
	token := server.bearer(t, 1, "admin")
	var all sync.WaitGroup
	for _, target := range []string{"/api/v1/users", "/api/v1/users/1", "/api/v1/items/1", "/api/v1/items/5000", "/ready", "/metrics"} {
		for range 5 {
			all.Go(func() {
				if answer := server.ask("GET", target, "", "Authorization", token); answer.Code >= 500 {
					t.Errorf("%s: %d", target, answer.Code)
				}
			})
		}
	}
	all.Wait()
}
