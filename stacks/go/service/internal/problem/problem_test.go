package problem_test

import (
	"os"
	"path/filepath"
	"testing"

	"lab/stacks/service/internal/problem"
)

func load(t *testing.T, text string) (problem.Catalogue, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "problems.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return problem.Load(path)
}

func contract(t *testing.T) problem.Catalogue {
	t.Helper()
	catalogue, err := problem.Load("/srv/service/problems.json")
	if err != nil {
		t.Fatal(err)
	}
	return catalogue
}

func TestBodyIsCompactAndKeepsTheOrder(t *testing.T) {
	want := `{"type":"urn:lab:problem:not-found","title":"There is no such resource","status":404,"detail":"Nothing lies at this path."}`
	if got := string(contract(t)[problem.NotFound].Body(nil)); got != want {
		t.Error(got)
	}
}

func TestBodySortsTheMistakesAndEscapesNoMoreThanMustBe(t *testing.T) {
	got := string(contract(t)[problem.InvalidFields].Body(problem.Fields{
		{In: "query", At: "limit", Code: "type"},
		{In: "body", At: "/\U0001F600", Code: "unknown"},
		{In: "body", At: "/\uffee", Code: "unknown"},
		{In: "body", At: "/<&>\"\\\u2028\x7f\x01\n", Code: "unknown"},
	}))
	want := `{"type":"urn:lab:problem:invalid-fields","title":"Some fields are not valid","status":422,` +
		`"detail":"The list errors names each field and what is wrong with it.","errors":[` +
		`{"in":"body","at":"/<&>\"\\` + "\u2028\x7f" + `\u0001\n","code":"unknown"},` +
		`{"in":"body","at":"/` + "\uffee" + `","code":"unknown"},{"in":"body","at":"/😀","code":"unknown"},` +
		`{"in":"query","at":"limit","code":"type"}]}`
	if got != want {
		t.Errorf("\n%s\n%s", got, want)
	}
}

func TestBodyLeavesTheDocumentAsItWas(t *testing.T) {
	document := contract(t)[problem.InvalidFields]
	document.Body(problem.Fields{{In: "body", At: "/a", Code: "type"}})
	if got, want := string(document.Body(nil)), `what is wrong with it."}`; got[len(got)-len(want):] != want {
		t.Error(got)
	}
}

func TestLoadNamesTheProblemThatIsMissing(t *testing.T) {
	if _, err := load(t, `{}`); err == nil {
		t.Error("an empty catalogue was taken")
	}
	if _, err := load(t, `[`); err == nil {
		t.Error("broken JSON was taken")
	}
}
