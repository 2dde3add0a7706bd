package incident

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"dashcam/collectors"
	"dashcam/collectors/diagnosis"
	"dashcam/server/wire"
)

// changesLine is what is different in a stretch of time from the one before.
type changesLine struct {
	Type    string             `json:"type"`
	From    int64              `json:"from"`
	To      int64              `json:"to"`
	Base    int64              `json:"base"`
	Changes []diagnosis.Change `json:"changes"`
}

const (
	// mostVerdicts bounds how often a verdict is asked for, which takes about 20 ms.
	mostVerdicts = 60
	// mostChanges bounds the stretches of which it is told what changed.
	mostChanges = 6
)

// baseOf is where the stretch before begins; there is none before 1970.
func baseOf(from, to int64) int64 { return max(1, diagnosis.BaseOf(from, to)) }

// diagnoses writes the verdicts and what changed, which nobody can work out from the file
// alone: what was usual lies before it.
func (w *writer) diagnoses(ctx context.Context, spans []*collectors.Span) error {
	changed, bad, err := w.changesOfState(ctx, spans)
	if err != nil {
		return err
	}
	var before *collectors.Verdict
	judging := new(diagnosis.Judging)
	for _, at := range w.judged(spans, changed) {
		v, err := judging.Judge(ctx, w.source, at.T)
		if err != nil {
			return err
		}
		if v.At == 0 || before != nil && sameVerdict(before, &v) {
			continue
		}
		if err := w.message(wire.Verdict{Seq: at.Seq, Verdict: v}); err != nil {
			return err
		}
		before = &v
	}
	stretches := append([]stretch{{w.o.From, w.o.To}}, bad...)
	for _, one := range stretches[:min(len(stretches), mostChanges)] {
		base := baseOf(one.from, one.to)
		changes, err := diagnosis.Changes(ctx, w.source, one.from, one.to, base)
		if err != nil {
			return err
		}
		if changes == nil {
			changes = []diagnosis.Change{}
		}
		if err := w.line(changesLine{typeChanges, one.from, one.to, base, changes}); err != nil {
			return err
		}
	}
	return nil
}

// sameVerdict reports whether b says nothing that a did not.
func sameVerdict(a, b *collectors.Verdict) bool {
	return a.Text == b.Text && a.Resource == b.Resource && a.Level == b.Level && a.SinceMs == b.SinceMs && reflect.DeepEqual(a.Culprits, b.Culprits)
}

// stretch is from a time to another, which is not part of it.
type stretch struct{ from, to int64 }

// changesOfState returns the times of the rows in which a state or its reason is another
// than before, and the stretches in which a resource was not well.
func (w *writer) changesOfState(ctx context.Context, spans []*collectors.Span) (changed []rowAt, bad []stretch, err error) {
	schema, err := w.Schema(ctx, w.o.window())
	if err != nil {
		return nil, nil, err
	}
	last := make(map[collectors.SeriesID]int64)
	states := make(map[collectors.SeriesID]bool)
	var began int64
	for _, span := range spans {
		columns := slices.DeleteFunc(slices.Clone(span.Columns), func(c collectors.SeriesColumn) bool {
			s := schema.Find(c.ID)
			if s == nil {
				return true
			}
			states[c.ID] = strings.HasPrefix(s.Family.Name, "state.")
			return !states[c.ID] && !strings.HasPrefix(s.Family.Name, "reason.")
		})
		for i, t := range span.T {
			other, wrong := false, false
			for _, c := range columns {
				if was, known := last[c.ID]; known && was != c.Q[i] {
					other = true
				}
				last[c.ID] = c.Q[i]
				wrong = wrong || states[c.ID] && c.Q[i] > 0
			}
			if other {
				changed = append(changed, rowAt{span.First + uint64(i), t})
			}
			switch {
			case wrong && began == 0:
				began = t
			case !wrong && began > 0:
				bad = append(bad, stretch{began, t})
				began = 0
			}
		}
	}
	if began > 0 {
		bad = append(bad, stretch{began, w.o.To})
	}
	return changed, bad, nil
}

// judged are the times of the rows for which a verdict is asked: the first, those in which
// a state changed, and others evenly, so that the numbers in its words keep up.
func (w *writer) judged(spans []*collectors.Span, changed []rowAt) []rowAt {
	const fewestRows = 10
	changed = changed[:min(len(changed), mostVerdicts/2)]
	every := max(fewestRows, w.head.Rows/(mostVerdicts-len(changed))+1)
	out, n := slices.Clone(changed), 0
	for _, span := range spans {
		for i, t := range span.T {
			if n%every == 0 {
				out = append(out, rowAt{span.First + uint64(i), t})
			}
			n++
		}
	}
	slices.SortFunc(out, func(a, b rowAt) int { return compare(a.Seq, b.Seq) })
	return slices.Compact(out)
}
