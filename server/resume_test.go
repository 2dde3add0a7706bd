package server

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	fastws "github.com/fasthttp/websocket"

	"dashcam/collectors/collectortest"
	"dashcam/collectors/collectortest/need"
	"dashcam/server/stream"
	"dashcam/server/wire"

	"github.com/google/go-cmp/cmp"
)

// pacer lets rows be committed at full speed while a watcher is at most lag rows
// behind, so that a ring that remembers more forgets nothing it still needs.
type pacer struct {
	s     *liveServer
	limit atomic.Uint64
	more  chan struct{}
	stop  func()
}

func (s *liveServer) pace() *pacer {
	p := &pacer{s: s, more: make(chan struct{}, 1)}
	stop, stopped := make(chan struct{}), make(chan struct{})
	p.stop = sync.OnceFunc(func() {
		close(stop)
		<-stopped
	})
	go func() {
		defer close(stopped)
		for {
			for s.newest() < p.limit.Load() {
				s.tick()
			}
			select {
			case <-stop:
				return
			case <-p.more:
			}
		}
	}()
	s.t.Cleanup(p.stop)
	return p
}

// allow lets the ring grow up to a row.
func (p *pacer) allow(seq uint64) {
	p.limit.Store(seq)
	select {
	case p.more <- struct{}{}:
	default:
	}
}

// TestResume_LosesAndRepeatsNothingOver200Cuts cuts a page's connection at 200 random
// points, in every way connections end, while rows are committed as fast as they can.
func TestResume_LosesAndRepeatsNothingOver200Cuts(t *testing.T) {
	const remembers = 1200
	cuts := need.Times(t, 200, 40)
	s := newStream(t, streamOptions{remembers: remembers})
	p := s.pace()
	w := s.watcher()
	r := rand.New(rand.NewPCG(11, 13))
	ways := make(map[string]int)
	var abandoned []*fastws.Conn
	defer func() {
		for _, ws := range abandoned {
			ws.Close()
		}
	}()
	s.tick()
	w.connect(true)
	for range cuts {
		// From one row at a time, which makes frames, to more than the frames that are
		// kept, which makes blocks of history.
		lag := []uint64{1, 2, 5, 40, 150}[r.IntN(5)]
		for range r.IntN(25) {
			p.allow(w.last + lag)
			if err := w.read(); err != nil {
				t.Fatalf("read: %v", err)
			}
		}
		switch way := []string{"reset", "closed", "half-open", "slow", "within a message"}[r.IntN(5)]; way {
		case "reset":
			ways[way]++
			reset(w.ws)
		case "closed":
			ways[way]++
			w.ws.Close()
		case "half-open": // the server still writes into it
			ways[way]++
			abandoned = append(abandoned, w.ws)
		case "slow": // nothing is read while the ring goes on, then all of it
			ways[way]++
			p.allow(w.last + 300)
			want := w.last + 1 + r.Uint64N(300)
			waitFor(t, "the ring to go on", func() bool { return s.newest() >= want })
			w.until(func() bool { return w.last >= want })
			reset(w.ws)
		case "within a message":
			ways[way]++
			p.allow(w.last + 50)
			if _, err := w.ws.NetConn().Read(make([]byte, 1+r.IntN(40))); err != nil {
				t.Fatalf("read: %v", err)
			}
			reset(w.ws)
		}
		// What happens while nobody is there.
		p.allow(w.last + lag)
		away := w.last + r.Uint64N(lag+1)
		waitFor(t, "the ring to go on", func() bool { return s.newest() >= away })
		w.connect(r.IntN(2) == 0)
	}
	p.stop()
	w.catchUp()
	defer w.ws.Close()

	if diff := collectortest.Diff(s.model(), w.state.Rows); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
	if len(w.state.Gaps) != 0 {
		t.Errorf("gaps %v, want none: nothing was forgotten", w.state.Gaps)
	}
	handed := s.stream.Stats().Ledger
	t.Logf("%d rows over %d cuts %v: 0 lost, 0 repeated; handed out: %+v", w.last, cuts, ways, handed)
	if len(ways) != 5 || handed.Frames == 0 || handed.Filled == 0 {
		t.Errorf("ways %v, handed out %+v: want all ways, and rows live and in history", ways, handed)
	}
}

