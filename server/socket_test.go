package server

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/server/auth"
	"dashcam/server/wire"
)

const subscribe = `{"type":"subscribe","topics":["metrics"],"window":10}`

func TestSocket_SendsHelloSchemaHistoryAndFrames(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1, 2, 3)
	c := r.dial()
	if got := c.ws.Subprotocol(); got != wire.Subprotocol {
		t.Errorf("subprotocol %q", got)
	}
	c.send(subscribe)
	hello := c.until("hello")
	if hello["build"] != r.srv.Build() || hello["instance"] != "test" {
		t.Errorf("hello %v", hello)
	}
	if schema := c.until("schema"); len(schema["series"].([]any)) != 2 {
		t.Errorf("schema %v", schema)
	}
	if history := c.until("history"); len(history["seq"].([]any)) != 3 {
		t.Errorf("history %v", history)
	}
	r.commit(7)
	if frame := c.until("frame"); frame["seq"] != 4.0 {
		t.Errorf("frame %v", frame)
	}
	c.send(`{"type":"ping","id":7,"t":1.5}`)
	if pong := c.until("pong"); pong["id"] != 7.0 || pong["t"] != 1.5 {
		t.Errorf("pong %v", pong)
	}
	c.send(`{"type":"something new","with":["fields"]}`)
	c.send(`{"type":"ping","id":8,"t":2}`)
	if pong := c.until("pong"); pong["id"] != 8.0 {
		t.Errorf("after an unknown type: %v", pong)
	}
}

func TestSocket_TwoViewersGetTheSameFrameOneEncoding(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1)
	a, b := r.dial(), r.dial()
	for _, c := range []*client{a, b} {
		c.send(subscribe)
		c.until("history")
	}
	before := r.stream.Stats().Encodes["metrics"]
	r.commit(9)
	for _, c := range []*client{a, b} {
		if frame := c.until("frame"); frame["seq"] != 2.0 {
			t.Errorf("frame %v", frame)
		}
	}
	if got := r.stream.Stats().Encodes["metrics"] - before; got != 1 {
		t.Errorf("%d encodings of one row for two viewers, want 1", got)
	}
}

// The handshakes of SECURITY.md that need no sign-in.
func TestHandshake(t *testing.T) {
	r := newRig(t, nil)
	origin := "http://" + r.addr
	_, port, err := net.SplitHostPort(r.addr)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		headers map[string]string
		status  int
	}{
		"same origin":          {map[string]string{"Origin": origin}, 101},
		"other site":           {map[string]string{"Origin": "http://evil.example"}, 403},
		"other port":           {map[string]string{"Origin": "http://127.0.0.1:1"}, 403},
		"http against https":   {map[string]string{"Origin": "https://" + r.addr}, 403},
		"null":                 {map[string]string{"Origin": "null"}, 403},
		"none":                 {nil, 101},
		"none with cookie":     {map[string]string{"Cookie": "session=1"}, 101},
		"none with bearer":     {map[string]string{"Authorization": "Bearer x"}, 101},
		"upper case":           {map[string]string{"Origin": "HTTP://LOCALHOST:" + port, "Host": "LocalHost:" + port}, 101},
		"trailing dot":         {map[string]string{"Origin": "http://localhost.:" + port, "Host": "localhost.:" + port}, 101},
		"user info":            {map[string]string{"Origin": "http://" + r.addr + "@evil.example"}, 403},
		"good.evil":            {map[string]string{"Origin": "http://localhost.evil.example:" + port, "Host": "localhost:" + port}, 403},
		"IPv6":                 {map[string]string{"Origin": "http://[::1]:" + port, "Host": "[::1]:" + port}, 101},
		"default port":         {map[string]string{"Origin": "http://localhost", "Host": "localhost:80"}, 101},
		"rebound name":         {map[string]string{"Origin": "http://evil.example:" + port, "Host": "evil.example:" + port}, 421},
		"forwarded headers":    {map[string]string{"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}, 403},
		"no upgrade":           {map[string]string{"Origin": origin, "Upgrade": ""}, 426},
		"no connection header": {map[string]string{"Origin": origin, "Connection": "keep-alive"}, 426},
		"another version":      {map[string]string{"Origin": origin, "Sec-WebSocket-Version": "8"}, 426},
		"no key":               {map[string]string{"Origin": origin, "Sec-WebSocket-Key": ""}, 400},
		"unknown extension":    {map[string]string{"Origin": origin, "Sec-WebSocket-Extensions": "x-webkit-deflate-frame"}, 101},
		"wrong extension":      {map[string]string{"Origin": origin, "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=99"}, 400},
		"a short key":          {map[string]string{"Origin": origin, "Sec-WebSocket-Key": "c2hvcnQ="}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			headers := map[string]string{
				"Host": r.addr, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
				"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": wire.Subprotocol,
			}
			for k, v := range c.headers {
				headers[k] = v
			}
			conn, status := r.upgrade(headers)
			defer conn.Close()
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
		})
	}
}

