// Command compare runs what Debian packages to watch a host beside dashcam, all at once, and
// says what each costs over the same minutes: first with nobody looking, then with a page of
// dashcam open and the others asked for everything they know once a second.
//
//	go run ./compare              two minutes, and half a minute before
//	go run ./compare -for 20s     shorter, and less exact
//
// What is not installed is named and left out. Everything is started here, listens on the
// loopback address, has its settings and state in a temporary directory, and is ended by its
// pid.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"dashcam/bench/measure"
)

func main() {
	span := flag.Duration("for", time.Minute, "how long to measure, each")
	settle := flag.Duration("settle", 20*time.Second, "how long to wait before, for what is done once")
	flag.Parse()
	measure.Main("compare", func(ctx context.Context) error {
		dir, err := os.MkdirTemp("", "dashcam-compare")
		if err != nil {
			return err
		}
		return errors.Join(run(ctx, dir, *settle, *span), os.RemoveAll(dir))
	})
}

// peer is a program to compare.
type peer struct {
	name string
	// install is the package of Debian that has it, bin the program; dashcam has none.
	install, bin string
	start        func(dir string) (*running, error)
}

// running is a peer that was started.
type running struct {
	*measure.Program
	// watch is called before somebody looks; it is nil where the program draws on a terminal,
	// where somebody always does. ask then asks once, and returns how many values it was
	// told per second; it is nil where the program sends by itself.
	watch func() error
	ask   func(context.Context) (float64, error)
	// values are how many it observes per second, 0 where it does not tell.
	values float64
	stop   func()
}

func peers() []peer {
	return []peer{
		{name: "dashcam", start: startDashcam},
		{name: "netdata", install: "netdata-core", bin: "netdata", start: startNetdata},
		{name: "node_exporter", install: "prometheus-node-exporter", bin: "prometheus-node-exporter", start: startNodeExporter},
		{name: "glances", install: "glances python3-bottle", bin: "glances", start: startGlances},
		{name: "btop", install: "btop", bin: "btop", start: startBtop},
	}
}

// result is what a peer costs.
type result struct {
	peer
	*running
	idle, watched measure.Span
	failed        error
}

func run(ctx context.Context, dir string, settle, span time.Duration) error {
	var all []*result
	defer func() {
		for _, r := range all {
			if r.stop != nil {
				r.stop()
			}
			r.Stop()
		}
	}()
	for _, p := range peers() {
		if p.bin != "" {
			if _, err := exec.LookPath(p.bin); err != nil {
				fmt.Printf("%s is not installed and left out; on Debian: apt-get install %s\n", p.name, p.install)
				continue
			}
		}
		own, err := os.MkdirTemp(dir, p.name)
		if err != nil {
			return err
		}
		started, err := p.start(own)
		if err != nil {
			fmt.Printf("%s does not start and is left out: %v\n", p.name, err)
			continue
		}
		all = append(all, &result{peer: p, running: started})
	}
	if len(all) == 0 {
		return errors.New("nothing was started")
	}
	fmt.Printf("measuring for %s with nobody looking, and for %s with somebody\n", span, span)
	if err := measure.Wait(ctx, settle); err != nil {
		return err
	}
	if err := measureAll(ctx, all, span, func(r *result) *measure.Span { return &r.idle }); err != nil {
		return err
	}
	looking, stopLooking := context.WithCancel(ctx)
	defer stopLooking()
	var lookers sync.WaitGroup
	defer lookers.Wait()
	defer stopLooking()
	for _, r := range all {
		if r.failed == nil && r.watch != nil {
			r.failed = r.watch()
		}
		if r.failed == nil && r.ask != nil {
			lookers.Go(func() { r.look(looking) })
		}
	}
	if err := measure.Wait(ctx, settle/2); err != nil {
		return err
	}
	machine := measure.Machine()
	if err := measureAll(ctx, all, span, func(r *result) *measure.Span { return &r.watched }); err != nil {
		return err
	}
	stopLooking()
	lookers.Wait()
	report(machine, all)
	return nil
}

// look asks once a second.
func (r *result) look(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		values, err := r.ask(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.failed = fmt.Errorf("ask: %w", err)
			return
		}
		r.values = values
	}
}

// measureAll measures all peers over the same span.
func measureAll(ctx context.Context, all []*result, d time.Duration, span func(*result) *measure.Span) error {
	for _, r := range all {
		if s := span(r); r.failed == nil {
			s.Before, r.failed = r.Look()
		}
	}
	if err := measure.Wait(ctx, d); err != nil {
		return err
	}
	for _, r := range all {
		if s := span(r); r.failed == nil {
			s.After, r.failed = r.Look()
		}
	}
	return nil
}

func report(machine string, all []*result) {
	fmt.Printf("\non %s\n\n", machine)
	fmt.Println("| program | CPU, nobody looking | CPU, somebody looking | memory (PSS) | wake-ups per s | values per s |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, r := range all {
		if r.failed != nil {
			fmt.Printf("| %s | failed: %v | | | | |\n", r.name, r.failed)
			continue
		}
		idle := fmt.Sprintf("%.2f %%", r.idle.Percent())
		if r.watch == nil {
			idle = "–"
		}
		values := "–"
		if r.values > 0 {
			values = fmt.Sprintf("%.0f", r.values)
		}
		fmt.Printf("| %s | %s | %.2f %% | %.0f MiB | %.0f | %s |\n", r.name, idle, r.watched.Percent(), measure.MiB(r.watched.After.PSS), r.watched.WakeUps(), values)
	}
	fmt.Println()
	fmt.Println("CPU is user and system time of the whole process tree, in percent of one core. Somebody looking is a page of dashcam")
	fmt.Println("over its socket, and a request per second for every value of netdata, node_exporter and glances; btop draws on a terminal.")
	fmt.Println("Values are numbers observed per second, those of processes included; node_exporter and glances look only when asked.")
}
