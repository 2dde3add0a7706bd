package server

import (
	"bytes"
	"strings"
	"testing"
)

func TestFrameCheck(t *testing.T) {
	join := func(frames ...[]byte) []byte { return bytes.Join(frames, nil) }
	for name, c := range map[string]struct {
		bytes []byte
		want  bool
	}{
		"nothing":                        {nil, true},
		"a compressed message":           {frame(fin|text|deflated, []byte("x")), true},
		"a compressed one in parts":      {join(frame(text|deflated, []byte("x")), frame(more, nil), frame(fin|more, []byte("y"))), true},
		"payload that looks like a ping": {frame(fin|text, bytes.Repeat([]byte{fin | ping | deflated, 0}, 500)), true},
		"a long one":                     {frame(fin|text, make([]byte, 70_000)), true},
		"a compressed ping":              {frame(fin|ping|deflated, nil), false},
		"it behind a long one":           {join(frame(fin|text, make([]byte, 70_000)), frame(fin|ping|deflated, nil)), false},
		"a compressed continuation":      {join(frame(text|deflated, []byte("x")), frame(fin|more|deflated, []byte("y"))), false},
		"it behind a ping with payload":  {join(frame(text|deflated, nil), frame(fin|ping, []byte("x")), frame(fin|more|deflated, nil)), false},
	} {
		if got := new(frameCheck).ok(c.bytes); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// However the bytes come, what is said of them is the same.
func FuzzFrameCheck(f *testing.F) {
	f.Add(append(frame(fin|text|deflated, make([]byte, 300)), frame(fin|ping|deflated, nil)...), uint8(3))
	f.Add(frame(fin|ping, []byte("x")), uint8(1))
	f.Fuzz(func(t *testing.T, p []byte, step uint8) {
		want := new(frameCheck).ok(p)
		got, check := true, new(frameCheck)
		for rest := p; len(rest) > 0 && got; {
			n := min(len(rest), max(1, int(step)))
			got, rest = check.ok(rest[:n]), rest[n:]
		}
		if got != want {
			t.Errorf("%x in pieces of %d: %v, whole: %v", p, step, got, want)
		}
	})
}

// Frames that come with the handshake would not be checked.
func TestHandshake_IsAlone(t *testing.T) {
	r := newRig(t, nil)
	handshake := "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for name, request := range map[string]string{
		"a frame behind it": handshake + "\r\n" + string(frame(fin|ping|deflated, nil)),
		"a body":            handshake + "Content-Length: 3\r\n\r\nabc",
	} {
		if got := r.raw(request); !strings.HasPrefix(got, "HTTP/1.1 400") || !strings.Contains(got, `"early_frames"`) {
			t.Errorf("%s: %.300q", name, got)
		}
	}
}
