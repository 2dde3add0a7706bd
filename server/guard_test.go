package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everyRoute is one URL of each route.
var everyRoute = []string{
	"/", "/assets/app.js", "/nothing", "/ws", "/healthz", "/readyz", "/api/v1/host", "/api/v1/series", "/api/v1/history",
	"/api/v1/processes", "/api/v1/row?seq=1", "/api/v1/explain?id=0", "/api/v1/health", "/api/v1/nothing",
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1, 2)
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Access-Control-Allow-Origin":  "",
		"Server":                       "",
	}
	for _, path := range everyRoute {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "BREW"} {
			for _, host := range []string{r.addr, "evil.example"} {
				res, _ := r.do(method, path, map[string]string{"Host": host})
				for name, value := range want {
					if got := res.Header.Get(name); got != value {
						t.Errorf("%s %s at %s (%d): %s is %q, want %q", method, path, host, res.StatusCode, name, got, value)
					}
				}
			}
		}
	}
	// What fasthttp itself refuses has them too.
	for name, request := range map[string]string{
		"header too long": "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + strings.Repeat("x", 9000) + "\r\n\r\n",
		"no request":      "nonsense\r\n\r\n",
	} {
		if got := r.raw(request); !strings.Contains(got, "Content-Security-Policy: default-src 'none'") || !strings.Contains(got, `{"error":{`) {
			t.Errorf("%s: %.200q", name, got)
		}
	}
}

func TestEveryRouteAppliesTheHostRule(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1, 2)
	for _, path := range everyRoute {
		for host, ours := range map[string]bool{
			r.addr: true, "localhost": true, "DB-01.:80": true, "evil.example": false, "127.0.0.1.evil.example": false, "user@localhost": false,
		} {
			res, body := r.do("GET", path, map[string]string{"Host": host, "X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"})
			refused := res.StatusCode == http.StatusMisdirectedRequest || strings.Contains(host, "@") && res.StatusCode == http.StatusBadRequest
			if refused == ours {
				t.Errorf("GET %s at %s: %d %s", path, host, res.StatusCode, body)
			}
		}
	}
	for name, c := range map[string]struct{ request, status string }{
		"two hosts":             {"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "400"},
		"no host":               {"GET / HTTP/1.1\r\n\r\n", "400"},
		"empty host":            {"GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", "400"},
		"no host in HTTP/1.0":   {"GET / HTTP/1.0\r\n\r\n", "421"},
		"ours in the header":    {"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "421"},
		"ours in the line":      {"GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "421"},
		"ours in both":          {"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "200"},
		"continued header line": {"GET / HTTP/1.1\r\nHost: localhost\r\n evil.example\r\nConnection: close\r\n\r\n", "4"},
	} {
		if got := r.raw(c.request); !strings.HasPrefix(got, "HTTP/1.1 "+c.status) {
			t.Errorf("%s: %.60q, want %s", name, got, c.status)
		}
	}
}

func TestOriginRule(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1)
	for origin, want := range map[string]int{
		"":                                200,
		"http://" + r.addr:                200,
		"http://evil.example":             403,
		"null":                            403,
		"https://" + r.addr:               403,
		"http://127.0.0.1:1":              403,
		"http://" + r.addr + "@evil":      403,
		"http://" + r.addr + "/":          403,
		"http://" + r.addr + ", http://x": 403,
	} {
		headers := map[string]string{}
		if origin != "" {
			headers["Origin"] = origin
		}
		for _, path := range []string{"/", "/api/v1/host", "/healthz"} {
			if res, body := r.do("GET", path, headers); res.StatusCode != want {
				t.Errorf("GET %s from %q: %d %s, want %d", path, origin, res.StatusCode, body, want)
			}
		}
	}
	two := "GET / HTTP/1.1\r\nHost: " + r.addr + "\r\nOrigin: http://" + r.addr + "\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n"
	if got := r.raw(two); !strings.HasPrefix(got, "HTTP/1.1 403") {
		t.Errorf("two origins: %.40q", got)
	}
}

func TestOnlyGetAndHead(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1)
	for _, path := range everyRoute {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get"} {
			res, body := r.do(method, path, nil)
			if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, Allow %q: %s", method, path, res.StatusCode, res.Header.Get("Allow"), body)
			}
		}
		full, body := r.do("GET", path, nil)
		head, none := r.do("HEAD", path, nil)
		if path == "/ws" {
			continue // a socket has no HEAD
		}
		if head.StatusCode != full.StatusCode || none != "" || head.ContentLength != int64(len(body)) && path != "/api/v1/host" && path != "/api/v1/health" {
			t.Errorf("HEAD %s: %d with %d bytes announced; GET: %d with %d", path, head.StatusCode, head.ContentLength, full.StatusCode, len(body))
		}
	}
}

