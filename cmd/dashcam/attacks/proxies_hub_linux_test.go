package attacks

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"
	"golang.org/x/sys/unix"

	"dashcam/server/wire"
)

// TestProxies_Hub has a hub behind the proxies of cmd/dashcam/deploy, as the files are: a
// host joins and reports through them, and its page is shown.
func TestProxies_Hub(t *testing.T) {
	t.Parallel()
	for name, begin := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const kind, site = "a hub through a proxy", "https://example.com:" + proxyPort
			s := newStage(t)
			hubDir, hostDir := t.TempDir(), t.TempDir()
			tokenFile := filepath.Join(hubDir, "token")
			var hub *program
			s.do(func() {
				hub = startHub(t, "--public-url", site+"/dashcam/", "--trusted-proxy", "127.0.0.1", "--auth", "token", "--auth-token-file", tokenFile, "--state-dir", hubDir)
			})
			roots, cert := s.proxy(begin, hub.addr)
			secret, err := os.ReadFile(tokenFile)
			if err != nil {
				t.Fatal(err)
			}
			bearer := "Authorization: Bearer " + strings.TrimSpace(string(secret))
			secure := &tls.Config{RootCAs: roots, ServerName: "example.com"}
			dial := func(context.Context, string, string) (net.Conn, error) { return s.dial("127.0.0.2", proxyPort) }
			b := &browser{t: t, site: site, client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: dial, TLSClientConfig: secure}}, dialer: fastws.Dialer{
				NetDial:         func(network, addr string) (net.Conn, error) { return dial(t.Context(), network, addr) },
				TLSClientConfig: secure, Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: time.Minute,
			}}
			var res *http.Response
			var text string
			waitUntil(t, "the registry", func() bool {
				res, text = b.ask("POST", "/dashcam/api/v1/hosts/tokens", `{"uses":1,"validSeconds":600}`, bearer)
				return res.StatusCode != http.StatusServiceUnavailable
			})
			var made struct{ Token string }
			right(t, kind, res.StatusCode == 201 && json.Unmarshal([]byte(text), &made) == nil && made.Token != "", "a token is made: %d %s", res.StatusCode, text)
			res, text = b.ask("POST", "/dashcam/api/v1/hosts/tokens", `{"uses":1,"validSeconds":600}`)
			attack(t, kind, res.StatusCode == 401, "a token without credentials: %d %s", res.StatusCode, text)

			// The host finds the proxy by its name, and trusts it by its authority.
			names := filepath.Join(hostDir, "hosts")
			write(t, names, "127.0.0.1 localhost example.com\n")
			s.do(func() { err = unix.Mount(names, "/etc/hosts", "", unix.MS_BIND, "") })
			if err != nil {
				t.Fatal(err)
			}
			environ := append(os.Environ(), "SSL_CERT_FILE="+cert)
			join := exec.Command(shipped, "join", site+"/dashcam/", made.Token, "--state-dir", hostDir, "--host-id", "hosta")
			join.Env = environ
			var out []byte
			s.do(func() { out, err = join.CombinedOutput() })
			right(t, kind, err == nil, "join: %v %s", err, out)
			host := exec.Command(shipped, withDefaults([]string{"--demo", "--state-dir", hostDir})...)
			host.Env = environ
			s.do(func() { startCommand(t, host) })
			waitUntil(t, "the host to be on the wall", func() bool {
				_, text := b.ask("GET", "/dashcam/api/v1/hosts/hosta", "", bearer)
				return strings.Contains(text, `"online":true`)
			})
			for path, want := range map[string]string{"": "<!doctype html>", "api/v1/host": `"hostname":"db-01"`, "metrics": "dashcam_"} {
				res, text := b.ask("GET", "/dashcam/h/hosta/"+path, "", bearer)
				right(t, kind, res.StatusCode == 200 && strings.Contains(strings.ToLower(text), want), "h/hosta/%s: %d %.200s", path, res.StatusCode, text)
				res, _ = b.ask("GET", "/dashcam/h/hosta/"+path, "")
				if path != "" { // the page itself is who asks to sign in
					attack(t, kind, res.StatusCode == 401, "h/hosta/%s without credentials: %d", path, res.StatusCode)
				}
			}
			socket := "wss" + strings.TrimPrefix(site, "https") + "/dashcam/"
			ws, _, err := b.dialer.Dial(socket+"h/hosta/ws", http.Header{"Origin": {site}, "Authorization": {strings.TrimPrefix(bearer, "Authorization: ")}})
			right(t, kind, err == nil, "its socket: %v", err)
			if err == nil {
				defer ws.Close()
				right(t, kind, framesOf(t, ws, 2) == 2, "its frames do not come")
			}
			// A page cannot speak to the broker, whatever it may read.
			for origin, want := range map[string]int{"https://evil.example": 403, "null": 403} {
				_, res, err := b.dialer.Dial(socket+"fleet", http.Header{"Origin": {origin}})
				attack(t, kind, err != nil && res != nil && res.StatusCode == want, "the broker from %s: %v", origin, err)
				_, res, err = b.dialer.Dial(socket+"h/hosta/ws", http.Header{"Origin": {origin}, "Authorization": {strings.TrimPrefix(bearer, "Authorization: ")}})
				attack(t, kind, err != nil && res != nil && res.StatusCode == want, "the socket of a host from %s: %v", origin, err)
			}
		})
	}
}

// framesOf subscribes and counts live frames, up to so many.
func framesOf(t *testing.T, ws *fastws.Conn, most int) (n int) {
	t.Helper()
	err := ws.WriteJSON(wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics}, Window: 10})
	if err == nil {
		err = ws.SetReadDeadline(time.Now().Add(time.Minute))
	}
	for err == nil && n < most {
		var text []byte
		if _, text, err = ws.ReadMessage(); strings.HasPrefix(string(text), `{"type":"frame"`) {
			n++
		}
	}
	if err != nil {
		t.Log(err)
	}
	return n
}
