package stream

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"
)

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
			t.Errorf("only %d messages: the batches were not cut", got)
		}
		for _, text := range v.texts {
			if len(text) > wire.MaxBatchBytes {
				t.Errorf("message of %d bytes", len(text))
			}
		}
		v.hasRows(1)
		if got := r.reads.rows.Load(); got > 700+wire.MaxBatch {
			t.Errorf("%d rows were read for 700 sent", got)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

type tornRing struct{ *history.Ring }

func (r tornRing) Rows(seq uint64, limit int) ([]collectors.Row, *collectors.Gap) {
	newest := r.Bounds().Newest
	if newest <= seq {
		return nil, nil
	}
	rows, gap := r.Ring.Rows(newest-1, 1)
	if newest > seq+1 {
		gap = &collectors.Gap{From: seq + 1, To: newest - 1}
	}
	return rows, gap
}

func TestPump_MakesNoFrameBehindAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(3)
		p := &pump{fan: New(Config{Ring: tornRing{r.ring}})}
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

func TestFeed_LagIsCaughtUpByOneHistoryBlock(t *testing.T) {
	cases := map[string]struct {
		lag  int
		want []string
	}{
		"as many rows as frames are kept": {recent, fill("frame", recent)},
		"one more":                        {recent + 1, []string{"history"}},
		"many":                            {500, []string{"history"}},
		"more than one batch":             {601, []string{"history", "history"}},
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
				if got := r.fan.Stats().CatchUps; got != want {
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

func TestFeed_NamesOneGapWhenTheRingEvicted(t *testing.T) {
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
					t.Fatalf("the ring evicted too little: oldest is %d", oldest)
				}
				v.cut(wire.TopicMetrics)
				v.drain()
				gap := wire.Gap{From: 11, To: oldest - 1}
				v.hasRows(6, gap)
				if got := r.fan.Stats().Ledger.Lost; got != gap.To-gap.From+1 {
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

// What lies further back than a socket reaches is left to the API, and is no gap.
func TestFeed_NamesWhatTheAPIHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(10)
		v := r.viewer()
		v.feed.Subscribe(metricsOf(5))
		v.drain()
		for range 5000 {
			r.append()
		}
		synctest.Wait()
		v.cut(wire.TopicMetrics)
		v.drain()
		older := wire.Older{From: 11, To: 5010 - wire.MaxReach}
		if diff := cmp.Diff([]wire.Older{older}, v.state.Older); diff != "" {
			t.Errorf("older (-want +got)\n%s", diff)
		}
		for seq := older.From; seq <= older.To; seq++ {
			delete(v.rows, seq)
		}
		v.hasRows(6)
		want := Ledger{Expected: 5005, Filled: 5 + wire.MaxReach, Older: older.To - older.From + 1}
		if diff := cmp.Diff(want, r.fan.Stats().Ledger); diff != "" {
			t.Errorf("ledger (-want +got)\n%s", diff)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
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
