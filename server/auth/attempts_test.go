package auth

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

func byPassword(t *testing.T) *Authenticator {
	t.Helper()
	return newAuthenticator(t, AuthenticatorConfig{Mode: ModePassword, PasswordHash: quickHash(t, password), Token: goodToken})
}

// guesses makes n attempts with as many wrong passwords, and returns how many were looked at.
func guesses(t *testing.T, a *Authenticator, addr netip.Addr, at time.Time, n int) (looked int) {
	t.Helper()
	for i := range n {
		_, err := a.SignIn(Credentials{Secret: fmt.Sprintf("guess %d of %s at %s", i, addr, at), Addr: addr}, at)
		var many *RateLimitError
		switch {
		case errors.Is(err, ErrBadCredentials):
			looked++
		case !errors.As(err, &many) || many.Wait <= 0 || many.Wait > returnAfter:
			t.Fatalf("SignIn = %v", err)
		}
	}
	return looked
}

func TestSignIn_LooksAtFiveAttemptsAMinuteOfOneAddressAndTenInAll(t *testing.T) {
	a := byPassword(t)
	ip := netip.MustParseAddr
	for _, c := range []struct {
		what string
		addr netip.Addr
		at   time.Duration
		n    int
		want int
	}{
		{"at once", someone, 0, 1000, 5},
		{"of another address", another, 0, 10, 5},
		{"of a third", loopback, 0, 10, 0},
		{"12 s later", loopback, 12 * time.Second, 10, 2},
		{"after an hour, without an address", netip.Addr{}, time.Hour, 10, 5},
		{"of an IPv6 network", ip("2001:db8::1"), time.Hour, 3, 3},
		{"of another address in it", ip("2001:db8::ffff:1"), time.Hour, 10, 2},
		{"of the next network", ip("2001:db8:0:1::1"), time.Hour + time.Minute, 10, 5},
	} {
		if got := guesses(t, a, c.addr, start.Add(c.at), c.n); got != c.want {
			t.Errorf("%s: %d looked at, want %d", c.what, got, c.want)
		}
	}
	if _, err := a.SignIn(Credentials{Secret: goodToken, Addr: someone}, start); err != nil {
		t.Errorf("the token after too many wrong passwords: %v", err)
	}
}

// One address that tried 100 passwords a second kept the right one out for good.
func TestSignIn_AFloodKeepsNobodyOut(t *testing.T) {
	need.Undetected(t)
	for name, from := range map[string]func(i int) netip.Addr{
		"from the same address": func(int) netip.Addr { return someone },
		"from 40,000 addresses": func(i int) netip.Addr {
			return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 10<<24+uint32(i%40_000))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := byPassword(t)
			before, err := a.SignIn(Credentials{Secret: password, Addr: someone}, start)
			if err != nil {
				t.Fatal(err)
			}
			const minutes, perSecond = 10, 100
			looked, cameIn := 0, 0
			var newcomer struct{ since, again time.Time }
			newcomer.since = start.Add(10 * time.Second)
			newcomer.again = newcomer.since
			for i := range minutes * 60 * perSecond {
				now := start.Add(time.Duration(i) * time.Second / perSecond)
				looked += guesses(t, a, from(i), now, 1)
				if i%(5*perSecond) == perSecond/2 { // a page that is signed out every 5 s
					if before, err = a.SignIn(Credentials{Secret: password, Key: before.Key, Addr: someone}, now); err != nil {
						t.Fatalf("after %v, who signed in before: %v", now.Sub(start), err)
					}
				}
				if now.Before(newcomer.again) {
					continue
				}
				_, err := a.SignIn(Credentials{Secret: password, Addr: someone}, now)
				var many *RateLimitError
				switch {
				case err == nil:
					cameIn++
					newcomer.since = now.Add(20 * time.Second)
					newcomer.again = newcomer.since
				case !errors.As(err, &many) || now.Sub(newcomer.since) > time.Minute:
					t.Fatalf("somebody new has waited %v: %v", now.Sub(newcomer.since), err)
				default:
					newcomer.again = now.Add(many.Wait)
				}
			}
			if cameIn < minutes*60/30 {
				t.Errorf("somebody new came in %d times in %d minutes", cameIn, minutes)
			}
			if most := attemptsInAll * (minutes + 1); looked > most {
				t.Errorf("%d guesses were looked at, want at most %d", looked, most)
			}
			if n := len(a.attempts.addresses.young) + len(a.attempts.addresses.old); n > 2*rememberedAddresses {
				t.Errorf("%d addresses are remembered", n)
			}
		})
	}
}

