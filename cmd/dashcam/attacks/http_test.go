package attacks

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// files are the URLs of the page itself.
func (p *program) files() []string {
	index := p.get("/")
	out := []string{"/"}
	for _, found := range regexp.MustCompile(`(?:src|href)="([^"#:]+)"`).FindAllStringSubmatch(index, -1) {
		out = append(out, "/"+strings.TrimPrefix(found[1], "./"))
	}
	if len(out) < 3 {
		p.t.Fatalf("the page names %v", out)
	}
	return out
}

// routes is one URL of every route that openapi.json describes.
func (p *program) routes(bearer ...string) []string {
	_, answer := p.raw(p.request("GET", "/api/v1/openapi.json", bearer...))
	described := make(map[string]bool)
	for _, found := range regexp.MustCompile(`"(/(?:api/v1/[a-z.]+|metrics|healthz|readyz|ws))": ?\{`).FindAllStringSubmatch(answer, -1) {
		described[found[1]] = true
	}
	out := slices.Sorted(maps.Keys(described))
	if len(out) < 13 {
		p.t.Fatalf("openapi.json describes %v", out)
	}
	for i, path := range out { // what these must be told
		out[i] += map[string]string{"/api/v1/row": fmt.Sprintf("?at=%d", time.Now().UnixMilli()), "/api/v1/explain": "?id=0", "/api/v1/changes": "?from=1m", "/api/v1/incident": "?from=10s"}[path]
	}
	return append(out, "/api/v1/processes?from=1&to=2", "/api/v1/incident/contents?from=10s", "/prometheus/api/v1/query?query=up")
}

