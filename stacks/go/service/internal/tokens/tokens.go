// Package tokens issues and reads access tokens (JWT, HS256) and refresh tokens (signed numbers).
package tokens

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"lab/stacks/service/internal/paging"
)

const (
	issuer       = "lab"
	sessionBytes = 16
)

var (
	errClaims = errors.New("a claim is missing or of the wrong type")
	errKey    = errors.New("another key, or a withdrawn one")
	refresh   = regexp.MustCompile(`^([A-Za-z0-9_-]{22})\.([1-9][0-9]{0,8})\.[A-Za-z0-9_-]{43}$`)
)

// Identity is what an access token says about who sends it.
type Identity struct {
	UserID  int64
	Role    string
	Session string
	TokenID string
	Expires time.Time
}

// IsAdmin is true for the role that may do everything.
func (i Identity) IsAdmin() bool { return i.Role == "admin" }

// Issuer signs with its key, and reads what was signed with it or with the one before it.
type Issuer struct {
	key    []byte
	kid    string
	keys   map[string][]byte // by what tokens call them
	life   time.Duration
	parser *jwt.Parser
}

// KeyID is what tokens call the key that signed them. Nobody gets from it to a key of 32 random bytes.
func KeyID(key []byte) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// NewIssuer makes tokens that live for life. previous is empty where there is no key before this one, or it was withdrawn.
func NewIssuer(key, previous []byte, life time.Duration) *Issuer {
	keys := map[string][]byte{KeyID(key): key}
	if len(previous) > 0 {
		keys[KeyID(previous)] = previous
	}
	// Only HS256, whatever the header asks for: with `none`, or a public key taken for a secret, anybody could sign.
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	return &Issuer{key: key, kid: KeyID(key), keys: keys, life: life, parser: parser}
}

// claims are all required: hence the pointers, which are nil for what is missing.
type claims struct {
	Issuer  *string `json:"iss"`
	Subject *string `json:"sub"`
	Role    *string `json:"role"`
	Session *string `json:"sid"`
	TokenID *string `json:"jti"`
	Issued  *int64  `json:"iat"`
	Expires *int64  `json:"exp"`
}

// The library's own validation is off: it takes numbers in quotes for times. Read checks the claims.

func (claims) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }
func (claims) GetIssuedAt() (*jwt.NumericDate, error)       { return nil, nil }
func (claims) GetNotBefore() (*jwt.NumericDate, error)      { return nil, nil }
func (claims) GetIssuer() (string, error)                   { return "", nil }
func (claims) GetSubject() (string, error)                  { return "", nil }
func (claims) GetAudience() (jwt.ClaimStrings, error)       { return nil, nil }

// Access signs a token for a user in a session, good from now on.
func (i *Issuer) Access(userID int64, role, session string, now time.Time) (string, error) {
	name, subject, id := issuer, strconv.FormatInt(userID, 10), hex.EncodeToString(random(sessionBytes))
	issued, expires := now.Unix(), now.Add(i.life).Unix()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		Issuer: &name, Subject: &subject, Role: &role, Session: &session, TokenID: &id, Issued: &issued, Expires: &expires,
	})
	token.Header["kid"] = i.kid
	return token.SignedString(i.key)
}

// named is the key that a token's header names.
func (i *Issuer) named(token *jwt.Token) (any, error) {
	kid, _ := token.Header["kid"].(string)
	if key, known := i.keys[kid]; known {
		return key, nil
	}
	return nil, errKey
}

// Seconds is how long an access token lives.
func (i *Issuer) Seconds() int64 { return int64(i.life / time.Second) }

// Read checks signature and claims of an access token; it does not know whether the token was revoked.
func (i *Issuer) Read(token string, now time.Time) (Identity, error) {
	var read claims
	if _, err := i.parser.ParseWithClaims(token, &read, i.named); err != nil {
		return Identity{}, err
	}
	if read.incomplete() || *read.Issuer != issuer || (*read.Role != "admin" && *read.Role != "user") {
		return Identity{}, errClaims
	}
	userID, err := paging.ID(*read.Subject)
	expires := time.Unix(*read.Expires, 0)
	if err != nil || !now.Before(expires) {
		return Identity{}, errClaims
	}
	return Identity{UserID: userID, Role: *read.Role, Session: *read.Session, TokenID: *read.TokenID, Expires: expires}, nil
}

func (c *claims) incomplete() bool {
	return c.Issuer == nil || c.Subject == nil || c.Role == nil || c.Session == nil || c.TokenID == nil ||
		c.Issued == nil || c.Expires == nil
}

// Bearer takes the token out of an Authorization header: the scheme in any case, one space or more, the token.
func Bearer(header string) (token string, found bool) {
	scheme, token, found := strings.Cut(header, " ")
	return strings.TrimLeft(token, " "), found && strings.EqualFold(scheme, "Bearer")
}

// Refresh is a refresh token: which one of its session it is.
type Refresh struct {
	Session string
	Number  int64
}

// NewSession is the first refresh token of a new session.
func NewSession() Refresh {
	return Refresh{Session: base64.RawURLEncoding.EncodeToString(random(sessionBytes)), Number: 1}
}

// ReadRefresh reads a refresh token; found is false for text that is none, or that others signed.
func (i *Issuer) ReadRefresh(text string) (token Refresh, found bool) {
	parts := refresh.FindStringSubmatch(text)
	if parts == nil {
		return Refresh{}, false
	}
	number, err := strconv.ParseInt(parts[2], 10, 64)
	token = Refresh{Session: parts[1], Number: number}
	if err != nil {
		return Refresh{}, false
	}
	for _, key := range i.keys {
		if hmac.Equal([]byte(refreshText(token, key)), []byte(text)) {
			return token, true
		}
	}
	return Refresh{}, false
}

// Refresh is the text of a refresh token.
func (i *Issuer) Refresh(token Refresh) string { return refreshText(token, i.key) }

// refreshText signs what cannot be taken for the beginning of a JWT.
func refreshText(token Refresh, key []byte) string {
	text := token.Session + "." + strconv.FormatInt(token.Number, 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("refresh." + text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// random never fails: crypto/rand ends the process if the kernel has no random bytes.
func random(bytes int) []byte {
	drawn := make([]byte, bytes)
	_, _ = rand.Read(drawn)
	return drawn
}
