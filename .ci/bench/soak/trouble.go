package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"dashcam/bench/measure"
)

// link is a network between pages and the program that can be cut.
type link struct {
	ln   net.Listener
	to   string
	cuts atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

func newLink(to string) (*link, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &link{ln: ln, to: to, conns: make(map[net.Conn]struct{})}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go l.carry(c)
		}
	}()
	return l, nil
}

func (l *link) addr() string { return l.ln.Addr().String() }

func (l *link) carry(near net.Conn) {
	far, err := net.Dial("tcp", l.to)
	if err != nil {
		_ = near.Close()
		return
	}
	l.mu.Lock()
	l.conns[near], l.conns[far] = struct{}{}, struct{}{}
	l.mu.Unlock()
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			_, _ = io.Copy(pair[0], pair[1])
			_, _ = near.Close(), far.Close() // once more for the other
		})
	}
	both.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, near)
	delete(l.conns, far)
}

// cut ends every connection, half of them by a reset.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		if tcp, ok := c.(*net.TCPConn); ok && rand.IntN(2) == 0 {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
		l.cuts.Add(1)
	}
}

func (l *link) close() {
	_ = l.ln.Close()
	l.cut()
}

func cuts(ctx context.Context, l *link) {
	for measure.Wait(ctx, time.Duration(3+rand.IntN(20))*time.Second) == nil {
		l.cut()
	}
}

// load puts something else on the host every ten seconds.
func load(ctx context.Context, dir string) {
	for _, what := range []func(context.Context){spin, churn, write, rest} {
		turn, cancel := context.WithTimeout(ctx, 10*time.Second)
		what(turn)
		<-turn.Done()
		cancel()
		if ctx.Err() != nil {
			return
		}
	}
	if ctx.Err() == nil {
		load(ctx, dir)
	}
}

func rest(context.Context) {}

func spin(ctx context.Context) {
	_ = exec.CommandContext(ctx, "sh", "-c", "while :; do :; done").Run() // ended by the context
}

func churn(ctx context.Context) {
	for ctx.Err() == nil {
		_ = exec.CommandContext(ctx, "true").Run()
	}
}

func write(ctx context.Context) {
	file := filepath.Join(os.TempDir(), "dashcam-soak-data")
	defer func() { _ = os.Remove(file) }()
	for ctx.Err() == nil {
		_ = exec.CommandContext(ctx, "dd", "if=/dev/zero", "of="+file, "bs=1M", "count=64", "conv=fsync", "status=none").Run()
	}
}

// ask is everybody else who asks.
func ask(ctx context.Context, addr string) {
	paths := []string{"/metrics", "/api/v1/history?points=200", "/api/v1/processes", "/", "/nothing", "/api/v1/health"}
	for i := 0; measure.Wait(ctx, 700*time.Millisecond) == nil; i++ {
		_ = get(addr, paths[i%len(paths)], nil) // what is lost is counted by the pages
	}
}
