package attacks

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashcam/server/wire"
)

// handshake asks for a socket and returns the connection, behind the answer's head.
func (p *program) handshake(headers map[string]string) (net.Conn, int) {
	p.t.Helper()
	all := map[string]string{
		"Host": p.addr, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": wire.Subprotocol,
	}
	for k, v := range headers {
		all[k] = v
	}
	var b strings.Builder
	b.WriteString("GET /ws HTTP/1.1\r\n")
	for k, v := range all {
		b.WriteString(k + ": " + v + "\r\n")
	}
	b.WriteString("\r\n")
	c, err := p.dial()
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		p.t.Fatal(err)
	}
	if _, err := io.WriteString(c, b.String()); err != nil {
		p.t.Fatal(err)
	}
	// One byte at a time: what follows the head are frames.
	var head []byte
	for one := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, one[0]) {
		if _, err := c.Read(one); err != nil {
			return c, statusOf(head)
		}
	}
	return c, statusOf(head)
}

// readFrame returns the first byte and the payload of a frame of the server.
func readFrame(c net.Conn) (first byte, payload []byte, err error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(c, head); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1])
	extended := make([]byte, map[uint64]int{126: 2, 127: 8}[n])
	if _, err := io.ReadFull(c, extended); err != nil {
		return 0, nil, err
	}
	switch len(extended) {
	case 2:
		n = uint64(binary.BigEndian.Uint16(extended))
	case 8:
		n = binary.BigEndian.Uint64(extended)
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c, payload)
	return head[0], payload, err
}

