package alert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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

// track is what was and is to be told of one rule and instance.
type track struct {
	Alert Alert `json:"alert"`
	// ChangedMs is when it changed last, Changes the moments of the last changes.
	ChangedMs int64   `json:"changedMs"`
	Changes   []int64 `json:"changes,omitempty"`
	// Told is the worst level that was told of, "" for none; By are the notices.
	Told Level    `json:"told,omitempty"`
	By   []string `json:"by,omitempty"`
	// Over says that its end was told, too.
	Over bool `json:"over,omitempty"`
	// RemindMs is when it is told again.
	RemindMs int64 `json:"remindMs,omitempty"`
	Reminded int   `json:"reminded,omitempty"`
	// FlapMs is since when it is flapping, 0 for not, FlapTold that this was told.
	FlapMs   int64 `json:"flapMs,omitempty"`
	FlapTold bool  `json:"flapTold,omitempty"`
	// Waited says that what is to be told has to go into a digest.
	Waited bool `json:"waited,omitempty"`
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

// key names rule and instance.
func (a *Alert) key() string {
	parts := []string{a.Rule}
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		parts = append(parts, name, a.Labels[name])
	}
	return strings.Join(parts, "\x00")
}

// want is what is to be told of a track, and since when.
func (t *track) want(now int64) (NoticeKind, int64) {
	if t.FlapMs > 0 {
		if !t.FlapTold {
			return NoticeFlapping, t.FlapMs
		}
		return "", 0
	}
	switch {
	case t.Alert.Phase == Resolved && t.Told != "" && !t.Over:
		return NoticeResolved, t.ChangedMs
	case t.Alert.Phase != Firing:
	case t.Told == "" || t.Told == Warning && t.Alert.Level == Critical:
		return NoticeFiring, t.ChangedMs
	case t.Alert.Level == Critical && t.RemindMs > 0 && now >= t.RemindMs:
		return NoticeReminder, t.RemindMs
	}
	return "", 0
}

// level is how bad what is to be told is: the end of a critical alert is told as it was.
func (t *track) level(kind NoticeKind) Level {
	if kind == NoticeResolved {
		return t.Told
	}
	return t.Alert.Level
}

