package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
)

// A read that hangs keeps its place, and gives it back when it returns.
func TestReadGate_HangingReadsGiveTheirPlacesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := make(readGate, readsAtOnce)
		hung := make(chan struct{})
		abandoned := make(chan struct{}, readsAtOnce+1)
		read := func(ctx context.Context, f func()) error {
			return g.interruptible(ctx, f, func() { abandoned <- struct{}{} })
		}
		begin := time.Now()
		for range readsAtOnce {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := read(ctx, func() { <-hung }); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a read that hangs: %v, want its context's error", err)
			}
			cancel()
		}
		if err := read(t.Context(), func() { t.Error("it is read") }); !errors.Is(err, collectors.ErrStoreBusy) {
			t.Errorf("one more: %v, want %v", err, collectors.ErrStoreBusy)
		}
		if d := time.Since(begin); d != (readsAtOnce+1)*time.Second {
			t.Errorf("all took %s", d)
		}
		close(hung)
		synctest.Wait()
		if n := len(abandoned); n != readsAtOnce {
			t.Errorf("%d of %d reads were told that they were abandoned", n, readsAtOnce)
		}
		for range readsAtOnce {
			if err := read(t.Context(), func() {}); err != nil {
				t.Error(err)
			}
		}
		hung = make(chan struct{})
		begin = time.Now()
		if err := read(context.Background(), func() { <-hung }); !errors.Is(err, collectors.ErrStoreBusy) || time.Since(begin) != readTimeout {
			t.Errorf("without a deadline: %v after %s", err, time.Since(begin))
		}
		close(hung)
	})
}