func TestResume_LongerThanTheRingNamesOneGap(t *testing.T) {
	for name, away := range map[string]int{"within the reach": 2000, "beyond the reach": 6000} {
		t.Run(name, func(t *testing.T) {
			s := newStream(t, streamOptions{remembers: 1200})
			s.ticks(40)
			w := s.watcher()
			w.connect(true)
			w.catchUp()
			reset(w.ws)
			waitFor(t, "the viewer to be gone", func() bool { return s.stream.Viewers() == 0 })
			s.ticks(away)
			oldest := s.ring.Bounds().Oldest
			w.connect(true)
			w.catchUp()
			s.ticks(20)
			w.catchUp()
			defer w.ws.Close()
			gap := wire.Gap{From: 41, To: oldest - 1}
			if diff := cmp.Diff([]wire.Gap{gap}, w.state.Gaps); diff != "" {
				t.Errorf("gaps (-want +got)\n%s", diff)
			}
			want := s.model()
			for seq := gap.From; seq <= gap.To; seq++ {
				delete(want, seq)
			}
			if diff := collectortest.Diff(want, w.state.Rows); diff != "" {
				t.Errorf("rows (-want +got)\n%s", diff)
			}
			got := s.stream.Stats().Ledger
			if sum := uint64(len(w.state.Rows)); got.Lost != gap.To-40 || got.Gaps != 1 || got.Frames+got.Filled != sum {
				t.Errorf("ledger %+v, want %d rows lost in one gap and %d sent", got, gap.To-40, sum)
			}
		})
	}
}

// After more rows than a socket reaches back, those that are remembered are named, and
// the API's buckets hold every one of them.
func TestResume_BeyondTheReachTheAPIHasEveryRow(t *testing.T) {
	s := newStream(t, streamOptions{})
	s.ticks(40)
	w := s.watcher()
	w.connect(true)
	w.catchUp()
	reset(w.ws)
	waitFor(t, "the viewer to be gone", func() bool { return s.stream.Viewers() == 0 })
	s.ticks(5000)
	w.connect(true)
	w.catchUp()
	defer w.ws.Close()
	older := wire.Older{From: 41, To: 5040 - wire.MaxReach}
	if diff := cmp.Diff([]wire.Older{older}, w.state.Older); diff != "" || len(w.state.Gaps) != 0 {
		t.Fatalf("gaps %v, older (-want +got)\n%s", w.state.Gaps, diff)
	}
	r := &rig{t: t, addr: s.addr}
	first, last := w.state.Rows[older.From-1].T, w.state.Rows[older.To+1].T
	_, body := r.get(fmt.Sprintf("/api/v1/history?from=%d&to=%d&points=60&match=cpu.usage", first, last))
	var buckets struct{ FirstSeq, LastSeq []uint64 }
	if err := json.Unmarshal([]byte(body), &buckets); err != nil {
		t.Fatal(err)
	}
	var rows uint64
	for i := range buckets.FirstSeq {
		if from, to := max(buckets.FirstSeq[i], older.From), min(buckets.LastSeq[i], older.To); from <= to {
			rows += to - from + 1
		}
	}
	got := s.stream.Stats().Ledger
	if want := older.To - older.From + 1; rows != want || got.Older != want || got.Lost != 0 {
		t.Errorf("the API has %d rows of %d that were left to it; ledger %+v", rows, want, got)
	}
}