// wanted is a track that has something to tell, which nothing keeps back.
type wanted struct {
	*track
	kind  NoticeKind
	level Level
	at    int64
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

// settle ends flapping, and drops tracks that have nothing to tell.
func (p *Planner) settle(now int64) {
	for key, t := range p.tracks {
		quietFor := now - t.ChangedMs
		if t.FlapMs > 0 && quietFor >= flapStable.Milliseconds() {
			if t.FlapTold && t.Alert.Phase == Firing {
				t.Told = "" // that it stays is told
			}
			t.FlapMs, t.FlapTold, t.Changes = 0, false, nil
		}
		if t.Alert.Phase == Resolved && (t.Over || t.Told == "") && t.FlapMs == 0 && quietFor >= flapWithin.Milliseconds() {
			delete(p.tracks, key)
		}
	}
}

// due collects what may be told, and makes notices of what has waited for long enough.
func (p *Planner) due(now int64) []Notice {
	quiet := p.cfg.Quiet.At(now)
	var wants []wanted
	for _, key := range slices.Sorted(maps.Keys(p.tracks)) {
		t := p.tracks[key]
		kind, at := t.want(now)
		if kind == "" {
			continue
		}
		if p.silenceOf(&t.Alert, now) != nil {
			// What is silenced when it ends is not told of later.
			t.Over = t.Over || kind == NoticeResolved
			continue
		}
		w := wanted{t, kind, t.level(kind), at}
		if quiet && w.level != Critical {
			t.Waited = true
			continue
		}
		wants = append(wants, w)
	}
	var out []Notice
	for _, kind := range []NoticeKind{NoticeFiring, NoticeFlapping, NoticeReminder, NoticeResolved} {
		for {
			group := dueGroup(wants, kind, now)
			if len(group) == 0 {
				break
			}
			if p.room(group) {
				out = append(out, p.notice(kind, now, group))
			} else {
				for _, w := range group {
					w.Waited = true
				}
			}
			wants = slices.DeleteFunc(wants, func(w wanted) bool { return slices.Contains(group, w) })
		}
	}
	if n, ok := p.digest(wants, quiet, now); ok {
		out = append(out, n)
	}
	return out
}

// dueGroup returns what is told in one notice of a kind: all that began within groupWait of
// the first, when that has passed.
func dueGroup(wants []wanted, kind NoticeKind, now int64) (group []wanted) {
	at := int64(0)
	for _, w := range wants {
		if w.kind == kind && !w.Waited && (at == 0 || w.at < at) {
			at = w.at
		}
	}
	if at += groupWait.Milliseconds(); now < at {
		return nil
	}
	for _, w := range wants {
		if w.kind == kind && !w.Waited && w.at <= at {
			group = append(group, w)
		}
	}
	return group
}

// room reports whether one more notice may be sent.
func (p *Planner) room(wants []wanted) bool {
	most := perHour - keptForCritical
	for _, w := range wants {
		if w.level == Critical {
			most = perHour
		}
	}
	return len(p.sent) < most
}

// digest makes one notice of what had to wait, where nothing keeps it back any more.
func (p *Planner) digest(wants []wanted, quiet bool, now int64) (Notice, bool) {
	wants = slices.DeleteFunc(wants, func(w wanted) bool { return !w.Waited })
	var missed []Alert
	if !quiet {
		// Of what is firing again there is newer word.
		p.missed = slices.DeleteFunc(p.missed, func(a Alert) bool {
			t := p.tracks[a.key()]
			return t != nil && t.Alert.Phase == Firing
		})
		missed = p.missed
	}
	if len(wants)+len(missed) == 0 || !p.room(wants) {
		return Notice{}, false
	}
	kind := NoticeDigest
	if len(missed) == 0 {
		kind = wants[0].kind
		for _, w := range wants {
			if w.kind != kind {
				kind = NoticeDigest
			}
		}
	} else {
		p.missed = nil
	}
	return p.notice(kind, now, wants, missed...), true
}

// notice makes a notice, and notes that it was sent.
func (p *Planner) notice(kind NoticeKind, now int64, wants []wanted, missed ...Alert) Notice {
	alerts := slices.Clone(missed)
	var after, extra []string
	told := make(map[string]bool)
	for _, w := range wants {
		alerts = append(alerts, w.Alert.clone())
		told[w.Alert.ID] = true
		after = append(after, w.By...)
		switch w.kind {
		case NoticeReminder:
			extra = append(extra, fmt.Sprintf("%s reminder %d", w.Alert.ID, w.Reminded+1))
		case NoticeFlapping:
			extra = append(extra, fmt.Sprintf("%s flapping %d", w.Alert.ID, w.FlapMs))
		}
	}
	n := newNotice(kind, now, alerts, extra...)
	for _, w := range wants {
		if w.level == Critical {
			n.Level = Critical
		}
		w.tell(w.kind, n.ID, now)
	}
	slices.Sort(after)
	n.After = slices.Compact(after)
	for _, key := range slices.Sorted(maps.Keys(p.tracks)) {
		if a := &p.tracks[key].Alert; a.Phase == Firing && !told[a.ID] && p.silenceOf(a, now) == nil {
			n.Others = append(n.Others, a.clone())
		}
	}
	p.sent = append(p.sent, now)
	return n
}

// tell notes that a notice told of the track.
func (t *track) tell(kind NoticeKind, id string, at int64) {
	t.Waited = false
	if t.By = append(t.By, id); len(t.By) > keptAfter {
		t.By = slices.Delete(t.By, 0, len(t.By)-keptAfter)
	}
	switch kind {
	case NoticeResolved:
		t.Over = true
		return
	case NoticeFlapping:
		t.FlapTold = true
	case NoticeReminder:
		t.Reminded++
		t.RemindMs = at + remindNext.Milliseconds()
		return
	}
	if t.Told != Critical {
		t.Told = t.Alert.Level
	}
	if t.RemindMs == 0 && t.Alert.Level == Critical {
		t.RemindMs = at + remindFirst.Milliseconds()
	}
}
