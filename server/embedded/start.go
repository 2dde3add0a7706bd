package embedded

import (
	"context"
	"net"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/events"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
	"dashcam/collectors/sampler"
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
	// Budget is what the collectors may take, in percent of one core; there is none
	// where it is not above 0.
	Budget float64
	// Demo says that the host is synthetic.
	Demo bool
}

// First is what is known after the first row.
type First struct {
	// Series is how many series there are.
	Series int
	// Reach guesses how far back the memory for the past reaches with that many series,
	// at most History, which is how far it may.
	Reach, History time.Duration
	// Collectors is the health of each, off ones included.
	Collectors []collectors.Health
}

func (d *Dashcam) start() Start {
	s := Start{
		TLS: d.tls != nil, Fingerprint: d.fingerprint, PublicURL: d.cfg.PublicURL,
		Link: d.link, LinkOnce: d.cfg.SignIn.TokenFile != "",
		Hostname: d.source.host().Hostname, Interval: d.cfg.Interval,
		Budget: d.cfg.Budget, Demo: d.cfg.Demo,
	}
	s.History, s.Memory = d.cfg.remembers()
	if d.store != nil {
		kept := d.store.Stats()
		s.StateDir, s.Disk, s.Retention, s.Ended = kept.Dir, kept.Limit, kept.Retention, d.store.Why()
		if kept.OldestT > 0 {
			s.Before = time.UnixMilli(kept.OldestT)
		}
	}
	if s.Budget == 0 {
		s.Budget = sampler.DefaultBudget
	}
	return s
}

// remembers returns the bounds on what is remembered, defaults filled in.
func (c *Config) remembers() (age time.Duration, memory int64) {
	age, memory = c.History, c.HistoryMemory
	if age == 0 {
		age = history.DefaultAge
	}
	if memory == 0 {
		memory = history.DefaultMemory
	}
	return age, memory
}

// watchFirstRow calls Config.Observed once there is a row.
func (d *Dashcam) watchFirstRow(ctx context.Context) {
	if d.cfg.Observed == nil || d.ring.Wait(ctx, d.before) != nil {
		return
	}
	age, memory := d.cfg.remembers()
	series := d.ring.Bounds().Series
	d.cfg.Observed(First{
		Series: series, Collectors: d.ring.Health(),
		History: age, Reach: min(age, history.Reach(memory, d.cfg.Interval, series)),
	})
}

// tellStart leaves an event that says how the instance before ended. What it was itself
// could not say it any more.
func (d *Dashcam) tellStart() {
	if d.store == nil {
		return
	}
	last := time.UnixMilli(d.store.Stats().NewestT).In(time.Local).Format("2006-01-02 15:04:05")
	e := collectors.Event{About: collectors.About{Kind: "host"}}
	switch d.store.Why() {
	case store.WhyRebooted:
		e.Kind, e.Text = events.KindBoot, "the host was started anew; the last row before it is of "+last
		if !d.store.EndedByItself() {
			e.Level = collectors.LevelWarning
			e.Text += ", and dashcam was not stopped then: the host went down without a shutdown, or dashcam was killed before"
		}
	case store.WhyKilled:
		e.Kind, e.Level, e.Text = events.KindCrash, collectors.LevelWarning, "dashcam was killed; its last row is of "+last
	case store.WhyStopped:
		e.Kind, e.Text = events.KindStop, "dashcam was stopped; its last row is of "+last
	default:
		return
	}
	d.ring.Post(e)
}
