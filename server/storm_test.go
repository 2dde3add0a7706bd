package server

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/server/auth"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// light is a page that keeps no rows: it only checks that every row after the first
// comes once and in order. Thousands of them cost little.
type light struct {
	t    testing.TB
	s    *liveServer
	d    *fastws.Dialer
	ws   *fastws.Conn
	last uint64
	// gaps are those that were named, hello and frames what came on this socket.
	gaps   []wire.Gap
	hello  bool
	frames int
	bye    *head
}

func (s *liveServer) light(d *fastws.Dialer) *light { return &light{t: s.t, s: s, d: d} }

// connect opens a socket and resumes after the last row, or begins with the newest.
func (l *light) connect(topics ...string) error {
	ws, err := l.s.dial(l.d)
	if err != nil {
		return err
	}
	l.ws, l.hello, l.frames, l.bye = ws, false, 0, nil
	m := wire.Subscribe{Type: wire.TypeSubscribe, Topics: append(topics, wire.TopicMetrics), Window: 1}
	if l.last > 0 {
		m.Since = &wire.Since{Instance: l.s.ring.Instance(), Seq: l.last}
	}
	return ws.WriteJSON(m)
}

// errBroken says that a message is not what a viewer may be sent at this point.
var errBroken = errors.New("not a message for this viewer")

func (l *light) read() error {
	if err := l.ws.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	_, text, err := l.ws.ReadMessage()
	if err != nil {
		return err
	}
	h := headOf(l.t, text)
	if !l.hello && h.Type != wire.TypeHello && h.Type != wire.TypeBye {
		l.t.Errorf("the first message is %.60s, want hello", text)
		return errBroken
	}
	switch h.Type {
	case wire.TypeHello:
		l.hello = true
	case wire.TypeBye:
		l.bye = &h
	case wire.TypeFrame:
		l.frames++
	}
	if h.Gap != nil {
		l.gaps = append(l.gaps, *h.Gap)
		l.last = h.Gap.To
	}
	for _, seq := range h.rows(l.t) {
		if l.last != 0 && seq != l.last+1 {
			l.t.Errorf("row %d came after row %d", seq, l.last)
			return errBroken
		}
		l.last = seq
	}
	return nil
}

func (l *light) until(ok func() bool) error {
	for !ok() {
		if err := l.read(); err != nil {
			return err
		}
	}
	return nil
}

// live reads until the page has the newest row.
func (l *light) live() error {
	return l.until(func() bool { return l.hello && l.last > 0 && l.last >= l.s.newest() })
}

// together runs f for all pages at once.
func together(pages []*light, f func(l *light)) {
	var all sync.WaitGroup
	for _, l := range pages {
		all.Go(func() { f(l) })
	}
	all.Wait()
}

// storm connects n pages, cuts all of them at once, and lets them return at once, as
// pages do: one that is refused comes again when it was told to. It returns how long
// each took to be live again, and how often one was refused.
func storm(t testing.TB, s *liveServer, n int, cut func(*fastws.Conn)) (took []time.Duration, refused int) {
	t.Helper()
	d := dialer(true)
	pages := make([]*light, n)
	for i := range pages {
		pages[i] = s.light(d)
	}
	s.ticks(3)
	together(pages, func(l *light) {
		if err := errors.Join(l.connect(), l.live()); err != nil {
			t.Errorf("connect: %v", err)
		}
	})
	if t.Failed() {
		return nil, 0
	}
	together(pages, func(l *light) { cut(l.ws) })
	s.ticks(20)
	var mu sync.Mutex
	// Pages that are live wait for the others, and read on meanwhile: one that answers no
	// ping is taken for dead. The row that ends it is committed by the last of them.
	var returning sync.WaitGroup
	var end atomic.Uint64
	returning.Add(n)
	go func() {
		returning.Wait()
		end.Store(s.newest() + 1)
		s.tick()
	}()
	began := time.Now()
	together(pages, func(l *light) {
		returned := sync.OnceFunc(returning.Done)
		defer returned()
		for {
			err := l.connect()
			if err == nil {
				err = l.live()
			}
			if err == nil {
				break
			}
			if l.ws != nil {
				l.ws.Close()
			}
			if l.bye == nil || l.bye.Reason != wire.ByeFull || !fastws.IsCloseError(err, wire.CloseTryLater) {
				t.Errorf("refused without a time to return: %v", err)
				return
			}
			mu.Lock()
			refused++
			mu.Unlock()
			<-time.After(time.Duration(l.bye.RetryMs) * time.Millisecond)
		}
		mu.Lock()
		took = append(took, time.Since(began))
		mu.Unlock()
		returned()
		if err := l.until(func() bool { return end.Load() > 0 && l.last >= end.Load() }); err != nil || l.frames == 0 || len(l.gaps) > 0 {
			t.Errorf("after the storm: %v, %d frames, gaps %v; want a frame and no gap", err, l.frames, l.gaps)
		}
	})
	together(pages, func(l *light) { l.ws.Close() })
	return took, refused
}