func TestHosts(t *testing.T) {
	t.Parallel()
	const kind = "Host forms, on every route"
	p := start(t, "--demo", "--history", "10m", "--allow-host", "dash.example")
	_, port, _ := strings.Cut(p.addr, ":")
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	routes := append(p.routes(), "/nothing", "/../etc/passwd")
	routes = append(routes, p.files()...)
	for _, path := range routes {
		for host, ours := range map[string]bool{
			p.addr: true, "localhost:" + port: true, "LocalHost.:" + port: true, "a.localhost": true, name: true, "dash.example": true, "[::1]:" + port: true, "203.0.113.7": true,
			"evil.example": false, "127.0.0.1.evil.example:" + port: false, "localhost.evil.example": false, "dash.example.evil.example": false,
			"evil.example:" + port: false, "xlocalhost": false, "user@localhost": false, "localhost@evil.example": false,
			"::1": false, "localhost:0": false, "localhost:99999": false, "localhost/": false, "127.0.0.1,evil.example": false, "": false,
		} {
			status, answer := p.raw(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost\r\nConnection: close\r\n\r\n", path, host))
			if ours {
				right(t, kind, status != 421 && status != 400, "GET %s at %q: %d", path, host, status)
			} else {
				attack(t, kind, status == 421 || status == 400, "GET %s at %q: %d %.200s", path, host, status, answer)
			}
		}
		for what, head := range map[string]string{
			"two hosts": "Host: localhost\r\nHost: localhost\r\n", "two, one foreign": "Host: localhost\r\nHost: evil.example\r\n", "none": "", "X-Forwarded-Host alone": "X-Forwarded-Host: localhost\r\n",
			"folded": "Host: localhost\r\n evil.example\r\n",
		} {
			status, answer := p.raw("GET " + path + " HTTP/1.1\r\n" + head + "Connection: close\r\n\r\n")
			attack(t, kind, status == 421 || status == 400, "GET %s with %s: %d %.200s", path, what, status, answer)
		}
		status, _ := p.raw("GET http://evil.example" + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		attack(t, kind, status == 421 || status == 400, "GET http://evil.example%s: %d", path, status)
	}
}

func TestWithoutCredentials(t *testing.T) {
	t.Parallel()
	const kind = "without credentials, every route"
	file := filepath.Join(t.TempDir(), "token")
	p := start(t, "--demo", "--history", "10m", "--auth", "token", "--auth-token-file", file)
	token, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bearer := "Authorization: Bearer " + strings.TrimSpace(string(token))
	_, port, _ := strings.Cut(p.addr, ":")
	_, session := p.signIn(p.link())
	for _, path := range append(p.routes(bearer), "/nothing", "/api/v1/nothing", "/.git/config", "/index.html") {
		switch path {
		case "/healthz", "/api/v1/openapi.json": // say nothing of the host
			continue
		case "/ws": // is in handshakes_test.go
			continue
		}
		for what, header := range map[string]string{
			"nothing": "X-Nothing: 1", "a made-up session": "Cookie: dashcam-" + port + "=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			"the session of another port": "Cookie: dashcam-1" + strings.TrimPrefix(session, "Cookie: dashcam-"+port), "a wrong token": bearer + "x", "a token cut short": bearer[:len(bearer)-1],
			"Basic": "Authorization: Basic eDp5", "an empty Bearer": "Authorization: Bearer ", "the token as a session": "Cookie: dashcam-" + port + "=" + strings.TrimSpace(string(token)),
			"a forwarded user": "X-Remote-User: admin", "a replayed cookie": strings.Split(session, "\r\n")[0], "a key alone": strings.Split(session, "\r\n")[1],
		} {
			for _, method := range []string{"GET", "HEAD"} {
				status, answer := p.raw(p.request(method, path, header))
				attack(t, kind, status == 401, "%s %s with %s: %d %.200s", method, path, what, status, answer)
			}
		}
		status, answer := p.raw(p.request("GET", path+map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]+"token="+strings.TrimSpace(string(token))))
		// Signing in is a route of its own for everybody, and knows no such parameter.
		attack(t, kind, status == 401 || status == 400 && path == "/api/v1/session", "GET %s with the token in the URL: %d %.200s", path, status, answer)
		want := map[string]int{"/nothing": 404, "/api/v1/nothing": 404, "/.git/config": 404, "/index.html": 404}[path]
		if want == 0 {
			want = 200
		}
		for what, header := range map[string]string{"Bearer": bearer, "a session": session} {
			status, answer := p.raw(p.request("GET", path, header))
			right(t, kind, status == want, "GET %s with %s: %d %.200s, want %d", path, what, status, answer, want)
		}
	}
	for _, path := range append(p.files(), "/healthz", "/api/v1/openapi.json") {
		status, _ := p.raw(p.request("GET", path))
		right(t, kind, status == 200, "GET %s: %d", path, status)
	}
}

func TestTraversal(t *testing.T) {
	t.Parallel()
	const kind = "path traversal"
	p := start(t, "--demo", "--history", "10m")
	script, _, _ := strings.Cut(p.files()[1], "?")
	directory := script[:strings.LastIndexByte(script, '/')]
	for _, path := range []string{
		"/../etc/passwd", "/..%2fetc/passwd", "/%2e%2e/etc/passwd", "/%2e%2e%2fetc%2fpasswd", directory + "/../../etc/passwd", directory + "/..%2f..%2fetc%2fpasswd",
		"/....//etc/passwd", "/..;/etc/passwd", "/.%00./etc/passwd", directory + "/%00", "/etc/passwd", "//etc/passwd", "///etc/passwd", "/./index.html", "/index.html",
		directory, directory + "/", "/" + script, script + "/", script + "%00", script + "%00.html", "/..\\..\\etc\\passwd", "/%5c..%5cetc%5cpasswd", "/%c0%ae%c0%ae/etc/passwd", "/.git/config",
		"/embed.go", "/proc/self/environ", "/%252e%252e/etc/passwd", strings.ToUpper(script), "/api/v1/../../etc/passwd",
	} {
		status, answer := p.raw(p.request("GET", path))
		attack(t, kind, (status == 404 || status == 400) && !strings.Contains(answer, "root:"), "GET %s: %d %.200s", path, status, answer)
	}
	for _, path := range p.files() {
		status, _ := p.raw(p.request("GET", path))
		right(t, kind, status == 200, "GET %s: %d", path, status)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	const kind = "bodies"
	p := start(t, "--demo", "--history", "10m", "--auth", "token")
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := w.Write(make([]byte, 12<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	send := func(method, path, body string, headers ...string) (int, string) {
		return p.raw(p.request(method, path, append(headers, fmt.Sprintf("Content-Length: %d", len(body)), "Origin: http://"+p.addr)...) + body)
	}
	before, _ := p.residents()
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd", "identity", "gzip, gzip"} {
		for _, path := range []string{"/healthz", "/api/v1/session", "/", "/ws"} {
			method := "POST"
			if path != "/api/v1/session" {
				method = "GET"
			}
			status, answer := send(method, path, bomb.String(), "Content-Type: application/json", "Content-Encoding: "+encoding)
			attack(t, kind, status == 415, "%s %s encoded as %s: %d %.200s", method, path, encoding, status, answer)
		}
	}
	after, _ := p.residents()
	attack(t, kind, after-before < 8<<20, "24 bodies that would be 12 MiB each made the program grow by %d bytes", after-before)
	for what, c := range map[string]struct {
		body, media string
		want        int
	}{
		"too long":          {strings.Repeat("x", 16<<10+1), "application/json", 413},
		"a form":            {"secret=x", "application/x-www-form-urlencoded", 415},
		"text":              {`{"secret":"x"}`, "text/plain", 415},
		"deep":              {strings.Repeat("[", 10_000), "application/json", 400},
		"no object":         {"7", "application/json", 400},
		"two":               {`{"secret":"x"}{"secret":"y"}`, "application/json", 400},
		"another field":     {`{"secret":"x","admin":true}`, "application/json", 400},
		"number for secret": {`{"secret":7}`, "application/json", 400},
	} {
		status, answer := send("POST", "/api/v1/session", c.body, "Content-Type: "+c.media)
		attack(t, kind, status == c.want, "%s: %d %.200s, want %d", what, status, answer, c.want)
	}
	status, _ := p.signIn(p.link())
	right(t, kind, status == 200, "sign-in: %d", status)
}

// TestRandomRequests asks for what nobody serves. None of it may become a label of a
// metric, where each would stay for good.
func TestRandomRequests(t *testing.T) {
	t.Parallel()
	const kind = "random methods and paths"
	requests := need.Times(t, 10_000, 2000)
	p := start(t, "--demo", "--history", "10m")
	labels := func() map[string]bool {
		out := make(map[string]bool)
		for line := range strings.Lines(p.get("/metrics")) {
			// A process of the simulated host waits for a disk, or none does.
			if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, `node_processes_state{state="D"}`) {
				out[line[:strings.LastIndexByte(strings.TrimSpace(line), ' ')]] = true
			}
		}
		return out
	}
	p.value("self.cpu", "") // the last to come: a rate takes two observations
	before := labels()
	if len(before) < 100 {
		t.Fatalf("%d metrics", len(before))
	}
	r := rand.New(rand.NewPCG(1, 2))
	word := func(alphabet string, most int) string {
		b := make([]byte, 1+r.IntN(most))
		for i := range b {
			b[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(b)
	}
	served := map[int]int{}
	for done := 0; done < requests; {
		c, err := p.dial()
		if err != nil {
			t.Fatal(err)
		}
		// Many on one connection, which is faster; one that breaks the protocol ends it.
		const batch = 100
		var b strings.Builder
		for range batch {
			method := word("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 12)
			if r.IntN(2) == 0 {
				method = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}[r.IntN(8)]
			}
			fmt.Fprintf(&b, "%s /x%s HTTP/1.1\r\nHost: localhost\r\n\r\n", method, word("abcdefghijklmnop/._-~%20?&=", 40))
		}
		b.WriteString("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = c.Write([]byte(b.String())) }()
		answer := new(bytes.Buffer)
		_, _ = answer.ReadFrom(c)
		c.Close()
		for _, found := range regexp.MustCompile(`HTTP/1\.1 (\d+) `).FindAllStringSubmatch(answer.String(), -1) {
			var status int
			fmt.Sscan(found[1], &status)
			served[status]++
			done++
		}
	}
	for status, n := range served {
		refused := slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusForbidden, http.StatusBadRequest}, status)
		for range n {
			if status == 200 { // the /healthz of each batch
				right(t, kind, true, "")
				continue
			}
			attack(t, kind, refused, "answered %d", status)
		}
	}
	t.Logf("answers %v", served)
	after := labels()
	for label := range after {
		if !before[label] {
			t.Errorf("a label came: %s", label)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d labels became %d", len(before), len(after))
	}
}

// TestMalformedRequests sends what a proxy may read otherwise than we do, each with a second
// request behind it that must not be answered.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	const kind = "malformed requests"
	p := start(t, "--demo", "--history", "10m")
	head := "GET /healthz HTTP/1.1\r\nHost: " + p.addr + "\r\n"
	second := head + "Connection: close\r\n\r\n"
	for _, lines := range []string{"", "X-A:b\r\n", "Content-Length: 0\r\n"} {
		_, answer := p.raw(head + lines + "\r\n" + second)
		right(t, kind, strings.Count(answer, "HTTP/1.1 200 OK\r\n") == 2, "%q: %.200q", lines, answer)
	}
	for what, request := range map[string]string{
		"HTTP/9.9":                 "GET /healthz HTTP/9.9\r\nHost: " + p.addr + "\r\n\r\n",
		"HTTP/2.0":                 "GET /healthz HTTP/2.0\r\nHost: " + p.addr + "\r\n\r\n",
		"a continued line":         head + "X-A: b\r\n c\r\n\r\n",
		"a continued line, a tab":  head + "X-A: b\r\n\tc\r\n\r\n",
		"a blank behind a name":    head + "X-A : b\r\n\r\n",
		"a blank in a name":        head + "X A: b\r\n\r\n",
		"a blank behind a length":  head + "Content-Length : 5\r\n\r\n",
		"no colon":                 head + "X-A\r\n\r\n",
		"two lengths":              head + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
		"a length and chunks":      head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"chunks and a length":      head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
		"two codings":              head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		"an unknown coding":        head + "Transfer-Encoding: x\r\n\r\n0\r\n\r\n",
		"a coding in HTTP/1.0":     "GET /healthz HTTP/1.0\r\nHost: " + p.addr + "\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a bare carriage return":   head + "X-A: b\rX-B: c\r\n\r\n",
		"a zero byte in a value":   head + "X-A: b\x00c\r\n\r\n",
		"an escape in a name":      head + "X-\x1b[2J: b\r\n\r\n",
		"a negative length":        head + "Content-Length: -1\r\n\r\n",
		"a length beyond 64 bits":  head + "Content-Length: 99999999999999999999\r\n\r\n",
		"a header beyond all size": head + "X-A: " + strings.Repeat("x", 20_000) + "\r\n\r\n",
	} {
		status, answer := p.raw(request + second)
		attack(t, kind, (status == 0 || status == 400 || status == 413 || status == 431) && !strings.Contains(answer, " 200 OK\r\n"), "%s: %.300q", what, answer)
	}
}

// TestFloodOfPasswords tries a hundred wrong passwords a second from one address. Whoever
// signed in before is let in at once meanwhile, and somebody new within a minute.
func TestFloodOfPasswords(t *testing.T) {
	t.Parallel()
	const kind = "a flood of wrong passwords"
	file := filepath.Join(t.TempDir(), "hash")
	if err := os.WriteFile(file, []byte(hashOf(t, "correct horse")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "--demo", "--history", "10m", "--auth-password-hash-file", file)
	status, session := p.signIn("correct horse")
	right(t, kind, status == 200, "before the flood: %d", status)
	key := strings.Split(session, "\r\n")[1]
	began := time.Now()
	stop, looked, tried := make(chan struct{}), 0, 0
	var flood sync.WaitGroup
	flood.Go(func() {
		every := time.NewTicker(10 * time.Millisecond)
		defer every.Stop()
		for {
			select {
			case <-stop:
				return
			case <-every.C:
			}
			status, cookie := p.signIn(fmt.Sprintf("wrong horse %d", tried))
			tried++
			attack(t, kind, (status == 401 || status == 429) && cookie == "", "attempt %d: %d", tried, status)
			if status == 401 {
				looked++
			}
		}
	})
	others := 0
	waitUntil(t, "the flood to spend what there is", func() bool {
		others++
		status, _ := p.signIn(fmt.Sprintf("another's guess %d", others))
		return status == 429
	})
	for range 3 {
		status, _ := p.signInAs("correct horse", key)
		right(t, kind, status == 200, "who signed in before: %d", status)
	}
	newSince := time.Now()
	waitWithin(t, time.Minute, "somebody new to be let in", func() bool {
		status, session := p.signIn("correct horse")
		return status == 200 && session != ""
	})
	right(t, kind, true, "somebody new after %v", time.Since(newSince))
	close(stop)
	flood.Wait()
	if most := 10 + int(time.Since(began)/(6*time.Second)) + 1; looked > most {
		t.Errorf("%d of %d guesses were looked at in %v, want at most %d", looked, tried, time.Since(began), most)
	}
	t.Logf("%d guesses in %v, %d looked at; somebody new was let in after %v", tried, time.Since(began).Round(time.Second), looked, time.Since(newSince).Round(time.Second))
}

func TestWrongPasswords(t *testing.T) {
	t.Parallel()
	const kind, tries = "wrong passwords", 1000
	file := filepath.Join(t.TempDir(), "hash")
	// Of "correct horse", at the least cost.
	if err := os.WriteFile(file, []byte(hashOf(t, "correct horse")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "--demo", "--history", "10m", "--auth-password-hash-file", file)
	if strings.Contains(p.said, "token") || !strings.Contains(p.said, "sign in   with the password\n") {
		t.Errorf("printed\n%s", p.said)
	}
	status, _ := p.signIn("correct horse")
	right(t, kind, status == 200, "the password: %d", status)
	began := time.Now()
	verified := 0
	for i := range tries {
		status, cookie := p.signIn(fmt.Sprintf([]string{"wrong horse %d", "%d", "correct horse %d", "Correct horse%d", strings.Repeat("x", 68) + "%d", strings.Repeat("x", 4096) + "%d", "correct horse\x00%d"}[i%7], i))
		attack(t, kind, (status == 401 || status == 429) && cookie == "", "try %d: %d %s", i, status, cookie)
		if status == 401 {
			verified++
		}
	}
	// Another comes free after 12 s.
	most := 5 + int(time.Since(began)/(12*time.Second)) + 1
	if verified < 5 || verified > most {
		t.Errorf("%d of %d were verified in %v, want between 5 and %d", verified, tries, time.Since(began), most)
	}
	if status, _ := p.raw(p.request("GET", "/api/v1/host")); status != 401 {
		t.Errorf("afterwards, without credentials: %d", status)
	}
	if log := p.log.String(); strings.Contains(log, "horse") || p.logged() > verified+2 {
		t.Errorf("it logged\n%s", log)
	}
}
