package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/diagnosis"
)

// writer makes messages.
type writer struct {
	source collectors.Source
	// link is where the page is, "" where that is not known.
	link string
	// silence returns a link that silences an alert, nil for none.
	silence func(a *alert.Alert, howLong string, at time.Time) string
}

// write makes the message of a notice: the same rows give the same message. What cannot be
// read is left out, because a message with less in it is better than none.
func (w *writer) write(ctx context.Context, n *alert.Notice) (*Message, error) {
	host := w.source.Info()
	zone, err := time.LoadLocation(host.TZ)
	if err != nil {
		zone = time.UTC
	}
	m := &Message{ID: n.ID, Kind: n.Kind, Level: n.Level, AtMs: n.AtMs, Host: clean(host.Hostname, 40), Alerts: n.Alerts}
	if w.link != "" {
		m.Link = strings.TrimSuffix(w.link, "/") + "/#at=" + time.UnixMilli(n.AtMs).UTC().Format("2006-01-02T15:04:05Z")
	}
	m.Subject = subject(m, n, zone)
	others := aboutOthers(n.Alerts)
	if others && w.link != "" {
		m.Link = strings.TrimSuffix(w.link, "/") + "/" // the wall, as it is
	}
	var failed error
	resource := "none"
	if v, err := diagnosis.Judge(ctx, w.source, n.AtMs); err != nil {
		failed = err
	} else if v.At != 0 {
		resource, m.Verdict = v.Resource, clean(v.Text, maxLine)
	}
	said := m.Verdict
	switch {
	case n.Kind == alert.NoticeResolved && said != "" && !others:
		said = "now: " + said
	case resource == "none" || others:
		said = "" // that resources are well is no news to who hears of an alert
	}
	add := func(line string) {
		if line != "" {
			m.Lines = append(m.Lines, line)
		}
	}
	switch {
	case len(n.Alerts) > 1 || n.Kind == alert.NoticeDigest || cutOff(m.Subject, n.Alerts):
		for i := range n.Alerts[:min(len(n.Alerts), mostAlerts)] {
			add(alertLine(&n.Alerts[i], n.AtMs, zone))
		}
		if more := len(n.Alerts) - mostAlerts; more > 0 {
			add(fmt.Sprintf("and %d more", more))
		}
	case len(n.Alerts) == 1 && n.Kind == alert.NoticeResolved:
		add(overLine(&n.Alerts[0]))
	}
	if n.Kind == alert.NoticeFlapping {
		add("It comes and goes; nothing more is said until it has been stable for 15 min.")
	}
	add(said)
	if len(n.Alerts) > 0 && !others {
		a := &n.Alerts[0]
		line, err := trend(ctx, w.source, a, resource, n.AtMs)
		if err != nil {
			failed = err
		}
		who, err := top(ctx, w.source, a, resource, n.AtMs)
		if err != nil {
			failed = err
		}
		add(strings.TrimSpace(strings.Join([]string{line, who}, "  ")))
	}
	add(othersLine(n.Others))
	add(m.Link)
	if w.silence != nil && len(n.Alerts) > 0 && n.Kind != alert.NoticeResolved && n.Kind != kindTest {
		a := &n.Alerts[0]
		at := time.UnixMilli(n.AtMs)
		for _, length := range lengths {
			add("silence " + length.text + ": " + w.silence(a, length.name, at))
		}
	}
	return m, failed
}

// aboutOthers reports whether all alerts are about other hosts than the one that tells: what
// it does itself has nothing to do with them.
func aboutOthers(alerts []alert.Alert) bool {
	return len(alerts) > 0 && !slices.ContainsFunc(alerts, func(a alert.Alert) bool { return a.Rule != alert.HostUnreachable })
}

// cutOff reports whether a subject did not hold the whole text of its alert.
func cutOff(subject string, alerts []alert.Alert) bool {
	return len(alerts) > 0 && !strings.Contains(subject, clean(alerts[0].Text, maxLine))
}

