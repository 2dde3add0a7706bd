package embedded

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/host"
)

// facts are the facts about the host, read again every minute: a machine is renamed,
// given memory, or moved across a change of the clock while we run. Whoever asks is given
// what is known, and waits for no file.
type facts struct {
	read  func(ctx context.Context) (collectors.Host, error)
	known atomic.Pointer[collectors.Host]
}

const (
	factsAge  = time.Minute
	factsWait = 5 * time.Second
)

func newFacts(o host.Options) (*facts, error) {
	f := &facts{read: func(ctx context.Context) (collectors.Host, error) { return host.Facts(ctx, o) }}
	if err := f.refresh(context.Background()); err != nil {
		return nil, fmt.Errorf("read the host's facts: %w", err)
	}
	return f, nil
}

func (f *facts) now() collectors.Host { return *f.known.Load() }

func (f *facts) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, factsWait)
	defer cancel()
	h, err := f.read(ctx)
	if err == nil {
		f.known.Store(&h)
	}
	return err
}

// follow reads them again until ctx ends. A read that hangs, as on a host's file system
// that went away, is not waited for and not begun a second time.
func (f *facts) follow(ctx context.Context) {
	every := time.NewTicker(factsAge)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			// What cannot be read now is shown as it was; the collectors' health says
			// what is wrong with the host's files.
			_ = f.refresh(ctx)
		}()
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
	}
}
