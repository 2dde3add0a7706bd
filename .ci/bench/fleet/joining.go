package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const joiningHosts = 2000

// joining measures how long hosts wait that all join in the same moment.
func (b *bench) joining(ctx context.Context) error {
	h, err := b.hub(ctx, "hub-joining")
	if err != nil {
		return err
	}
	defer h.Stop()
	a, err := b.simulated.agents(ctx, h)
	if err != nil {
		return err
	}
	defer a.stop()
	before, err := h.Look()
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := a.join(joiningHosts, joiningHosts); err != nil {
		return err
	}
	accepted := time.Since(begun)
	if why := a.lastRefusal(); why != "" {
		fmt.Fprintln(os.Stderr, "the last that was refused:", why)
	}
	after, err := h.Look()
	if err != nil {
		return err
	}
	err = h.await(ctx, "all hosts are on the wall", time.Minute, func() bool { return h.online(ctx, "sim") == joiningHosts })
	if err != nil {
		return fmt.Errorf("%w: %d are", err, h.online(ctx, "sim"))
	}
	b.add(fmt.Sprintf("%d hosts joining at once", joiningHosts), "all within 30 s, 0 refused for good",
		"from the first question to the last key taken; to the last on the wall; refusals that were tried again; processor time of the hub",
		"%.1f s; %.1f s; %d; %.1f s", accepted.Seconds(), time.Since(begun).Seconds(), a.refused.Load(), (after.CPU - before.CPU).Seconds())
	return nil
}
