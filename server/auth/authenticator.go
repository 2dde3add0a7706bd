package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// Mode is how a person proves that they may see the dashboard.
type Mode string

// The modes.
const (
	// ModeNone asks for nothing.
	ModeNone Mode = "none"
	// ModeToken asks for a random token that the program made.
	ModeToken Mode = "token"
	// ModePassword asks for a password of which only a hash is known.
	ModePassword Mode = "password"
)

// ErrBadCredentials means that a secret is not the right one.
var ErrBadCredentials = errors.New("bad credentials")

// RateLimitError means that an address has tried to sign in too often.
type RateLimitError struct {
	// Wait is when it may try again.
	Wait time.Duration
}

func (e *RateLimitError) Error() string {
	return fmt.Sprintf("too many tries, the next in %s", e.Wait.Round(time.Second))
}

// AuthenticatorConfig says what one signs in with. Zero times mean their defaults.
type AuthenticatorConfig struct {
	Mode Mode
	// Token signs in, and is what programs send as Bearer. ModeToken needs one;
	// ModePassword may have one for programs.
	Token string
	// Once signs in like Token, one time; "" for none.
	Once string
	// PasswordHash is what HashPassword made, for ModePassword.
	PasswordHash string
	// Idle ends a session that was not used for so long, 12 h by default; Longest
	// ends any, 7 days by default.
	Idle, Longest time.Duration
}

// Authenticator knows who has signed in.
type Authenticator struct {
	mode     Mode
	token    *[sha256.Size]byte // of the token: comparing sums says nothing of lengths
	hash     []byte
	sessions *sessions
	tries    *tries
	// verifying holds as many as may be verified at once: a hash takes the processor
	// for some 60 ms on purpose.
	verifying chan struct{}

	mu   sync.Mutex
	once *[sha256.Size]byte
}

// NewAuthenticator checks a configuration and returns what it describes. Nobody has signed
// in yet.
func NewAuthenticator(cfg AuthenticatorConfig) (*Authenticator, error) {
	a := &Authenticator{
		mode: cfg.Mode, sessions: newSessions(cfg.Idle, cfg.Longest), tries: newTries(), verifying: make(chan struct{}, 1),
		token: sumOf(cfg.Token), once: sumOf(cfg.Once),
	}
	if cfg.Token != "" {
		if err := checkToken(cfg.Token); err != nil {
			return nil, err
		}
	}
	switch cfg.Mode {
	case ModeToken:
		if cfg.Token == "" {
			return nil, errors.New("sign-in by token needs a token")
		}
	case ModePassword:
		a.hash = []byte(strings.TrimSpace(cfg.PasswordHash))
		cost, err := bcrypt.Cost(a.hash)
		if err != nil {
			return nil, fmt.Errorf("sign-in by password needs a bcrypt hash, as dashcam hash-password makes: %w", err)
		}
		if cost > maxCost {
			return nil, fmt.Errorf("the password's hash has cost %d: at most %d, which takes seconds already", cost, maxCost)
		}
	default:
		return nil, fmt.Errorf("sign-in is %q: expected token or password", cfg.Mode)
	}
	return a, nil
}

// Mode returns what is asked for.
func (a *Authenticator) Mode() Mode { return a.mode }

// SignIn begins a session for whoever knows the secret, and returns its value, which
// goes into a cookie. The error is ErrBadCredentials, or a *RateLimitError: of one address only so
// many tries a minute are looked at.
//
// A right token is let in whatever its address tried before: 256 random bits are not
// guessed, and one user of a shared address must not be able to keep out the others.
func (a *Authenticator) SignIn(secret string, addr netip.Addr, now time.Time) (value string, err error) {
	if !a.isToken(secret) && !a.takeOnce(secret) {
		if wait := a.tries.spend(addr, now); wait > 0 {
			return "", &RateLimitError{wait}
		}
		if a.hash == nil {
			return "", ErrBadCredentials
		}
		select {
		case a.verifying <- struct{}{}:
		default:
			return "", &RateLimitError{time.Second}
		}
		err := bcrypt.CompareHashAndPassword(a.hash, []byte(secret))
		<-a.verifying
		if err != nil || len(secret) > maxPassword {
			return "", ErrBadCredentials
		}
	}
	return a.sessions.begin(now), nil
}

// Bearer reports whether an Authorization header carries the token.
func (a *Authenticator) Bearer(authorization string) bool {
	scheme, token, found := strings.Cut(authorization, " ")
	return found && strings.EqualFold(scheme, "Bearer") && a.isToken(strings.TrimSpace(token))
}

// Session returns the session with this value, which counts as used now.
func (a *Authenticator) Session(value string, now time.Time) (SessionID, bool) {
	id := SessionID(sha256.Sum256([]byte(value)))
	return id, a.sessions.use(id, now)
}

// Alive reports whether a session goes on, which counts as used now: a page that is
// open uses its session.
func (a *Authenticator) Alive(id SessionID, now time.Time) bool { return a.sessions.use(id, now) }

// SignOut ends a session.
func (a *Authenticator) SignOut(id SessionID) { a.sessions.end(id) }

// Longest is how long a session can go on.
func (a *Authenticator) Longest() time.Duration { return a.sessions.longest }

func (a *Authenticator) isToken(s string) bool { return a.token != nil && same(*a.token, s) }

// takeOnce reports whether s is the secret that works one time, which it then did.
func (a *Authenticator) takeOnce(s string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.once == nil || !same(*a.once, s) {
		return false
	}
	a.once = nil
	return true
}

// same compares in a time that depends on neither.
func same(sum [sha256.Size]byte, s string) bool {
	other := sha256.Sum256([]byte(s))
	return subtle.ConstantTimeCompare(sum[:], other[:]) == 1
}

// sumOf returns what same compares with, nil for no secret.
func sumOf(s string) *[sha256.Size]byte {
	if s == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(s))
	return &sum
}
