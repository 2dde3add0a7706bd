package stream

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors/history"
	"dashcam/server/wire"

	"github.com/google/go-cmp/cmp"
)

// A thousand viewers that ask for different rows, take one batch and then nothing more,
// held 160 MB of text before batches became smaller.
func TestBackfill_InFlightIsBoundedHoweverManyViewersDoNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{MaxViewers: 1001})
		for i := range 50 {
			r.names = append(r.names, fmt.Sprint(i))
		}
		for range 2400 {
			r.append(func(c *history.Commit) {
				for i := range c.Row.Q {
					c.Row.Q[i] = r.rand.Int64N(1 << 30)
				}
			})
		}
		synctest.Wait()
		stuck := make([]*viewer, 1000)
		for i := range stuck {
			stuck[i] = r.viewer()
			stuck[i].feed.Subscribe(metricsOf(2400 - i))
			if got := stuck[i].read(3); got != 3 || stuck[i].types[2] != "history" {
				t.Fatalf("viewer %d got %q", i, stuck[i].types)
			}
		}
		if own := len(stuck[0].texts[2]); own < wire.MaxBatchBytes/2 {
			t.Errorf("the first batch of its own has %d bytes, want one of full length", own)
		}
		const most = mostInFlight + 1000*leastBatch
		if got := r.fan.backfill.inFlight.Load(); got > most || got < mostInFlight/2 {
			t.Errorf("%d MiB of batches are in flight, want at most %d", got>>20, most>>20)
		}
		// Small batches lead to the same rows.
		last := stuck[len(stuck)-1]
		last.drain()
		last.hasRows(1000)
		for _, v := range stuck {
			v.feed.Leave()
		}
		if got := r.fan.backfill.inFlight.Load(); got != 0 {
			t.Errorf("%d bytes are in flight to nobody", got)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestBackfill_AreEncodedOnceForViewersThatComeTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		for range 1500 {
			r.append()
		}
		synctest.Wait()
		var viewers []*viewer
		for range 50 {
			v := r.viewer()
			v.feed.Subscribe(metricsOf(1500))
			viewers = append(viewers, v)
		}
		for _, v := range viewers {
			v.drain()
			v.hasRows(1)
		}
		if got := r.encodes(wire.TypeHistory); got != 6 {
			t.Errorf("%d batches were encoded for 50 viewers of 1500 rows, want 3 for the first and 3 for all others", got)
		}
		if got := r.fan.Stats().Ledger.Filled; got != 50*1500 {
			t.Errorf("%d rows counted as filled, want %d", got, 50*1500)
		}
		// A tick later the rows after the same cursor are others.
		r.tick()
		late := r.viewer()
		late.feed.Subscribe(metricsOf(1501))
		late.drain()
		late.hasRows(1)
		for _, v := range append(viewers, late) {
			v.drain()
			v.hasRows(1)
			v.feed.Leave()
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFanout_ListsWhatEachViewerWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1200*time.Second, Config{})
		r.ticks(10)
		live, lagging, idle := r.viewer(), r.viewer(), r.viewer()
		live.feed.Subscribe(wire.Subscribe{Topics: []string{wire.TopicMetrics, "processes"}, Window: 10})
		lagging.feed.Subscribe(metricsOf(1))
		lagging.drain()
		live.drain()
		for range 200 {
			r.ticks(10)
			live.drain()
		}
		oldest := r.ring.Bounds().Oldest
		lagging.drain() // one gap, then history
		r.ticks(3)
		live.drain()
		now := r.fan.now().UnixMilli()
		want := []Viewer{
			{
				Number: 2, SinceMs: now, Topics: []string{"metrics"}, Seq: 2010, Behind: 3,
				// 2003 rows since its first, three of which are still due.
				Ledger: Ledger{Expected: 1 + 2003, Filled: 1 + 2010 - oldest + 1, Lost: oldest - 11, Gaps: 1},
			},
			{Number: 1, SinceMs: now, Topics: []string{"metrics", "processes"}, Seq: 2013, Ledger: Ledger{Expected: 2013, Frames: 2003, Filled: 10}},
			{Number: 3, SinceMs: now, Topics: []string{}},
		}
		for i, v := range []*viewer{lagging, live} {
			want[i].Messages = uint64(len(v.texts))
			for _, text := range v.texts {
				want[i].Bytes += uint64(len(text))
			}
		}
		if diff := cmp.Diff(want, r.fan.List(100)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got := len(r.fan.List(2)); got != 2 {
			t.Errorf("%d viewers listed, want 2", got)
		}
		total := Ledger{Expected: 2013 + 2004, Frames: 2003, Filled: want[0].Ledger.Filled + 10, Lost: oldest - 11, Gaps: 1}
		if diff := cmp.Diff(total, r.fan.Stats().Ledger); diff != "" {
			t.Errorf("totals (-want +got)\n%s", diff)
		}
		for _, v := range []*viewer{live, lagging, idle} {
			v.feed.Leave()
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}
