package server

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"dashcam/server/auth"
)

const otherSite = "https://grafana.example.com"

// TestOrigins_MayAskWithCredentials asks as the page of an origin that is let in, and as
// one of an origin that is not.
func TestOrigins_MayAskWithCredentials(t *testing.T) {
	r := newRig(t, func(c *Config) {
		withMetrics(t)(c)
		withSignIn(t, auth.AuthenticatorConfig{})(c)
		c.AllowOrigins = []string{otherSite}
	})
	r.commit(1, 2)
	shared := []string{"/metrics", "/api/v1/host", "/api/v1/series", "/api/v1/history", "/api/v1/processes", "/api/v1/row?seq=1", "/api/v1/explain?id=0", "/api/v1/health"}
	own := []string{"/", "/readyz", "/assets/app.js", "/healthz", sessionPath}
	cookie, _ := r.signIn(testToken) // the key is in the storage of our own page
	for _, path := range append(shared, own...) {
		lets := slices.Contains(shared, path)
		for name, c := range map[string]struct {
			origin, authorization, cookie string
			want                          int
		}{
			"Bearer":               {otherSite, "Bearer " + testToken, "", 200},
			"session":              {otherSite, "", cookie, 200},
			"nothing":              {otherSite, "", "", 401},
			"wrong Bearer":         {otherSite, "Bearer x" + testToken, "", 401},
			"other, Bearer":        {"https://evil.example", "Bearer " + testToken, "", 403},
			"other port":           {otherSite + ":8443", "Bearer " + testToken, "", 403},
			"plain":                {"http://grafana.example.com", "", cookie, 403},
			"prefix":               {otherSite + ".evil.example", "", cookie, 403},
			"null":                 {"null", "", cookie, 403},
			"two in one":           {otherSite + ", https://evil.example", "", cookie, 403},
			"other case of theirs": {"https://GRAFANA.example.com", "", cookie, 403},
		} {
			headers := map[string]string{"Origin": c.origin}
			if c.authorization != "" {
				headers["Authorization"] = c.authorization
			}
			if c.cookie != "" {
				headers["Cookie"] = c.cookie
			}
			want, cors := c.want, c.origin == otherSite
			if !lets {
				want, cors = 403, false
			}
			res, body := r.do("GET", path, headers)
			if res.StatusCode != want {
				t.Errorf("%s, %s: %d %.100s, want %d", path, name, res.StatusCode, body, want)
			}
			origin, credentials := res.Header.Get("Access-Control-Allow-Origin"), res.Header.Get("Access-Control-Allow-Credentials")
			if cors != (origin == otherSite) || cors != (credentials == "true") || !cors && (origin != "" || credentials != "") {
				t.Errorf("%s, %s: lets %q read, with credentials %q", path, name, origin, credentials)
			}
			if lets && want != 403 && !strings.Contains(res.Header.Get("Vary"), "Origin") {
				t.Errorf("%s, %s: Vary is %q", path, name, res.Header.Get("Vary"))
			}
		}
	}
}

func TestOrigins_AreToldWhatTheyMayAsk(t *testing.T) {
	r := newRig(t, func(c *Config) { withSignIn(t, auth.AuthenticatorConfig{})(c); c.AllowOrigins = []string{otherSite} })
	for path, shared := range map[string]bool{"/api/v1/host": true, "/ws": false, "/": false, sessionPath: false, "/healthz": false, "/nothing": false} {
		for origin, known := range map[string]bool{otherSite: true, "https://evil.example": false, "null": false} {
			res, body := r.do("OPTIONS", path, map[string]string{"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"})
			want, methods, allowed := http.StatusMethodNotAllowed, "", ""
			if shared && known {
				want, methods, allowed = http.StatusNoContent, "GET, HEAD", "Authorization"
			}
			if res.StatusCode != want || res.Header.Get("Access-Control-Allow-Methods") != methods || res.Header.Get("Access-Control-Allow-Headers") != allowed || want == 204 && body != "" {
				t.Errorf("OPTIONS %s from %s: %d %v %s", path, origin, res.StatusCode, res.Header, body)
			}
		}
	}
	// Whoever does not name us gets nothing, from wherever he asks.
	if res, _ := r.do("OPTIONS", "/api/v1/host", map[string]string{"Origin": otherSite, "Host": "evil.example"}); res.StatusCode != http.StatusMisdirectedRequest || res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another host: %d %v", res.StatusCode, res.Header)
	}
}

func TestOrigins_MayOpenASocketWithCredentials(t *testing.T) {
	r := newRig(t, func(c *Config) { withSignIn(t, auth.AuthenticatorConfig{})(c); c.AllowOrigins = []string{otherSite} })
	r.commit(1)
	cookie, _ := r.signIn(testToken) // the key is in the storage of our own page
	for name, c := range map[string]struct {
		origin, cookie string
		want           int
	}{
		"theirs with a session":    {otherSite, cookie, 101},
		"theirs without":           {otherSite, "", 401},
		"another's with a session": {"https://evil.example", cookie, 403},
	} {
		conn, status := r.upgrade(map[string]string{
			"Host": r.addr, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
			"Origin": c.origin, "Cookie": c.cookie,
		})
		if conn != nil {
			conn.Close()
		}
		if status != c.want {
			t.Errorf("%s: %d, want %d", name, status, c.want)
		}
	}
}

func TestOrigins_MayFrameOnlyWhereTheyAreNamed(t *testing.T) {
	r := newRig(t, func(c *Config) { c.AllowEmbed = []string{otherSite, "http://wiki.example:8080"} })
	res, _ := r.get("/")
	if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "; frame-ancestors "+otherSite+" http://wiki.example:8080; ") {
		t.Errorf("policy is %q", csp)
	}
	if res, _ := r.do("GET", "/api/v1/host", map[string]string{"Origin": otherSite}); res.StatusCode != 403 {
		t.Errorf("a site that may frame also reads: %d", res.StatusCode)
	}
}

func TestNew_RefusesSitesThatNobodyWouldAuthorise(t *testing.T) {
	cfg := newRig(t, nil).srv.cfg
	cfg.AllowOrigins = []string{otherSite}
	if _, err := New(cfg); !errors.Is(err, ErrOriginsWithoutSignIn) {
		t.Errorf("without sign-in: %v", err)
	}
	cfg.AllowOrigins, cfg.AllowEmbed = nil, []string{"*"}
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), `"*"`) {
		t.Errorf("everybody may frame: %v", err)
	}
}
