package embedded

import (
	"context"
	"net"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// Start is what is known when Run serves.
type Start struct {
	// Addr is where Run listens, nil when it does not.
	Addr net.Addr
	// TLS says that Addr is asked over TLS; Fingerprint is the SHA-256 of a certificate
	// that was made at the start, "" for one from files.
	TLS         bool
	Fingerprint string
	// PublicURL is Config's.
	PublicURL string
	// Link is the secret that a link to Addr carries in its fragment, as
	// "#token=" and Link, to sign in by opening it; "" where that is not how people
	// sign in. LinkOnce says that it works one time.
	Link     string
	LinkOnce bool
	// Hostname is the name of the machine that is shown.
	Hostname string
	// Interval is the time between rows.
	Interval time.Duration
	// History and Memory (bytes) bound what is remembered, whichever ends first.
	History time.Duration
	Memory  int64
	// StateDir is where the history is kept on disk, "" for nowhere, in at most Disk bytes
	// for at most Retention.
	StateDir  string
	Disk      int64
	Retention time.Duration
	// Before is since when something is remembered from before this start, zero for
	// nothing; Ended how the last instance ended.
	Before time.Time
	Ended  string
	// Demo says that the host is synthetic.
	Demo bool
}

// First is what is known after the first row.
type First struct {
	// Series is how many series there are.
	Series int
	// Collectors is the health of each, off ones included.
	Collectors []collectors.Health
}

func (d *Dashcam) start() Start {
	s := Start{
		TLS: d.tls != nil, Fingerprint: d.fingerprint, PublicURL: d.cfg.PublicURL,
		Link: d.link, LinkOnce: d.cfg.SignIn.TokenFile != "",
		Hostname: d.source.host().Hostname, Interval: d.cfg.Interval,
		History: d.cfg.History, Memory: d.cfg.HistoryMemory, Demo: d.cfg.Demo,
	}
	if s.History == 0 {
		s.History = history.DefaultAge
	}
	if s.Memory == 0 {
		s.Memory = history.DefaultMemory
	}
	if d.tape != nil {
		kept := d.tape.Stats()
		s.StateDir, s.Disk, s.Retention, s.Ended = kept.Dir, kept.Limit, kept.Retention, d.tape.Why()
		if kept.OldestT > 0 {
			s.Before = time.UnixMilli(kept.OldestT)
		}
	}
	return s
}

// watchFirstRow calls Config.Observed once there is a row.
func (d *Dashcam) watchFirstRow(ctx context.Context) {
	if d.cfg.Observed == nil || d.ring.Wait(ctx, d.before) != nil {
		return
	}
	d.cfg.Observed(First{Series: d.ring.Bounds().Series, Collectors: d.ring.Health()})
}
