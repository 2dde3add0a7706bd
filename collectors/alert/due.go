package alert

import (
	"fmt"
	"maps"
	"slices"
)

// wanted is a track that has something to tell, which nothing keeps back.
type wanted struct {
	*track
	kind  NoticeKind
	level Level
	at    int64
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
