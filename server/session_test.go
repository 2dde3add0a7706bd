package server

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"dashcam/collectors/collectortest/need"
	"dashcam/server/auth"
	"dashcam/server/wire"
)

const testToken = "dGhlIHRva2VuIG9mIHRoZSB0ZXN0cyBpcyBub3QgcmFuZG9t"

// withSignIn makes a rig where one has to sign in.
func withSignIn(t *testing.T, cfg auth.AuthenticatorConfig) func(*Config) {
	t.Helper()
	if cfg.Mode == "" {
		cfg.Mode, cfg.Token = auth.ModeToken, testToken
	}
	g, err := auth.NewAuthenticator(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.Authenticator = g }
}

// ask makes a request with a JSON body, "" for none.
func (r *rig) ask(method, path, body string, headers map[string]string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, "http://"+r.addr+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", "http://"+r.addr)
	for k, v := range headers {
		if v == "" {
			req.Header.Del(k)
		} else {
			req.Header.Set(k, v)
		}
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res, string(answer)
}

// signIn returns the two secrets of a new session: its cookie, as a header, and its key.
func (r *rig) signIn(secret string) (cookie, key string) {
	r.t.Helper()
	res, body := r.ask("POST", sessionPath, `{"secret":"`+secret+`"}`, nil)
	if res.StatusCode != 200 || len(res.Cookies()) != 1 {
		r.t.Fatalf("sign in: %d %s, cookies %v", res.StatusCode, body, res.Cookies())
	}
	var answer struct{ Key string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Key == "" {
		r.t.Fatalf("sign in: no key in %s (%v)", body, err)
	}
	return res.Cookies()[0].Name + "=" + res.Cookies()[0].Value, answer.Key
}

func TestSignIn_EveryRouteWithoutCredentials(t *testing.T) {
	r := newRig(t, func(c *Config) { withMetrics(t)(c); withSignIn(t, auth.AuthenticatorConfig{})(c) })
	r.commit(1, 2)
	open := []string{"/", "/assets/app.js", "/tiny.txt", "/healthz", "/api/v1/openapi.json", "/api/v2/openapi.json"}
	routes := append(slices.Clone(everyRoute), "/metrics", "/tiny.txt", sessionPath, "/api/v1/openapi.json", "/api/v1/processes?from=1&to=2", "/../etc/passwd",
		"/api/v1/tables/processes", "/api/v2/host", "/api/v2/health", "/api/v2/openapi.json", "/api/v2/series", "/api/v2/history", "/api/v2/row?seq=1",
		"/api/v2/tables/processes", "/api/v2/explain?id=0", "/api/v2/rows", "/api/v1/events", "/api/v2/events", "/api/v1/verdict", "/api/v2/verdict", "/api/v1/changes?from=1h", "/api/v2/changes?from=1h",
		"/api/v1/alerts", "/api/v2/alerts", "/api/v1/silences", "/api/v2/silences", "/api/v1/rules", "/api/v2/rules", "/api/v1/backtest", "/api/v2/backtest",
		"/api/v1/incident?from=1h", "/api/v2/incident?from=1h", "/api/v1/incident/contents?from=1h", "/api/v2/incident/contents?from=1h", "/h/9f/api/v2/rows", "/h/none")
	for _, route := range r.srv.app.GetRoutes() {
		if route.Method == "GET" && route.Path != "/*" && !slices.ContainsFunc(routes, func(p string) bool {
			known := strings.NewReplacer(":name", processTable, ":host/*", "9f/api/v2/rows", ":host", "none").Replace(route.Path)
			return p == known || strings.HasPrefix(p, known+"?")
		}) {
			t.Errorf("route %s is not tried", route.Path)
		}
	}
	for _, path := range routes {
		for name, headers := range map[string]map[string]string{
			"nothing":          nil,
			"a made-up cookie": {"Cookie": "dashcam-80=x; dashcam-7272=x; " + cookieNameAt(r.addr) + "=" + testToken},
			"a wrong Bearer":   {"Authorization": "Bearer x" + testToken},
			"Basic":            {"Authorization": "Basic eDp5"},
			"token as cookie":  {"Cookie": "token=" + testToken},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				res, body := r.do(method, path, headers)
				want := http.StatusUnauthorized
				if slices.Contains(open, path) {
					want = http.StatusOK
				}
				if path == "/ws" && method == "HEAD" {
					want = http.StatusMethodNotAllowed
				}
				if res.StatusCode != want {
					t.Errorf("%s %s with %s: %d %.200s, want %d", method, path, name, res.StatusCode, body, want)
				}
				if want != http.StatusUnauthorized {
					continue
				}
				if res.Header.Get("WWW-Authenticate") != `Bearer realm="dashcam"` || res.Header.Get("Cache-Control") != "no-store" || len(res.Cookies()) != 0 {
					t.Errorf("%s %s: %v", method, path, res.Header)
				}
				if method == "GET" && !strings.Contains(body, `"signIn":"token"`) {
					t.Errorf("%s %s: %s", method, path, body)
				}
			}
		}
	}
}

// cookieNameAt is what cookieName makes of a Host over HTTP.
func cookieNameAt(host string) string {
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		port = "80"
	}
	return "dashcam-" + port
}

