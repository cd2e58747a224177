package fields_test

import (
	"errors"
	"strings"
	"testing"

	"lab/stacks/service/internal/fields"
	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/strictjson"
)

func mistakes(t *testing.T, body string, read func(*fields.Reader)) map[string]string {
	t.Helper()
	object, err := strictjson.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	reader := fields.Of(object)
	read(reader)
	var found problem.Fields
	errors.As(reader.Mistakes(), &found)
	places := map[string]string{}
	for _, mistake := range found {
		if mistake.In != "body" || places[mistake.At] != "" {
			t.Errorf("unexpected or second mistake: %v", mistake)
		}
		places[mistake.At] = mistake.Code
	}
	return places
}

func TestTextNamesTheFirstMistake(t *testing.T) {
	long := strings.Repeat("ä", 5)
	for body, want := range map[string]string{
		`{"a":"x@y"}`:              "",
		`{"a":"ä@ä"}`:              "",
		`{}`:                       "required",
		`{"a":null}`:               "type",
		`{"a":1}`:                  "type",
		`{"a":"@"}`:                "length",
		`{"a":"` + long + `"}`:     "length",
		`{"a":"\u0000@y"}`:         "character",
		`{"a":"x@@y"}`:             "format",
		`{"a":"x y@"}`:             "format",
		`{"a":"x@\u000b"}`:         "format",
		`{"a":"x@y\n"}`:            "format",
		`{"a":"x@\u00a0"}`:         "", // a space, but not by ASCII rules
		`{"a":"\u0000\u0000abcd"}`: "length",
	} {
		found := mistakes(t, body, func(r *fields.Reader) { r.Text("a", 3, 4, fields.Email) })
		if found["/a"] != want {
			t.Errorf("%s: %q, not %q", body, found["/a"], want)
		}
	}
}

func TestWholeNamesTheFirstMistake(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":0}`:                    "",
		`{"a":-0}`:                   "",
		`{"a":150}`:                  "",
		`{"a":151}`:                  "range",
		`{"a":-1}`:                   "range",
		`{"a":1.0}`:                  "type",
		`{"a":1e2}`:                  "type",
		`{"a":1E2}`:                  "type",
		`{"a":"1"}`:                  "type",
		`{"a":true}`:                 "type",
		`{"a":null}`:                 "type",
		`{}`:                         "required",
		`{"a":1e9999}`:               "type",
		`{"a":-9223372036854775809}`: "range",
		`{"a":` + strings.Repeat("9", 5000) + `}`: "range",
	} {
		found := mistakes(t, body, func(r *fields.Reader) { r.Whole("a", 0, 150) })
		if found["/a"] != want {
			t.Errorf("%.40s: %q, not %q", body, found["/a"], want)
		}
	}
}

func TestMistakesHaveUnknownFieldsAndThoseOfInnerObjects(t *testing.T) {
	body := `{"a/b~":1,"A":"x","profile":{"bio":1,"role":"admin"}}`
	found := mistakes(t, body, func(r *fields.Reader) {
		r.Text("a", 0, 1, nil)
		if profile := r.Object("profile"); profile != nil {
			profile.Text("bio", 0, 1, nil)
			profile.Text("city", 0, 1, nil)
		}
	})
	want := map[string]string{
		"/a": "required", "/A": "unknown", "/a~1b~0": "unknown",
		"/profile/bio": "type", "/profile/city": "required", "/profile/role": "unknown",
	}
	if len(found) != len(want) {
		t.Errorf("%v", found)
	}
	for place, code := range want {
		if found[place] != code {
			t.Errorf("%s: %q, not %q", place, found[place], code)
		}
	}
}

func TestObjectMayBeNullOrMissingAndNothingElse(t *testing.T) {
	for body, want := range map[string]string{`{}`: "", `{"a":null}`: "", `{"a":[]}`: "type", `{"a":""}`: "type"} {
		found := mistakes(t, body, func(r *fields.Reader) {
			if r.Object("a") != nil {
				t.Errorf("%s gave an object", body)
			}
		})
		if found["/a"] != want {
			t.Errorf("%s: %q, not %q", body, found["/a"], want)
		}
	}
}
