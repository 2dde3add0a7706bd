package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"dashcam/bench/measure"
)

const (
	// clickedHosts is how many hosts are clicked on that nobody has looked at.
	clickedHosts = 5
	// historyRows are five minutes.
	historyRows = 300
)

// realHost is a dashcam of this machine that has joined.
type realHost struct {
	*measure.Program
	id, url string
}

// startHost has a dashcam join, and starts it.
func (b *bench) startHost(ctx context.Context, h *hub, id string, args ...string) (*realHost, error) {
	dir, err := b.stateDir(id)
	if err != nil {
		return nil, err
	}
	token, err := h.token(ctx, 1)
	if err != nil {
		return nil, err
	}
	if err := say(ctx, b.bin, dir, "join", h.url, token, "--host-id", id); err != nil {
		return nil, err
	}
	p, url, err := measure.Serve(b.bin, append([]string{"--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", dir, "--log-level", "error"}, args...)...)
	if err != nil {
		return nil, err
	}
	return &realHost{p, id, url}, nil
}

// click measures from a click on a host to its page, and what the way by the hub adds to
// each row.
func (b *bench) click(ctx context.Context) error {
	h, err := b.hub(ctx, "hub-click")
	if err != nil {
		return err
	}
	defer h.Stop()
	var hosts []*realHost
	defer func() {
		for _, r := range hosts {
			r.Stop()
		}
	}()
	for i := range clickedHosts {
		r, err := b.startHost(ctx, h, fmt.Sprint("real", i), "--demo", "--seed", fmt.Sprint(i+1))
		if err != nil {
			return err
		}
		hosts = append(hosts, r)
	}
	if err := h.await(ctx, "the hosts are on the wall", time.Minute, func() bool { return h.online(ctx, "real") == clickedHosts }); err != nil {
		return err
	}
	if err := measure.Wait(ctx, 5*time.Second); err != nil {
		return err
	}
	var clicks, again, own []time.Duration
	for _, r := range hosts {
		for _, from := range []struct {
			url, prefix string
			to          *[]time.Duration
		}{{h.url, "/h/" + r.id, &clicks}, {h.url, "/h/" + r.id, &again}, {r.url, "", &own}} {
			took, err := view(ctx, from.url, from.prefix)
			if err != nil {
				return err
			}
			*from.to = append(*from.to, took)
		}
	}
	b.add("click on a host to its live page with 5 minutes of history, loopback", "≤ 600 ms",
		fmt.Sprintf("by sockets: from the dial of /h/{id}/ws to 300 rows with all columns begun, median of %d hosts that nobody had looked at; looked at before; the same on the host itself", clickedHosts),
		"%.0f ms; %.0f ms; %.0f ms", ms(median(clicks)), ms(median(again)), ms(median(own)))
	return b.delays(ctx, h, hosts)
}

// view opens a page, waits for its history, and closes it.
func view(ctx context.Context, url, prefix string) (time.Duration, error) {
	begun := time.Now()
	v, err := watch(url, prefix)
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = v.socket.Close() // it was only read
		v.reader.Wait()
	}()
	for ctx.Err() == nil && time.Since(begun) < time.Minute {
		history, live, err := v.has()
		if err != nil {
			return 0, err
		}
		if history+live >= historyRows {
			return time.Since(begun), nil
		}
		if err := measure.Wait(ctx, time.Millisecond); err != nil {
			return 0, err
		}
	}
	history, live, _ := v.has()
	return 0, fmt.Errorf("a page of %s%s has %d and %d rows after a minute", url, prefix, history, live)
}

// delays compares when rows come by the hub and from the host itself.
func (b *bench) delays(ctx context.Context, h *hub, hosts []*realHost) error {
	type pair struct{ own, by *viewer }
	var pairs []pair
	for _, r := range hosts {
		own, err := watch(r.url, "")
		if err != nil {
			return err
		}
		by, err := watch(h.url, "/h/"+r.id)
		if err != nil {
			return err
		}
		pairs = append(pairs, pair{own, by})
	}
	if err := measure.Wait(ctx, b.span+5*time.Second); err != nil {
		return err
	}
	var more []time.Duration
	for _, p := range pairs {
		own, by := p.own.arrivals(), p.by.arrivals()
		for seq, at := range by {
			if there, both := own[seq]; both {
				more = append(more, at.Sub(there))
			}
		}
		if err := p.own.close(); err != nil {
			return err
		}
		if err := p.by.close(); err != nil {
			return err
		}
	}
	if len(more) < clickedHosts*int(b.span.Seconds())/2 {
		return fmt.Errorf("only %d rows came both ways", len(more))
	}
	slices.Sort(more)
	b.add("a row to a viewer through the hub, over locally", "p50 ≤ 40 ms",
		fmt.Sprintf("the same %d rows of %d hosts, when each came from the hub less when it came from the host; p50; p95", len(more), clickedHosts),
		"%.1f ms; %.1f ms", ms(median(more)), ms(more[len(more)*95/100]))
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}
