package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"dashcam/bench/measure"
)

// The fleets that are measured, and how many of their hosts are looked at.
const (
	thousandHosts = 1000
	fiveThousand  = 5000
	lookedAt      = 20
	// joinAtOnce is how many hosts join at the same time where joining is not what is
	// measured.
	joinAtOnce = 32
)

// thousand measures a hub of 1000 hosts that speak once a second.
func (b *bench) thousand(ctx context.Context) error {
	return b.many(ctx, thousandHosts, "1000 hosts at 1 Hz", "≤ 12 %, ≤ 400 MB", "≤ 20 %", "--pace", "1s")
}

// fiveThousand measures one of 5000 at the pace that a hub sets such a fleet.
func (b *bench) fiveThousand(ctx context.Context) error {
	return b.many(ctx, fiveThousand, "5000 hosts at the hub's own pace (5 s)", "a simulation", "–")
}

func (b *bench) many(ctx context.Context, hosts int, what, idle, looked string, args ...string) error {
	h, err := b.hub(ctx, fmt.Sprint("hub-", hosts), args...)
	if err != nil {
		return err
	}
	defer h.Stop()
	a, err := b.simulated.agents(ctx, h)
	if err != nil {
		return err
	}
	defer a.stop()
	begun := time.Now()
	if err := a.join(hosts, joinAtOnce); err != nil {
		return err
	}
	if err := h.await(ctx, "all hosts are on the wall", 2*time.Minute, func() bool { return h.online(ctx, "sim") == hosts }); err != nil {
		return fmt.Errorf("%w: %d are", err, h.online(ctx, "sim"))
	}
	how := fmt.Sprintf("%s over %v; agents by %s, joined in %.0f s", "processor time and PSS of dashcam hub", b.span, b.way, time.Since(begun).Seconds())
	// What is done once, such as collecting what joining left, is waited for.
	if err := measure.Wait(ctx, 15*time.Second); err != nil {
		return err
	}
	s, err := b.measure(ctx, h)
	if err != nil {
		return err
	}
	b.add(what+", nobody looking", idle, how, "%.1f %%, %.0f MB", s.Percent(), float64(s.After.PSS)/1e6)
	var pages []*viewer
	defer func() {
		for _, v := range pages {
			_ = v.socket.Close() // see below
			v.reader.Wait()
		}
	}()
	for i := range lookedAt {
		v, err := watch(h.url, "/h/"+simulatedID(i*(hosts/lookedAt)))
		if err != nil {
			return err
		}
		pages = append(pages, v)
	}
	if err := measure.Wait(ctx, 10*time.Second); err != nil {
		return err
	}
	if s, err = b.measure(ctx, h); err != nil {
		return err
	}
	for _, v := range pages {
		if _, live, err := v.has(); err != nil || live < int(b.span.Seconds()) {
			return fmt.Errorf("a page was sent %d rows: %w", live, err)
		}
	}
	b.add(fmt.Sprintf("the same, %d looked at", lookedAt), looked, "the same, a page open on each", "%.1f %%, %.0f MB", s.Percent(), float64(s.After.PSS)/1e6)
	if n := h.online(ctx, "sim"); n != hosts {
		return fmt.Errorf("%d of %d hosts are on the wall at the end", n, hosts)
	}
	return nil
}

func (b *bench) measure(ctx context.Context, h *hub) (s measure.Span, err error) {
	fmt.Fprintf(os.Stderr, "measuring pid %d\n", h.PID()) // for a profiler
	if s.Before, err = h.Look(); err != nil {
		return s, err
	}
	if err = measure.Wait(ctx, b.span); err != nil {
		return s, err
	}
	s.After, err = h.Look()
	return s, err
}
