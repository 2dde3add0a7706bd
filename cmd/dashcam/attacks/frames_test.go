package attacks

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"testing"

	"dashcam/server/wire"
)

// closeCode reads frames up to the close frame and returns its code, or 0 when the
// connection ended without one.
func closeCode(c net.Conn) int {
	for {
		first, payload, err := readFrame(c)
		if err != nil {
			return 0
		}
		if first&0xF == goodbye && len(payload) >= 2 {
			return int(binary.BigEndian.Uint16(payload))
		}
	}
}

// The first byte of a frame.
const (
	fin      = 0x80
	deflated = 0x40
	more     = 0x00
	text     = 0x01
	binaries = 0x02
	goodbye  = 0x08
	ping     = 0x09
	pong     = 0x0A
)

// frame makes a masked frame.
func frame(first byte, payload []byte) []byte {
	b := []byte{first}
	if n := len(payload); n < 126 {
		b = append(b, 0x80|byte(n))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	}
	b = append(b, 0, 0, 0, 0) // a mask of zeros
	return append(b, payload...)
}

// bomb is what deflates to so many zeros.
func bomb(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xFF, 0xFF})
}

// TestFrames sends what RFC 6455 forbids, and what it does not but nobody needs.
func TestFrames(t *testing.T) {
	t.Parallel()
	const kind = "frames"
	// It collects its garbage all the time, so that the heap is what is in use.
	cmd := exec.Command(shipped, withDefaults([]string{"--demo", "--history", "1m", "--interval", "100ms"})...)
	cmd.Env = append(os.Environ(), "GOGC=1")
	p := startCommand(t, cmd)
	huge := func(length uint64) []byte {
		return append(binary.BigEndian.AppendUint64([]byte{fin | text, 0x80 | 127}, length), 0, 0, 0, 0)
	}
	cases := []struct {
		what  string
		bytes []byte
		code  int
	}{
		{"unmasked", []byte{fin | text, 2, '{', '}'}, 1002},
		{"reserved bits", frame(fin|text|0x30, []byte("{}")), 1002},
		{"unknown opcode", frame(fin|0x03, nil), 1002},
		{"unknown control", frame(fin|0x0B, nil), 1002},
		{"fragmented control", frame(ping, []byte("x")), 1002},
		{"long control", frame(fin|ping, make([]byte, 126)), 1002},
		{"stray continuation", frame(fin|more, []byte("x")), 1002},
		{"text within a message", append(frame(text, []byte("{")), frame(fin|text, []byte("}"))...), 1002},
		{"length of 2^62", huge(1 << 62), 1009},
		{"length of 2^64-1", huge(1<<64 - 1), 1009},
		{"too long", frame(fin|text, make([]byte, wire.MaxInbound+1)), 1009},
		{"too long in fragments", append(frame(text, make([]byte, 4000)), frame(fin|more, make([]byte, 200))...), 1009},
		{"compressed bomb", frame(fin|text|deflated, bomb(t, 3<<20)), 1009},
		{"broken deflate", frame(fin|text|deflated, []byte{0xFF, 0xFF, 0xFF}), 1002},
		{"compressed ping", frame(fin|ping|deflated, nil), 1002},
		{"compressed pong", frame(fin|pong|deflated, nil), 1002},
		{"compressed goodbye", frame(fin|goodbye|deflated, []byte{0x03, 0xE9}), 1002},
		{"compressed continuation", append(frame(text|deflated, []byte("x")), frame(fin|more|deflated, []byte("y"))...), 1002},
		{"binary", frame(fin|binaries, []byte("{}")), 1003},
		{"invalid UTF-8", frame(fin|text, []byte("{\"type\":\"\xFF\"}")), 1007},
		{"not JSON", frame(fin|text, []byte("hello")), wire.CloseProtocol},
		{"wrong fields", frame(fin|text, []byte(`{"type":"subscribe","topics":7}`)), wire.CloseProtocol},
		{"deep JSON", frame(fin|text, bytes.Repeat([]byte("["), 4000)), wire.CloseProtocol},
		{"message flood", bytes.Repeat(frame(fin|text, []byte(`{"type":"unsubscribe","topics":["metrics"]}`)), 50), wire.CloseTooMany},
		{"ping flood", bytes.Repeat(frame(fin|ping, nil), 2000), wire.CloseTooMany},
		{"pong flood", bytes.Repeat(frame(fin|pong, nil), 2000), wire.CloseTooMany},
		{"50,000 empty continuations", append(frame(text, nil), bytes.Repeat(frame(more, nil), 50_000)...), wire.CloseTooMany},
		{"a goodbye with code 999", frame(fin|goodbye, []byte{0x03, 0xE7}), 1002},
	}
	try := func(count bool) {
		for _, c := range cases {
			conn, status := p.handshake(map[string]string{"Origin": "http://" + p.addr, "Sec-WebSocket-Extensions": "permessage-deflate"})
			if status != 101 {
				t.Fatalf("handshake: %d", status)
			}
			go func() { _, _ = conn.Write(c.bytes) }() // it may close before it has taken everything
			got := closeCode(conn)
			conn.Close()
			if count {
				attack(t, kind, got == c.code, "%s: close code %d, want %d", c.what, got, c.code)
			}
		}
	}
	try(false) // what it keeps for further use is there afterwards
	gone := func() bool { return p.health().Hub.Viewers == 0 }
	waitUntil(t, "the sockets to be gone", gone)
	before := p.heap()
	try(true)
	waitUntil(t, "the sockets to be gone", gone)
	// What is kept for a moment, to be used again, is let go within some collections.
	after := p.heap()
	for range 10 {
		if after-before < 1<<20 {
			break
		}
		after = p.heap()
	}
	t.Logf("heap %d KiB before, %d KiB after", before>>10, after>>10)
	attack(t, kind, after-before < 1<<20, "the heap grew by %d bytes", after-before)
	conn, status := p.handshake(map[string]string{"Origin": "http://" + p.addr})
	if status == 101 {
		_, _ = conn.Write(frame(fin|goodbye, []byte{0x03, 0xE8}))
		right(t, kind, closeCode(conn) == 1000, "a goodbye is not answered")
	} else {
		t.Errorf("handshake afterwards: %d", status)
	}
}
