// Command fleet measures the figures of many hosts, and prints what each should be, what it
// is and how that was found. The hub, and the hosts that are measured, are the built
// program; the thousands of hosts are agents within this process, each with a key and a
// connection of its own, over TLS and the hub's own port as shipped.
//
//	go run ./fleet                     all of them, in about six minutes
//	go run ./fleet -only thousand      some: thousand, five, host, click, joining
//	go run ./fleet -way nats           agents by NATS itself instead of the hub's own port
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"dashcam/bench/measure"
)

// figure is one line of the table.
type figure struct{ what, target, measured, how string }

// bench is what the parts have in common.
type bench struct {
	bin, dir  string
	way       string
	span      time.Duration
	verbose   bool
	simulated *simulation
	figures   []figure
}

func (b *bench) add(what, target, how, format string, a ...any) {
	f := figure{what, target, fmt.Sprintf(format, a...), how}
	b.figures = append(b.figures, f)
	fmt.Fprintf(os.Stderr, "%s: %s\n", f.what, f.measured)
}

var parts = []struct {
	name string
	run  func(*bench, context.Context) error
}{
	{"thousand", (*bench).thousand}, {"five", (*bench).fiveThousand}, {"host", (*bench).oneHost}, {"click", (*bench).click}, {"joining", (*bench).joining},
}

func main() {
	only := flag.String("only", "", "parts to measure, with commas between: thousand, five, host, click, joining")
	bin := flag.String("bin", "", "binary of dashcam, instead of building it")
	b := bench{}
	flag.StringVar(&b.way, "way", "wss", "how agents come: wss (the hub's own port, TLS), ws (without TLS), nats")
	flag.DurationVar(&b.span, "for", 20*time.Second, "how long to measure, each")
	flag.BoolVar(&b.verbose, "v", false, "show what hub and agents log")
	flag.Parse()
	measure.Main("fleet", func(ctx context.Context) error { return b.run(ctx, *bin, *only) })
}

func (b *bench) run(ctx context.Context, bin, only string) (err error) {
	if b.dir, err = os.MkdirTemp("", "dashcam-fleet"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.bin = bin; bin == "" {
		if b.bin, err = measure.Build(ctx, b.dir); err != nil {
			return err
		}
	}
	log := slog.New(slog.DiscardHandler)
	if b.verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	if b.simulated, err = newSimulation(ctx, log); err != nil {
		return err
	}
	defer b.simulated.stop()
	fmt.Fprintln(os.Stderr, "on", measure.Machine())
	var failed error
	for _, p := range parts {
		if only != "" && !slices.Contains(strings.Split(only, ","), p.name) {
			continue
		}
		if err := p.run(b, ctx); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	b.print()
	return failed
}

func (b *bench) print() {
	fmt.Println("on", measure.Machine())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "figure\t| target\t| measured\t| how")
	for _, f := range b.figures {
		fmt.Fprintf(w, "%s\t| %s\t| %s\t| %s\n", f.what, f.target, f.measured, f.how)
	}
	_ = w.Flush() // it is standard output
}

// stateDir makes a directory below that of the run.
func (b *bench) stateDir(name string) (string, error) {
	dir := filepath.Join(b.dir, name)
	return dir, os.MkdirAll(dir, 0o700)
}

// hub starts one that has never run.
func (b *bench) hub(ctx context.Context, name string, args ...string) (*hub, error) {
	dir, err := b.stateDir(name)
	if err != nil {
		return nil, err
	}
	return startHub(ctx, b.bin, dir, b.way, b.verbose, args...)
}