func TestSignIn_EveryRouteWithCredentials(t *testing.T) {
	r := newRig(t, func(c *Config) { withMetrics(t)(c); withSignIn(t, auth.AuthenticatorConfig{})(c) })
	r.commit(1, 2)
	cookie, key := r.signIn(testToken)
	for _, path := range append(slices.Clone(everyRoute), "/metrics", sessionPath) {
		want := map[string]int{"/nothing": 404, "/api/v1/nothing": 404, "/ws": 426}[path]
		if want == 0 {
			want = 200
		}
		for name, headers := range map[string]map[string]string{
			"cookie": {"Cookie": "other=1; " + cookie, keyHeader: key, "Origin": "http://" + r.addr}, "Bearer": {"Authorization": "Bearer " + testToken},
		} {
			if res, body := r.do("GET", path, headers); res.StatusCode != want {
				t.Errorf("GET %s with a %s: %d %.200s, want %d", path, name, res.StatusCode, body, want)
			}
		}
	}
}

// TestSignIn_Handshakes is the table of handshakes: what a socket is opened with, and
// the status of the answer.
func TestSignIn_Handshakes(t *testing.T) {
	guarded := newRig(t, withSignIn(t, auth.AuthenticatorConfig{}))
	open := newRig(t, nil)
	cookie, key := guarded.signIn(testToken)
	_, anotherKey := guarded.signIn(testToken)
	bearer := "Bearer " + testToken
	for name, c := range map[string]struct {
		origin, cookie, key, authorization string
		guarded, open                      int
	}{
		"same origin, nothing":           {"self", "", "", "", 401, 101},
		"same origin, session":           {"self", cookie, key, "", 101, 101},
		"same origin, cookie alone":      {"self", cookie, "", "", 401, 101},
		"same origin, key alone":         {"self", "", key, "", 401, 101},
		"same origin, key of another":    {"self", cookie, anotherKey, "", 401, 101},
		"same origin, Bearer":            {"self", "", "", bearer, 101, 101},
		"same origin, old cookie":        {"self", "dashcam-1=x", key, "", 401, 101},
		"same origin, wrong cookie":      {"self", cookie + "x", key, "", 401, 101},
		"same origin, wrong Bearer":      {"self", "", "", bearer + "x", 401, 101},
		"none, nothing":                  {"", "", "", "", 401, 101},
		"none, session":                  {"", cookie, key, "", 101, 101},
		"none, cookie alone":             {"", cookie, "", "", 401, 101},
		"none, Bearer":                   {"", "", "", bearer, 101, 101},
		"none, wrong Bearer":             {"", "", "", bearer + "x", 401, 101},
		"other site, session":            {"http://evil.example", cookie, key, "", 403, 403},
		"other site, Bearer":             {"http://evil.example", "", "", bearer, 403, 403},
		"other port, session":            {"http://127.0.0.1:1", cookie, key, "", 403, 403},
		"null, session":                  {"null", cookie, key, "", 403, 403},
		"https against http, session":    {"https", cookie, key, "", 403, 403},
		"same origin, a cookie before":   {"self", cookie[:strings.IndexByte(cookie, '=')] + "=tossed; " + cookie, key, "", 101, 101},
		"same origin, forty before":      {"self", strings.Repeat(cookie[:strings.IndexByte(cookie, '=')]+"=tossed; ", 40) + cookie, key, "", 101, 101},
		"same origin, cookies that open": {"self", cookie[:strings.IndexByte(cookie, '=')] + "y=" + cookie[strings.IndexByte(cookie, '=')+1:], key, "", 401, 101},
	} {
		for _, each := range []struct {
			r    *rig
			want int
		}{{guarded, c.guarded}, {open, c.open}} {
			h := http.Header{}
			switch c.origin {
			case "":
			case "self":
				h.Set("Origin", "http://"+each.r.addr)
			case "https":
				h.Set("Origin", "https://"+each.r.addr)
			default:
				h.Set("Origin", c.origin)
			}
			if c.cookie != "" {
				h.Set("Cookie", c.cookie)
			}
			if c.key != "" {
				h["Sec-Websocket-Protocol"] = []string{keyProtocol + c.key, wire.Subprotocol}
			}
			if c.authorization != "" {
				h.Set("Authorization", c.authorization)
			}
			_, res, err := each.r.tryDial(h)
			if res == nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := res.Header.Get("Sec-WebSocket-Protocol"); res.StatusCode == 101 && got != wire.Subprotocol {
				t.Errorf("%s: subprotocol %q", name, got)
			}
			if res.StatusCode != each.want {
				t.Errorf("%s (sign-in %v): %d, want %d", name, each.r == guarded, res.StatusCode, each.want)
			}
		}
	}
}