func TestStorm_PagesReturnAtOnceAndAllAreLiveAgain(t *testing.T) {
	// There are as many places as pages: whoever comes back before the server knows
	// that it was gone has to come again.
	t.Run("cut", func(t *testing.T) {
		// Patient, so that a page that has to wait on a busy machine is not taken for a
		// stuck one.
		s := newStream(t, streamOptions{viewers: 500, retry: 50 * time.Millisecond, times: times{
			ping: 3 * time.Second, silence: time.Minute, write: time.Minute, subscribe: time.Minute, backlog: time.Minute,
		}})
		reportStorm(t, s, 500, reset)
	})
	t.Run("half-open", func(t *testing.T) {
		// Fewer pages than places in life, and a silence that a living page on a slow
		// machine does not keep.
		const pages = 60
		quiet := times{ping: 500 * time.Millisecond, silence: 5 * time.Second, write: time.Minute, subscribe: time.Minute, backlog: time.Minute}
		s := newStream(t, streamOptions{viewers: pages, retry: 200 * time.Millisecond, times: quiet})
		var mu sync.Mutex
		var left []*fastws.Conn
		if refused := reportStorm(t, s, pages, func(ws *fastws.Conn) {
			mu.Lock()
			defer mu.Unlock()
			left = append(left, ws)
		}); refused == 0 {
			t.Error("nobody was refused although all places were taken")
		}
		for _, ws := range left {
			ws.Close()
		}
	})
}

func reportStorm(t *testing.T, s *liveServer, n int, cut func(*fastws.Conn)) (refused int) {
	t.Helper()
	took, refused := storm(t, s, n, cut)
	if len(took) != n {
		t.Fatalf("%d of %d pages are live again", len(took), n)
	}
	t.Logf("%d pages live again within %v; %d refusals, none for good", n, took[n-1].Round(time.Millisecond), refused)
	if ledger := s.stream.Stats().Ledger; ledger.Lost != 0 {
		t.Errorf("%d rows lost", ledger.Lost)
	}
	return refused
}

func TestCaps_TotalIsAnsweredWithATimeToReturn(t *testing.T) {
	s := newStream(t, streamOptions{viewers: 3, retry: 7 * time.Second})
	s.tick()
	d := dialer(false)
	var inside []*light
	for range 3 {
		l := s.light(d)
		if err := errors.Join(l.connect(), l.live()); err != nil {
			t.Fatal(err)
		}
		inside = append(inside, l)
	}
	outside := s.light(d)
	if err := outside.connect(); err != nil {
		t.Fatal(err)
	}
	err := outside.until(func() bool { return false })
	outside.ws.Close() // the server waits for that
	if !fastws.IsCloseError(err, wire.CloseTryLater) || outside.bye == nil || outside.bye.Reason != wire.ByeFull || outside.bye.RetryMs != 7000 {
		t.Errorf("the fourth page ended with %v, bye %+v; want 1013 after a bye \"full\" with retryMs 7000", err, outside.bye)
	}
	if got := s.stream.Stats().Refused; got != 1 {
		t.Errorf("%d viewers counted as refused, want 1", got)
	}
	s.tick()
	for _, l := range inside {
		if err := l.live(); err != nil {
			t.Errorf("a page inside: %v", err)
		}
		l.ws.Close()
	}
}

