package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"
)

// trusting is a client that takes any certificate and notes the one it got.
func trusting(got *[]byte) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
			*got = s.PeerCertificates[0].Raw
			return nil
		}},
	}}
}

func TestProgram_SelfSigned(t *testing.T) {
	p := startSignIn(t, binary(t), "--listen", "127.0.0.1:0", "--tls-self-signed", "--auth", "token")
	var got []byte
	p.client = trusting(&got)
	if !strings.HasPrefix(p.url, "https://127.0.0.1:") {
		t.Fatalf("printed\n%s", p.said)
	}
	status, cookies := p.signIn(p.link())
	if status != 200 || len(cookies) != 1 {
		t.Fatalf("sign in: %d %v", status, cookies)
	}
	_, port, err := net.SplitHostPort(strings.TrimPrefix(p.url, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	if c := cookies[0]; c.Name != "__Host-dashcam-"+port || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %s", c.Raw)
	}
	if status, _ := p.ask("GET", "/api/v1/host", "", map[string]string{"Cookie": cookies[0].Name + "=" + cookies[0].Value, "Dashcam-Key": p.key}); status != 200 {
		t.Errorf("signed in: %d", status)
	}
	if status, _ := p.ask("GET", "/api/v1/host", "", map[string]string{"Cookie": "dashcam-" + port + "=" + cookies[0].Value, "Dashcam-Key": p.key}); status != 401 {
		t.Errorf("with the cookie of http: %d", status)
	}
	if status, _ := p.ask("GET", "/healthz", "", map[string]string{"Origin": strings.Replace(p.url, "https", "http", 1)}); status != 403 {
		t.Errorf("http against https: %d", status)
	}
	dialer := fastws.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Subprotocols: []string{"dashcam.v1"}, HandshakeTimeout: time.Minute}
	ws, res, err := dialer.Dial(strings.Replace(p.url, "https", "wss", 1)+"/ws", http.Header{"Origin": {p.url}, "Cookie": {cookies[0].Name + "=" + cookies[0].Value}, "Dashcam-Key": {p.key}})
	if err != nil {
		t.Fatalf("socket: %v %v", err, res)
	}
	defer ws.Close()
	if _, text, err := ws.ReadMessage(); err != nil || !bytes.Contains(text, []byte(`"type":"hello"`)) {
		t.Errorf("socket: %.80s %v", text, err)
	}
	if status, _ := p.ask("DELETE", "/api/v1/session", "", map[string]string{"Cookie": cookies[0].Name + "=" + cookies[0].Value, "Dashcam-Key": p.key}); status != 204 {
		t.Errorf("sign out: %d", status)
	}
	for err == nil {
		_, _, err = ws.ReadMessage()
	}
	if !fastws.IsCloseError(err, 1008) {
		t.Errorf("signed out: %v", err)
	}
	printed := regexp.MustCompile(`SHA-256 ([0-9A-F:]+)\n`).FindStringSubmatch(p.said)
	if printed == nil || strings.ReplaceAll(printed[1], ":", "") != fmt.Sprintf("%X", sha256.Sum256(got)) {
		t.Errorf("the certificate has %X, printed\n%s", sha256.Sum256(got), p.said)
	}
	old := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if c, err := tls.Dial("tcp", strings.TrimPrefix(p.url, "https://"), old); err == nil {
		c.Close()
		t.Error("TLS 1.1 is spoken")
	}
}

// writePair puts a certificate for a name into two files.
func writePair(t *testing.T, certFile, keyFile, name string) (der []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	if der, err = x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key); err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return der
}

func TestProgram_ReadsARenewedCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := writePair(t, certFile, keyFile, "one.example")
	p := startSignIn(t, binary(t), "--tls-cert", certFile, "--tls-key", keyFile, "--auth", "none", "--log-level", "info")
	var got []byte
	p.client = trusting(&got)
	p.ask("GET", "/healthz", "", nil)
	if !bytes.Equal(got, first) {
		t.Error("another certificate than that of the file")
	}
	second := writePair(t, certFile, keyFile, "two.example")
	waitUntil(t, "the renewed certificate to be used", func() bool {
		p.ask("GET", "/healthz", "", nil)
		return bytes.Equal(got, second)
	})
}

// TestProgram_BehindAProxy plays the proxy: it sends what a browser asked of
// https://dash.example.com over plain HTTP.
func TestProgram_BehindAProxy(t *testing.T) {
	t.Parallel()
	bin := binary(t)
	const origin = "https://dash.example.com"
	type asked struct {
		args    []string
		headers map[string]string
		want    int
		cookie  string
	}
	for name, c := range map[string]asked{
		"public URL": {
			[]string{"--public-url", origin + "/cam/"}, map[string]string{"Origin": origin, "Host": "dash.example.com"}, 200, "__Host-dashcam-443",
		},
		"public URL, page in the clear": {
			[]string{"--public-url", origin}, map[string]string{"Origin": "http://dash.example.com", "Host": "dash.example.com"}, 403, "",
		},
		"trusted": {
			[]string{"--trusted-proxy", "127.0.0.0/8", "--allow-host", "dash.example.com"},
			map[string]string{"Origin": origin, "Host": "dash.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}, 200, "__Host-dashcam-443",
		},
		"trusted, unknown name": {
			[]string{"--trusted-proxy", "127.0.0.0/8"}, map[string]string{"Origin": origin, "Host": "dash.example.com", "X-Forwarded-Proto": "https"}, 421, "",
		},
		"not trusted": {
			[]string{"--trusted-proxy", "10.0.0.0/8", "--allow-host", "dash.example.com"},
			map[string]string{"Origin": origin, "Host": "dash.example.com", "X-Forwarded-Proto": "https"}, 403, "",
		},
		"nobody is trusted": {
			[]string{"--allow-host", "dash.example.com"}, map[string]string{"Origin": origin, "Host": "dash.example.com", "X-Forwarded-Proto": "https"}, 403, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := startSignIn(t, bin, append(c.args, "--auth", "token")...)
			status, cookies := p.ask("POST", "/api/v1/session", `{"secret":"`+p.link()+`"}`, c.headers)
			if status != c.want || len(cookies) == 1 != (c.cookie != "") {
				t.Fatalf("%d %v, want %d", status, cookies, c.want)
			}
			if c.cookie != "" && (cookies[0].Name != c.cookie || !cookies[0].Secure) {
				t.Errorf("cookie %s", cookies[0].Raw)
			}
		})
	}
}

// TestProgram_CountsWhoIsBehindAProxy also shows that nobody else's headers count. Whoever
// is on the machine of a proxy that is trusted can name any address: 300 guesses were looked
// at in 26 s.
func TestProgram_CountsWhoIsBehindAProxy(t *testing.T) {
	bin := binary(t)
	for name, c := range map[string]struct {
		args []string
		want int
		each time.Duration // after which another comes free
	}{"trusted": {[]string{"--trusted-proxy", "127.0.0.1"}, 10, 6 * time.Second}, "not trusted": {nil, 5, 12 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			p := startSignIn(t, bin, append(c.args, "--auth", "token")...)
			looked := 0
			for i := range 300 {
				if status, _ := p.ask("POST", "/api/v1/session", fmt.Sprintf(`{"secret":"wrong %d"}`, i), map[string]string{"X-Forwarded-For": fmt.Sprintf("192.0.%d.%d", i/200, i%200)}); status == 401 {
					looked++
				}
			}
			if most := c.want + int(time.Since(began)/c.each); looked < c.want || looked > most {
				t.Errorf("%d tries were looked at, want %d", looked, c.want)
			}
		})
	}
}
