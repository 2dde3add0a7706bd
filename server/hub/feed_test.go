package hub

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"

	"github.com/google/go-cmp/cmp"
)

func observation(key string, cpu int64) *collectors.TableData {
	return &collectors.TableData{Table: testTable, Rows: []collectors.TableRow{
		{Key: "0", Cells: []collectors.Cell{{Text: "init"}, {Q: 1}}},
		{Key: key, Cells: []collectors.Cell{{Text: "p" + key}, {Q: cpu}}},
	}}
}

func TestFeed_JoinsWithWindowAndGoesOnWithFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(50)
		v := r.viewer()
		v.feed.Subscribe(metricsOf(10))
		if diff := cmp.Diff([]string{"hello", "schema", "history"}, v.drain()); diff != "" {
			t.Errorf("on joining (-want +got)\n%s", diff)
		}
		r.ticks(2)
		if diff := cmp.Diff([]string{"frame", "frame"}, v.drain()); diff != "" {
			t.Errorf("live (-want +got)\n%s", diff)
		}
		v.hasRows(41)
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFeed_BeginsWhere(t *testing.T) {
	const rows = 4000
	cases := map[string]struct {
		subscribe wire.Subscribe
		first     uint64
		pieces    int
	}{
		"no window":              {metricsOf(0), rows, 1},
		"a window":               {metricsOf(600), rows - 599, 1},
		"a window of two pieces": {metricsOf(601), rows - 600, 2},
		"the widest window":      {metricsOf(3600), rows - 3599, 6},
		"a wider window is cut":  {metricsOf(9999), rows - 3599, 6},
		"since":                  {since("one", 3900, 0), 3901, 1},
		"since the newest":       {since("one", rows, 0), rows + 1, 0},
		"since before the reach": {since("one", 5, 0), rows - 3599, 6},
		"since a row to come":    {since("one", rows+5, 3), rows - 2, 1},
		"since another instance": {since("two", 3990, 0), rows - 3599, 6},
		"since another, window":  {since("two", 3990, 5), rows - 4, 1},
		"since beats the window": {since("one", 3900, 600), 3901, 1},
		"since row zero":         {since("one", 0, 0), rows - 3599, 6},
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		for range rows {
			r.append()
		}
		synctest.Wait()
		for name, c := range cases {
			v := r.viewer()
			v.feed.Subscribe(c.subscribe)
			pieces := 0
			for _, typ := range v.drain() {
				if typ == wire.TypeHistory || typ == wire.TypeFrame {
					pieces++
				}
			}
			if pieces != c.pieces {
				t.Errorf("%s: %d pieces, want %d", name, pieces, c.pieces)
			}
			t.Log(name)
			v.hasRows(c.first)
			v.feed.Leave()
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func since(instance string, seq uint64, window int) wire.Subscribe {
	return wire.Subscribe{Topics: []string{wire.TopicMetrics}, Window: window, Since: &wire.Since{Instance: instance, Seq: seq}}
}

func TestFeed_PiecesCutByTheirBytesHoldEveryRowAndAreReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		for i := range 200 {
			r.names = append(r.names, fmt.Sprint(i))
		}
		for range 700 {
			r.append(func(c *history.Commit) {
				for i := range c.Row.Q {
					c.Row.Q[i] = r.rand.Int64N(1 << 20)
				}
			})
		}
		synctest.Wait()
		v := r.viewer()
		v.feed.Subscribe(metricsOf(700))
		if got := len(v.drain()); got < 6 {
			t.Errorf("only %d messages: the pieces were not cut", got)
		}
		for _, text := range v.texts {
			if len(text) > wire.MaxPieceBytes {
				t.Errorf("message of %d bytes", len(text))
			}
		}
		v.hasRows(1)
		if got := r.reads.rows.Load(); got > 700+wire.MaxPiece {
			t.Errorf("%d rows were read for 700 sent", got)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// tornRing forgets everything but its newest row.
type tornRing struct{ *history.Ring }

func (r tornRing) RowsSince(seq uint64, limit int) ([]collectors.Row, *history.Gap) {
	newest := r.Bounds().Newest
	if newest <= seq {
		return nil, nil
	}
	rows, gap := r.Ring.RowsSince(newest-1, 1)
	if newest > seq+1 {
		gap = &history.Gap{From: seq + 1, To: newest - 1}
	}
	return rows, gap
}

func TestPump_MakesNoFrameBehindAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(3)
		p := &pump{h: New(Config{Ring: tornRing{r.ring}})}
		before := p.start()
		r.tick()
		near := p.next(before)
		r.ticks(5)
		torn := p.next(near)
		if near.newest != 4 || near.frame(4) == nil {
			t.Errorf("newest %d, frame %v: want the frame of row 4", near.newest, near.frame(4))
		}
		if torn.newest != 9 || torn.frame(9) != nil {
			t.Errorf("newest %d, frame %v: want row 9 without a frame", torn.newest, torn.frame(9))
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFeed_FirstFrameNeedsNoHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		v := r.viewer()
		v.feed.Subscribe(metricsOf(600))
		v.drain()
		r.ticks(2)
		v.drain()
		v.hasRows(1)
		if got := r.encodes(wire.TypeHistory); got != 0 {
			t.Errorf("%d pieces of history of an empty ring", got)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFeed_LagIsCaughtUpByOneHistoryBlock(t *testing.T) {
	cases := map[string]struct {
		lag  int
		want []string
	}{
		"as many rows as frames are kept": {recent, fill("frame", recent)},
		"one more":                        {recent + 1, []string{"history"}},
		"many":                            {500, []string{"history"}},
		"more than one piece":             {601, []string{"history", "history"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, 0, Config{})
				r.ticks(3)
				v := r.viewer()
				v.feed.Subscribe(metricsOf(1))
				v.drain()
				r.tick()
				v.drain()
				r.ticks(c.lag)
				if diff := cmp.Diff(c.want, v.drain()); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				v.hasRows(3)
				r.tick()
				if diff := cmp.Diff([]string{"frame"}, v.drain()); diff != "" {
					t.Errorf("after the lag (-want +got)\n%s", diff)
				}
				v.hasRows(3)
				want := uint64(1)
				if c.lag <= recent {
					want = 0
				}
				if got := r.hub.Stats().CatchUps; got != want {
					t.Errorf("%d catch-ups counted, want %d", got, want)
				}
				v.feed.Leave()
				if err := r.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func fill(s string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func TestFeed_NamesOneGapWhenTheRingForgot(t *testing.T) {
	cases := map[string]int{"within the reach": 2000, "beyond the reach": 5000}
	for name, away := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, 1200*time.Second, Config{})
				r.ticks(10)
				v := r.viewer()
				v.feed.Subscribe(metricsOf(5))
				v.drain()
				for range away {
					r.append()
				}
				synctest.Wait()
				oldest := r.ring.Bounds().Oldest
				if oldest < 100 {
					t.Fatalf("the ring forgot too little: oldest is %d", oldest)
				}
				v.cut(wire.TopicMetrics)
				v.drain()
				gap := wire.Gap{From: 11, To: oldest - 1}
				v.hasRows(6, gap)
				if got := r.hub.Stats().Ledger.Lost; got != gap.To-gap.From+1 {
					t.Errorf("%d rows counted as lost, want %d", got, gap.To-gap.From+1)
				}
				r.ticks(3)
				v.drain()
				v.hasRows(6, gap)
				v.feed.Leave()
				if err := r.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestFeed_FreshViewerIsToldOfNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 300*time.Second, Config{})
		for range 1000 {
			r.append()
		}
		synctest.Wait()
		v := r.viewer()
		v.feed.Subscribe(metricsOf(3600))
		v.drain()
		v.hasRows(r.ring.Bounds().Oldest)
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// Whatever a viewer goes through, it has every row exactly once and number for number,
// or the row stands in a gap because the ring itself forgot it.
func TestFeed_ResumesExactlyOnceAfterRandomCutsAndLags(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { randomLife(t, seed) })
		})
	}
}

func randomLife(t *testing.T, seed uint64) {
	r := newRig(t, time.Hour, Config{})
	r.rand = rand.New(rand.NewPCG(seed, 7))
	r.ticks(r.rand.IntN(40))
	v := r.viewer()
	topics := []string{wire.TopicMetrics, "processes"}
	v.feed.Subscribe(wire.Subscribe{Topics: topics, Window: 3600})
	v.read(r.rand.IntN(4))
	first := uint64(1)
	var newest *collectors.TableData
	for range 150 {
		switch r.rand.IntN(8) {
		case 0:
			v.cut(topics...)
		case 1: // lag
			for range r.rand.IntN(60) {
				r.append()
			}
			synctest.Wait()
		case 2:
			r.names = append(r.names[:0:0], "a", fmt.Sprint("s", r.rand.IntN(20)), fmt.Sprint("t", r.rand.IntN(5)))
			if r.names[1] == r.names[2] {
				r.names = r.names[:2]
			}
		case 3:
			v.drain()
		case 4:
			newest = observation(fmt.Sprint(r.rand.IntN(3)+1), r.rand.Int64N(3))
			r.tick(func(c *history.Commit) { c.Tables = append(c.Tables, newest) })
		default:
			r.tick(func(c *history.Commit) {
				if r.rand.IntN(10) == 0 {
					c.Row.Missed, c.Row.Why = 2, "late"
				}
			})
			v.read(r.rand.IntN(3))
		}
	}
	v.drain()
	v.hasRows(first)
	if newest != nil {
		want := map[string]map[string]any{}
		for _, row := range newest.Rows {
			want[row.Key] = map[string]any{"name": row.Cells[0].Text, "cpu": float64(row.Cells[1].Q)}
		}
		if diff := cmp.Diff(want, v.state.Tables["processes"].Rows); diff != "" {
			t.Errorf("table (-want +got)\n%s", diff)
		}
	}
	v.feed.Leave()
	if err := r.stop(); err != nil {
		t.Error(err)
	}
}

func TestFeed_SchemaDifferenceComesBeforeTheFrameThatNeedsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(3)
		v, lagging := r.viewer(), r.viewer()
		for _, x := range []*viewer{v, lagging} {
			x.feed.Subscribe(metricsOf(2))
			x.drain()
		}
		r.names = append(r.names, "d")
		r.tick()
		if diff := cmp.Diff([]string{"schema", "frame"}, v.drain()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		r.names = append(r.names, "e")
		r.tick()
		v.drain()
		if diff := cmp.Diff([]string{"schema", "frame", "frame"}, lagging.drain()); diff != "" {
			t.Errorf("lagging (-want +got)\n%s", diff)
		}
		for _, x := range []*viewer{v, lagging} {
			if got := len(x.state.Series); got != 5 {
				t.Errorf("%d series known, want 5", got)
			}
			x.hasRows(2)
			x.feed.Leave()
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFeed_TableDifferenceOnlyOnTheObservationItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		scan := func(key string, cpu int64) {
			r.tick(func(c *history.Commit) { c.Tables = append(c.Tables, observation(key, cpu)) })
		}
		scan("1", 5)
		steady, other := r.viewer(), r.viewer()
		for _, v := range []*viewer{steady, other} {
			v.feed.Subscribe(wire.Subscribe{Topics: []string{"processes", "no such table"}})
			v.drain()
		}
		if got := r.encodes("processes"); got != 1 {
			t.Errorf("%d encodes for two joining viewers, want 1", got)
		}
		scan("1", 6)
		steady.drain()
		if got, want := steady.texts[len(steady.texts)-1], `{"type":"table","table":"processes","seq":2,"t":1795186289000,"base":1,"cols":["name","cpu"],"rows":[["1",{"cpu":6}]]}`; got != want {
			t.Errorf("difference\n got %s\nwant %s", got, want)
		}
		scan("2", 7)
		steady.drain()
		other.drain() // missed observation 2: gets the whole one
		joined := r.viewer()
		joined.feed.Subscribe(wire.Subscribe{Topics: []string{"processes"}})
		joined.drain()
		for _, v := range []*viewer{other, joined} {
			if got, want := v.texts[len(v.texts)-1], `{"type":"table","table":"processes","seq":3,"t":1795186290000,"base":0,"cols":["name","cpu"],"rows":[["0",{"name":"init","cpu":1}],["2",{"name":"p2","cpu":7}]]}`; got != want {
				t.Errorf("whole\n got %s\nwant %s", got, want)
			}
		}
		if got := r.encodes("processes"); got != 4 {
			t.Errorf("%d encodes, want 4: one whole, two differences, one whole for two", got)
		}
		r.tick() // no observation: nothing to say
		if got := steady.drain(); len(got) != 0 {
			t.Errorf("got %q without an observation", got)
		}
		scan("2", 8)
		r.tick()
		steady.drain() // two rows behind, one observation behind
		if got, want := steady.texts[len(steady.texts)-1], `{"type":"table","table":"processes","seq":5,"t":1795186292000,"base":3,"cols":["name","cpu"],"rows":[["2",{"cpu":8}]]}`; got != want {
			t.Errorf("difference after a pause\n got %s\nwant %s", got, want)
		}
		if got := len(steady.feed.tables); got != 1 {
			t.Errorf("the feed remembers %d tables, want the one that exists", got)
		}
		steady.feed.Unsubscribe(wire.Unsubscribe{Topics: []string{"processes"}})
		scan("2", 9)
		if got := steady.drain(); len(got) != 0 {
			t.Errorf("got %q after unsubscribing", got)
		}
		want := map[string]map[string]any{"0": {"name": "init", "cpu": 1.0}, "2": {"name": "p2", "cpu": 9.0}}
		other.drain()
		joined.drain()
		for _, v := range []*viewer{other, joined} {
			if diff := cmp.Diff(want, v.state.Tables["processes"].Rows); diff != "" {
				t.Errorf("table (-want +got)\n%s", diff)
			}
			v.feed.Leave()
		}
		steady.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFeed_UnsubscribedMetricsStopAndReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(3)
		v := r.viewer()
		v.feed.Handle(metricsOf(1))
		v.drain()
		v.feed.Handle(wire.Unsubscribe{Topics: []string{wire.TopicMetrics}})
		r.ticks(3)
		if got := v.drain(); len(got) != 0 {
			t.Errorf("got %q after unsubscribing", got)
		}
		v.feed.Handle(wire.Subscribe{Topics: []string{wire.TopicMetrics}, Since: &wire.Since{Instance: "one", Seq: v.last}})
		v.drain()
		v.feed.Handle(wire.Subscribe{Topics: []string{wire.TopicMetrics}}) // changes nothing
		r.tick()
		if diff := cmp.Diff([]string{"frame"}, v.drain()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		v.hasRows(3)
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}