// subject says how bad it is, where, what and since when.
func subject(m *Message, n *alert.Notice, zone *time.Location) string {
	word := strings.ToUpper(string(n.Kind))
	switch n.Kind {
	case alert.NoticeFiring:
		word = strings.ToUpper(string(n.Level))
	case alert.NoticeReminder:
		word = "STILL " + strings.ToUpper(string(n.Level))
	}
	head := word + " " + m.Host + ": "
	if len(n.Alerts) == 0 {
		return cut(head+"nothing is wrong", maxSubject)
	}
	a := &n.Alerts[0]
	tail := ""
	switch {
	case n.Kind == kindTest:
	case n.Kind == alert.NoticeDigest:
		return cut(fmt.Sprintf("%s%d alerts, %d of them over", head, len(n.Alerts), resolved(n.Alerts)), maxSubject)
	case a.Phase == alert.Resolved:
		tail = " (over after " + length(a.EndMs-a.SinceMs) + ")"
	case a.SinceMs > 0:
		tail = " since " + clock(a.SinceMs, n.AtMs, zone) + " (" + length(n.AtMs-a.SinceMs) + ")"
	}
	if more := len(n.Alerts) - 1; more > 0 {
		tail += fmt.Sprintf(" +%d", more)
	}
	room := maxSubject - len([]rune(head)) - len([]rune(tail))
	return cut(head+clean(a.Text, max(room, 12))+tail, maxSubject)
}

func resolved(alerts []alert.Alert) (n int) {
	for i := range alerts {
		if alerts[i].Phase == alert.Resolved {
			n++
		}
	}
	return n
}

// alertLine is one of several alerts.
func alertLine(a *alert.Alert, at int64, zone *time.Location) string {
	text := clean(a.Text, maxLine-60)
	if a.Phase == alert.Resolved {
		return "over: " + text + " (" + strings.TrimSuffix(overLine(a), ".") + ")"
	}
	line := string(a.Level) + ": " + text
	if a.SinceMs > 0 {
		line += " since " + clock(a.SinceMs, at, zone) + " (" + length(at-a.SinceMs) + ")"
	}
	return line
}

// overLine says how long it lasted and how bad it was.
func overLine(a *alert.Alert) string {
	line := "It lasted " + length(a.EndMs-a.SinceMs)
	if a.Unit != "" && a.Peak != 0 {
		line += fmt.Sprintf(" and was %s at worst", valueText(a.Peak, collectors.Unit(a.Unit)))
	}
	return line + "."
}

func othersLine(others []alert.Alert) string {
	if len(others) == 0 {
		return ""
	}
	var texts []string
	for i := range others[:min(len(others), mostOthers)] {
		texts = append(texts, clean(others[i].Text, 60))
	}
	line := "also wrong: " + strings.Join(texts, "; ")
	if more := len(others) - mostOthers; more > 0 {
		line += fmt.Sprintf("; and %d more", more)
	}
	return line
}

// clock is a moment on the host's clock, with the day where that is another one.
func clock(ms, now int64, zone *time.Location) string {
	t, n := time.UnixMilli(ms).In(zone), time.UnixMilli(now).In(zone)
	if t.Format(time.DateOnly) != n.Format(time.DateOnly) {
		return t.Format("2 Jan 15:04")
	}
	return t.Format(time.TimeOnly)
}

// length is a stretch of time in at most two units: "2 min", "3 h 10 min".
func length(ms int64) string {
	d := time.Duration(max(ms, 0)) * time.Millisecond
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 24*time.Hour:
		if m := d % time.Hour / time.Minute; m > 0 {
			return fmt.Sprintf("%d h %d min", d/time.Hour, m)
		}
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d d %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

func valueText(v float64, unit collectors.Unit) string {
	switch unit {
	case collectors.Count:
		return fmt.Sprintf("%.3g", v)
	case collectors.Percent:
		return fmt.Sprintf("%.3g %%", v)
	case collectors.Bytes:
		return bytesText(v)
	case collectors.BytesPerSecond:
		return bytesText(v) + "/s"
	case collectors.Seconds:
		return length(int64(v * 1000))
	}
	return strings.TrimSpace(fmt.Sprintf("%.3g %s", v, unit))
}

// The most characters of a message's parts, and how many alerts it names.
const (
	maxSubject = 80
	maxLine    = 240
	mostAlerts = 10
	mostOthers = 5
)
