package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"dashcam/bench/measure"
)

// hostTurns is how often two dashcams of this machine take turns in having joined.
const hostTurns = 4

// oneHost measures what joining costs a host: two dashcams observe this machine at the same
// time, of which one has joined, by turns, so that what else happens here costs both.
func (b *bench) oneHost(ctx context.Context) error {
	h, err := b.hub(ctx, "hub-host")
	if err != nil {
		return err
	}
	defer h.Stop()
	link, err := newCounted(strings.TrimPrefix(strings.TrimPrefix(h.url, "https://"), "http://"))
	if err != nil {
		return err
	}
	defer link.close()
	scheme, _, _ := strings.Cut(h.url, "://")
	by := scheme + "://" + link.ln.Addr().String()
	var pair [2]*turned
	for i := range pair {
		if pair[i], err = b.startTurned(fmt.Sprint("turn", i)); err != nil {
			return err
		}
		defer pair[i].Stop()
	}
	if err := measure.Wait(ctx, 15*time.Second); err != nil {
		return err
	}
	unjoined, err := b.memories(ctx, pair)
	if err != nil {
		return err
	}
	var more, plain, bytes float64
	var memory float64
	for turn := range hostTurns {
		on, off := pair[turn%2], pair[(turn+1)%2]
		token, err := h.token(ctx, 1)
		if err != nil {
			return err
		}
		if err := say(ctx, on.bin, on.dir, "join", by, token, "--host-id", on.id); err != nil {
			return err
		}
		if err := h.await(ctx, "the host is on the wall", time.Minute, func() bool { return h.online(ctx, on.id) == 1 }); err != nil {
			return err
		}
		if err := measure.Wait(ctx, 5*time.Second); err != nil {
			return err
		}
		var joined, other measure.Span
		carried := link.bytes.Load()
		if joined.Before, err = on.Look(); err != nil {
			return err
		}
		if other.Before, err = off.Look(); err != nil {
			return err
		}
		if err := measure.Wait(ctx, b.span); err != nil {
			return err
		}
		if joined.After, err = on.Look(); err != nil {
			return err
		}
		if other.After, err = off.Look(); err != nil {
			return err
		}
		bytes += float64(link.bytes.Load()-carried) / joined.Seconds()
		more += joined.Percent() - other.Percent()
		plain += other.Percent()
		if turn == 0 { // afterwards the other one has joined, too, and keeps what that took
			now, err := b.memories(ctx, pair)
			if err != nil {
				return err
			}
			memory = (now[0] - unjoined[0]) - (now[1] - unjoined[1])
		}
		if err := say(ctx, on.bin, on.dir, "leave"); err != nil {
			return err
		}
	}
	const turns = hostTurns
	b.add("a host that joined, on that host, nobody looking", "≤ 0.03 %, ≤ 3 MiB, ≤ 500 B/s",
		fmt.Sprintf("two dashcams of this machine at once, one of which has joined by %s, %d turns of %v: its processor time (PSS in the first turn) less that of the other (%.2f %%); bytes of the connection both ways", b.way, turns, b.span, plain/turns),
		"%.3f %%, %.1f MiB, %.0f B/s", more/turns, memory/(1<<20), bytes/turns)
	return nil
}

// turned is a dashcam that joins and leaves while it runs.
type turned struct {
	*measure.Program
	id, bin, dir string
}

// startTurned starts one of a binary of its own: PSS divides what several share.
func (b *bench) startTurned(id string) (*turned, error) {
	dir, err := b.stateDir(id)
	if err != nil {
		return nil, err
	}
	t := &turned{id: id, dir: dir, bin: filepath.Join(b.dir, id+"-dashcam")}
	program, err := os.ReadFile(b.bin)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(t.bin, program, 0o700); err != nil { //nolint:gosec // it is run
		return nil, err
	}
	t.Program, _, err = measure.Serve(t.bin, "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", dir, "--host-id", id, "--log-level", "error")
	return t, err
}

// say runs a command of dashcam about a host.
func say(ctx context.Context, bin, stateDir string, args ...string) error {
	out, err := exec.CommandContext(ctx, bin, append(args, "--state-dir", stateDir)...).CombinedOutput() //nolint:gosec // what was built
	if err != nil {
		return fmt.Errorf("dashcam %s: %w: %s", args[0], err, out)
	}
	return nil
}

// memories are the means of the PSS of both over a time, in bytes.
func (b *bench) memories(ctx context.Context, pair [2]*turned) (mean [2]float64, err error) {
	const looks = 10
	for range looks {
		for i, t := range pair {
			m, err := t.Look()
			if err != nil {
				return mean, err
			}
			mean[i] += float64(m.PSS) / looks
		}
		if err := measure.Wait(ctx, time.Second); err != nil {
			return mean, err
		}
	}
	return mean, nil
}

// counted passes connections on, and counts what goes through.
type counted struct {
	ln    net.Listener
	to    string
	bytes atomic.Int64
}

func newCounted(to string) (*counted, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &counted{ln: ln, to: to}
	go func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			go c.carry(near)
		}
	}()
	return c, nil
}

func (c *counted) close() { _ = c.ln.Close() }

func (c *counted) carry(near net.Conn) {
	far, err := net.Dial("tcp", c.to)
	if err != nil {
		_ = near.Close()
		return
	}
	pass := func(to, from net.Conn) {
		_, _ = io.Copy(io.MultiWriter(to, c), from) // it ends with either end
		_, _ = near.Close(), far.Close()
	}
	go pass(near, far)
	pass(far, near)
}

// Write counts.
func (c *counted) Write(p []byte) (int, error) {
	c.bytes.Add(int64(len(p)))
	return len(p), nil
}
