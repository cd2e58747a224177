package strictjson_test

import (
	"reflect"
	"strings"
	"testing"

	"lab/stacks/service/internal/strictjson"
)

func TestParseKeepsEveryValueAsItWasWritten(t *testing.T) {
	got, err := strictjson.Parse([]byte(` {"a":"ä\u00e4\ud83d\ude00\u0000","n":1e2,"z":-0,"b":true,"x":null,"o":{"l":[1,"2"]},"A":""} `))
	want := strictjson.Object{
		"a": "ää😀\x00", "n": strictjson.Number("1e2"), "z": strictjson.Number("-0"), "b": true, "x": nil,
		"o": strictjson.Object{"l": strictjson.Array{strictjson.Number("1"), "2"}}, "A": "",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %#v, %v", got, err)
	}
}

func TestParseKeepsANumberWithManyDigits(t *testing.T) {
	digits := strings.Repeat("9", 5000)
	got, err := strictjson.Parse([]byte(`{"n":` + digits + `}`))
	if err != nil || got["n"] != strictjson.Number(digits) {
		t.Fatal(err)
	}
}

func nested(depth int) string {
	return `{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
}

func TestParseTakesSixteenLevelsAndNoMore(t *testing.T) {
	if _, err := strictjson.Parse([]byte(nested(16))); err != nil {
		t.Error("16 levels were refused")
	}
	if _, err := strictjson.Parse([]byte(nested(17))); err == nil {
		t.Error("17 levels were taken")
	}
}

func TestParseRefusesWhatIsMalformed(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                "",
		"white space":            " \n",
		"no object":              `[]`,
		"a text":                 `"{}"`,
		"an unfinished object":   `{"a":1`,
		"a missing value":        `{"a":}`,
		"a trailing comma":       `{"a":1,}`,
		"a second value":         `{} {}`,
		"something after":        `{}x`,
		"a byte order mark":      "\ufeff{}",
		"a duplicate name":       `{"a":1,"a":1}`,
		"an escaped duplicate":   `{"a":1,"\u0061":1}`,
		"a deep duplicate":       `{"o":[{"a":1,"a":2}]}`,
		"no UTF-8":               "{\"a\":\"\xff\"}",
		"no UTF-8 in a name":     "{\"\xff\":1}",
		"an encoded surrogate":   "{\"a\":\"\xed\xa0\x80\"}",
		"half a surrogate pair":  `{"a":"\ud800"}`,
		"the other half":         `{"a":"\udc00"}`,
		"a half in a name":       `{"\ud800":1}`,
		"two first halves":       `{"a":"\ud800\ud800"}`,
		"a raw control":          "{\"a\":\"\n\"}",
		"NaN":                    `{"a":NaN}`,
		"Infinity":               `{"a":-Infinity}`,
		"a leading zero":         `{"a":01}`,
		"a plus":                 `{"a":+1}`,
		"a bare point":           `{"a":1.}`,
		"single quotes":          `{'a':1}`,
		"a comment":              `{"a":1/**/}`,
		"a name that is no text": `{1:1}`,
		"a form feed":            "\f{}",
		"UTF-16":                 "\xfe\xff\x00{\x00}",
	} {
		if _, err := strictjson.Parse([]byte(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
