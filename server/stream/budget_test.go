package stream

import (
	"testing"
	"testing/synctest"
	"time"

	"dashcam/server/wire"
)

// Thirty pages that subscribed again as often as they may cost 25 s of processor time in
// 15 s.
func TestBudget_SubscribingAgainIsPaidFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const viewers, seconds = 30, 15
		r := newRig(t, 0, Config{})
		for range wire.MaxReach {
			r.append()
		}
		synctest.Wait()
		var ended []chan error
		var all []*viewer
		for range viewers {
			v := r.viewer()
			all = append(all, v)
			v.feed.Subscribe(metricsOf(wire.MaxReach))
			ended = append(ended, v.restless())
		}
		for i := range seconds * wire.MaxPerSecond {
			time.Sleep(time.Second / wire.MaxPerSecond)
			for k, v := range all {
				// Different rows, so that nobody shares.
				v.feed.Subscribe(metricsOf(wire.MaxReach - 2*(i*viewers+k)%3000))
			}
			synctest.Wait()
		}
		most := int64(viewers * (viewerRows + seconds*viewerRowsASec + wire.MaxBatch))
		if got := r.reads.rows.Load(); got > most || got < most/4 {
			t.Errorf("%d rows were read for %d viewers in %d s, want at most %d", got, viewers, seconds, most)
		}
		// One who comes now is not kept waiting by them.
		began := time.Now()
		v := r.viewer()
		v.feed.Subscribe(inParts(wire.MaxReach))
		v.drain()
		v.hasRows(1)
		if d := time.Since(began); d > time.Second {
			t.Errorf("one more viewer waited %v", d)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		for _, end := range ended {
			<-end
		}
	})
}

// restless takes messages until the feed ends and looks at none.
func (v *viewer) restless() (ended chan error) {
	ended = make(chan error, 1)
	go func() {
		defer v.feed.Leave()
		for {
			if _, err := v.feed.Next(v.t.Context()); err != nil {
				ended <- err
				return
			}
		}
	}()
	return ended
}

// A legitimate storm: 500 pages come back after a minute, and again after another.
func TestBudget_PagesThatReturnDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{MaxViewers: 500})
		r.ticks(wire.MaxReach)
		began := time.Now()
		for away := range 3 {
			for i := range 500 {
				v := r.viewer()
				v.feed.Subscribe(since("one", uint64(wire.MaxReach-60-i%20+away*60), 0))
				v.drain()
				if v.last != r.ring.Bounds().Newest {
					t.Fatalf("viewer %d is at row %d", i, v.last)
				}
				v.feed.Leave()
			}
			r.ticks(60)
		}
		if d := time.Since(began); d > time.Second {
			t.Errorf("pages waited %v", d)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestBudget_OfAllViewersBoundsThoseThatComeInNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		common := newCommonBudget()
		began := time.Now()
		var last time.Duration
		for range 1000 {
			// Each is new, and so has all its tokens.
			b := newBudget()
			_, ready := b.pay(common, "", wire.MaxBatch, wire.MaxBatchBytes, began)
			last = ready.Sub(began)
		}
		want := time.Duration(1000*wire.MaxBatchBytes-allBytes) * time.Second / allBytesASec
		if d := last - want; d < -time.Millisecond || d > time.Millisecond {
			t.Errorf("the last of 1000 batches may be made after %v, want %v", last, want)
		}
	})
}