// TestStall_OneOfSixChangesNothingForTheOthers lets one viewer of six read nothing, on
// all topics, until it is dropped and for a while after.
func TestStall_OneOfSixChangesNothingForTheOthers(t *testing.T) {
	s := newStream(t, streamOptions{series: 300, remembers: 100_000, times: times{
		// Only the write ends the stalled viewer.
		ping: time.Second, silence: time.Minute, write: 500 * time.Millisecond, subscribe: time.Minute, backlog: time.Minute,
	}})
	s.tick()
	d := dialer(false)
	stalled := s.light(smallReads(d, 4<<10))
	if err := stalled.connect("processes"); err != nil {
		t.Fatal(err)
	}
	defer stalled.ws.Close()
	others := make([]*light, 5)
	for i := range others {
		others[i] = s.light(d)
		if err := errors.Join(others[i].connect("processes"), others[i].live()); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "all viewers", func() bool { return s.stream.Viewers() == 6 })
	first := others[0].last
	began, dropped := time.Now(), time.Duration(0)
	for after := 0; after < 50; {
		s.tick()
		for _, l := range others {
			if err := l.live(); err != nil {
				t.Fatal(err)
			}
		}
		switch {
		case s.stream.Viewers() == 5:
			if after == 0 {
				dropped = time.Since(began)
			}
			after++
		case time.Since(began) > 50*time.Second: // the write's deadline, not yet that of the silence
			t.Fatal("the stalled viewer is still there")
		}
	}
	rows := s.newest() - first
	t.Logf("%d rows, 5 pages: 0 gaps; the sixth was dropped after %v, with writes bounded to 500ms", rows, dropped.Round(time.Millisecond))
	for _, v := range s.stream.List(6) {
		if v.CatchUps != 0 || v.Ledger.Lost != 0 {
			t.Errorf("viewer %d lagged %d times and lost %d rows", v.Number, v.CatchUps, v.Ledger.Lost)
		}
	}
	for i, l := range others {
		if len(l.gaps) != 0 || uint64(l.frames) < rows {
			t.Errorf("page %d: %d frames for %d rows, gaps %v", i, l.frames, rows, l.gaps)
		}
		l.ws.Close()
	}
	if got := s.stream.Stats().SlowCloses; got != 1 {
		t.Errorf("%d viewers counted as slow, want 1", got)
	}
}

// smallReads makes the kernel hold little for a page that does not read.
func smallReads(d *fastws.Dialer, bytes int) *fastws.Dialer {
	small := *d
	small.NetDial = func(network, addr string) (net.Conn, error) {
		c, err := net.Dial(network, addr)
		if err != nil {
			return nil, err
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			err = tcp.SetReadBuffer(bytes)
		}
		return c, err
	}
	return &small
}

// TestSlow_ViewerThatCannotKeepUpIsToldToReturn reads so slowly that every write ends
// in time and the viewer is never up to date.
func TestSlow_ViewerThatCannotKeepUpIsToldToReturn(t *testing.T) {
	s := newStream(t, streamOptions{series: 5000, noModel: true, times: times{
		ping: time.Minute, silence: time.Minute, write: 5 * time.Second, subscribe: time.Minute, backlog: 500 * time.Millisecond,
	}})
	s.tick()
	l := s.light(smallReads(dialer(false), 64<<10))
	if err := errors.Join(l.connect(), l.live()); err != nil {
		t.Fatal(err)
	}
	defer l.ws.Close()
	waitFor(t, "the viewer to wait for rows", func() bool { return s.stream.List(1)[0].Behind == 0 })
	s.tick()
	if err := l.live(); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var ticking sync.WaitGroup
	ticking.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			// Always one row behind, so that there is always something to write.
			if list := s.stream.List(1); len(list) == 1 && list[0].Behind < 2 {
				s.tick()
			}
			runtime.Gosched()
		}
	})
	// One message at each tick of a clock: what is written has to wait.
	slowly := time.NewTicker(50 * time.Millisecond)
	defer slowly.Stop()
	var err error
	for err == nil {
		<-slowly.C
		err = l.read()
		if s.stream.Stats().SlowCloses > 0 {
			slowly.Reset(time.Nanosecond)
		}
	}
	close(stop)
	ticking.Wait()
	if !fastws.IsCloseError(err, wire.CloseTryLater) || l.bye == nil || l.bye.Reason != wire.ByeSlow || l.bye.RetryMs != 5000 {
		t.Errorf("ended with %v, bye %+v; want 1013 after a bye \"slow\" with retryMs 5000", err, l.bye)
	}
	stats := s.stream.Stats()
	// How many rows come alone and how many together is a matter of how busy the machine is.
	if want := (stream.Ledger{Expected: stats.Ledger.Expected, Frames: stats.Ledger.Frames, Filled: stats.Ledger.Filled}); stats.SlowCloses != 1 || stats.Ledger != want || want.Frames == 0 {
		t.Errorf("%d dropped as slow, ledger %+v; want 1, some frames, and nothing lost", stats.SlowCloses, stats.Ledger)
	}
}

// abort opens and leaves a connection in one of the ways in which they end before or
// during the life of a socket.
func abort(s *liveServer, d *fastws.Dialer, r *rand.Rand) error {
	switch way := r.IntN(6); way {
	case 0, 1, 2: // before the upgrade: nothing, half a request, a whole one
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		if way > 0 {
			request := "GET /ws HTTP/1.1\r\nHost: " + s.addr + "\r\nOrigin: http://" + s.addr + "\r\nConnection: Upgrade\r\n" +
				"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
			if way == 1 {
				request = request[:len(request)/2]
			}
			if _, err := c.Write([]byte(request)); err != nil {
				return err
			}
		}
		if r.IntN(2) == 0 {
			_ = c.(*net.TCPConn).SetLinger(0)
		}
		return c.Close()
	default: // after it: unsubscribed, subscribed, and after the first messages
		l := s.light(d)
		if way == 3 {
			ws, err := s.dial(d)
			if err != nil {
				return err
			}
			reset(ws)
			return nil
		}
		if err := l.connect("processes"); err != nil {
			return err
		}
		if way == 5 {
			for range r.IntN(4) {
				if err := l.read(); err != nil {
					return err
				}
			}
		}
		if r.IntN(2) == 0 {
			reset(l.ws)
			return nil
		}
		return l.ws.Close()
	}
}

