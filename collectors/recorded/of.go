package recorded

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"dashcam/collectors"
)

// ownFamilies begin the names of series that are about dashcam.
var ownFamilies = []string{"self.", "collector.", "sampler."}

// Of returns what a source knows of a window, dashcam's own series left out. Host, During
// and Truth are for the caller to say.
func Of(ctx context.Context, source collectors.Source, w collectors.Window, interval time.Duration) (*Recording, error) {
	r := &Recording{Interval: interval, Info: source.Info()}
	schema, err := source.Schema(ctx, w)
	if err != nil {
		return nil, err
	}
	at := make(map[collectors.SeriesID]int)
	rows := make(map[uint64]int) // by sequence number
	for span, err := range source.Columns(ctx, collectors.Query{Window: w, Match: collectors.MatcherOf(notOwn)}) {
		if err != nil {
			return nil, err
		}
		before := len(r.T)
		for i := range span.T {
			rows[span.First+uint64(i)] = before + i
		}
		r.T = append(r.T, span.T...)
		for _, c := range span.Columns {
			s := schema.Find(c.ID)
			if s == nil {
				continue
			}
			i, known := at[c.ID]
			if !known {
				i = len(r.Series)
				at[c.ID] = i
				one := *s
				one.ID, one.Warn, one.Crit = 0, 0, 0
				r.Series, r.Q = append(r.Series, one), append(r.Q, nil)
			}
			r.Q[i] = append(missingUpTo(r.Q[i], before), c.Q...)
		}
	}
	if len(r.T) == 0 {
		return nil, errors.New("there is no row in the window")
	}
	for i := range r.Q {
		r.Q[i] = missingUpTo(r.Q[i], len(r.T))
	}
	for _, t := range tables {
		for d, err := range source.Tables(ctx, t.Name, w) {
			if err != nil {
				return nil, err
			}
			if row, known := rows[d.Seq]; known {
				one := *d
				one.Seq = uint64(row)
				r.Tables = append(r.Tables, &one)
			}
		}
	}
	slices.SortStableFunc(r.Tables, func(a, b *collectors.TableData) int { return cmp.Compare(a.Seq, b.Seq) })
	for e, err := range source.Events(ctx, w) {
		if err != nil {
			return nil, err
		}
		if row, known := rows[e.Seq]; known {
			e.Seq = uint64(row)
			r.Events = append(r.Events, e)
		}
	}
	return r, nil
}

func notOwn(s *collectors.Series) bool {
	return !slices.ContainsFunc(ownFamilies, func(prefix string) bool { return strings.HasPrefix(s.Family.Name, prefix) })
}

func missingUpTo(q []int64, n int) []int64 {
	for len(q) < n {
		q = append(q, collectors.Missing)
	}
	return q
}