// upgrade sends a handshake and returns the connection and the status.
func (r *rig) upgrade(headers map[string]string) (net.Conn, int) {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("GET /ws HTTP/1.1\r\n")
	for k, v := range headers {
		if v != "" {
			b.WriteString(k + ": " + v + "\r\n")
		}
	}
	b.WriteString("\r\n")
	if _, err := io.WriteString(conn, b.String()); err != nil {
		r.t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		r.t.Fatal(err)
	}
	// One byte at a time: what follows the header is the test's.
	var head []byte
	for one := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, one[0]) {
		if _, err := conn.Read(one); err != nil {
			r.t.Fatalf("answer %q: %v", head, err)
		}
	}
	if len(head) < 12 {
		r.t.Fatalf("answer %q", head)
	}
	return conn, int(head[9]-'0')*100 + int(head[10]-'0')*10 + int(head[11]-'0')
}

// rawSocket is a socket whose frames the test makes by hand.
func (r *rig) rawSocket() net.Conn {
	r.t.Helper()
	conn, status := r.upgrade(map[string]string{
		"Host": r.addr, "Origin": "http://" + r.addr, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": wire.Subprotocol,
		"Sec-WebSocket-Extensions": "permessage-deflate",
	})
	if status != 101 {
		r.t.Fatalf("handshake: %d", status)
	}
	r.t.Cleanup(func() { conn.Close() })
	return conn
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
)

// frame makes a masked frame.
func frame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	default:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	}
	b = append(b, 0, 0, 0, 0) // a mask of zeros
	return append(b, payload...)
}

// closeCode reads frames up to the close frame and returns its code, or 0 when the
// connection ended without one.
func closeCode(t *testing.T, c net.Conn) int {
	t.Helper()
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(c, head); err != nil {
			return 0
		}
		n := uint64(head[1])
		extended := make([]byte, map[uint64]int{126: 2, 127: 8}[n])
		if _, err := io.ReadFull(c, extended); err != nil {
			return 0
		}
		switch len(extended) {
		case 2:
			n = uint64(binary.BigEndian.Uint16(extended))
		case 8:
			n = binary.BigEndian.Uint64(extended)
		}
		payload := make([]byte, n)
		if _, err := io.ReadFull(c, payload); err != nil {
			return 0
		}
		if head[0]&0xF == goodbye && len(payload) >= 2 {
			return int(binary.BigEndian.Uint16(payload))
		}
	}
}

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

