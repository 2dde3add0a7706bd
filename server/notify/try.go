package notify

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"dashcam/collectors/alert"
)

// Tried is what came of a test message.
type Tried = alert.Tried

// Try sends a test message to every receiver of a configuration, without its queue. What is
// wrong with the addresses is an error.
func Try(ctx context.Context, cfg Config) ([]Tried, error) {
	cfg.Files = nil
	n, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return n.Try(ctx), nil
}

// Try sends a test message to every receiver, beside the queue: to those of the
// configuration, and to nobody else.
func (n *Notifier) Try(ctx context.Context) []Tried {
	now := time.Now()
	a := alert.Alert{
		ID: "test-" + rand.Text(), Rule: "test", Phase: alert.Firing, Level: alert.Warning, Labels: map[string]string{},
		SinceMs: now.UnixMilli(), FiredMs: now.UnixMilli(), Text: "a test: notifications arrive here", Notify: true,
	}
	m, _ := n.writer.write(ctx, &alert.Notice{ID: a.ID, AtMs: now.UnixMilli(), Kind: kindTest, Level: a.Level, Alerts: []alert.Alert{a}}) // it needs no past
	out := make([]Tried, len(n.targets))
	var trying sync.WaitGroup
	for i, t := range n.targets {
		trying.Go(func() {
			out[i].Receiver = t.name
			var err error
			switch t.kind {
			case toldOnce:
				err = t.sender.Send(ctx, m)
			case toldAll:
				err = n.post(ctx, t, []postedAlert{n.postedAlert(&a, now.Add(resend))})
			case calledWhenWell:
				err = n.client.do(ctx, http.MethodGet, t.to, nil, nil)
			}
			if err != nil {
				out[i].Problem = sendErrorOf(err).Text
			}
		})
	}
	trying.Wait()
	return out
}
