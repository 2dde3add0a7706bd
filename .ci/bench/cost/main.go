// Command cost says what dashcam costs the host: processor time, memory and wake-ups over a
// minute with nobody watching, and over another with one page open. It builds the program and
// measures it with its default options, or any other program.
//
//	go run ./cost
//	go run ./cost -for 30s -- --interval 100ms     with options of dashcam's
//	go run ./cost -program glances -- -w           another program, without a page
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	"dashcam/bench/measure"
)

func main() {
	span := flag.Duration("for", time.Minute, "how long to measure, each")
	settle := flag.Duration("settle", 10*time.Second, "how long to wait before, for what is done once")
	program := flag.String("program", "", "what to measure instead of dashcam")
	bin := flag.String("bin", "", "binary of dashcam, instead of building it")
	flag.Parse()
	measure.Main("cost", func(ctx context.Context) error {
		m := meter{ctx: ctx, settle: *settle, span: *span}
		if *program != "" {
			return m.other(*program, flag.Args())
		}
		return m.dashcam(*bin, flag.Args())
	})
}

type meter struct {
	ctx          context.Context
	settle, span time.Duration
}

func (m *meter) dashcam(bin string, args []string) error {
	if bin == "" {
		dir, err := os.MkdirTemp("", "dashcam-cost")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if bin, err = measure.Build(m.ctx, dir); err != nil {
			return err
		}
	}
	p, addr, err := measure.Dashcam(bin, args...)
	if err != nil {
		return err
	}
	defer p.Stop()
	if err := m.measure(p, "dashcam, nobody watching"); err != nil {
		return err
	}
	page, err := measure.Watch(addr, "processes")
	if err != nil {
		return err
	}
	defer page.Close()
	if err := m.measure(p, "dashcam, one page open"); err != nil {
		return err
	}
	if err := page.Err(); err != nil {
		return fmt.Errorf("the page was cut off: %w", err)
	}
	if page.Frames.Load() == 0 {
		return errors.New("the page was sent no row")
	}
	fmt.Printf("  sent      %d rows, %d messages, %d bytes before compression\n", page.Frames.Load(), page.Messages.Load(), page.Bytes.Load())
	return nil
}

func (m *meter) other(name string, args []string) error {
	p, err := measure.Start(exec.Command(name, args...), nil) //nolint:gosec // what to measure is for the caller to say
	if err != nil {
		return err
	}
	defer p.Stop()
	return m.measure(p, name)
}

// measure lets the program settle and reports a span of it.
func (m *meter) measure(p *measure.Program, what string) error {
	if err := measure.Wait(m.ctx, m.settle); err != nil {
		return err
	}
	fmt.Println("on", measure.Machine())
	var s measure.Span
	var err error
	if s.Before, err = p.Look(); err != nil {
		return err
	}
	if err := measure.Wait(m.ctx, m.span); err != nil {
		return err
	}
	if s.After, err = p.Look(); err != nil {
		return err
	}
	s.Report(os.Stdout, what)
	return nil
}
