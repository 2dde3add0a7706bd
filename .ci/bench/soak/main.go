// Command soak runs the program on this host for some minutes, under a load that changes,
// with pages that come and go over links that are cut, and prints what it holds at the start
// and at the end. It fails when rows were lost, or when what should stay has grown.
//
//	go run ./soak -minutes 10
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"dashcam/bench/measure"
)

// settle is how long the program and its pages run before what they hold is looked at.
const settle = 20 * time.Second

func main() {
	minutes := flag.Float64("minutes", 10, "how long to run")
	pages := flag.Int("pages", 8, "how many pages come and go")
	flag.Parse()
	measure.Main("soak", func(ctx context.Context) error { return run(ctx, time.Duration(*minutes*float64(time.Minute)), *pages) })
}

func run(ctx context.Context, span time.Duration, pages int) error {
	dir, err := os.MkdirTemp("", "dashcam-soak")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bin, err := measure.Build(ctx, dir)
	if err != nil {
		return err
	}
	p, addr, err := measure.Dashcam(bin)
	if err != nil {
		return err
	}
	defer p.Stop()
	link, err := newLink(addr)
	if err != nil {
		return err
	}
	defer link.close()

	ctx, cancel := context.WithTimeout(ctx, settle+span)
	defer cancel()
	var running sync.WaitGroup
	running.Go(func() { load(ctx, dir) })
	running.Go(func() { cuts(ctx, link) })
	running.Go(func() { ask(ctx, addr) })
	all := make([]*page, pages)
	for i := range all {
		// The first stays from the beginning to the end.
		all[i] = newPage(link.addr(), i == 0, rand.New(rand.NewPCG(1, uint64(i))))
		running.Go(func() { all[i].run(ctx) })
	}
	if err := measure.Wait(ctx, settle); err != nil {
		return err
	}
	first, err := look(p.PID(), addr)
	if err != nil {
		return err
	}
	fmt.Printf("%d pages that come and go over a link that is cut, a load that changes, %v\n\n", pages, span)
	<-ctx.Done()
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err() // interrupted
	}
	running.Wait()
	// What pages that left still held is let go.
	if err := measure.Wait(context.WithoutCancel(ctx), 15*time.Second); err != nil {
		return err
	}
	last, err := look(p.PID(), addr)
	if err != nil {
		return err
	}
	return report(first, last, all, link)
}

// holds is what the program holds at a moment.
type holds struct {
	memory                  uint64
	remembered              int64
	goroutines              int64
	files, sockets, viewers int
	newest                  uint64
}

func look(pid int, addr string) (h holds, err error) {
	m, err := measure.Look(pid)
	if err != nil {
		return h, err
	}
	h.memory, h.files = m.PSS, m.Files
	// Files of processes stay open for as long as those are busy; what pages leave are sockets.
	open, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		return h, err
	}
	for _, each := range open {
		// One may have been closed in the meantime.
		if to, err := os.Readlink(each); err == nil && strings.HasPrefix(to, "socket:") {
			h.sockets++
		}
	}
	var health struct {
		Hub        struct{ Viewers int }
		Remembered struct {
			Newest uint64
			Bytes  int64
		}
	}
	if err := get(addr, "/api/v1/health", &health); err != nil {
		return h, err
	}
	h.viewers, h.newest, h.remembered = health.Hub.Viewers, health.Remembered.Newest, health.Remembered.Bytes
	if h.goroutines, err = value(addr, "self.goroutines"); err != nil {
		return h, err
	}
	return h, nil
}

// value returns the newest value of a series without labels.
func value(addr, name string) (int64, error) {
	var catalog struct {
		Series []struct {
			ID   int
			Name string
		}
	}
	if err := get(addr, "/api/v1/series", &catalog); err != nil {
		return 0, err
	}
	for _, s := range catalog.Series {
		if s.Name != name {
			continue
		}
		var at struct{ Value *int64 }
		if err := get(addr, fmt.Sprintf("/api/v1/explain?id=%d", s.ID), &at); err != nil {
			return 0, err
		}
		if at.Value != nil {
			return *at.Value, nil
		}
	}
	return 0, fmt.Errorf("%s has no value", name)
}

func get(addr, path string, into any) error {
	c := http.Client{Timeout: 20 * time.Second}
	res, err := c.Get("http://" + addr + path)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if into == nil {
		_, err = io.Copy(io.Discard, res.Body)
		return err
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// The most by which what should stay may differ: connections that are just ending.
const (
	moreGoroutines = 10
	moreSockets    = 10
)

func report(first, last holds, pages []*page, l *link) error {
	lost, received, visits := 0, 0, 0
	var errs []error
	for _, p := range pages {
		lost, received, visits = lost+p.lost, received+p.received, visits+p.visits
		errs = append(errs, p.err)
	}
	line := func(what string, a, b any) { fmt.Printf("%-42s %14v %14v\n", what, a, b) }
	line("", "start", "end")
	line("memory (PSS), KiB", first.memory>>10, last.memory>>10)
	line("of that remembered rows, KiB", first.remembered>>10, last.remembered>>10)
	line("goroutines", first.goroutines, last.goroutines)
	line("open files", first.files, last.files)
	line("of that sockets", first.sockets, last.sockets)
	line("viewers", first.viewers, last.viewers)
	line("rows", first.newest, last.newest)
	fmt.Printf("\n%d visits, %d connections cut, %d rows received, %d lost\n%d ticks were late or missed, as their rows say\n", visits, l.cuts.Load(), received, lost, pages[0].missed)
	if lost > 0 {
		errs = append(errs, fmt.Errorf("%d rows lost", lost))
	}
	if last.viewers > 0 {
		errs = append(errs, fmt.Errorf("%d viewers are still counted after all have left", last.viewers))
	}
	if last.goroutines > first.goroutines+moreGoroutines {
		errs = append(errs, fmt.Errorf("goroutines grew from %d to %d", first.goroutines, last.goroutines))
	}
	if last.sockets > first.sockets+moreSockets {
		errs = append(errs, fmt.Errorf("open sockets grew from %d to %d", first.sockets, last.sockets))
	}
	return errors.Join(errs...)
}
