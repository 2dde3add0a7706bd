package auth

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
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
			value, err := g.SignIn(c.secret, someone, start)
			if !errors.Is(err, c.want) || (err == nil) != (value != "") {
				t.Fatalf("SignIn = %q, %v, want %v", value, err, c.want)
			}
			if _, ok := g.Session(value, start); ok != (c.want == nil) {
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
	if _, err := g.SignIn(long+"y", someone, start); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("longer than the password: %v", err)
	}
	if _, err := g.SignIn(long, someone, start); err != nil {
		t.Errorf("the password: %v", err)
	}
}

func TestAuthenticator_LooksAtFiveTriesAMinute(t *testing.T) {
	g := newAuthenticator(t, AuthenticatorConfig{Mode: ModePassword, PasswordHash: quickHash(t, password), Token: goodToken})
	tried := func(addr netip.Addr, at time.Time, n int) (looked int) {
		for range n {
			_, err := g.SignIn("wrong", addr, at)
			var many *RateLimitError
			switch {
			case errors.Is(err, ErrBadCredentials):
				looked++
			case !errors.As(err, &many) || many.Wait <= 0 || many.Wait > 12*time.Second:
				t.Fatalf("SignIn = %v", err)
			}
		}
		return looked
	}
	for _, c := range []struct {
		what string
		addr netip.Addr
		at   time.Duration
		n    int
		want int
	}{
		{"at once", someone, 0, 1000, 5},
		{"of another address", another, 0, 10, 5},
		{"from loopback", loopback, 0, 10, 5},
		{"without an address", netip.Addr{}, 0, 10, 5},
		{"13 s later", someone, 13 * time.Second, 10, 1},
		{"after an hour", someone, time.Hour, 10, 5},
	} {
		if got := tried(c.addr, start.Add(c.at), c.n); got != c.want {
			t.Errorf("%s: %d looked at, want %d", c.what, got, c.want)
		}
	}
	at := start.Add(time.Hour)
	var many *RateLimitError
	if _, err := g.SignIn(password, someone, at); !errors.As(err, &many) {
		t.Errorf("the right password after too many wrong ones: %v", err)
	}
	if _, err := g.SignIn(goodToken, someone, at); err != nil {
		t.Errorf("the token after too many wrong passwords: %v", err)
	}
}

func TestAuthenticator_OneTimeSecretWorksOnce(t *testing.T) {
	g := newAuthenticator(t, AuthenticatorConfig{Mode: ModeToken, Token: goodToken, Once: goodOnce})
	if g.Bearer("Bearer " + goodOnce) {
		t.Error("it is taken as a Bearer")
	}
	for i, want := range []error{nil, ErrBadCredentials} {
		if _, err := g.SignIn(goodOnce, someone, start); !errors.Is(err, want) {
			t.Errorf("use %d: %v, want %v", i+1, err, want)
		}
	}
	if _, err := g.SignIn(goodToken, someone, start); err != nil {
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
			value, err := g.SignIn(goodToken, someone, start)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range c.used {
				g.Session(value, start.Add(at))
			}
			id, got := g.Session(value, start.Add(c.at))
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
	var values []string
	for range 2 {
		v, err := g.SignIn(goodToken, someone, start)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	id, _ := g.Session(values[0], start)
	g.SignOut(id)
	if _, ok := g.Session(values[0], start); ok {
		t.Error("the session goes on")
	}
	if _, ok := g.Session(values[1], start); !ok {
		t.Error("another session ended too")
	}
}

func TestAuthenticator_RemembersSoManySessionsOnly(t *testing.T) {
	g := newAuthenticator(t, AuthenticatorConfig{Mode: ModeToken, Token: goodToken})
	var values []string
	for i := range maxSessions + 1 {
		v, err := g.SignIn(goodToken, someone, start.Add(time.Duration(i)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	at := start.Add(maxSessions * time.Second)
	if _, ok := g.Session(values[0], at); ok || len(g.sessions.all) != maxSessions {
		t.Errorf("%d sessions; the oldest goes on: %v", len(g.sessions.all), ok)
	}
	if _, ok := g.Session(values[1], at); !ok {
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

func TestNewGate_RefusesWhatProtectsNothing(t *testing.T) {
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
