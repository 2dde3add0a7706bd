package alert

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// The numbers of the policy.
const (
	// groupWait is how long a notice waits for more alerts to tell of.
	groupWait = 30 * time.Second
	// An alert that changes so often in so short a time is flapping, until it has not
	// changed for flapStable.
	flapChanges = 5
	flapWithin  = 10 * time.Minute
	flapStable  = 15 * time.Minute
	// Critical alerts are told again after remindFirst, then every remindNext.
	remindFirst = 4 * time.Hour
	remindNext  = 24 * time.Hour
	// perHour notices are sent in an hour at most, of which the last keptForCritical are
	// for critical alerts.
	perHour         = 10
	keptForCritical = 2
	// learningTime is how long nothing is sent after the first start.
	learningTime = 24 * time.Hour
	// keptNotices is how many of those are kept that would have been sent, keptMissed how
	// many alerts that were over before they were told, keptAfter how many ids of notices
	// of an alert.
	keptNotices = 50
	keptMissed  = 200
	keptAfter   = 8
)

// PlannerConfig is what a [Planner] is told by the configuration.
type PlannerConfig struct {
	Quiet QuietHours
	// Silences are those of the configuration, with Matchers and Reason.
	Silences []Silence
	// Armed says that there is somebody to send to: learning ends at once.
	Armed bool
}

// Planner decides which notices are to be sent. It sends nothing, starts nothing and asks
// no clock: changes go in by [Planner.Change], and [Planner.Tick] says what is due. Its
// state outlives a restart: see [State]. It may be used by several goroutines.
type Planner struct {
	cfg PlannerConfig

	mu       sync.Mutex
	tracks   map[string]*track
	silences []Silence
	// since is when the planner saw its first moment, 0 before it.
	since int64
	armed bool
	// sent are the moments of the notices of the last hour.
	sent []int64
	// missed are alerts that were over before they could be told.
	missed []Alert
	// would are the notices that would have been sent while learning, oldest first.
	would []Notice
}

// NewPlanner returns a planner that has seen nothing.
func NewPlanner(cfg PlannerConfig) (*Planner, error) {
	p := &Planner{cfg: cfg, tracks: make(map[string]*track), armed: cfg.Armed}
	for i, s := range cfg.Silences {
		s.Configured, s.ID = true, fmt.Sprintf("configured-%d", i+1)
		if err := s.check(0); err != nil {
			return nil, err
		}
		p.silences = append(p.silences, s)
	}
	return p, nil
}

// Learning is whether notices are sent yet.
type Learning struct {
	// UntilMs is when they are, 0 where that is not known yet.
	UntilMs int64 `json:"untilMs"`
	Armed   bool  `json:"armed"`
	// Would are those that would have been sent, newest first.
	Would []Notice `json:"would"`
}

// Learning returns whether notices are sent.
func (p *Planner) Learning() *Learning {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &Learning{Armed: p.armed, Would: append([]Notice{}, p.would...)}
	slices.Reverse(l.Would)
	if p.since > 0 {
		l.UntilMs = p.since + learningTime.Milliseconds()
	}
	return l
}

// Arm ends learning. What is firing is told with the next Tick.
func (p *Planner) Arm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.arm()
}

// arm forgets what would have been told.
func (p *Planner) arm() {
	if p.armed {
		return
	}
	p.armed, p.sent, p.missed, p.would = true, nil, nil, nil
	for key, t := range p.tracks {
		if t.Alert.Phase != Firing {
			delete(p.tracks, key)
			continue
		}
		p.tracks[key] = &track{Alert: t.Alert, ChangedMs: t.ChangedMs}
	}
}

// Sync takes the alerts of an engine that was restored: those firing that the planner does
// not know are added, those that it alone knows are forgotten.
func (p *Planner) Sync(alerts []Alert) {
	firing := make(map[string]bool)
	for i := range alerts {
		if a := &alerts[i]; a.Phase == Firing {
			firing[a.key()] = true
			p.Change(Change{Alert: a.clone(), T: a.FiredMs})
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.tracks, func(key string, t *track) bool { return t.Alert.Phase == Firing && !firing[key] })
}

// Change takes a change of an alert. One that was taken before changes nothing.
func (p *Planner) Change(c Change) {
	a := &c.Alert
	if !a.Notify {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := a.key()
	t := p.tracks[key]
	if t == nil {
		t = &track{}
		p.tracks[key] = t
	}
	same := t.Alert.ID == a.ID
	if c.T < t.ChangedMs || same && t.Alert.Phase == a.Phase && t.Alert.Level == a.Level || same && t.Alert.Phase == Resolved {
		return
	}
	if !same && (t.Over || t.Told == "") {
		// Where only the end of the one before was not told yet, whoever was told of it
		// takes this one for the same.
		t.Told, t.By, t.Over, t.RemindMs, t.Reminded, t.Waited = "", nil, false, 0, 0, false
	}
	t.Alert, t.ChangedMs = a.clone(), c.T
	if a.Phase == Resolved && t.Told == "" && t.Waited {
		t.Waited = false
		if p.missed = append(p.missed, a.clone()); len(p.missed) > keptMissed {
			p.missed = slices.Delete(p.missed, 0, len(p.missed)-keptMissed)
		}
	}
	t.Changes = append(t.Changes, c.T)
	t.Changes = slices.DeleteFunc(t.Changes, func(at int64) bool { return at <= c.T-flapWithin.Milliseconds() })
	if len(t.Changes) >= flapChanges && t.FlapMs == 0 {
		t.FlapMs, t.FlapTold = c.T, false
	}
}

// Tick returns the notices that are due at a moment, in Unix milliseconds, and takes them
// for sent. It is to be called every few seconds, and before the first Change after a
// restart.
func (p *Planner) Tick(now int64) []Notice {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since == 0 {
		p.since = now
	}
	if !p.armed && now >= p.since+learningTime.Milliseconds() {
		p.arm()
	}
	p.endSilences(now)
	p.settle(now)
	p.sent = slices.DeleteFunc(p.sent, func(at int64) bool { return at <= now-time.Hour.Milliseconds() })
	out := p.due(now)
	if p.armed {
		return out
	}
	if p.would = append(p.would, out...); len(p.would) > keptNotices {
		p.would = slices.Delete(p.would, 0, len(p.would)-keptNotices)
	}
	return nil
}