func TestSocket_BrokenFramesCloseWithTheRightCode(t *testing.T) {
	t.Parallel() // it waits most of its time
	r := newRig(t, nil)
	r.commit(1)
	hugeHead := func(length uint64) []byte {
		return binary.BigEndian.AppendUint64([]byte{fin | text, 0x80 | 127}, length)
	}
	emptyContinuations := append(frame(text, nil), bytes.Repeat(frame(more, nil), 50_000)...)
	cases := map[string]struct {
		bytes []byte
		code  int
	}{
		"unmasked":                {[]byte{fin | text, 2, '{', '}'}, 1002},
		"reserved bits":           {frame(fin|text|0x30, []byte("{}")), 1002},
		"unknown opcode":          {frame(fin|0x03, nil), 1002},
		"fragmented control":      {frame(ping, []byte("x")), 1002},
		"long control":            {frame(fin|ping, make([]byte, 126)), 1002},
		"stray continuation":      {frame(fin|more, []byte("x")), 1002},
		"text within a message":   {append(frame(text, []byte("{")), frame(fin|text, []byte("}"))...), 1002},
		"length of 2^62":          {append(hugeHead(1<<62), 0, 0, 0, 0), 1009},
		"length of 2^64-1":        {append(hugeHead(1<<64-1), 0, 0, 0, 0), 1009},
		"too long":                {frame(fin|text, make([]byte, wire.MaxInbound+1)), 1009},
		"too long in fragments":   {append(frame(text, make([]byte, 4000)), frame(fin|more, make([]byte, 200))...), 1009},
		"compressed bomb":         {frame(fin|text|deflated, bomb(t, 3<<20)), 1009},
		"broken deflate":          {frame(fin|text|deflated, []byte{0xFF, 0xFF, 0xFF}), 1002},
		"a compressed ping":       {frame(fin|ping|deflated, nil), 1002},
		"a compressed pong":       {frame(fin|0x0A|deflated, nil), 1002},
		"a compressed goodbye":    {frame(fin|goodbye|deflated, []byte{0x03, 0xE9}), 1002},
		"compressed continuation": {append(frame(text|deflated, []byte{0xAA}), frame(fin|more|deflated, []byte{0x00})...), 1002},
		"binary":                  {frame(fin|binaries, []byte("{}")), 1003},
		"invalid UTF-8":           {frame(fin|text, []byte("{\"type\":\"\xFF\"}")), 1007},
		"not JSON":                {frame(fin|text, []byte("hello")), wire.CloseProtocol},
		"wrong fields":            {frame(fin|text, []byte(`{"type":"subscribe","topics":7}`)), wire.CloseProtocol},
		"message flood":           {bytes.Repeat(frame(fin|text, []byte(`{"type":"unsubscribe","topics":["metrics"]}`)), 50), wire.CloseTooMany},
		"ping flood":              {bytes.Repeat(frame(fin|ping, nil), 2000), wire.CloseTooMany},
		"pong flood":              {bytes.Repeat(frame(fin|0x0A, nil), 2000), wire.CloseTooMany},
		"empty continuations":     {emptyContinuations, wire.CloseTooMany},
		"the page's own goodbye":  {frame(fin|goodbye, []byte{0x03, 0xE9}), 1001},
		"a goodbye without code":  {frame(fin|goodbye, nil), 0},
		"a goodbye with code 999": {frame(fin|goodbye, []byte{0x03, 0xE7}), 1002},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			conn := r.rawSocket()
			go func() {
				// The server may close before it has taken everything.
				_, _ = conn.Write(c.bytes)
			}()
			if got := closeCode(t, conn); got != c.code {
				t.Errorf("close code %d, want %d", got, c.code)
			}
		})
	}
	waitFor(t, "all viewers to be gone", func() bool { return r.stream.Stats().Viewers == 0 && r.srv.Viewers() == 0 })
}

