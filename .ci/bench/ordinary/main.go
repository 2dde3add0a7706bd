// Command ordinary runs the program beside ordinary work on this host, and by turns beside
// none, and prints what it called wrong: every state with its level, its reason and how long
// it was held, and every process that the page would mark, with its share of the bad
// resource's use at that second.
//
//	go run ./ordinary -minutes 20
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
	"os/signal"
	"syscall"
	"time"

	"dashcam/bench/measure"
)

func main() {
	minutes := flag.Float64("minutes", 20, "how long to watch, half of it without work")
	keep := flag.String("work", "", "only this work, by name")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, time.Duration(*minutes*float64(time.Minute)), *keep); err != nil {
		fmt.Fprintln(os.Stderr, "ordinary:", err)
		os.Exit(1)
	}
}

// turn is how long a work may take. The calm after it takes as long, or leastCalm.
const (
	turn      = time.Minute
	leastCalm = 15 * time.Second
)

func run(ctx context.Context, span time.Duration, only string) error {
	dir, err := os.MkdirTemp("", "dashcam-ordinary")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	works, err := ordinaryWork(ctx, dir, only)
	if err != nil {
		return err
	}
	bin, err := measure.Build(ctx, dir)
	if err != nil {
		return err
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
	go func() { ended <- w.run(watching) }()

	began := time.Now()
	for i := 0; time.Since(began) < span && ctx.Err() == nil; i++ {
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
			break // interrupted: what was seen until now is told
		}
	}
	stopWatching()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	fmt.Printf("%v on %s\n\n", time.Since(began).Round(time.Second), measure.Machine())
	return w.report()
}
