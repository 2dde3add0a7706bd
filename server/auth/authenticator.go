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

// ErrLinkUsed means that a secret is the one-time token, and was taken before.
var ErrLinkUsed = errors.New("one-time token used already")

// RateLimitError means that too many secrets are tried at the moment to look at one more.
type RateLimitError struct {
	// Wait is when to try the same secret again.
	Wait time.Duration
}

func (e *RateLimitError) Error() string {
	return fmt.Sprintf("too many attempts to sign in: try again in %s", e.Wait.Round(time.Second))
}

// AuthenticatorConfig says what one signs in with. Zero times mean their defaults.
type AuthenticatorConfig struct {
	Mode Mode
	// Token signs in, and is what programs send as Bearer. ModeToken needs one;
	// ModePassword may have one for programs.
	Token string
	// OneTimeToken signs in like Token, one time; "" for none.
	OneTimeToken string
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
	keys     *keys
	attempts *attempts
	// Verifying a password takes the processor for some 60 ms on purpose, so there is
	// one at a time of browsers that are known, and one of others. The rate limits
	// bound how many wait.
	known, others semaphore

	oneTime *[sha256.Size]byte // of the one-time token

	mu   sync.Mutex
	used bool // the one-time token was taken
}

type semaphore chan struct{}

func (s semaphore) acquire() { s <- struct{}{} }
func (s semaphore) release() { <-s }

// NewAuthenticator checks a configuration and returns what it describes. Nobody has signed
// in yet.
func NewAuthenticator(cfg AuthenticatorConfig) (*Authenticator, error) {
	a := &Authenticator{
		mode: cfg.Mode, sessions: newSessions(cfg.Idle, cfg.Longest), attempts: newAttempts(),
		known: make(semaphore, 1), others: make(semaphore, 1),
		token: sumOf(cfg.Token), oneTime: sumOf(cfg.OneTimeToken),
		keys: newKeys(cfg.Token + "\x00" + strings.TrimSpace(cfg.PasswordHash)),
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

// Credentials are what a browser sends to sign in.
type Credentials struct {
	Secret string
	// Key is the one of the last [Grant] that this browser got, "" for none.
	Key  string
	Addr netip.Addr
}

// Grant is a session that has begun. Both of its secrets are needed to use it: Cookie
// goes into a cookie, which scripts cannot read but every port of the host gets, and Key
// into the page's own storage, which no other port can read.
type Grant struct{ Cookie, Key string }

// SignIn begins a session for whoever knows the secret. The error is ErrBadCredentials,
// ErrLinkUsed or a *RateLimitError.
//
// A right token is let in whatever was tried before: 256 random bits are not guessed.
// The same holds for a password from a browser that signed in before, up to a limit of
// its own. Others share limits, but whoever waits as told and tries the same again does
// not stand behind guesses.
func (a *Authenticator) SignIn(c Credentials, now time.Time) (Grant, error) {
	browser, known := a.keys.browser(c.Key, now)
	if !a.isToken(c.Secret) {
		taken, err := a.takeOneTime(c.Secret)
		if !taken && err == nil {
			err = a.verify(c, browser, known, now)
		}
		if err != nil {
			return Grant{}, err
		}
	}
	if !known {
		browser = newBrowser()
	}
	key := a.keys.make(browser, now)
	return Grant{Cookie: a.sessions.begin(key, now), Key: key}, nil
}

// verify looks at a secret, if the rate limits allow, and reports what is wrong.
func (a *Authenticator) verify(c Credentials, browser browserID, known bool, now time.Time) error {
	addr := network(c.Addr)
	id := a.attempts.id(addr, c.Secret)
	who, lane := &browser, a.known
	if !known {
		who, lane = nil, a.others
	}
	v := a.attempts.admit(id, addr, who, now)
	switch {
	case v.wrong:
		return ErrBadCredentials
	case v.wait > 0:
		return &RateLimitError{v.wait}
	}
	right := false
	if a.hash != nil {
		lane.acquire()
		right = bcrypt.CompareHashAndPassword(a.hash, []byte(c.Secret)) == nil && len(c.Secret) <= maxPassword
		lane.release()
	}
	a.attempts.learn(id, v, right, now)
	if !right {
		return ErrBadCredentials
	}
	return nil
}

// Bearer reports whether an Authorization header carries the token.
func (a *Authenticator) Bearer(authorization string) bool {
	scheme, token, found := strings.Cut(authorization, " ")
	return found && strings.EqualFold(scheme, "Bearer") && a.isToken(strings.TrimSpace(token))
}

// Session returns the session with this cookie and key, which counts as used now.
func (a *Authenticator) Session(cookie, key string, now time.Time) (SessionID, bool) {
	id := SessionID(sha256.Sum256([]byte(cookie)))
	return id, a.sessions.has(id, key) && a.sessions.use(id, now)
}

// SessionOfCookie is Session for the page of another origin that is let in: it cannot read
// the key, and its own origin is what speaks for it.
func (a *Authenticator) SessionOfCookie(cookie string, now time.Time) (SessionID, bool) {
	id := SessionID(sha256.Sum256([]byte(cookie)))
	return id, a.sessions.use(id, now)
}

// Alive reports whether a session goes on, which counts as used now: a page that is
// open uses its session.
func (a *Authenticator) Alive(id SessionID, now time.Time) bool { return a.sessions.use(id, now) }

// SignOut ends a session.
func (a *Authenticator) SignOut(id SessionID) { a.sessions.end(id) }

// LinkWorksOnce reports whether there is a one-time token.
func (a *Authenticator) LinkWorksOnce() bool { return a.oneTime != nil }

// Longest is how long a session can go on.
func (a *Authenticator) Longest() time.Duration { return a.sessions.longest }

func (a *Authenticator) isToken(s string) bool { return a.token != nil && same(*a.token, s) }

// takeOneTime reports whether s is the one-time token, which it takes.
func (a *Authenticator) takeOneTime(s string) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.oneTime == nil || !same(*a.oneTime, s) {
		return false, nil
	}
	if a.used {
		return false, ErrLinkUsed
	}
	a.used = true
	return true, nil
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