// A server that was started anew counts from 1 again: nothing of the rows before may be
// taken for its own, however well the numbers fit.
func TestResume_AfterARestartBeginsAnew(t *testing.T) {
	for name, rows := range map[string]int{"fewer rows than before": 5, "more rows than before": 500, "none yet": 0} {
		t.Run(name, func(t *testing.T) {
			first := newStream(t, streamOptions{addr: "127.0.0.1:" + need.Port(t, "127.0.0.1")})
			first.ticks(100)
			w := first.watcher()
			w.connect(true)
			w.catchUp()
			ended := make(chan error)
			go func() {
				var err error
				for err == nil { // the bye, then the close frame
					err = w.read()
				}
				ended <- err
			}()
			first.stop()
			if err := <-ended; !fastws.IsCloseError(err, wire.CloseStopping) || w.state.Bye == nil {
				t.Fatalf("the socket ended with %v, bye %v; want 1001 after a bye", err, w.state.Bye)
			}
			w.ws.Close()

			second := newStream(t, streamOptions{instance: "two", addr: first.addr})
			second.ticks(rows)
			w.s = second
			w.connect(true)
			w.until(func() bool { return w.state.Hello.Instance == "two" })
			w.catchUp()
			second.ticks(10)
			w.catchUp()
			defer w.ws.Close()
			if diff := collectortest.Diff(second.model(), w.state.Rows); diff != "" {
				t.Errorf("rows (-want +got)\n%s", diff)
			}
			if len(w.state.Gaps) != 0 || second.stream.Stats().Ledger.Lost != 0 {
				t.Errorf("gaps %v, %d rows counted as lost: rows of another instance are not missing", w.state.Gaps, second.stream.Stats().Ledger.Lost)
			}
		})
	}
}

// TestHealth_CountsRowsPerViewer compares the server's ledger with what pages counted.
func TestHealth_CountsRowsPerViewer(t *testing.T) {
	s := newStream(t, streamOptions{remembers: 1200})
	s.ticks(30)
	steady, away := s.watcher(), s.watcher()
	steady.connect(true)
	steady.catchUp()
	away.connect(false)
	away.catchUp()
	reset(away.ws)
	waitFor(t, "the cut viewer to be gone", func() bool { return s.stream.Viewers() == 1 })
	for range 2000 {
		s.tick()
		steady.catchUp()
	}
	away.connect(false)
	away.catchUp()
	s.ticks(3)
	steady.catchUp()
	away.catchUp()
	defer steady.ws.Close()
	defer away.ws.Close()

	r := &rig{t: t, addr: s.addr}
	_, body := r.get("/api/v1/health")
	var health struct {
		Stream  stream.Stats `json:"hub"`
		Viewers []stream.Viewer
	}
	if err := json.Unmarshal([]byte(body), &health); err != nil {
		t.Fatal(err)
	}
	gap := away.state.Gaps[0]
	want := []stream.Viewer{
		{Number: 1, Topics: []string{"metrics"}, Seq: 2033, Ledger: stream.Ledger{Expected: 2033, Frames: steady.frames, Filled: steady.filled}},
		{Number: 3, Topics: []string{"metrics"}, Seq: 2033, Ledger: stream.Ledger{
			Expected: 2003, Frames: away.frames, Filled: away.filled, Lost: gap.To - gap.From + 1, Gaps: 1,
		}},
	}
	for i := range health.Viewers {
		v := &health.Viewers[i]
		if v.SinceMs == 0 {
			t.Errorf("viewer %d: no time of coming", v.Number)
		}
		if v.Messages == 0 || v.Bytes == 0 {
			t.Errorf("viewer %d was sent %d messages and %d bytes", v.Number, v.Messages, v.Bytes)
		}
		v.SinceMs, v.CatchUps, v.Messages, v.Bytes = 0, 0, 0, 0
	}
	if diff := cmp.Diff(want, health.Viewers); diff != "" {
		t.Errorf("viewers (-want +got)\n%s", diff)
	}
	if steady.frames+steady.filled != 2033 {
		t.Errorf("the steady page counted %d live and %d filled rows, want 2033 in all", steady.frames, steady.filled)
	}
	total := health.Stream.Ledger
	// Besides: the 30 rows of the second viewer, who was cut off.
	if total.Expected != 2033+2003+30 || total.Lost != gap.To-gap.From+1 || total.Gaps != 1 || total.Frames+total.Filled != 2033+30+away.frames+away.filled {
		t.Errorf("totals %+v do not add up", total)
	}
}