// aborts makes n of them, eight at once, beside a page that stays, and returns how many
// goroutines and files there are more than before.
func aborts(t testing.TB, n int) (goroutines, files int) {
	t.Helper()
	s := newStream(t, streamOptions{noModel: true})
	s.tick()
	d := dialer(true)
	steady := s.light(d)
	if err := errors.Join(steady.connect("processes"), steady.live()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the steady page", func() bool { return s.stream.Viewers() == 1 })
	goroutinesBefore, filesBefore := runtime.NumGoroutine(), openFiles(t)
	const workers = 8
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 5))
			for range n / workers {
				if err := abort(s, d, r); err != nil {
					t.Errorf("abort: %v", err)
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		all.Wait()
		close(done)
	}()
	for busy := true; busy; {
		select {
		case <-done:
			busy = false
		default:
		}
		s.tick()
		if err := steady.live(); err != nil {
			t.Fatalf("the steady page: %v", err)
		}
	}
	if len(steady.gaps) != 0 {
		t.Errorf("the steady page has gaps %v", steady.gaps)
	}
	waitFor(t, "everybody else to be gone", func() bool { return s.stream.Viewers() == 1 && s.srv.Viewers() == 1 })
	waitFor(t, "goroutines and files", func() bool {
		goroutines, files = runtime.NumGoroutine()-goroutinesBefore, openFiles(t)-filesBefore
		return goroutines <= 5 && files <= 5
	})
	steady.ws.Close()
	return goroutines, files
}

// openFiles counts the files of this process, where the system says; elsewhere 0.
func openFiles(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

func TestAborts_LeaveNothingBehind(t *testing.T) {
	goroutines, files := aborts(t, 2000)
	t.Logf("2000 connections were aborted: %+d goroutines, %+d files", goroutines, files)
}

// The limits per address hold for everybody but 127.0.0.1.
func TestCaps_PerAddressAreAnsweredClearly(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Logf("%s has only one loopback address", runtime.GOOS)
		return
	}
	s := newStream(t, streamOptions{limits: auth.Limits{SocketsPerAddress: 3, HandshakesPerSecond: 6}})
	s.tick()
	from := func(ip string) *fastws.Dialer {
		d := dialer(false)
		d.NetDial = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}).Dial
		return d
	}
	for range 3 {
		l := s.light(from("127.0.0.2"))
		if err := errors.Join(l.connect(), l.live()); err != nil {
			t.Fatal(err)
		}
		defer l.ws.Close()
	}
	fourth := s.light(from("127.0.0.2"))
	if err := fourth.connect(); err != nil {
		t.Fatal(err)
	}
	err := fourth.until(func() bool { return false })
	if !fastws.IsCloseError(err, wire.CloseTryLater) || fourth.bye == nil || fourth.bye.Reason != wire.ByeFull || fourth.bye.RetryMs != 5000 {
		t.Errorf("the fourth socket ended with %v, bye %+v; want 1013 after a bye \"full\" with retryMs 5000", err, fourth.bye)
	}
	// 6 handshakes at once, 4 were made; what is too much is said in plain HTTP. One after the
	// other they would be no more than 6 a second on a busy machine.
	var refusal *http.Response
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			ws, res, err := from("127.0.0.2").Dial("ws://"+s.addr+"/ws", http.Header{"Origin": {"http://" + s.addr}})
			if err == nil {
				ws.Close()
				return
			}
			mu.Lock()
			defer mu.Unlock()
			refusal = res
		})
	}
	all.Wait()
	if refusal == nil || refusal.StatusCode != http.StatusTooManyRequests || refusal.Header.Get("Retry-After") != "1" {
		t.Errorf("handshakes without end were answered with %v, want 429 with Retry-After: 1", refusal)
	}
	for _, ip := range []string{"127.0.0.3", "127.0.0.1"} {
		l := s.light(from(ip))
		if err := errors.Join(l.connect(), l.live()); err != nil {
			t.Errorf("from %s: %v", ip, err)
			continue
		}
		l.ws.Close()
	}
	for range 20 { // this machine's own address has no limit of its own
		ws, err := s.dial(from("127.0.0.1"))
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
	}
}
