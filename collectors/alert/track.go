package alert

import (
	"maps"
	"slices"
	"strings"
)

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
