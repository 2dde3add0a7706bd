package stream

import (
	"slices"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// The rows of a window are most of what a page is sent before it is live, and most
// series of a host stand far below its first screen. A page that allows it is given the
// columns of the first screen before all others: first parts of the rows up to the
// newest but one, then that, whole, so that frames can follow, and the rest of the older
// rows when there is nothing newer to send. A row counts as filled when it is whole.

// screen is the series that the first screen draws over time: those of the matrix and of
// the panels that have a place there. A viewer keeps the one it began with, so that both
// parts of a row divide alike.
type screen struct{ series map[collectors.SeriesID]bool }

func firstScreen(s *collectors.Schema) *screen {
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
	first := &screen{make(map[collectors.SeriesID]bool)}
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

// cut leaves those columns and rows in a span that a stretch in parts has.
func (s *screen) cut(span *wire.Span, want stretch) {
	span.Part = want.part
	span.Columns = slices.DeleteFunc(span.Columns, func(c wire.Column) bool { return s.series[c.ID] != (want.part == wire.PartFirst) })
	if want.part == wire.PartRest {
		span.Missed, span.Why = nil, nil // said with the first part
	}
	// What comes after rows that are gone may lie behind the stretch.
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

// forgetHalves makes the gap before a piece in parts say what it means: rows that were
// sent as halves are gone too.
func (f *Feed) forgetHalves(span *wire.Span, part wire.HistoryPart) {
	m := &f.metrics
	switch {
	case part == wire.PartRest:
		span.Gap.To = min(span.Gap.To, m.halvesTo) // what is behind was sent whole
	case m.fresh: // nothing was sent, and nothing is missed
		m.restFrom, span.Gap = span.Gap.To, nil
	default:
		span.Gap.From, m.restFrom = m.restFrom+1, span.Gap.To
	}
}

// rest sends what is still owed of rows whose first part was sent.
func (f *Feed) rest(v *view) *Message {
	m := &f.metrics
	if !m.on || m.request != nil || m.restFrom >= m.halvesTo || m.cursor < m.halvesTo {
		return nil
	}
	p := f.piece(v, stretch{after: m.restFrom, to: m.halvesTo, part: wire.PartRest, screen: m.screen})
	if p == nil {
		return nil
	}
	m.restFrom = p.last
	f.fill(p.rows)
	return p.message
}