// TestHandshakes asks for a socket in the ways of other pages. What is let in gets data;
// what is not gets the exact status, and not one frame.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	const kind = "handshakes"
	token := filepath.Join(t.TempDir(), "token")
	open := start(t, "--demo", "--history", "10m")
	closed := start(t, "--demo", "--history", "10m", "--auth-token-file", token)
	secret, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	_, session := closed.signIn(closed.link())
	session = strings.TrimPrefix(session, "Cookie: ") // and the line with the key
	cookie, _, _ := strings.Cut(session, "\r\n")
	bearer := "Bearer " + strings.TrimSpace(string(secret))
	for _, p := range []*program{open, closed} {
		signIn := p == closed
		_, port, _ := strings.Cut(p.addr, ":")
		same := "http://" + p.addr
		for what, c := range map[string]struct {
			headers map[string]string
			// status without sign-in, and where one has to sign in.
			open, closed int
		}{
			"same origin":                 {map[string]string{"Origin": same}, 101, 401},
			"same origin with a session":  {map[string]string{"Origin": same, "Cookie": session}, 101, 101},
			"a replayed cookie":           {map[string]string{"Origin": same, "Cookie": cookie}, 101, 401},
			"a replayed cookie, no page":  {map[string]string{"Cookie": cookie}, 101, 401},
			"a cookie with another's key": {map[string]string{"Origin": same, "Cookie": cookie, "Dashcam-Key": strings.Repeat("A", 54)}, 101, 401},
			"same origin with Bearer":     {map[string]string{"Origin": same, "Authorization": bearer}, 101, 101},
			"other site":                  {map[string]string{"Origin": "http://evil.example", "Cookie": session}, 403, 403},
			"other site with Bearer":      {map[string]string{"Origin": "http://evil.example", "Authorization": bearer}, 403, 403},
			"other port of the same host": {map[string]string{"Origin": "http://127.0.0.1:1", "Cookie": session}, 403, 403},
			"http against https":          {map[string]string{"Origin": "https://" + p.addr, "Cookie": session}, 403, 403},
			"null":                        {map[string]string{"Origin": "null", "Cookie": session}, 403, 403},
			"none":                        {nil, 101, 401},
			"none with a session":         {map[string]string{"Cookie": session}, 101, 101},
			"none with Bearer":            {map[string]string{"Authorization": bearer}, 101, 101},
			"upper case":                  {map[string]string{"Origin": "HTTP://LOCALHOST:" + port, "Host": "LocalHost:" + port, "Cookie": session}, 101, 101},
			"trailing dot":                {map[string]string{"Origin": "http://localhost.:" + port, "Host": "localhost.:" + port, "Cookie": session}, 101, 101},
			"user info":                   {map[string]string{"Origin": "http://" + p.addr + "@evil.example", "Cookie": session}, 403, 403},
			"http://good.evil":            {map[string]string{"Origin": "http://localhost.evil.example:" + port, "Host": "localhost:" + port, "Cookie": session}, 403, 403},
			"IPv6":                        {map[string]string{"Origin": "http://[::1]:" + port, "Host": "[::1]:" + port, "Cookie": session}, 101, 101},
			"default port":                {map[string]string{"Origin": "http://localhost", "Host": "localhost:80"}, 101, 401},
			"rebound name":                {map[string]string{"Origin": "http://evil.example:" + port, "Host": "evil.example:" + port, "Cookie": session}, 421, 421},
			"forwarded headers":           {map[string]string{"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Cookie": session}, 403, 403},
			"no upgrade":                  {map[string]string{"Origin": same, "Cookie": session, "Upgrade": "h2c"}, 426, 426},
			"another version":             {map[string]string{"Origin": same, "Cookie": session, "Sec-WebSocket-Version": "8"}, 426, 426},
			"wrong deflate bits":          {map[string]string{"Origin": same, "Cookie": session, "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits=16"}, 400, 400},
			"unknown deflate parameter":   {map[string]string{"Origin": same, "Cookie": session, "Sec-WebSocket-Extensions": "permessage-deflate; level=9"}, 400, 400},
			"a short key":                 {map[string]string{"Origin": same, "Cookie": session, "Sec-WebSocket-Key": "c2hvcnQ="}, 400, 400},
		} {
			want := c.open
			if signIn {
				want = c.closed
			}
			conn, status := p.handshake(c.headers)
			if want == 101 {
				frame, payload, err := byte(0), []byte(nil), error(nil)
				if status == 101 {
					frame, payload, err = readFrame(conn)
				}
				right(t, kind, status == 101 && err == nil && frame == 0x81 && bytes.Contains(payload, []byte(`"type":"hello"`)), "%s (sign-in %t): %d, %v %.80q", what, signIn, status, err, payload)
				conn.Close()
				continue
			}
			// The reason as JSON, and the end of the connection.
			_, _ = io.WriteString(conn, p.request("GET", "/healthz"))
			rest, _ := io.ReadAll(conn)
			attack(t, kind, status == want && !bytes.Contains(rest, []byte("hello")), "%s (sign-in %t): %d %.200q, want %d", what, signIn, status, rest, want)
		}
	}
}

// TestSignOut asks that the sockets of a session end with it, and not at the next ping, which
// is 3 s after they began.
func TestSignOut(t *testing.T) {
	t.Parallel()
	const kind = "sockets after sign-out"
	file := filepath.Join(t.TempDir(), "token")
	p := start(t, "--demo", "--history", "10m", "--auth-token-file", file)
	secret, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cookie string
	var took time.Duration
	// A busy machine takes its time: of some, one is quick.
	for range 5 {
		_, cookie = p.signIn(strings.TrimSpace(string(secret)))
		c, status := p.handshake(map[string]string{"Origin": "http://" + p.addr, "Cookie": strings.TrimPrefix(cookie, "Cookie: ")})
		right(t, kind, status == 101, "signed in: %d", status)
		began := time.Now()
		if status, answer := p.raw(p.request("DELETE", "/api/v1/session", cookie, "Origin: http://"+p.addr)); status != 204 {
			t.Errorf("sign-out: %d %s", status, answer)
		}
		code := closeCode(c)
		attack(t, kind, code == wire.CloseSignedOut, "close code %d", code)
		if took = time.Since(began); took < 2*time.Second {
			break
		}
	}
	attack(t, kind, took < 2*time.Second, "the socket ended after %v", took)
	_, status := p.handshake(map[string]string{"Origin": "http://" + p.addr, "Cookie": strings.TrimPrefix(cookie, "Cookie: ")})
	attack(t, kind, status == 401, "the session again: %d", status)
}