func TestSocket_BombIsNotInflated(t *testing.T) {
	r := newRig(t, nil)
	payload := frame(fin|text|deflated, bomb(t, 3<<20))
	// What others allocate meanwhile is counted too, so the least of some tries tells.
	least := uint64(math.MaxUint64)
	for range 5 {
		conn := r.rawSocket()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := conn.Write(payload); err != nil {
			t.Fatal(err)
		}
		if got := closeCode(t, conn); got != wire.CloseTooBig {
			t.Errorf("close code %d, want %d", got, wire.CloseTooBig)
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	if least > 1<<20 {
		t.Errorf("%d bytes were allocated for a message of %d that would be 3 MiB", least, len(payload))
	}
}

func TestSocket_AnswersPings(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	// The library hands out pongs while it reads messages; an error of the handler ends that.
	ponged := errors.New("a pong came")
	var payload string
	c.ws.SetPongHandler(func(text string) error { payload = text; return ponged })
	if err := c.ws.WriteControl(fastws.PingMessage, []byte("are you there"), time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var err error
	for err == nil {
		_, err = c.next()
	}
	if !errors.Is(err, ponged) || payload != "are you there" {
		t.Errorf("reading ended with %v, pong %q", err, payload)
	}
}

func TestSocket_AnotherVersionIsToldSo(t *testing.T) {
	r := newRig(t, nil)
	d := fastws.Dialer{Subprotocols: []string{"dashcam.v0"}}
	ws, _, err := d.Dial("ws://"+r.addr+"/ws", http.Header{"Origin": {"http://" + r.addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	c := &client{t: t, ws: ws}
	if code, bye := c.closed(); code != wire.CloseVersion || bye != string(wire.ByeProtocol) {
		t.Errorf("closed with %d, bye %q", code, bye)
	}
}

// A page that asks wrongly is told what was wrong, in the bye and in the close frame.
func TestSocket_WrongMessageIsToldWhatWasExpected(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		want    string
	}{
		"no topics":    {`{"type":"subscribe"}`, "topics is missing: expected 1 to 16 names of 1 to 64 bytes"},
		"wrong window": {`{"type":"subscribe","topics":["metrics"],"window":"a minute"}`, `window is "\"a minute\"": expected an integer from 0 to 9007199254740992`},
		"no type":      {`{"topics":["metrics"]}`, "type is missing: expected a string"},
		// Longer than a close frame takes.
		"long": {`{"type":"subscribe","topics":"` + strings.Repeat("ä", 60) + `"}`, `topics is "\"` + strings.Repeat("ä", 31) + `"…: expected 1 to 16 names of 1 to 64 bytes`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.commit(1)
			ws := r.dial().ws
			if err := ws.WriteMessage(fastws.TextMessage, []byte(c.message)); err != nil {
				t.Fatal(err)
			}
			var bye wire.Bye
			for {
				_, text, err := ws.ReadMessage()
				if err == nil {
					if err := json.Unmarshal(text, &bye); err != nil {
						t.Fatal(err)
					}
					continue
				}
				closed, ok := errors.AsType[*fastws.CloseError](err)
				if !ok || closed.Code != wire.CloseProtocol || closed.Text == "" || !strings.HasPrefix(c.want, closed.Text) {
					t.Errorf("closed with %v, want %d and what was wrong", err, wire.CloseProtocol)
				}
				break
			}
			if want := (wire.Bye{Type: wire.TypeBye, Reason: wire.ByeProtocol, RetryMs: 5000, Message: c.want}); bye != want {
				t.Errorf("bye %+v, want %+v", bye, want)
			}
		})
	}
}

func TestSocket_FullIsToldWhenToReturn(t *testing.T) {
	r := newRig(t, withViewers(1))
	first := r.dial()
	first.send(subscribe)
	// The place is taken by the handler, which may begin after the handshake's answer.
	waitFor(t, "the place to be taken", func() bool { return r.srv.Viewers() == 1 })
	second := r.dial()
	if code, bye := second.closed(); code != wire.CloseTryLater || bye != string(wire.ByeFull) {
		t.Errorf("closed with %d, bye %q", code, bye)
	}
	if got := r.stream.Stats().Refused; got != 1 {
		t.Errorf("%d viewers counted as refused, want 1", got)
	}
	first.ws.Close()
	waitFor(t, "the place to be free", func() bool { return r.srv.Viewers() == 0 })
	r.commit(1)
	r.dial().until("hello")
}

func TestSocket_HandshakesPerAddress(t *testing.T) {
	// Loopback is not limited: a peer from elsewhere is made by the limiter's own
	// tests, so this one only sees that loopback comes through.
	r := newRig(t, withLimits(auth.Limits{HandshakesPerSecond: 1, SocketsPerAddress: 1}))
	for range 5 {
		r.dial()
	}
}

func TestSocket_StopSays1001(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1)
	clients := []*client{r.dial(), r.dial(), r.dial()}
	for _, c := range clients {
		c.send(subscribe)
		c.until("history")
	}
	type ending struct {
		code int
		bye  string
	}
	endings := make(chan ending, len(clients))
	for _, c := range clients {
		go func() {
			code, bye := c.closed()
			endings <- ending{code, bye}
		}()
	}
	// They answer, so that it waits for none of its bounds, which the stream's is far above.
	began := time.Now()
	if err := r.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if most := stopSockets + stopRest + stopRequests + stopRest; most > 3*time.Second {
		t.Errorf("those who do not answer may hold it up for %v", most)
	}
	for range clients {
		if got := <-endings; got != (ending{wire.CloseStopping, string(wire.ByeStopping)}) {
			t.Errorf("closed with %d, bye %q", got.code, got.bye)
		}
	}
	if res, err := http.Get("http://" + r.addr + "/healthz"); err == nil {
		res.Body.Close()
		t.Error("still answering after the stop")
	}
}

func TestSocket_StopDoesNotWaitForThoseWhoDoNotAnswer(t *testing.T) {
	t.Parallel() // it waits most of its time
	r := newRig(t, nil)
	r.commit(1)
	silent := r.rawSocket() // never reads nor answers the close frame
	slow, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET / HTTP/1.1\r\nHost: loc"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the silent viewer", func() bool { return r.srv.Viewers() == 1 })
	began := time.Now()
	if err := r.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	// By itself the slow one would be cut off when its header is due.
	if took := time.Since(began); took >= readTimeout {
		t.Errorf("stopping took %v", took)
	}
	_ = silent
}

// TestSocket_SilentPeersAreDroppedWithin10s holds the real times against what is promised;
// that they are kept is asked with shorter ones, in TestSocket_Times.
func TestSocket_SilentPeersAreDroppedWithin10s(t *testing.T) {
	k := defaultTimes()
	// Silence is the deadline of a read, and the last frames take their time.
	if most := k.silence + goodbyeWait; most > 10*time.Second {
		t.Errorf("a silent peer is dropped after %v", most)
	}
	if k.silence < 3*k.ping {
		t.Errorf("silence is %v with a ping every %v: one that is late ends the socket", k.silence, k.ping)
	}
}

// TestSocket_Times shortens one time in each part, so that no other can be taken for it on
// a busy machine.
func TestSocket_Times(t *testing.T) {
	t.Parallel() // it waits most of its time
	with := func(t *testing.T, change func(*times)) *rig {
		t.Helper()
		t.Parallel()
		r := newRig(t, func(c *Config) {
			c.times = defaultTimes()
			change(&c.times)
		})
		r.commit(1)
		return r
	}
	t.Run("a silent peer is told to return", func(t *testing.T) {
		r := with(t, func(k *times) { k.ping, k.silence = 300*time.Millisecond, 900*time.Millisecond })
		conn := r.rawSocket()
		if _, err := conn.Write(frame(fin|text, []byte(subscribe))); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if code := closeCode(t, conn); code != wire.CloseTryLater {
			t.Errorf("close code %d, want %d", code, wire.CloseTryLater)
		}
		if took := time.Since(began); took < r.srv.cfg.times.silence/2 {
			t.Errorf("dropped after %v, where silence may be %v", took, r.srv.cfg.times.silence)
		}
		if got := r.stream.Stats().SlowCloses; got != 1 {
			t.Errorf("%d viewers counted as dropped, want 1", got)
		}
	})
	t.Run("a page that watches nothing is told", func(t *testing.T) {
		r := with(t, func(k *times) { k.subscribe = time.Second })
		c := r.dial()
		if code, bye := c.closed(); code != wire.CloseIdle || bye != string(wire.ByeProtocol) {
			t.Errorf("closed with %d, bye %q", code, bye)
		}
	})
	t.Run("a page that answers pings stays", func(t *testing.T) {
		r := with(t, func(k *times) { k.ping, k.silence = 300*time.Millisecond, 4*time.Second })
		c := r.dial()
		c.send(subscribe)
		c.until("history")
		if err := c.ws.SetReadDeadline(time.Now().Add(2 * r.srv.cfg.times.silence)); err != nil {
			t.Fatal(err)
		}
		_, message, err := c.ws.ReadMessage()
		if timeout, ok := errors.AsType[net.Error](err); !ok || !timeout.Timeout() {
			t.Errorf("within twice the time of silence: %.100q, %v, want nothing", message, err)
		}
	})
	t.Run("a dripped message is cut off", func(t *testing.T) {
		// Nothing else ends it before: the time of a read is 5 s.
		r := with(t, func(k *times) { k.ping, k.silence = time.Minute, time.Minute })
		conn := r.rawSocket()
		if _, err := conn.Write(frame(text, []byte("{"))); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		closeCode(t, conn)
		if took := time.Since(began); took >= r.srv.cfg.times.silence {
			t.Errorf("cut off after %v", took)
		}
	})
}

// TestSocket_StalledReaderIsDropped lets a viewer not read while much is sent to it.
func TestSocket_StalledReaderIsDropped(t *testing.T) {
	t.Parallel() // it waits most of its time
	newRig(t, impatient).stall()
}

// impatient makes the write end a stalled viewer, and nothing else.
func impatient(c *Config) {
	c.times = times{ping: time.Second, silence: time.Minute, write: 500 * time.Millisecond, subscribe: time.Minute, backlog: time.Minute}
}

// brittle is a log that panics when a message begins with a word, and so makes whoever
// says that panic.
type brittle struct {
	slog.Handler
	word string
}

func (b brittle) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, b.word) {
		panic("the log is full")
	}
	return b.Handler.Handle(ctx, r)
}

