package fleet

import (
	"context"
	"time"

	"dashcam/collectors"
)

// Own is the host that a hub runs on, as its wall needs it.
type Own struct {
	Ring     collectors.Live
	Alerts   func() []Alert
	Verdict  func(ctx context.Context, at int64) (collectors.Verdict, error)
	Version  string
	Interval time.Duration
}

// Follow makes the host that a hub runs on one of its wall, until the context ends.
func (w *Wall) Follow(ctx context.Context, own Own) {
	ring := own.Ring
	info := ring.Info()
	id := cut(info.ID, 64)
	if !ValidID(id) {
		return
	}
	w.Set(Record{ID: id, Name: info.Hostname}, time.Now())
	alerts := func() []Alert { return w.withoutUnreachable(own.Alerts()) }
	s := summarizer{ring: ring, alerts: alerts, version: own.Version}
	present := presenter{alerts: alerts, verdict: own.Verdict}
	defer present.wait()
	var told uint64
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			info = ring.Info()
			w.Introduced(id, About{Instance: ring.Instance(), Name: info.Hostname, OS: info.OS, Version: own.Version, IntervalMs: own.Interval.Milliseconds(), BootMs: info.BootMs, NowMs: now.UnixMilli()}, now)
			m := Events{Instance: ring.Instance(), Events: ring.HeadEvents(told)}
			if n := len(m.Events); n > 0 {
				told = m.Events[n-1].Seq
			}
			if text, ok := s.next(); ok {
				if summary, err := ParseSummary(text); err == nil {
					w.Summarized(id, summary, now)
				}
				present.look(ctx, s.levels, s.at, now)
				m.Now = &present.now
			}
			w.Happened(id, m)
		}
	}
}
