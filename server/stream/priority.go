package stream

import (
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// The rows of a window are most of what a page is sent before it is live, and most
// series of a host stand far below its first screen. A page that allows it is given the
// columns of the first screen, the priority columns, before all others: partial rows up
// to the newest but one, then that, whole, so that frames can follow, and the remaining
// columns of the older rows when there is nothing newer to send. A row counts as filled
// when it is whole.

// priority is the series that the first screen draws over time: those of the matrix and
// of the panels that have a place there. A viewer keeps the one it began with, so that
// both parts of a row divide alike.
type priority struct{ series map[collectors.SeriesID]bool }

func priorityOf(s *collectors.Schema) *priority {
	type drawn struct{ where, match map[string][]string }
	families := make(map[string][]drawn)
	add := func(family string, where, match map[string][]string) {
		families[family] = append(families[family], drawn{where, match})
	}
	for _, r := range s.Resources {
		for _, sign := range slices.Concat(r.Use, r.Sat, r.Err) {
			add(sign.Family, nil, nil)
		}
		for _, family := range []string{r.State, r.Cause, r.Since, r.Reason, r.Now} {
			add(family, nil, nil)
		}
	}
	for _, p := range s.Panels {
		if p.First == 0 {
			continue
		}
		for _, l := range p.Layers {
			add(l.Family, p.Where, l.Match)
		}
		if len(p.Layers) == 0 {
			for _, family := range p.Families {
				add(family, p.Where, nil)
			}
		}
		if p.Strip != "" {
			add(p.Strip, nil, nil)
		}
	}
	first := &priority{make(map[collectors.SeriesID]bool)}
	for i := range s.Series {
		x := &s.Series[i]
		if slices.ContainsFunc(families[x.Family.Name], func(d drawn) bool { return has(x, d.where) && has(x, d.match) }) {
			first.series[x.ID] = true
		}
	}
	return first
}

// has reports whether a series has one of the wanted values for every name, as label or
// as info.
func has(x *collectors.Series, wanted map[string][]string) bool {
	for name, values := range wanted {
		value, ok := x.Info[name]
		if i := slices.Index(x.Family.Labels, name); i >= 0 {
			value, ok = x.Labels.At(i), true
		}
		if !ok || !slices.Contains(values, value) {
			return false
		}
	}
	return true
}

// cut leaves those columns and rows in a span that a range has.
func (p *priority) cut(span *wire.Span, want rowRange) {
	span.Part = want.part
	span.Columns = slices.DeleteFunc(span.Columns, func(c wire.Column) bool { return p.series[c.ID] != (want.part == wire.PartPriority) })
	if want.part == wire.PartRemaining {
		span.Missed, span.Why = nil, nil // said with the priority columns
	}
	// What comes after rows that are gone may lie behind the range.
	end := span.First + uint64(len(span.T))
	if end <= want.to+1 {
		return
	}
	n := 0
	if want.to >= span.First {
		n = int(want.to - span.First + 1)
	}
	span.T = span.T[:n]
	for i := range span.Columns {
		span.Columns[i].Q = span.Columns[i].Q[:n]
	}
}

// forgetPartial makes the gap before a batch in parts say what it means: rows that were
// sent in part are gone too.
func (r *request) forgetPartial(span *wire.Span, b *batch) {
	switch {
	case r.rows.part == wire.PartRemaining:
		span.Gap.To = min(span.Gap.To, r.partialTo) // what is behind was sent whole
	case r.fresh: // nothing was sent, and nothing is missed
		b.remainingAfter, span.Gap = span.Gap.To, nil
	default:
		span.Gap.From, b.remainingAfter = r.remainingAfter+1, span.Gap.To
	}
}

// remaining sends what is still owed of rows whose priority columns were sent.
func (f *Feed) remaining(v *view) *Message {
	m := &f.metrics
	if !m.on || m.request != nil || m.remainingAfter >= m.partialTo || m.cursor < m.partialTo {
		return nil
	}
	if f.pending != nil {
		if message, done := f.take(); message != nil || !done {
			return message
		}
		return f.remaining(v)
	}
	if time.Now().Before(m.retry) {
		f.waitsUntil = m.retry
		return nil
	}
	f.ask(v, rowRange{after: m.remainingAfter, to: m.partialTo, part: wire.PartRemaining, priority: m.priority})
	return nil
}
