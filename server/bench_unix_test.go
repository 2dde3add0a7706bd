//go:build unix

package server

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"

	"dashcam/server/wire"
)

// cpu returns the processor time that this process has used. The pages of a benchmark
// are in another one.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// every calls f n times at a steady rate.
func every(d time.Duration, n int, f func()) {
	t := time.NewTicker(d)
	defer t.Stop()
	for range n {
		<-t.C
		f()
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// wide is how many series the rows of the benchmarks have; 40 % of them change.
const wide = 300

// BenchmarkSocketPump is what one message costs in processor time, ours against the
// plainest pump that the same library allows: a channel per page and WriteMessage. Both
// make the same rows and texts, take turns five times, and the median of the ratios is
// reported.
func BenchmarkSocketPump(b *testing.B) {
	for _, deflate := range []bool{false, true} {
		for _, viewers := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("deflate=%v/viewers=%d", deflate, viewers), func(b *testing.B) { benchmarkPump(b, viewers, deflate) })
		}
	}
}

func benchmarkPump(b *testing.B, viewers int, deflate bool) {
	b.Logf("viewers raised to %d", viewers)
	ours := newStream(b, streamOptions{series: wide, viewers: viewers, noModel: true})
	ours.tick()
	child := startReaders(b, readerOptions{Addr: ours.addr, Path: "/ws", Viewers: viewers, Deflate: deflate})
	plain := newPlainPump(b, viewers, deflate)
	plainChild := startReaders(b, readerOptions{Addr: plain.addr, Path: "/", Viewers: viewers, Deflate: deflate})

	interval := max(2*time.Millisecond, time.Duration(viewers)*40*time.Microsecond)
	ticks := int(max(20, 500*time.Millisecond/interval))
	perMessage := func(tick func()) float64 {
		runtime.GC()
		before := cpu(b)
		every(interval, ticks, tick)
		return float64((cpu(b) - before).Nanoseconds()) / float64(ticks*viewers)
	}
	var ratios, oursNs, plainNs []float64
	frames := ours.stream.Stats().Ledger.Frames
	encodes := ours.stream.Stats().Encodes[wire.TopicMetrics]
	for b.Loop() {
		for range 5 {
			o, p := perMessage(ours.tick), perMessage(plain.tick)
			oursNs, plainNs, ratios = append(oursNs, o), append(plainNs, p), append(ratios, o/p)
		}
	}
	waitFor(b, "all frames", func() bool { return (ours.stream.Stats().Ledger.Frames-frames)%uint64(viewers) == 0 })
	stats := ours.stream.Stats()
	b.ReportMetric(median(oursNs), "ns/message")
	b.ReportMetric(median(plainNs), "ns/message-plain")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(float64(stats.Encodes[wire.TopicMetrics]-encodes)/float64(ours.newest()-1), "encodes/tick")
	got := child.end()
	plainChild.end()
	if want := int(stats.Ledger.Frames); got.Frames < want {
		b.Errorf("%d of %d frames were received", got.Frames, want)
	}
}

// plainPump is what one writes in an afternoon.
type plainPump struct {
	*liveServer // makes the rows; nobody watches it
	addr        string
	mu          sync.Mutex
	pages       []chan []byte
}

func newPlainPump(b *testing.B, viewers int, deflate bool) *plainPump {
	p := &plainPump{liveServer: newStream(b, streamOptions{series: wide, noModel: true})}
	up := fastws.FastHTTPUpgrader{
		ReadBufferSize: readBuffer, WriteBufferSize: writeBuffer, WriteBufferPool: &sync.Pool{}, EnableCompression: deflate,
		CheckOrigin: func(*fasthttp.RequestCtx) bool { return true },
	}
	srv := &fasthttp.Server{Handler: func(ctx *fasthttp.RequestCtx) {
		_ = up.Upgrade(ctx, func(ws *fastws.Conn) {
			defer ws.Close()
			ch := make(chan []byte, 16)
			p.mu.Lock()
			p.pages = append(p.pages, ch)
			p.mu.Unlock()
			for text := range ch {
				if ws.WriteMessage(fastws.TextMessage, text) != nil {
					return
				}
			}
		})
	}}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	p.addr = ln.Addr().String()
	served := make(chan error)
	go func() { served <- srv.Serve(ln) }()
	b.Cleanup(func() {
		p.mu.Lock()
		for _, ch := range p.pages {
			close(ch)
		}
		p.mu.Unlock()
		if err := errors.Join(srv.Shutdown(), <-served); err != nil {
			b.Error(err)
		}
	})
	return p
}

func (p *plainPump) tick() {
	p.liveServer.tick()
	rows, _ := p.ring.Rows(p.newest()-min(2, p.newest()), 2)
	text := wire.AppendFrame(nil, &rows[0], &rows[len(rows)-1])
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ch := range p.pages {
		select {
		case ch <- text:
		default: // one that lags misses it
		}
	}
}

