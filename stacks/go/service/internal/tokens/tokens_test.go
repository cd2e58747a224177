package tokens_test

import (
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"lab/stacks/service/internal/tokens"
)

var (
	ours   = []byte("0123456789abcdef0123456789abcdef")
	key    = ours
	now    = time.Unix(1_800_000_000, 500)
	issuer = tokens.NewIssuer(key, nil, 15*time.Minute)
)

func valid() jwt.MapClaims {
	return jwt.MapClaims{
		"iss": "lab", "sub": "7", "role": "user", "sid": "s", "jti": "j", "iat": now.Unix(), "exp": now.Unix() + 1,
	}
}

func signed(t *testing.T, method jwt.SigningMethod, claims jwt.MapClaims, key any) string {
	t.Helper()
	return named(t, tokens.KeyID(ours), method, claims, key)
}

// named is signed by a key that its header calls kid.
func named(t *testing.T, kid any, method jwt.SigningMethod, claims jwt.MapClaims, key any) string {
	t.Helper()
	unsigned := jwt.NewWithClaims(method, claims)
	unsigned.Header["kid"] = kid
	token, err := unsigned.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestReadKnowsWhatAccessSigned(t *testing.T) {
	token, err := issuer.Access(42, "admin", "session", now)
	if err != nil {
		t.Fatal(err)
	}
	got, err := issuer.Read(token, now)
	want := tokens.Identity{UserID: 42, Role: "admin", Session: "session", TokenID: got.TokenID, Expires: time.Unix(1_800_000_900, 0)}
	if err != nil || got != want || len(got.TokenID) != 32 || !got.IsAdmin() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadTakesAClaimSetOfTheRightTypes(t *testing.T) {
	if _, err := issuer.Read(signed(t, jwt.SigningMethodHS256, valid(), key), now); err != nil {
		t.Error(err)
	}
}

func TestReadTakesThePreviousKeyUntilItIsWithdrawn(t *testing.T) {
	next := []byte("the next key, of thirty-two bytes")
	old, refresh := signed(t, jwt.SigningMethodHS256, valid(), key), issuer.Refresh(tokens.NewSession())
	for name, reader := range map[string]*tokens.Issuer{
		"rotated": tokens.NewIssuer(next, key, time.Minute), "withdrawn": tokens.NewIssuer(next, nil, time.Minute),
	} {
		_, err := reader.Read(old, now)
		if _, found := reader.ReadRefresh(refresh); (err == nil) != (name == "rotated") || found != (name == "rotated") {
			t.Errorf("%s: %v, %v", name, err, found)
		}
	}
	after, err := tokens.NewIssuer(next, key, time.Minute).Access(1, "user", "session", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := issuer.Read(after, now); err == nil {
		t.Error("the key before took what the next one signed")
	}
}

func TestReadWantsTheNameOfTheKey(t *testing.T) {
	for _, kid := range []any{nil, "", "x", 1, tokens.KeyID([]byte("another key of the right length!"))} {
		if _, err := issuer.Read(named(t, kid, jwt.SigningMethodHS256, valid(), key), now); err == nil {
			t.Errorf("taken: %v", kid)
		}
	}
}

func TestReadHasNoLeeway(t *testing.T) {
	token := signed(t, jwt.SigningMethodHS256, valid(), key)
	if _, err := issuer.Read(token, time.Unix(now.Unix()+1, 0)); err == nil {
		t.Error("a token was good in the second in which it expires")
	}
}

func TestReadRefusesOtherAlgorithms(t *testing.T) {
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"none":  signed(t, jwt.SigningMethodNone, valid(), jwt.UnsafeAllowNoneSignatureType),
		"HS512": signed(t, jwt.SigningMethodHS512, valid(), key),
		"RS256": signed(t, jwt.SigningMethodRS256, valid(), pair),
	} {
		if _, err := issuer.Read(token, now); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestReadRefusesClaimsThatAreMissingOrOfTheWrongType(t *testing.T) {
	wrong := map[string][]any{
		"iss": {nil, 1, "other", ""}, "sub": {nil, 7, "", "07", "x"}, "role": {nil, 1, "root"}, "sid": {nil, 1}, "jti": {nil, true},
		"iat": {nil, "1", 1.5}, "exp": {nil, "9999999999", 9999999999.5, true},
	}
	for name, values := range wrong {
		without := valid()
		delete(without, name)
		candidates := []jwt.MapClaims{without}
		for _, value := range values {
			changed := maps.Clone(valid())
			changed[name] = value
			candidates = append(candidates, changed)
		}
		for _, claims := range candidates {
			if _, err := issuer.Read(signed(t, jwt.SigningMethodHS256, claims, key), now); err == nil {
				t.Errorf("taken: %v", claims)
			}
		}
	}
}

func TestReadRefusesWhatWasTamperedWith(t *testing.T) {
	token := signed(t, jwt.SigningMethodHS256, valid(), key)
	parts := strings.Split(token, ".")
	for _, tampered := range []string{
		"", ".", "..", parts[0] + "." + parts[1] + ".", token + "A", token + "=", parts[0] + "." + parts[1],
		signed(t, jwt.SigningMethodHS256, valid(), []byte("another key of the right length!")),
	} {
		if _, err := issuer.Read(tampered, now); err == nil {
			t.Errorf("taken: %s", tampered)
		}
	}
	// The last of 43 letters holds four bits of the signature and two that must be zero.
	last := token[len(token)-1]
	for _, letter := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		if _, err := issuer.Read(token[:len(token)-1]+string(letter), now); err == nil && byte(letter) != last {
			t.Errorf("the signature may end on %q instead of %q", letter, last)
		}
	}
}

func TestBearerTakesTheSchemeInAnyCase(t *testing.T) {
	for header, want := range map[string]string{"Bearer a.b": "a.b", "bEARER  a.b": "a.b"} {
		if token, found := tokens.Bearer(header); !found || token != want {
			t.Errorf("%q: %q", header, token)
		}
	}
	for _, header := range []string{"", "a.b", "Basic a.b", "Bearer", "Bearera.b"} {
		if _, found := tokens.Bearer(header); found {
			t.Errorf("%q was taken", header)
		}
	}
}

func TestReadRefreshKnowsItsOwnTokensOnly(t *testing.T) {
	first := tokens.NewSession()
	text := issuer.Refresh(first)
	if parsed, found := issuer.ReadRefresh(text); !found || parsed != first || first.Number != 1 {
		t.Errorf("%v", parsed)
	}
	later := tokens.Refresh{Session: first.Session, Number: 999_999_999}
	if parsed, found := issuer.ReadRefresh(issuer.Refresh(later)); !found || parsed != later {
		t.Errorf("%v", parsed)
	}
	others := tokens.NewIssuer([]byte("another key of the right length!"), nil, time.Minute)
	for _, text := range []string{
		"", ".", text + "A", text + "\n", first.Session, "*" + text[1:], text[:len(text)-1],
		strings.Replace(text, ".1.", ".2.", 1), strings.Replace(text, ".1.", ".01.", 1), others.Refresh(first),
		text[:len(text)-1] + string(text[len(text)-1]+1), // may stand for the same bytes
	} {
		if _, found := issuer.ReadRefresh(text); found {
			t.Errorf("%q was taken", text)
		}
	}
}
