package attacks

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/collectors/collectortest/need"
	"dashcam/server/wire"
)

// TestProxies serves the program through the proxies of cmd/dashcam/deploy: below a
// sub-path, over TLS, the socket included. Only addresses and files are replaced in their
// configurations.
func TestProxies(t *testing.T) {
	t.Parallel()
	for name, begin := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			p := s.start("--demo", "--history", "1m", "--public-url", "https://example.com:"+proxyPort+"/dashcam/", "--trusted-proxy", "127.0.0.1", "--auth", "token")
			roots, _ := s.proxy(begin, p.addr)
			through(t, s, p, "https://example.com:"+proxyPort, proxyPort, roots)
		})
	}
}

// proxies are those of cmd/dashcam/deploy.
var proxies = map[string]func(t *testing.T, dir, port, upstream, cert, key string) *exec.Cmd{"nginx": nginx, "Caddy": caddy}

// proxyPort is where they listen: a stage has all ports to itself.
const proxyPort = "8443"

// proxy runs a proxy on the stage until the test ends, and returns who trusts its
// certificate, and the file with that.
func (s *stage) proxy(begin func(t *testing.T, dir, port, upstream, cert, key string) *exec.Cmd, upstream string) (roots *x509.CertPool, cert string) {
	t := s.t
	t.Helper()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	roots = certify(t, cert, key, "example.com")
	cmd := begin(t, dir, proxyPort, upstream, cert, key)
	log := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = log, log
	var err error
	if s.do(func() { err = cmd.Start() }); err != nil {
		t.Fatalf("%v (Debian: apt-get install nginx caddy)", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the proxy said\n%s", log)
		}
	})
	waitUntil(t, "the proxy to listen", func() bool {
		c, err := s.dial("127.0.0.1", proxyPort)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return roots, cert
}

// TestTwoDashcamsOfOneHost signs in to two dashcams in one browser: below one proxy, and on
// two ports of a host. Neither signs out of the other, and what a browser sends to one port,
// or to a third, opens nothing on the other.
func TestTwoDashcamsOfOneHost(t *testing.T) {
	t.Parallel()
	const kind, port = "two dashcams of one host", "8443" // a stage has all ports to itself
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	roots := certify(t, cert, key, "example.com")
	s := newStage(t)
	var programs []*program
	for range 2 {
		programs = append(programs, s.start("--demo", "--history", "1m", "--allow-host", "example.com", "--trusted-proxy", "127.0.0.1", "--auth", "token"))
	}
	site := deployed(t, "nginx.conf", map[string]string{
		"listen 443 ssl;": "listen 127.0.0.1:" + port + " ssl;", "/etc/ssl/example.com.pem": cert, "/etc/ssl/example.com.key": key,
	})
	begin := strings.Index(site, "    location = /dashcam {")
	end := strings.LastIndex(site, "}")
	var locations strings.Builder
	for i, path := range []string{"/a", "/b"} {
		locations.WriteString(strings.NewReplacer("/dashcam", path, "http://127.0.0.1:7272/", "http://"+programs[i].addr+"/").Replace(site[begin:end]))
	}
	cmd := nginxOf(t, dir, site[:begin]+locations.String()+site[end:])
	var err error
	if s.do(func() { err = cmd.Start() }); err != nil {
		t.Fatalf("%v (Debian: apt-get install nginx)", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	waitUntil(t, "the proxy to listen", func() bool {
		c, err := s.dial("127.0.0.1", port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	direct := func(p *program) string { return "http://" + p.addr }
	proxied := "https://example.com:" + port
	for what, pages := range map[string][2]string{
		"below one proxy": {proxied + "/a/", proxied + "/b/"},
		"on two ports":    {direct(programs[0]) + "/", direct(programs[1]) + "/"},
	} {
		jar, err := cookiejar.New(nil) // as browsers do, it knows no ports
		if err != nil {
			t.Fatal(err)
		}
		secure := &tls.Config{RootCAs: roots, ServerName: "example.com"}
		dial := func(_ context.Context, _, addr string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			return s.dial("127.0.0.2", port)
		}
		client := &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{DialContext: dial, TLSClientConfig: secure}}
		dialer := fastws.Dialer{
			NetDial:         func(network, addr string) (net.Conn, error) { return dial(t.Context(), network, addr) },
			TLSClientConfig: secure, HandshakeTimeout: time.Minute, Jar: jar,
		}
		ask := func(method, page, path, body, key string) (int, string) {
			req, err := http.NewRequestWithContext(t.Context(), method, page+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			origin, _, _ := strings.Cut(strings.Replace(page, "://", "|", 1), "/")
			req.Header.Set("Origin", strings.Replace(origin, "|", "://", 1))
			req.Header.Set("Content-Type", "application/json")
			if key != "" {
				req.Header.Set("Dashcam-Key", key)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res.StatusCode, string(text)
		}
		var keys [2]string // each in the storage of its page
		for i, page := range pages {
			at, err := url.Parse(page)
			if err != nil {
				t.Fatal(err)
			}
			body, err := json.Marshal(map[string]string{"secret": programs[i].link(), "path": at.Path})
			if err != nil {
				t.Fatal(err)
			}
			status, text := ask("POST", page, "api/v1/session", string(body), "")
			keys[i] = keyIn(text)
			right(t, kind, status == 200 && keys[i] != "", "%s: sign-in to %s: %d %s", what, page, status, text)
		}
		for i, page := range pages {
			status, text := ask("GET", page, "api/v1/host", "", keys[i])
			right(t, kind, status == 200, "%s: %s after signing in to both: %d %s", what, page, status, text)
			dialer.Subprotocols = []string{wire.Subprotocol, "dashcam.key." + keys[i]}
			ws, _, err := dialer.Dial("ws"+strings.TrimPrefix(page, "http")+"ws", nil)
			right(t, kind, err == nil, "%s: a socket of %s: %v", what, page, err)
			if err == nil {
				ws.Close()
			}
			// What every port of the host gets from the browser is the cookies.
			for how, key := range map[string]string{"without a key": "", "with the key of the other": keys[1-i]} {
				status, _ = ask("GET", page, "api/v1/host", "", key)
				attack(t, kind, status == 401, "%s: the cookies replayed to %s %s: %d", what, page, how, status)
				dialer.Subprotocols = []string{wire.Subprotocol, "dashcam.key." + key}
				_, res, err := dialer.Dial("ws"+strings.TrimPrefix(page, "http")+"ws", nil)
				attack(t, kind, err != nil && res != nil && res.StatusCode == 401, "%s: a socket of %s with them %s: %v", what, page, how, err)
			}
		}
		status, _ := ask("DELETE", pages[0], "api/v1/session", "", keys[0])
		attack(t, kind, status == 204, "%s: sign-out: %d", what, status)
		status, _ = ask("GET", pages[0], "api/v1/host", "", keys[0])
		attack(t, kind, status == 401, "%s: after signing out: %d", what, status)
		status, _ = ask("GET", pages[1], "api/v1/host", "", keys[1])
		right(t, kind, status == 200, "%s: the other after that: %d", what, status)
	}
}

// browser goes to a site whose name leads to this machine, from an address that is not the
// proxy's own.
type browser struct {
	t      *testing.T
	site   string
	client *http.Client
	dialer fastws.Dialer
	cookie string
	key    string
}

func (b *browser) ask(method, path, body string, headers ...string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequest(method, b.site+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Origin", b.site)
	req.Header.Set("Content-Type", "application/json")
	if b.cookie != "" {
		req.Header.Set("Cookie", b.cookie)
		req.Header.Set("Dashcam-Key", b.key)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, string(text)
}

func through(t *testing.T, s *stage, p *program, site, port string, roots *x509.CertPool) {
	const kind = "through a proxy"
	secure := &tls.Config{RootCAs: roots, ServerName: "example.com"}
	dial := func(context.Context, string, string) (net.Conn, error) { return s.dial("127.0.0.2", port) }
	b := &browser{t: t, site: site, client: &http.Client{
		Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dial, TLSClientConfig: secure},
	}, dialer: fastws.Dialer{
		NetDial:         func(network, addr string) (net.Conn, error) { return dial(context.Background(), network, addr) },
		TLSClientConfig: secure, Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: time.Minute, EnableCompression: true,
	}}
	res, _ := b.ask("GET", "/dashcam", "")
	right(t, kind, res.StatusCode == 308 && strings.HasSuffix(res.Header.Get("Location"), "/dashcam/"), "without the slash: %d to %q", res.StatusCode, res.Header.Get("Location"))
	res, page := b.ask("GET", "/dashcam/", "")
	right(t, kind, res.StatusCode == 200 && strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'"), "the page: %d", res.StatusCode)
	for _, found := range regexp.MustCompile(`(?:src|href)="\./([^"]+)"`).FindAllStringSubmatch(page, -1) {
		res, _ := b.ask("GET", "/dashcam/"+found[1], "")
		right(t, kind, res.StatusCode == 200, "%s: %d", found[1], res.StatusCode)
	}
	res, _ = b.ask("GET", "/dashcam/api/v1/host", "")
	attack(t, kind, res.StatusCode == 401, "without credentials: %d", res.StatusCode)
	res, _ = b.ask("POST", "/dashcam/api/v1/session", `{"secret":"wrong"}`, "X-Forwarded-For: 192.0.2.7")
	attack(t, kind, res.StatusCode == 401, "wrong token: %d", res.StatusCode)
	waitUntil(t, "the log to tell", func() bool { return strings.Contains(p.log.String(), "sign-in refused") })
	if log := p.log.String(); !strings.Contains(log, `peer=127.0.0.2`) || strings.Contains(log, "192.0.2.7") {
		t.Errorf("whom it counts is not whoever the proxy speaks for:\n%s", log)
	}
	secret, err := json.Marshal(map[string]string{"secret": p.link()})
	if err != nil {
		t.Fatal(err)
	}
	res, body := b.ask("POST", "/dashcam/api/v1/session", string(secret))
	right(t, kind, res.StatusCode == 200 && len(res.Cookies()) == 1, "sign-in: %d %s", res.StatusCode, body)
	if len(res.Cookies()) != 1 {
		return
	}
	if c := res.Cookies()[0]; c.Name != "__Host-dashcam-"+port || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie %s", c.Raw)
	}
	b.cookie = res.Cookies()[0].Name + "=" + res.Cookies()[0].Value
	b.key = keyIn(body)
	res, _ = b.ask("GET", "/dashcam/api/v1/host", "")
	right(t, kind, res.StatusCode == 200, "signed in: %d", res.StatusCode)
	for origin, want := range map[string]int{"https://evil.example": 403, "http://example.com:" + port: 403, "https://example.com": 403, "null": 403} {
		res, _ := b.ask("GET", "/dashcam/api/v1/host", "", "Origin: "+origin)
		attack(t, kind, res.StatusCode == want, "from %s: %d", origin, res.StatusCode)
		_, res, err := b.dialer.Dial("wss"+strings.TrimPrefix(site, "https")+"/dashcam/ws", http.Header{"Origin": {origin}, "Cookie": {b.cookie}, "Dashcam-Key": {b.key}})
		attack(t, kind, err != nil && res != nil && res.StatusCode == want, "a socket from %s: %v", origin, err)
	}
	ws, _, err := b.dialer.Dial("wss"+strings.TrimPrefix(site, "https")+"/dashcam/ws", http.Header{"Origin": {site}, "Cookie": {b.cookie}, "Dashcam-Key": {b.key}})
	if err != nil {
		t.Fatalf("socket: %v", err)
	}
	defer ws.Close()
	if err := ws.WriteJSON(wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics}, Window: 10}); err != nil {
		t.Fatal(err)
	}
	frames := 0
	for err = ws.SetReadDeadline(time.Now().Add(time.Minute)); err == nil && frames < 2; {
		var text []byte
		if _, text, err = ws.ReadMessage(); bytes.HasPrefix(text, []byte(`{"type":"frame"`)) {
			frames++
		}
	}
	right(t, kind, frames == 2, "%d live frames: %v", frames, err)
	// That it is at once, and not with the next ping, is what TestSignOut asks.
	res, _ = b.ask("DELETE", "/dashcam/api/v1/session", "")
	for err == nil {
		_, _, err = ws.ReadMessage()
	}
	attack(t, kind, res.StatusCode == 204 && fastws.IsCloseError(err, wire.CloseSignedOut), "signed out (%d): %v", res.StatusCode, err)
}

// deployed returns a file of cmd/dashcam/deploy with what a machine has to fill in.
func deployed(t *testing.T, name string, with map[string]string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for old, replacement := range with {
		if strings.Count(text, old) != 1 {
			t.Fatalf("%s has %d times %q, want it once", name, strings.Count(text, old), old)
		}
		text = strings.Replace(text, old, replacement, 1)
	}
	return text
}

func nginx(t *testing.T, dir, port, upstream, cert, key string) *exec.Cmd {
	site := deployed(t, "nginx.conf", map[string]string{
		"listen 443 ssl;": "listen 127.0.0.1:" + port + " ssl;", "http://127.0.0.1:7272/": "http://" + upstream + "/",
		"/etc/ssl/example.com.pem": cert, "/etc/ssl/example.com.key": key,
	})
	return nginxOf(t, dir, site)
}

// nginxOf runs nginx with a site.
func nginxOf(t *testing.T, dir, site string) *exec.Cmd {
	write(t, filepath.Join(dir, "site.conf"), site)
	write(t, filepath.Join(dir, "nginx.conf"), "daemon off;\nmaster_process off;\npid "+dir+"/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n"+
		"client_body_temp_path "+dir+"/b;\nproxy_temp_path "+dir+"/p;\nfastcgi_temp_path "+dir+"/f;\nuwsgi_temp_path "+dir+"/u;\nscgi_temp_path "+dir+"/s;\ninclude "+dir+"/site.conf;\n}\n")
	return exec.Command(need.Program(t, "nginx"), "-p", dir, "-e", "stderr", "-c", filepath.Join(dir, "nginx.conf"))
}

func caddy(t *testing.T, dir, port, upstream, cert, key string) *exec.Cmd {
	site := deployed(t, "Caddyfile", map[string]string{
		"\nexample.com {\n": "\nexample.com:" + port + " {\n\ttls " + cert + " " + key + "\n\tbind 127.0.0.1\n", "127.0.0.1:7272": upstream,
	})
	write(t, filepath.Join(dir, "Caddyfile"), "{\n\tadmin off\n\tauto_https off\n}\n"+site)
	cmd := exec.Command(need.Program(t, "caddy"), "run", "--adapter", "caddyfile", "--config", filepath.Join(dir, "Caddyfile"))
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	return cmd
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// certify writes a certificate for a name and its key, and returns who trusts it.
func certify(t *testing.T, certFile, keyFile, name string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, BasicConstraintsValid: true, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	pool := x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(cert)
	return pool
}