func TestSocket_PanicOfAWriterEndsItsSocketAlone(t *testing.T) {
	t.Parallel() // it waits most of its time
	var log bytes.Buffer
	var mu sync.Mutex
	r := newRig(t, func(c *Config) {
		impatient(c)
		c.Log = slog.New(brittle{slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return log.Write(p)
		}), nil), "viewer dropped"})
	})
	r.stall()
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(log.String(), "socket writer panicked"); n != 1 || strings.Count(log.String(), "the log is full") != 1 {
		t.Errorf("the log tells the panic %d times, want once:\n%s", n, log.String())
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// stall connects a viewer that does not read and a healthy one, and writes until the first
// is gone, which must change nothing for the other.
func (r *rig) stall() {
	t := r.t
	t.Helper()
	r.commit(1)
	conn := r.rawSocket()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(frame(fin|text, []byte(`{"type":"subscribe","topics":["metrics","processes"]}`))); err != nil {
		t.Fatal(err)
	}
	healthy := r.dial()
	healthy.send(subscribe)
	healthy.until("history")
	waitFor(t, "both viewers", func() bool { return r.srv.Viewers() == 2 })
	began := time.Now()
	var seq float64
	for r.srv.Viewers() == 2 {
		if time.Since(began) > 50*time.Second { // the write's deadline, not yet that of the silence
			t.Fatal("the stalled viewer is still there after 50 s")
		}
		r.commit(int64(time.Since(began)))
		got := healthy.until("frame")["seq"].(float64)
		if seq != 0 && got != seq+1 {
			t.Fatalf("the healthy viewer got row %v after %v", got, seq)
		}
		seq = got
	}
	if stats := r.stream.Stats(); stats.SlowCloses != 1 || stats.Ledger.Lost != 0 {
		t.Errorf("%d viewers counted as slow, %d rows lost; want 1 and 0", stats.SlowCloses, stats.Ledger.Lost)
	}
}

func TestSocket_LeavesNothingBehind(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1)
	before := runtime.NumGoroutine()
	for range 30 {
		c := r.dial()
		c.send(subscribe)
		c.until("history")
		c.ws.Close() // without a goodbye
	}
	waitFor(t, "all viewers to be gone", func() bool { return r.srv.Viewers() == 0 && r.stream.Stats().Viewers == 0 })
	waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before+5 })
}

// waitFor waits for a condition, at most a minute.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	every := time.NewTicker(time.Millisecond)
	defer every.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s", what)
		}
		<-every.C
	}
}