func TestSignIn_Cookie(t *testing.T) {
	r := newRig(t, withSignIn(t, auth.AuthenticatorConfig{}))
	res, body := r.ask("POST", sessionPath, `{"secret":"`+testToken+`"}`, nil)
	got := res.Cookies()
	if res.StatusCode != 200 || len(got) != 1 || !strings.HasPrefix(body, `{"signIn":"token","session":true,"key":"`) {
		t.Fatalf("%d %s %v", res.StatusCode, body, res.Header)
	}
	_, port, err := net.SplitHostPort(r.addr)
	if err != nil {
		t.Fatal(err)
	}
	want := &http.Cookie{Name: "dashcam-" + port, Value: got[0].Value, Path: "/", MaxAge: 7 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	got[0].Raw = ""
	if diff := cmp.Diff(want, got[0]); diff != "" || len(got[0].Value) != 43 || got[0].Value == testToken {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Two dashboards below one proxy have one host and one port: a second sign-in must not
// replace the cookie of the first. And a page must be able to sign out of its own.
func TestSignIn_TwoPathsOfOneHostHaveTheirOwnCookies(t *testing.T) {
	r := newRig(t, withSignIn(t, auth.AuthenticatorConfig{}))
	names, cookies := map[string]bool{}, ""
	var keys []string
	for _, path := range []string{"/", "/a/", "/b/"} {
		res, body := r.ask("POST", sessionPath, fmt.Sprintf(`{"secret":%q,"path":%q}`, testToken, path), nil)
		var answer struct{ Key string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || len(res.Cookies()) != 1 {
			t.Fatalf("%s: %v", body, err)
		}
		c := res.Cookies()[0]
		if names[c.Name] || !strings.HasPrefix(c.Name, cookieNameAt(r.addr)) || c.Path != "/" {
			t.Errorf("%s: the cookie is %s", path, c.Raw)
		}
		names[c.Name] = true
		cookies += c.Name + "=" + c.Value + "; "
		keys = append(keys, answer.Key)
	}
	for i, key := range keys {
		if res, body := r.do("GET", "/api/v1/host", map[string]string{"Cookie": cookies, keyHeader: key}); res.StatusCode != 200 {
			t.Errorf("page %d with the cookies of all: %d %s", i, res.StatusCode, body)
		}
	}
	res, _ := r.ask("DELETE", sessionPath, "", map[string]string{"Cookie": cookies, keyHeader: keys[1]})
	if len(res.Cookies()) != 1 || !strings.Contains(cookies, "; "+res.Cookies()[0].Name+"=") || res.Cookies()[0].Name == cookieNameAt(r.addr) {
		t.Errorf("signing out of the second takes away %v", res.Cookies())
	}
	for i, want := range []int{200, 401, 200} {
		if res, _ := r.do("GET", "/api/v1/host", map[string]string{"Cookie": cookies, keyHeader: keys[i]}); res.StatusCode != want {
			t.Errorf("page %d after the second signed out: %d, want %d", i, res.StatusCode, want)
		}
	}
}

// Whoever guesses for days must not fill the disk with it.
func TestSignIn_LogsRefusalsAtABoundedRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		s := &Server{log: slog.New(slog.NewTextHandler(&out, nil)), refusals: newRefusals()}
		for range 1000 {
			s.logRefused(netip.MustParseAddr("192.0.2.1"))
		}
		time.Sleep(10 * time.Second) // virtual
		s.logRefused(netip.MustParseAddr("192.0.2.2"))
		if n := strings.Count(out.String(), "\n"); n != 6 || !strings.Contains(out.String(), "peer=192.0.2.2 unlogged=995\n") {
			t.Errorf("%d lines:\n%s", n, out.String())
		}
	})
}

// A link that was used said the same as one that never was right.
func TestSignIn_SaysWhatIsWrongWithALink(t *testing.T) {
	const once = "b25jZW9uY2VvbmNlb25jZW9uY2VvbmNlb25jZW9uY2U"
	for name, c := range map[string]struct {
		cfg  auth.AuthenticatorConfig
		want []string
	}{
		"a token in a file":   {auth.AuthenticatorConfig{Mode: auth.ModeToken, Token: testToken, OneTimeToken: once}, []string{`"key"`, `"code":"used_link"`, `"linkOnce":true`}},
		"a token in the link": {auth.AuthenticatorConfig{Mode: auth.ModeToken, Token: testToken}, []string{`"code":"wrong_secret"`, `"code":"wrong_secret"`, `"signIn":"token"}`}},
	} {
		r := newRig(t, withSignIn(t, c.cfg))
		for _, want := range c.want[:2] {
			if _, body := r.ask("POST", sessionPath, `{"secret":"`+once+`"}`, nil); !strings.Contains(body, want) {
				t.Errorf("%s: %s, want %s", name, body, want)
			}
		}
		if _, body := r.get("/api/v1/host"); !strings.Contains(body, c.want[2]) {
			t.Errorf("%s: signed out, %s, want %s", name, body, c.want[2])
		}
	}
}

func TestSignIn_WhatIsRefused(t *testing.T) {
	began := time.Now()
	hash, err := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, withSignIn(t, auth.AuthenticatorConfig{Mode: auth.ModePassword, PasswordHash: string(hash)}))
	right := `{"secret":"correct horse"}`
	for name, c := range map[string]struct {
		body    string
		headers map[string]string
		want    int
		code    string
	}{
		"other site":      {right, map[string]string{"Origin": "http://evil.example"}, 403, "origin"},
		"null":            {right, map[string]string{"Origin": "null"}, 403, "origin"},
		"no origin":       {right, map[string]string{"Origin": ""}, 403, "origin"},
		"a form":          {"secret=correct+horse", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415, "content_type"},
		"JSON as text":    {right, map[string]string{"Content-Type": "text/plain"}, 415, "content_type"},
		"no type":         {right, map[string]string{"Content-Type": ""}, 415, "content_type"},
		"compressed":      {right, map[string]string{"Content-Encoding": "gzip"}, 415, "content_encoding"},
		"no JSON":         {"correct horse", nil, 400, "bad_body"},
		"nothing":         {"", nil, 400, "bad_body"},
		"another member":  {`{"secret":"correct horse","user":"root"}`, nil, 400, "bad_body"},
		"no member":       {`{}`, nil, 400, "bad_body"},
		"a number":        {`{"secret":1}`, nil, 400, "bad_body"},
		"two values":      {right + right, nil, 400, "bad_body"},
		"too long a body": {`{"secret":"` + strings.Repeat("x", 17<<10) + `"}`, nil, 413, "body_too_large"},
		"wrong":           {`{"secret":"battery"}`, nil, 401, "wrong_secret"},
	} {
		res, body := r.ask("POST", sessionPath, c.body, c.headers)
		var got struct{ Error apiError }
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%s: %s: %v", name, body, err)
		}
		if res.StatusCode != c.want || got.Error.Code != c.code || len(res.Cookies()) > 0 || strings.Contains(body, "correct") {
			t.Errorf("%s: %d %s %v, want %d %s", name, res.StatusCode, body, res.Cookies(), c.want, c.code)
		}
	}
	r.signIn("correct horse") // what was refused above was not looked at, but for one
	looked := 0
	for i := range 50 {
		res, body := r.ask("POST", sessionPath, fmt.Sprintf(`{"secret":"battery %d"}`, i), nil)
		switch res.StatusCode {
		case 401:
			looked++
		case 429:
			if after, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || after < 1 || after > 5 || !strings.Contains(body, `"too_many_tries"`) {
				t.Fatalf("%v %s", res.Header, body)
			}
		default:
			t.Fatalf("%d %s", res.StatusCode, body)
		}
	}
	// One was spent above, that of the right password came back, and another comes free
	// every 12 s.
	if most := 4 + int(time.Since(began)/(12*time.Second)); looked < 4 || looked > most {
		t.Errorf("%d wrong passwords were looked at, want 4, and at most %d on a slow machine", looked, most)
	}
}