func TestBodies(t *testing.T) {
	r := newRig(t, nil)
	head := "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
	for name, c := range map[string]struct{ request, status string }{
		"encoded":        {head + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "415"},
		"plain":          {head + "Content-Length: 3\r\n\r\nabc", "200"},
		"too long":       {head + "Content-Length: 16385\r\n\r\n" + strings.Repeat("x", 16385), "413"},
		"without a body": {head + "\r\n", "200"},
	} {
		if got := r.raw(c.request); !strings.HasPrefix(got, "HTTP/1.1 "+c.status) {
			t.Errorf("%s: %.60q, want %s", name, got, c.status)
		}
	}
}

func TestErrorsAreObjects(t *testing.T) {
	r := newRig(t, nil)
	res, body := r.get("/nothing")
	var got map[string]map[string]string
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	want := map[string]map[string]string{"error": {
		"code": "not_found", "message": "there is nothing here", "expected": "the page at /, or the API under api/v1/",
	}}
	if diff := cmp.Diff(want, got); diff != "" || res.StatusCode != 404 || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s (-want +got)\n%s", res.StatusCode, res.Header.Get("Content-Type"), diff)
	}
}

func TestPanicTellsNothing(t *testing.T) {
	r := newRig(t, nil)
	r.srv.cfg.Host = nil // which the handler calls
	res, body := r.get("/api/v1/host")
	if res.StatusCode != http.StatusInternalServerError || strings.Contains(body, "nil pointer") || !strings.Contains(body, `"internal"`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, _ := r.get("/healthz"); res.StatusCode != 200 {
		t.Errorf("after a panic: %d", res.StatusCode)
	}
}

func TestTraversalFormsAreNotFound(t *testing.T) {
	r := newRig(t, nil)
	for _, path := range []string{
		"/../etc/passwd", "/..%2fetc/passwd", "/%2e%2e/etc/passwd", "/%2e%2e%2fetc%2fpasswd", "/assets/../../etc/passwd",
		"/assets/..%2f..%2fetc%2fpasswd", "/....//etc/passwd", "/..;/etc/passwd", "/.%00./etc/passwd", "/assets/%00", "/etc/passwd",
		"//etc/passwd", "///etc/passwd", "/./index.html", "/index.html", "/assets", "/assets/", "/assets/./app.js", "/assets//app.js",
		"/ASSETS/app.js", "/assets/app.js/", "/assets/app.js%00", "/..\\..\\etc\\passwd", "/%5c..%5cetc%5cpasswd", "/%c0%ae%c0%ae/etc/passwd",
		"/assets/../tiny.txt", "/%61ssets/app.js", "/.git/config", "/embed.go",
	} {
		got := r.raw(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path))
		if !strings.HasPrefix(got, "HTTP/1.1 404 ") && !strings.HasPrefix(got, "HTTP/1.1 400 ") || strings.Contains(got, "root:") {
			t.Errorf("GET %s: %.80q", path, got)
		}
	}
}