// Who guesses may come back too, but not more often than the limit of those who do.
func TestSignIn_GuessesThatComeBackAreBounded(t *testing.T) {
	a := byPassword(t)
	looked := 0
	for second := range 120 {
		now := start.Add(time.Duration(second) * time.Second)
		for i := range 50 { // each of these comes every 10 s
			if _, err := a.SignIn(Credentials{Secret: fmt.Sprintf("guess %d of %d", i, second%10), Addr: someone}, now); err == nil {
				t.Fatal("a guess was let in")
			}
		}
	}
	for i := range 50 {
		for of := range 10 {
			if e, _ := a.attempts.remembered.get(a.attempts.id(network(someone), fmt.Sprintf("guess %d of %d", i, of))); e.wrong {
				looked++
			}
		}
	}
	if most := (attemptsPerAddress + returnsPerAddress) * 3; looked > most || looked < attemptsPerAddress+returnsPerAddress {
		t.Errorf("%d guesses were looked at in 2 minutes, want at most %d", looked, most)
	}
}

// A browser that is known has a limit of its own too: its key may be stolen.
func TestSignIn_AKnownBrowserHasItsOwnLimit(t *testing.T) {
	a := byPassword(t)
	grant, err := a.SignIn(Credentials{Secret: password, Addr: someone}, start)
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for i := range 100 {
		if _, err := a.SignIn(Credentials{Secret: fmt.Sprint("guess ", i), Key: grant.Key, Addr: another}, start); errors.Is(err, ErrBadCredentials) {
			looked++
		}
	}
	if most := attemptsPerBrowser + attemptsPerAddress; looked != most {
		t.Errorf("%d of its guesses were looked at, want %d", looked, most)
	}
}

func TestKeys_AreThoseOfThisPasswordAndTime(t *testing.T) {
	k, id := newKeys("hash"), newBrowser()
	key := k.make(id, start)
	flipped := []byte(key)
	flipped[3] ^= 1
	for name, c := range map[string]struct {
		keys *keys
		key  string
		at   time.Duration
		want bool
	}{
		"the key":                {k, key, 0, true},
		"after a restart":        {newKeys("hash"), key, 0, true},
		"just before it ends":    {k, key, keyFor - time.Second, true},
		"when it has ended":      {k, key, keyFor, false},
		"after another password": {newKeys("another hash"), key, 0, false},
		"changed":                {k, string(flipped), 0, false},
		"cut":                    {k, key[:len(key)-1], 0, false},
		"none":                   {k, "", 0, false},
	} {
		if got, ok := c.keys.browser(c.key, start.Add(c.at)); ok != c.want || ok && got != id {
			t.Errorf("%s: %v, want %v", name, ok, c.want)
		}
	}
}

func TestSession_NeedsCookieAndKey(t *testing.T) {
	a := newAuthenticator(t, AuthenticatorConfig{Mode: ModeToken, Token: goodToken})
	var grants [2]Grant
	for i := range grants {
		var err error
		if grants[i], err = a.SignIn(Credentials{Secret: goodToken}, start); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		cookie, key string
		want        bool
	}{
		"both":                  {grants[0].Cookie, grants[0].Key, true},
		"the cookie alone":      {grants[0].Cookie, "", false},
		"the key alone":         {"", grants[0].Key, false},
		"the key of another":    {grants[0].Cookie, grants[1].Key, false},
		"the key as the cookie": {grants[0].Key, grants[0].Key, false},
	} {
		if _, ok := a.Session(c.cookie, c.key, start); ok != c.want {
			t.Errorf("%s: %v, want %v", name, ok, c.want)
		}
	}
}
