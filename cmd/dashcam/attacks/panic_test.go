package attacks

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"dashcam/collectors"
	"dashcam/server/embedded"
)

// what is panicked with; nobody but the log may see it.
const panicText = "a secret that was just being read"

// faulty is a collector that panics from its third observation on.
type faulty struct{ n int }

var faultyFamily = &collectors.Family{Name: "faulty.value", Help: "A number.", Unit: collectors.Count, Kind: collectors.KindGauge, Quantum: 1}

func (*faulty) Describe() collectors.Description {
	return collectors.Description{Name: "faulty", Title: "Faulty", Families: []*collectors.Family{faultyFamily}}
}

func (c *faulty) Sample(_ context.Context, b *collectors.Batch) error {
	if c.n++; c.n > 2 {
		panic(panicText)
	}
	b.Gauge(b.Slot(faultyFamily), 7)
	return nil
}

// steady is a collector that works.
type steady struct{}

var steadyFamily = &collectors.Family{Name: "steady.value", Help: "A number.", Unit: collectors.Count, Kind: collectors.KindGauge, Quantum: 1}

func (steady) Describe() collectors.Description {
	return collectors.Description{Name: "steady", Title: "Steady", Families: []*collectors.Family{steadyFamily}}
}

func (steady) Sample(_ context.Context, b *collectors.Batch) error {
	b.Gauge(b.Slot(steadyFamily), 7)
	return nil
}

// brittle is a log whose writing panics when a message begins with a word, which is how
// these tests make whoever logs it panic: a handler of requests, a writer of a socket.
type brittle struct {
	slog.Handler
	word string
	hits *atomic.Int64
}

func (b brittle) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, b.word) {
		b.hits.Add(1)
		panic(panicText)
	}
	return b.Handler.Handle(ctx, r)
}

func (b brittle) WithAttrs([]slog.Attr) slog.Handler { return b }
func (b brittle) WithGroup(string) slog.Handler      { return b }

// TestPanics injects them into the parts that the program is made of, put together as the
// program puts them together. That of a socket's writer is in package server.
func TestPanics(t *testing.T) {
	t.Parallel()
	const kind = "panics"
	t.Run("collector", func(t *testing.T) {
		t.Parallel()
		log := &lockedBuffer{}
		p := inProcess(t, slog.New(slog.NewTextHandler(log, nil)), embedded.SignIn{}, &faulty{})
		o := p.observe()
		waitUntil(t, "the collector to fail", func() bool { state, _ := p.healthOf("faulty"); return state == "failing" })
		at := o.newest()
		waitUntil(t, "further rows of the other", func() bool { all := o.points("steady.value", ""); return len(all) > 0 && all[len(all)-1].seq > at+5 })
		_, reason := p.healthOf("faulty")
		attack(t, kind, !strings.Contains(p.get("/api/v1/health"), panicText), "the page is told %q", reason)
		attack(t, kind, strings.Contains(reason, "tried again after"), "it is not left alone for a while: %q", reason)
		// The log follows at most every ten seconds: on a busy machine it may have told just
		// before that the collector was late.
		waitUntil(t, "the log to tell it", func() bool { return strings.Contains(log.String(), panicText) })
		if n := strings.Count(log.String(), panicText); n != 1 {
			t.Errorf("the log tells it %d times, want once:\n%s", n, log)
		}
		for _, point := range o.points("faulty.value", "") {
			if point.value != 7 {
				t.Errorf("a value was made up: %v in row %d", point.value, point.seq)
			}
		}
	})
	t.Run("handler", func(t *testing.T) {
		t.Parallel()
		log, hits := &lockedBuffer{}, &atomic.Int64{}
		p := inProcess(t, slog.New(brittle{slog.NewTextHandler(log, nil), "sign-in refused", hits}), embedded.SignIn{Mode: embedded.SignInToken})
		body := `{"secret":"wrong"}`
		status, answer := p.raw(p.request("POST", "/api/v1/session", "Origin: http://"+p.addr, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body))) + body)
		attack(t, kind, hits.Load() == 1 && status == 500 && !strings.Contains(answer, panicText), "%d panics, answer %q", hits.Load(), answer)
		status, _ = p.raw(p.request("GET", "/healthz"))
		right(t, kind, status == 200, "afterwards: %d", status)
		if n := strings.Count(log.String(), panicText); n != 1 {
			t.Errorf("the log tells it %d times, want once:\n%s", n, log)
		}
	})
	t.Run("reader of a socket", func(t *testing.T) {
		t.Parallel()
		log, hits := &lockedBuffer{}, &atomic.Int64{}
		p := inProcess(t, slog.New(brittle{slog.NewTextHandler(log, nil), "viewer dropped", hits}), embedded.SignIn{})
		healthy := p.observe()
		p.stream() // and never reads, so that it does not answer pings
		waitUntil(t, "the silent page to be dropped", func() bool { return hits.Load() > 0 })
		at := healthy.newest()
		waitUntil(t, "further rows on the healthy page", func() bool { return healthy.newest() > at+5 })
		attack(t, kind, !strings.Contains(p.get("/api/v1/health"), panicText), "the page is told")
		waitUntil(t, "its place to be free", func() bool { return p.health().Hub.Viewers == 1 })
		if n := strings.Count(log.String(), "socket reader panicked"); n != 1 {
			t.Errorf("the log tells it %d times, want once:\n%s", n, log)
		}
	})
}

// inProcess runs the parts in this process until the test ends, with a collector that works
// and others.
func inProcess(t *testing.T, log *slog.Logger, signIn embedded.SignIn, others ...collectors.Collector) *program {
	t.Helper()
	started := make(chan embedded.Start, 1)
	cam, err := embedded.New(embedded.Config{
		Listen: "127.0.0.1:0", Interval: 100 * time.Millisecond, Log: log, SignIn: signIn,
		Collectors: append(others, steady{}),
		Assets:     fstest.MapFS{"index.html": {Data: []byte("page")}}, // the real ones are compressed at the start
		Started:    func(s embedded.Start) { started <- s },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- cam.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	p := &program{t: t, addr: (<-started).Addr.String()}
	p.dial = func() (net.Conn, error) { return net.DialTimeout("tcp", p.addr, time.Minute) }
	return p
}
