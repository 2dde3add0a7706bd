package embedded

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
)

func TestFacts_AreReadAgainAndNobodyWaitsForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		hung := make(chan struct{})
		f := &facts{read: func(context.Context) (collectors.Host, error) {
			reads++
			switch reads {
			case 3:
				return collectors.Host{}, errors.New("unreadable")
			case 4:
				<-hung
			}
			return collectors.Host{CPUs: reads}, nil
		}}
		if err := f.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		followed := make(chan struct{})
		go func() {
			defer close(followed)
			f.follow(ctx)
		}()
		for i, want := range []int{1, 2, 2, 2, 2} {
			if got := f.now().CPUs; got != want {
				t.Errorf("after %d minutes %d, want %d", i, got, want)
			}
			time.Sleep(factsAge)
			synctest.Wait()
		}
		if reads != 4 {
			t.Errorf("%d reads, want 4: none beside one that hangs", reads)
		}
		began := time.Now()
		cancel()
		<-followed
		if d := time.Since(began); d > 0 {
			t.Errorf("the end waited %v for a read that hangs", d)
		}
		close(hung)
	})
}
