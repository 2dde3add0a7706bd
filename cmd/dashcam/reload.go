package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/spf13/pflag"
)

// onHangup reads the settings again at SIGHUP. Without a file there is nothing to read:
// then it stops dashcam, as it does by itself where a terminal was closed, and nothing
// where it was started to outlive that (nohup). The function that is returned waits for
// the goroutine, which the context ends.
func onHangup(ctx context.Context, stop context.CancelFunc, r *reloader) (wait func()) {
	heard := r.reload
	if r.current.file == "" {
		if signal.Ignored(syscall.SIGHUP) {
			return func() {}
		}
		heard = stop
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	var listening sync.WaitGroup
	listening.Go(func() {
		defer signal.Stop(signals)
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
				heard()
			}
		}
	})
	return func() {
		stop()
		listening.Wait()
	}
}

// reloader reads the settings again.
type reloader struct {
	current *settings
	log     *slog.Logger
	// apply brings into force what can change while dashcam runs.
	apply func(*settings)
}

// reload reads the file again and logs what is different. A mistake changes nothing.
func (r *reloader) reload() {
	next, err := r.current.again()
	if err != nil {
		for _, e := range each(err) {
			r.log.Error("settings not read again: nothing was changed", "err", e)
		}
		return
	}
	changed := 0
	next.visit(func(f *pflag.Flag) {
		before := r.current.flags.Lookup(f.Name)
		was, now := before.Value.String(), f.Value.String()
		if was == now {
			return
		}
		changed++
		if !is(f, isReloadable) {
			r.log.Warn("setting changes at the next start", "setting", f.Name, "is", shown(f, was), "next", shown(f, now))
			return
		}
		r.log.Info("setting changed", "setting", f.Name, "was", shown(f, was), "is", shown(f, now))
	})
	r.log.Info("settings read again", "file", next.file, "different", changed)
	r.apply(next)
	r.current = next
}

// again loads the settings once more: what flags and environment gave is given, the file
// is read.
func (s *settings) again() (*settings, error) {
	next := newSettings(pflag.NewFlagSet("", pflag.ContinueOnError))
	next.file = s.file
	s.visit(func(f *pflag.Flag) {
		o, set := s.origins[f.Name]
		if !set || o.file {
			return
		}
		next.origins[f.Name] = o
		copyValue(next.flags.Lookup(f.Name).Value, f.Value)
	})
	if err := next.loadFile(); err != nil {
		return nil, err
	}
	return next, next.named(next.validate())
}

// copyValue makes one flag equal to another of the same kind.
func copyValue(to, from pflag.Value) {
	var err error
	if list, ok := from.(pflag.SliceValue); ok {
		err = to.(pflag.SliceValue).Replace(list.GetSlice())
	} else {
		err = to.Set(from.String())
	}
	if err != nil {
		panic(err) // it was set to this before
	}
}