func TestSignIn_WhereNobodyHasTo(t *testing.T) {
	r := newRig(t, nil)
	if res, body := r.get(sessionPath); res.StatusCode != 200 || body != `{"signIn":"none","session":false}`+"\n" {
		t.Errorf("GET: %d %s", res.StatusCode, body)
	}
	if res, body := r.ask("POST", sessionPath, `{"secret":"x"}`, nil); res.StatusCode != 404 || !strings.Contains(body, "no_sign_in") {
		t.Errorf("POST: %d %s", res.StatusCode, body)
	}
	if res, body := r.ask("DELETE", sessionPath, "", nil); res.StatusCode != 204 || body != "" {
		t.Errorf("DELETE: %d %s", res.StatusCode, body)
	}
}

func TestSignOut_ClosesTheSocketsOfTheSessionAlone(t *testing.T) {
	r := newRig(t, func(c *Config) {
		withSignIn(t, auth.AuthenticatorConfig{})(c)
		c.times = defaultTimes()
		c.times.ping, c.times.silence = time.Hour, time.Hour // the sign-out alone closes them
	})
	r.commit(1, 2)
	cookie, key := r.signIn(testToken)
	others, othersKey := r.signIn(testToken)
	dial := func(cookie, key string) *client {
		c, _, err := r.tryDial(http.Header{"Origin": {"http://" + r.addr}, "Cookie": {cookie}, keyHeader: {key}})
		if err != nil {
			t.Fatal(err)
		}
		c.send(`{"type":"subscribe","topics":["metrics"],"window":10}`)
		c.until(wire.TypeHistory)
		return c
	}
	mine := []*client{dial(cookie, key), dial(cookie, key), dial(cookie, key)}
	theirs := dial(others, othersKey)
	if res, body := r.ask("DELETE", sessionPath, "", map[string]string{"Cookie": cookie, keyHeader: key, "Origin": "http://evil.example"}); res.StatusCode != 403 {
		t.Errorf("another site signs out: %d %s", res.StatusCode, body)
	}
	res, _ := r.ask("DELETE", sessionPath, "", map[string]string{"Cookie": cookie, keyHeader: key})
	if res.StatusCode != 204 || len(res.Cookies()) != 1 || res.Cookies()[0].Value != "" || !res.Cookies()[0].Expires.Before(time.Now()) {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	for _, c := range mine {
		if code, bye := c.closed(); code != wire.CloseSignedOut || bye != string(wire.ByeSignedOut) {
			t.Errorf("closed with %d after bye %q", code, bye)
		}
	}
	if res, _ := r.do("GET", "/api/v1/host", map[string]string{"Cookie": cookie, keyHeader: key}); res.StatusCode != 401 {
		t.Errorf("with the old cookie: %d", res.StatusCode)
	}
	r.commit(3)
	theirs.until(wire.TypeFrame)
	if res, _ := r.do("GET", "/api/v1/host", map[string]string{"Cookie": others, keyHeader: othersKey}); res.StatusCode != 200 {
		t.Errorf("the other session: %d", res.StatusCode)
	}
}

// A session that ends by itself is seen at the next ping.
func TestSession_ThatEndsClosesItsSockets(t *testing.T) {
	r := newRig(t, func(c *Config) {
		withSignIn(t, auth.AuthenticatorConfig{Mode: auth.ModeToken, Token: testToken, Longest: 300 * time.Millisecond})(c)
		c.times = defaultTimes()
		c.times.ping = 20 * time.Millisecond
	})
	r.commit(1)
	var c *client
	for c == nil { // until one is quicker than the session, which on a busy machine may be over
		cookie, key := r.signIn(testToken)
		opened, res, err := r.tryDial(http.Header{"Origin": {"http://" + r.addr}, "Cookie": {cookie}, keyHeader: {key}})
		if err != nil && (res == nil || res.StatusCode != http.StatusUnauthorized) {
			t.Fatal(err)
		}
		c = opened
	}
	if code, bye := c.closed(); code != wire.CloseSignedOut || bye != string(wire.ByeSignedOut) {
		t.Errorf("closed with %d after bye %q", code, bye)
	}
}

// A session may end while a socket of it has its place and is not listed yet. The test
// aims at that moment by signing out as soon as the place is taken; without the second
// look at the session some of these sockets stay open.
func TestSignOut_ReachesSocketsThatAreBeginning(t *testing.T) {
	r := newRig(t, func(c *Config) {
		withSignIn(t, auth.AuthenticatorConfig{})(c)
		c.times = defaultTimes()
		c.times.ping, c.times.subscribe = time.Hour, time.Hour // neither finds them
	})
	r.commit(1)
	for range need.Times(t, 200, 40) {
		grant, err := r.srv.cfg.Authenticator.SignIn(auth.Credentials{Secret: testToken}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		opened := make(chan *client, 1)
		go func() {
			defer close(opened)
			if c, _, err := r.tryDial(http.Header{"Origin": {"http://" + r.addr}, "Cookie": {cookieNameAt(r.addr) + "=" + grant.Cookie}, keyHeader: {grant.Key}}); err == nil {
				opened <- c
			}
		}()
		id, _ := r.srv.cfg.Authenticator.Session(grant.Cookie, grant.Key, time.Now())
		for deadline := time.Now().Add(time.Minute); r.srv.Viewers() == 0; {
			if time.Now().After(deadline) {
				t.Fatal("the socket does not begin")
			}
			runtime.Gosched()
		}
		r.srv.cfg.Authenticator.SignOut(id)
		r.srv.sockets.endSession(id)
		c, ok := <-opened
		if !ok {
			t.Fatal("the handshake was refused")
		}
		if code, bye := c.closed(); code != wire.CloseSignedOut || bye != string(wire.ByeSignedOut) {
			t.Fatalf("closed with %d after bye %q", code, bye)
		}
		waitFor(t, "the socket to be gone", func() bool { return r.srv.Viewers() == 0 })
	}
}

// TestOpenAPI_SignInIsAsDescribed holds what is answered to sign-in against the description.
func TestOpenAPI_SignInIsAsDescribed(t *testing.T) {
	described := description(t, newRig(t, nil))
	r := newRig(t, withSignIn(t, auth.AuthenticatorConfig{}))
	cookie, key := r.signIn(testToken)
	for _, headers := range []map[string]string{nil, {"Cookie": cookie, keyHeader: key}, {"Authorization": "Bearer " + testToken}} {
		res, body := r.ask("GET", sessionPath, "", headers)
		if err := described.check(sessionPath, res, body); err != nil {
			t.Errorf("%v: %v\n%s", headers, err, body)
		}
	}
	for _, body := range []string{`{"secret":"x"}`, `{"secret":"x"}`, `{"secret":"x"}`, `{"secret":"x"}`, `{"secret":"x"}`, `{"secret":"x"}`, "{"} {
		res, answer := r.ask("POST", sessionPath, body, nil)
		if err := described.check(sessionPath, res, answer); err != nil {
			t.Errorf("%s: %v\n%s", body, err, answer)
		}
	}
}
