package auth

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"dashcam/collectors/collectortest/need"
)

const (
	goodToken = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"
	goodOnce  = "b25jZW9uY2VvbmNlb25jZW9uY2VvbmNlb25jZW9uY2U"
	password  = "correct horse"
)

// quickHash is a hash of the least cost.
func quickHash(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

func newAuthenticator(t *testing.T, cfg AuthenticatorConfig) *Authenticator {
	t.Helper()
	g, err := NewAuthenticator(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAuthenticator_LetsInWhoKnowsTheSecret(t *testing.T) {
	byToken := AuthenticatorConfig{Mode: ModeToken, Token: goodToken}
	byPassword := AuthenticatorConfig{Mode: ModePassword, PasswordHash: quickHash(t, password)}
	both := AuthenticatorConfig{Mode: ModePassword, PasswordHash: quickHash(t, password), Token: goodToken}
	for name, c := range map[string]struct {
		cfg    AuthenticatorConfig
		secret string
		want   error
	}{
		"token":                         {byToken, goodToken, nil},
		"token with a space":            {byToken, goodToken + " ", ErrBadCredentials},
		"beginning of the token":        {byToken, goodToken[:20], ErrBadCredentials},
		"nothing":                       {byToken, "", ErrBadCredentials},
		"password where a token is due": {byToken, password, ErrBadCredentials},
		"password":                      {byPassword, password, nil},
		"password in other case":        {byPassword, strings.ToUpper(password), ErrBadCredentials},
		"no password":                   {byPassword, "", ErrBadCredentials},
		"the hash itself":               {byPassword, byPassword.PasswordHash, ErrBadCredentials},
		"token beside a password":       {both, goodToken, nil},
		"password beside a token":       {both, password, nil},
		"long password":                 {byPassword, password + strings.Repeat("x", 100), ErrBadCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			g := newAuthenticator(t, c.cfg)
			grant, err := g.SignIn(Credentials{Secret: c.secret, Addr: someone}, start)
			if !errors.Is(err, c.want) || (err == nil) != (grant.Cookie != "") {
				t.Fatalf("SignIn = %q, %v, want %v", grant, err, c.want)
			}
			if _, ok := g.Session(grant.Cookie, grant.Key, start); ok != (c.want == nil) {
				t.Errorf("a session: %v", ok)
			}
		})
	}
}

// bcrypt looks at 72 bytes only, so that a longer password with the same beginning
// would be let in.
func TestAuthenticator_DoesNotTakeAPasswordForItsBeginning(t *testing.T) {
	long := strings.Repeat("x", maxPassword)
	g := newAuthenticator(t, AuthenticatorConfig{Mode: ModePassword, PasswordHash: quickHash(t, long)})
	if _, err := g.SignIn(Credentials{Secret: long + "y", Addr: someone}, start); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("longer than the password: %v", err)
	}
	if _, err := g.SignIn(Credentials{Secret: long, Addr: someone}, start); err != nil {
		t.Errorf("the password: %v", err)
	}
}

func TestAuthenticator_OneTimeSecretWorksOnce(t *testing.T) {
	g := newAuthenticator(t, AuthenticatorConfig{Mode: ModeToken, Token: goodToken, OneTimeToken: goodOnce})
	if g.Bearer("Bearer " + goodOnce) {
		t.Error("it is taken as a Bearer")
	}
	for i, want := range []error{nil, ErrLinkUsed, ErrLinkUsed} {
		if _, err := g.SignIn(Credentials{Secret: goodOnce, Addr: someone}, start); !errors.Is(err, want) {
			t.Errorf("use %d: %v, want %v", i+1, err, want)
		}
	}
	if _, err := g.SignIn(Credentials{Secret: goodToken, Addr: someone}, start); err != nil {
		t.Errorf("the token afterwards: %v", err)
	}
}

func TestAuthenticator_SessionsEnd(t *testing.T) {
	const hour = time.Hour
	for name, c := range map[string]struct {
		used []time.Duration // after the beginning
		at   time.Duration
		want bool
	}{
		"at once":                   {nil, 0, true},
		"just before 12 h":          {nil, 12*hour - 1, true},
		"12 h without use":          {nil, 12 * hour, false},
		"12 h after it was used":    {[]time.Duration{11 * hour}, 23*hour - 1, true},
		"used for almost 7 days":    {every(11*hour, 167*hour), 168*hour - 1, true},
		"used for 7 days":           {every(11*hour, 167*hour), 168 * hour, false},
		"used again after it ended": {[]time.Duration{13 * hour}, 13*hour + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := newAuthenticator(t, AuthenticatorConfig{Mode: ModeToken, Token: goodToken})
			grant, err := g.SignIn(Credentials{Secret: goodToken, Addr: someone}, start)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range c.used {
				g.Session(grant.Cookie, grant.Key, start.Add(at))
			}
			id, got := g.Session(grant.Cookie, grant.Key, start.Add(c.at))
			if got != c.want || g.Alive(id, start.Add(c.at)) != c.want {
				t.Errorf("it goes on: %v, want %v", got, c.want)
			}
		})
	}
}

