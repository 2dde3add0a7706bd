package fleet

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// tokenPrefix begins join tokens, so that a person and a secret scanner know one.
const tokenPrefix = "dcjoin_"

const secretBytes = 20

// Token lets hosts join. Its text is shown once; the hub keeps a hash of the secret.
type Token struct {
	secret [secretBytes]byte
	// Fingerprint is the SHA-256 of the hub's certificate, zero where a certificate of an
	// authority is expected.
	Fingerprint [sha256.Size]byte
}

// NewToken returns a token with a new secret.
func NewToken(fingerprint [sha256.Size]byte) Token {
	t := Token{Fingerprint: fingerprint}
	_, _ = rand.Read(t.secret[:]) // it does not fail
	return t
}

// Text is what is pasted on a host.
func (t *Token) Text() string {
	b := append([]byte(nil), t.secret[:]...)
	if t.Fingerprint != ([sha256.Size]byte{}) {
		b = append(b, t.Fingerprint[:]...)
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

// Secret is the part of the text that the hub is told: the fingerprint is the host's to
// check.
func (t *Token) Secret() string { return hex.EncodeToString(t.secret[:]) }

// ErrToken says that a text is no join token.
var ErrToken = errors.New("this is no join token")

// ParseToken reads the text of a token.
func ParseToken(text string) (Token, error) {
	var t Token
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), tokenPrefix)
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if !ok || err != nil || len(b) != secretBytes && len(b) != secretBytes+sha256.Size {
		return Token{}, fmt.Errorf("%w: expected %s… as dashcam hub token prints it", ErrToken, tokenPrefix)
	}
	copy(t.secret[:], b)
	copy(t.Fingerprint[:], b[secretBytes:])
	return t, nil
}

// hashSecret is what the hub keeps of a secret that it was told.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// TokenInfo is what the hub knows of a token.
type TokenInfo struct {
	// Hash names the token, and says nothing about its secret.
	Hash      string `json:"hash"`
	ExpiresMs int64  `json:"expiresMs"`
	// Left is how many hosts may still join by it.
	Left int `json:"left"`
}

// usedToken is what stands in the registry: a use whose answer came too late is known again by
// whoever took it, as long as no other hub took one in between; then it counts twice rather
// than not at all.
type usedToken struct {
	TokenInfo
	LastUse string `json:"lastUse,omitempty"`
}

func (t *TokenInfo) valid(now time.Time) bool { return t.Left > 0 && now.UnixMilli() < t.ExpiresMs }

// sameHash compares in a time that says nothing about where two differ.
func sameHash(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
