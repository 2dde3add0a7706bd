package notify

import (
	"context"
	"net/http"
	"time"
)

// beat is the time between heartbeats.
const beat = time.Minute

// heartbeat calls an address every minute while all is well: dashcam does its work, and
// notifications arrive. When the calls stop, who waits for them tells somebody.
func (n *Notifier) heartbeat(ctx context.Context, t *target) {
	every := time.NewTicker(beat)
	defer every.Stop()
	for {
		if (n.cfg.Well == nil || n.cfg.Well()) && !n.failing() {
			err := n.client.do(ctx, http.MethodGet, t.to, nil, nil)
			switch {
			case ctx.Err() != nil:
				return
			case err == nil:
				n.reached(t, time.Now())
			default:
				failed := sendErrorOf(err)
				failed.Refused = false
				n.missed(t, time.Now(), failed)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}