// BenchmarkIdleViewer is what a page that has everything costs in memory, heap and
// stack.
func BenchmarkIdleViewer(b *testing.B) {
	const viewers = 1000
	used := func() float64 {
		for range 4 { // each lets a stack that has become too large shrink by half
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc + m.StackInuse)
	}
	b.Logf("viewers raised to %d", viewers)
	for b.Loop() {
		s := newStream(b, streamOptions{series: wide, viewers: viewers, noModel: true})
		s.tick()
		before := used()
		child := startReaders(b, readerOptions{Addr: s.addr, Path: "/ws", Viewers: viewers, Deflate: true})
		frames := s.stream.Stats().Ledger.Frames
		s.tick()
		waitFor(b, "the frames", func() bool { return s.stream.Stats().Ledger.Frames == frames+viewers })
		b.ReportMetric((used()-before)/viewers, "B/viewer")
		child.end()
		s.stop()
	}
}

// BenchmarkCommitToReceived is the time from the commit of a row to its arrival in the
// page's process, for one page and for a thousand in the same run.
func BenchmarkCommitToReceived(b *testing.B) {
	for _, viewers := range []int{1, 1000} {
		b.Run(fmt.Sprintf("viewers=%d", viewers), func(b *testing.B) {
			b.Logf("viewers raised to %d", viewers)
			s := newStream(b, streamOptions{series: wide, viewers: viewers, noModel: true, stamped: true})
			s.tick()
			child := startReaders(b, readerOptions{Addr: s.addr, Path: "/ws", Viewers: viewers})
			for b.Loop() {
				every(250*time.Millisecond, 16, s.tick)
			}
			child.report(b, child.end())
		})
	}
}

// BenchmarkStalled is the same for five pages, alone and beside a sixth that reads
// nothing for 5 s while everybody follows all topics.
func BenchmarkStalled(b *testing.B) {
	for b.Loop() {
		var p99 [2]float64
		for i, stalled := range []bool{false, true} {
			s := newStream(b, streamOptions{series: 5000, noModel: true, stamped: true})
			s.tick()
			child := startReaders(b, readerOptions{Addr: s.addr, Path: "/ws", Viewers: 5})
			if stalled {
				l := s.light(smallReads(dialer(false), 4<<10))
				if err := l.connect("processes"); err != nil {
					b.Fatal(err)
				}
				defer l.ws.Close()
				waitFor(b, "the stalled page", func() bool { return s.stream.Viewers() == 6 })
			}
			every(50*time.Millisecond, 110, s.tick)
			got := child.end()
			p99[i] = got.P99Ms
			if got.Gaps > 0 {
				b.Errorf("%d gaps", got.Gaps)
			}
			b.ReportMetric(float64(got.Gaps), fmt.Sprintf("gaps-stalled=%v", stalled))
			b.ReportMetric(got.P99Ms, fmt.Sprintf("p99-ms-stalled=%v", stalled))
			if stalled {
				b.ReportMetric(float64(s.stream.Stats().SlowCloses), "dropped")
			}
			s.stop()
		}
		b.ReportMetric(p99[1]/p99[0], "p99-ratio")
	}
}

// BenchmarkPolling is what the same rows cost when a page asks the API for them once a
// second instead of being told: processor time and bytes, ours per row and page.
func BenchmarkPolling(b *testing.B) {
	const viewers, ticks = 100, 50
	s := newStream(b, streamOptions{series: wide, viewers: viewers, noModel: true})
	s.ticks(3600)
	for b.Loop() {
		readers := startReaders(b, readerOptions{Addr: s.addr, Path: "/ws", Viewers: viewers, Deflate: true})
		before := cpu(b)
		every(10*time.Millisecond, ticks, s.tick)
		streamed := float64((cpu(b) - before).Microseconds()) / (viewers * ticks)
		told := readers.end()

		polls := startReaders(b, readerOptions{
			Addr: s.addr, Path: fmt.Sprintf("/api/v1/history?from=%d&points=2", s.ring.Bounds().NewestT-1000), Poll: viewers * ticks,
		})
		before = cpu(b)
		asked := polls.end()
		polled := float64((cpu(b) - before).Microseconds()) / (viewers * ticks)
		b.ReportMetric(streamed, "µs/row-streamed")
		b.ReportMetric(polled, "µs/row-polled")
		b.ReportMetric(polled/streamed, "cpu-ratio")
		b.ReportMetric(float64(told.Bytes)/float64(told.Frames), "B/row-streamed")
		b.ReportMetric(float64(asked.Bytes)/float64(viewers*ticks), "B/row-polled")
	}
}

// BenchmarkStorm500 lets 500 pages return at once to the usual number of places.
func BenchmarkStorm500(b *testing.B) {
	for b.Loop() {
		s := newStream(b, streamOptions{series: wide, noModel: true})
		took, refused := storm(b, s, 500, reset)
		b.ReportMetric(float64(len(took)), "live-again")
		b.ReportMetric(took[len(took)-1].Seconds(), "s-until-all-live")
		b.ReportMetric(float64(refused), "refusals")
		s.stop()
	}
}

// BenchmarkAborts100000 takes about a minute.
func BenchmarkAborts100000(b *testing.B) {
	for b.Loop() {
		goroutines, files := aborts(b, 100_000)
		b.ReportMetric(float64(goroutines), "goroutines-more")
		b.ReportMetric(float64(files), "files-more")
	}
}