func every(step, last time.Duration) (out []time.Duration) {
	for d := step; d < last; d += step {
		out = append(out, d)
	}
	return append(out, last)
}

func TestAuthenticator_SignOutEndsOneSession(t *testing.T) {
	g := newAuthenticator(t, AuthenticatorConfig{Mode: ModeToken, Token: goodToken})
	var grants []Grant
	for range 2 {
		v, err := g.SignIn(Credentials{Secret: goodToken, Addr: someone}, start)
		if err != nil {
			t.Fatal(err)
		}
		grants = append(grants, v)
	}
	id, _ := g.Session(grants[0].Cookie, grants[0].Key, start)
	g.SignOut(id)
	if _, ok := g.Session(grants[0].Cookie, grants[0].Key, start); ok {
		t.Error("the session goes on")
	}
	if _, ok := g.Session(grants[1].Cookie, grants[1].Key, start); !ok {
		t.Error("another session ended too")
	}
}

func TestAuthenticator_RemembersSoManySessionsOnly(t *testing.T) {
	g := newAuthenticator(t, AuthenticatorConfig{Mode: ModeToken, Token: goodToken})
	var grants []Grant
	for i := range maxSessions + 1 {
		v, err := g.SignIn(Credentials{Secret: goodToken, Addr: someone}, start.Add(time.Duration(i)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		grants = append(grants, v)
	}
	at := start.Add(maxSessions * time.Second)
	if _, ok := g.Session(grants[0].Cookie, grants[0].Key, at); ok || len(g.sessions.all) != maxSessions {
		t.Errorf("%d sessions; the oldest goes on: %v", len(g.sessions.all), ok)
	}
	if _, ok := g.Session(grants[1].Cookie, grants[1].Key, at); !ok {
		t.Error("the second oldest ended too")
	}
}

func TestAuthenticator_Bearer(t *testing.T) {
	g := newAuthenticator(t, AuthenticatorConfig{Mode: ModeToken, Token: goodToken})
	for header, want := range map[string]bool{
		"Bearer " + goodToken: true, "bearer " + goodToken: true, "Bearer  " + goodToken: true,
		"Bearer": false, "Bearer ": false, goodToken: false, "Basic " + goodToken: false, "Bearer " + goodToken + "x": false, "": false,
		"Bearer " + goodToken + " " + goodToken: false,
	} {
		if got := g.Bearer(header); got != want {
			t.Errorf("Bearer(%q) = %v, want %v", header, got, want)
		}
	}
	none := newAuthenticator(t, AuthenticatorConfig{Mode: ModePassword, PasswordHash: quickHash(t, password)})
	for _, header := range []string{"Bearer", "Bearer ", "Bearer " + password} {
		if none.Bearer(header) {
			t.Errorf("%q is taken where there is no token", header)
		}
	}
}

func TestNewAuthenticator_RefusesWhatProtectsNothing(t *testing.T) {
	for name, cfg := range map[string]AuthenticatorConfig{
		"no mode":               {Token: goodToken},
		"none":                  {Mode: ModeNone, Token: goodToken},
		"no token":              {Mode: ModeToken},
		"short token":           {Mode: ModeToken, Token: "secret"},
		"token with a newline":  {Mode: ModeToken, Token: goodToken + "\nX: y"},
		"no hash":               {Mode: ModePassword},
		"password for a hash":   {Mode: ModePassword, PasswordHash: password},
		"short token and a pwd": {Mode: ModePassword, PasswordHash: quickHash(t, password), Token: "secret"},
	} {
		if _, err := NewAuthenticator(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestHashPassword(t *testing.T) {
	need.Undetected(t)
	hash, err := HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost != hashCost {
		t.Errorf("%s: cost %d, %v", hash, cost, err)
	}
	for _, bad := range []string{"", strings.Repeat("x", maxPassword+1)} {
		if _, err := HashPassword(bad); err == nil {
			t.Errorf("%q is hashed", bad)
		}
	}
}
