package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/bench/measure"
	"dashcam/server/wire"
)

// page is a page that comes, stays for a while, comes back when it was cut off, and leaves.
type page struct {
	addr  string
	stays bool
	rand  *rand.Rand

	visits, received, lost, missed int
	err                            error
}

func newPage(addr string, stays bool, r *rand.Rand) *page {
	return &page{addr: addr, stays: stays, rand: r}
}

func (p *page) run(ctx context.Context) {
	for ctx.Err() == nil && p.err == nil {
		visit, leave := context.WithCancel(ctx)
		if !p.stays {
			leave()
			visit, leave = context.WithTimeout(ctx, time.Duration(2+p.rand.IntN(30))*time.Second)
		}
		p.visits++
		p.visit(visit)
		leave()
		if !p.stays {
			_ = measure.Wait(ctx, time.Duration(p.rand.IntN(5000))*time.Millisecond) // the loop sees its end
		}
	}
}

// visit watches until the context ends, over as many connections as it takes, and then
// counts the rows between the first and the last that are not there.
func (p *page) visit(ctx context.Context) {
	state := wire.NewState()
	for ctx.Err() == nil {
		if err := p.connection(ctx, state); err != nil {
			p.err = err
			return
		}
		_ = measure.Wait(ctx, 200*time.Millisecond) // the loop sees its end
	}
	first, last := uint64(0), uint64(0)
	for seq := range state.Rows {
		if first == 0 || seq < first {
			first = seq
		}
		last = max(last, seq)
		if p.stays {
			p.missed += state.Rows[seq].Missed
		}
	}
	if last > 0 {
		p.received += len(state.Rows)
		p.lost += int(last-first) + 1 - len(state.Rows)
	}
}

// connection applies what one connection brings. That it ends is no error; that what it
// brings does not follow is.
func (p *page) connection(ctx context.Context, state *wire.State) error {
	d := fastws.Dialer{Subprotocols: []string{wire.Subprotocol}, EnableCompression: p.rand.IntN(2) == 0, HandshakeTimeout: 5 * time.Second}
	ws, _, err := d.Dial("ws://"+p.addr+"/ws", http.Header{"Origin": {"http://" + p.addr}})
	if err != nil {
		return nil
	}
	stop := context.AfterFunc(ctx, func() { _ = ws.Close() })
	defer stop()
	defer func() { _ = ws.Close() }()
	subscribe := wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics, "processes"}, Window: 60}
	newest := uint64(0)
	for seq := range state.Rows {
		newest = max(newest, seq)
	}
	if newest > 0 {
		subscribe.Window, subscribe.Since = 0, &wire.Since{Instance: state.Hello.Instance, Seq: newest}
	}
	if ws.WriteJSON(subscribe) != nil {
		return nil
	}
	for {
		_, message, err := ws.ReadMessage()
		if err != nil {
			return nil
		}
		if err := state.Apply(message); err != nil {
			return fmt.Errorf("a message that does not follow: %w", err)
		}
	}
}
