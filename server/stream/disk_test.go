package stream

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// follow takes messages on a goroutine of its own, as the writer of a socket does, until
// the feed ends.
func (v *viewer) follow() (ended chan error) {
	ended = make(chan error, 1)
	go func() {
		defer v.feed.Leave()
		for {
			m, err := v.feed.Next(context.Background())
			if err != nil {
				ended <- err
				return
			}
			v.take(m)
		}
	}()
	return ended
}

// Three pages that asked for rows on a disk that hung made everything hang that looked at
// the viewers: health, the collector of dashcam's own cost, sign-out, the stop.
func TestFeed_DiskThatHangsHoldsUpNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows, head = 1000, 701
		r := newRig(t, 0, Config{})
		for range rows {
			r.append()
		}
		synctest.Wait()
		answer := r.reads.hang(head)
		defer answer()
		began := time.Now()
		var waiting []*viewer
		var ended []chan error
		for _, s := range []wire.Subscribe{metricsOf(3600), metricsOf(3600), since("one", 3, 0), inParts(3600)} {
			v := r.viewer()
			v.feed.Subscribe(s)
			waiting, ended = append(waiting, v), append(ended, v.follow())
		}
		synctest.Wait()

		// While they wait: what looks at viewers, those who want what is in memory, and
		// what the viewers themselves ask for.
		if got := r.fan.Stats().Viewers; got != len(waiting) || len(r.fan.List(10)) != got {
			t.Errorf("%d viewers counted, want %d", got, len(waiting))
		}
		near := r.viewer()
		near.feed.Subscribe(metricsOf(rows - head + 1))
		near.drain()
		near.hasRows(head)
		near.feed.Leave()
		waiting[0].feed.Ping(wire.Ping{ID: 7})
		synctest.Wait()
		if got := waiting[0].types[len(waiting[0].types)-1]; got != wire.TypePong {
			t.Errorf("a ping was answered with %s", got)
		}
		waiting[1].feed.End(wire.CloseSignedOut, wire.ByeSignedOut, "")
		if err := <-ended[1]; !errors.Is(err, &CloseError{Code: wire.CloseSignedOut, Reason: wire.ByeSignedOut}) {
			t.Errorf("signed out: %v", err)
		}
		if d := time.Since(began); d > time.Millisecond {
			t.Errorf("all that took %v, want nothing to wait for the disk", d)
		}

		// Then they are told what cannot be read, and go on with what is in memory.
		waiting = append(waiting[:1], waiting[2:]...)
		time.Sleep(diskTimeout)
		synctest.Wait()
		r.tick()
		for i, older := range []wire.Older{{From: 1, To: head - 1}, {From: 4, To: head - 1}, {From: 1, To: head - 1}} {
			older.Why = whyUnreadable
			v := waiting[i]
			if diff := cmp.Diff([]wire.Older{older}, v.state.Older); diff != "" {
				t.Errorf("viewer %d: older (-want +got)\n%s", i, diff)
			}
			v.hasRows(head)
			if got := r.fan.List(10)[i].Ledger; got != (Ledger{Expected: older.To - older.From + 1 + rows - head + 2, Frames: 1, Filled: rows - head + 1, Older: older.To - older.From + 1}) {
				t.Errorf("viewer %d: ledger %+v", i, got)
			}
		}

		// Whoever comes now does not wait.
		began = time.Now()
		late := r.viewer()
		late.feed.Subscribe(metricsOf(3600))
		late.drain()
		late.hasRows(head)
		late.feed.Leave()
		if d := time.Since(began); d > time.Millisecond {
			t.Errorf("with a read overdue it took %v until a viewer was told so", d)
		}

		// The disk answers: its rows are there again.
		answer()
		synctest.Wait()
		again := r.viewer()
		again.feed.Subscribe(metricsOf(3600))
		again.drain()
		again.hasRows(1)
		again.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestRun_StopsWhileTheDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(100)
		answer := r.reads.hang(90)
		defer answer()
		var ended []chan error
		for i := range 5 {
			v := r.viewer()
			v.feed.Subscribe(metricsOf(50 + i/3)) // some share what they wait for
			ended = append(ended, v.follow())
		}
		synctest.Wait()
		began := time.Now()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		if d := time.Since(began); d > time.Millisecond {
			t.Errorf("the stop took %v", d)
		}
		for _, end := range ended {
			if err := <-end; !errors.Is(err, ErrStopping) {
				t.Errorf("feed ended with %v, want ErrStopping", err)
			}
		}
	})
}

// Remaining columns wait for the disk, and frames do not wait for them.
func TestPriority_RemainingColumnsComeWhenTheDiskAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(900)
		r.reads.head.Store(800)
		v := r.viewer()
		v.feed.Subscribe(inParts(900))
		v.read(6) // hello, schema, three batches of priority columns, the newest row
		if got, want := v.types[len(v.types)-1], wire.TypeHistory; got != want || v.last != 900 {
			t.Fatalf("the last message is %s up to row %d, want the newest row", got, v.last)
		}
		answer := r.reads.hang(800)
		defer answer()
		began := time.Now()
		r.tick()
		if diff := cmp.Diff([]string{"frame"}, v.drain()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		r.tick() // while the disk is being asked
		if diff := cmp.Diff([]string{"frame"}, v.drain()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if d := time.Since(began); d > time.Millisecond {
			t.Errorf("frames waited %v for the disk", d)
		}
		answer()
		ended := v.follow()
		time.Sleep(diskTimeout + retryDisk)
		synctest.Wait()
		v.hasRows(1)
		if got := r.fan.Stats().Ledger; got != (Ledger{Expected: 902, Frames: 2, Filled: 900}) {
			t.Errorf("ledger %+v", got)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		<-ended
	})
}

func TestDisk_ReadThatPanicsLeavesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []any
		d := newDisk(func(r any, _ []byte) { said = append(said, r) })
		for range 3 * diskReads {
			if _, _, err := d.read(t.Context(), func() (collectors.Span, error) { panic("broken") }); !errors.Is(err, errUnreadable) {
				t.Errorf("read: %v, want errUnreadable", err)
			}
		}
		if len(said) != 3*diskReads {
			t.Errorf("%d panics were told, want %d", len(said), 3*diskReads)
		}
		if _, leave, err := d.read(t.Context(), func() (collectors.Span, error) { return collectors.Span{First: 1}, nil }); err != nil {
			t.Errorf("afterwards: %v", err)
		} else {
			leave()
		}
	})
}

// Whoever leaves while its read hangs gives the place back when that returns.
func TestDisk_ReadOfWhoeverLeftIsOverdueToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(func(any, []byte) {})
		hung := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 1)
		go func() {
			_, _, err := d.read(ctx, func() (collectors.Span, error) { <-hung; return collectors.Span{}, nil })
			errs <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("read: %v, want the context's error", err)
		}
		time.Sleep(diskTimeout)
		synctest.Wait()
		if _, _, err := d.read(t.Context(), func() (collectors.Span, error) { return collectors.Span{}, nil }); !errors.Is(err, errUnreadable) {
			t.Errorf("with a read overdue: %v, want errUnreadable", err)
		}
		close(hung)
		synctest.Wait()
		if _, leave, err := d.read(t.Context(), func() (collectors.Span, error) { return collectors.Span{}, nil }); err != nil {
			t.Errorf("afterwards: %v", err)
		} else {
			leave()
		}
		if len(d.places) != 0 {
			t.Errorf("%d places are taken by nobody", len(d.places))
		}
	})
}
