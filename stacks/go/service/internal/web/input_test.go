package web

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/settings"
)

// sent is a request as a handler gets it.
func sent(method, target, body string, headers ...string) *request {
	gin.SetMode(gin.ReleaseMode)
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		c.Request.Header.Add(headers[i], headers[i+1])
	}
	return &request{Context: c}
}

func TestProtobufIsWhatAcceptListsAndDoesNotRefuse(t *testing.T) {
	for accept, want := range map[string]bool{
		"application/x-protobuf": true, "Application/X-Protobuf": true, "text/html, application/x-protobuf;q=0.1": true,
		"application/x-protobuf;q=0": false, "application/x-protobuf; Q=0.000": false, "application/x-protobuf;v=1;q=0": false,
		"application/x-protobuf;q=0, application/x-protobuf": true, "application/x-protobuf;q=.0": true,
		"application/x-protobuf;q=1e-400": true, "application/x-protobuf;q=1;q=0": false,
		"": false, "*/*": false, "application/*": false, "application/json": false, "application/x-protobuffer": false,
	} {
		if got := sent("GET", "/", "", "Accept", accept).wantsProtobuf(); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
	if !sent("GET", "/", "", "Accept", "text/html", "Accept", "application/x-protobuf").wantsProtobuf() {
		t.Error("the second header was not read")
	}
}

func TestTheMediaTypeIsComparedWithoutCaseAndParameters(t *testing.T) {
	for contentType, want := range map[string]bool{
		"application/json": true, "Application/JSON ; charset=utf-8": true, "application/json;": true,
		"": false, "text/json": false, "application/jsonp": false, "application/problem+json": false,
	} {
		if isJSON(contentType) != want {
			t.Errorf("%q", contentType)
		}
	}
}

func TestABodyIsCheckedForTypeThenSizeThenSyntax(t *testing.T) {
	long := `{"a":"` + strings.Repeat("x", mostBytes) + `"}`
	exact := `{"a":"` + strings.Repeat("x", mostBytes-8) + `"}`
	for _, test := range []struct {
		contentType, body string
		want              error
	}{
		{"text/plain", long, problem.UnsupportedMediaType},
		{"application/json", "[" + long, problem.BodyTooLarge},
		{"application/json", "[", problem.MalformedRequest},
		{"application/json", "", problem.MalformedRequest},
		{"application/json", exact, nil},
	} {
		for _, chunked := range []bool{false, true} {
			r := sent("POST", "/", test.body, "Content-Type", test.contentType)
			if chunked {
				r.Request.ContentLength = -1
			}
			if _, err := r.fields(); !errors.Is(err, test.want) {
				t.Errorf("%s %.10s: %v, not %v", test.contentType, test.body, err, test.want)
			}
		}
	}
}

func TestAPageHasDefaultsAndNamesAllMistakes(t *testing.T) {
	if limit, after, err := sent("GET", "/?other=1&limit", "").page(); err == nil {
		t.Errorf("%d, %d: a limit without a value was taken", limit, after)
	}
	if limit, after, err := sent("GET", "/?x=%zz", "").page(); limit != 20 || after != 0 || err != nil {
		t.Errorf("%d, %d, %v", limit, after, err)
	}
	if limit, after, err := sent("GET", "/?l%69mit=%35&cursor=MjA", "").page(); limit != 5 || after != 20 || err != nil {
		t.Errorf("%d, %d, %v", limit, after, err)
	}
	for query, want := range map[string]string{
		"limit=0&cursor=":            "limit range, cursor format",
		"limit=%zz&cursor=%00":       "limit type, cursor format",
		"limit=5;x=1":                "limit type",
		"limit=1&limit=1&cursor=MjA": "limit repeated",
		"cursor=MjA&limit=+1&cursor": "limit type, cursor repeated",
	} {
		r := sent("GET", "/", "")
		r.Request.URL.RawQuery = query
		_, _, err := r.page()
		var mistakes problem.Fields
		errors.As(err, &mistakes)
		var got []string
		for _, mistake := range mistakes {
			got = append(got, mistake.At+" "+mistake.Code)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v", query, got)
		}
	}
}

func TestAKeyIsVisibleASCII(t *testing.T) {
	for key, want := range map[string]bool{"!": true, "~": true, strings.Repeat("a", 64): true, "": false, strings.Repeat("a", 65): false, "a b": false, "ä": false, "\x7f": false} {
		if isKey(key) != want {
			t.Errorf("%q", key)
		}
	}
	if _, err := sent("POST", "/", "").idempotencyKey(); err != problem.IdempotencyKeyMissing {
		t.Error(err)
	}
	var mistakes problem.Fields
	if _, err := sent("POST", "/", "", "Idempotency-Key", "").idempotencyKey(); !errors.As(err, &mistakes) || mistakes[0].At != "Idempotency-Key" {
		t.Error(err)
	}
}

func TestARequestIdIsKeptIfItIsHarmless(t *testing.T) {
	for _, id := range []string{"a", "A.b_c-9", strings.Repeat("x", 64)} {
		if requestID(id) != id {
			t.Errorf("%q was not kept", id)
		}
	}
	for _, id := range []string{"", strings.Repeat("x", 65), "a b", "a\"b", "ä", "a/b"} {
		if made := requestID(id); made == id || len(made) != 32 {
			t.Errorf("%q became %q", id, made)
		}
	}
}

func TestTheClientIsThePeerUnlessTheProxyIsTrusted(t *testing.T) {
	forwarded := sent("GET", "/", "", "X-Forwarded-For", "6.6.6.6, 198.18.0.7", "X-Forwarded-For", " 198.18.0.8 ").Request
	plain := sent("GET", "/", "").Request
	for _, test := range []struct {
		trust     bool
		forwarded bool
		want      string
	}{{true, true, "198.18.0.8"}, {false, true, "192.0.2.1"}, {true, false, "192.0.2.1"}} {
		server := &Server{settings: settings.Settings{TrustProxy: test.trust}}
		from := plain
		if test.forwarded {
			from = forwarded
		}
		if got := server.clientAddress(from); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

func TestAllowIsSorted(t *testing.T) {
	if got := sortedList("PUT, GET, DELETE, HEAD"); got != "DELETE, GET, HEAD, PUT" {
		t.Error(got)
	}
}

func TestParametersKeepEveryPair(t *testing.T) {
	limits, cursors := parameters(url.Values{"limit": {"1", "2"}}.Encode() + "&cursor&cursor=a=b")
	if !slices.Equal(limits, []string{"1", "2"}) || !slices.Equal(cursors, []string{"", "a=b"}) {
		t.Errorf("%q, %q", limits, cursors)
	}
}
