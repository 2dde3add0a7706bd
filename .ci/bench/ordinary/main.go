// Command ordinary runs the program beside ordinary work on this host, and by turns beside
// none, and prints what it called wrong: every state with its level, its reason and how long
// it was held, and every process that the page would mark, with its share of the bad
// resource's use at that second.
//
//	go run ./ordinary -minutes 20
//	go run ./ordinary -minutes 120 -work none    only watch: the host works or rests by itself
//
// With -bin it needs no Go where it runs, so that it can be taken to another host.
//
// Whoever reads it asks of each line: would a person accept that? Which states a host has
// depends on the host, so none of them is a failure; a state without a reason is.
//
// The mark is decided on the page, by marks in auto.ts and isSuspect in rows.ts. This
// command reads rows and tables by the API and applies the same rule in Go, since a browser
// that draws for an hour would be work of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"dashcam/bench/measure"
)

func main() {
	minutes := flag.Float64("minutes", 20, "how long to watch, half of it without work")
	keep := flag.String("work", "", "only this work, by name; none: only watch what the host does by itself")
	bin := flag.String("bin", "", "binary of dashcam, instead of building it")
	flag.Parse()
	measure.Main("ordinary", func(ctx context.Context) error {
		return run(ctx, time.Duration(*minutes*float64(time.Minute)), *bin, *keep)
	})
}

// turn is how long a work may take. The calm after it takes as long, or leastCalm. How
// far it is, is told every tellEvery.
const (
	turn      = time.Minute
	leastCalm = 15 * time.Second
	tellEvery = 5 * time.Minute
)

// unaided is what goes on where this command only watches.
const unaided = "what the host did by itself"

func run(ctx context.Context, span time.Duration, bin, only string) error {
	dir, err := os.MkdirTemp("", "dashcam-ordinary")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var works []work
	if only != "none" {
		if works, err = ordinaryWork(ctx, dir, only); err != nil {
			return err
		}
	}
	if bin == "" {
		if bin, err = measure.Build(ctx, dir); err != nil {
			return err
		}
	}
	p, addr, err := measure.Dashcam(bin)
	if err != nil {
		return err
	}
	defer p.Stop()
	w := newWatch(addr)
	ended := make(chan error, 1)
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	began := time.Now()
	if only == "none" {
		w.during(unaided)
		fmt.Printf("watching for %v, with no work of this command's own\n", span)
	}
	go func() {
		ended <- w.run(watching)
		stopWatching() // what cannot be watched is not worked for either
	}()
	if only == "none" {
		_ = measure.Wait(watching, span)
	} else {
		turns(watching, w, works, began.Add(span))
	}
	stopWatching()
	failed := <-ended
	if errors.Is(failed, context.Canceled) {
		failed = nil
	}
	fmt.Printf("%v on %s\n\n", time.Since(began).Round(time.Second), measure.Machine())
	return errors.Join(failed, w.report())
}

// turns does one work after another, each followed by as long a calm, until a moment.
func turns(ctx context.Context, w *watch, works []work, until time.Time) {
	for i := 0; time.Now().Before(until) && ctx.Err() == nil; i++ {
		each := works[i%len(works)]
		w.during(each.name)
		start := time.Now()
		working, cancel := context.WithTimeout(ctx, turn)
		err := each.do(working)
		late := working.Err() != nil
		cancel()
		if err != nil && !late {
			fmt.Printf("%s: %v\n", each.name, err)
		}
		w.during("calm")
		if err := measure.Wait(ctx, max(time.Since(start), leastCalm)); err != nil {
			return // interrupted: what was seen until now is told
		}
	}
}
