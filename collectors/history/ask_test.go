package history

import (
	"context"
	"slices"

	"dashcam/collectors"
)

// answer is all of an answer for buckets.
type answer struct {
	Rev               uint64
	StepMs            int64
	T                 []int64
	Rows              []int
	FirstSeq, LastSeq []uint64
	Series            []bucketSeries
	Gaps              []collectors.BucketGap
}

type bucketSeries struct {
	ID                   collectors.SeriesID
	Min, Max, Mean, Last []int64
	N                    []int
	MaxSeq               []uint64
}

// between is a question about a time.
func between(from, to int64) collectors.Query {
	return collectors.Query{Window: collectors.Window{From: from, To: to}}
}

// ask asks for buckets and reads all of them.
func ask(ring *Ring, q collectors.Query) (out answer, err error) {
	b, err := ring.Buckets(context.Background(), q)
	if err != nil {
		return out, err
	}
	out = answer{Rev: b.Rev, StepMs: b.StepMs, T: b.T, Rows: b.Rows, FirstSeq: b.FirstSeq, LastSeq: b.LastSeq, Gaps: b.Gaps}
	for s, err := range b.Series {
		if err != nil {
			return out, err
		}
		out.Series = append(out.Series, bucketSeries{
			s.ID, slices.Clone(s.Min), slices.Clone(s.Max), slices.Clone(s.Mean), slices.Clone(s.Last), slices.Clone(s.N), slices.Clone(s.MaxSeq),
		})
	}
	return out, nil
}

// matching selects series by a function of their ids.
func matching(f func(s *collectors.Series) bool) *collectors.Matcher {
	if f == nil {
		return nil
	}
	return collectors.MatcherOf(f)
}

// rowsSince returns at most limit rows after seq, in memory and on the disk.
func rowsSince(ring *Ring, seq uint64, limit int) ([]collectors.Row, *collectors.Gap) {
	s := since(ring, seq, limit)
	rows := make([]collectors.Row, len(s.T))
	ids := make([]collectors.SeriesID, len(s.Columns))
	for k := range s.Columns {
		ids[k] = s.Columns[k].ID
	}
	for i := range rows {
		row := collectors.Row{Seq: s.First + uint64(i), T: s.T[i], Rev: s.Rev, IDs: ids, Q: make([]int64, len(ids))}
		for k := range s.Columns {
			row.Q[k] = s.Columns[k].Q[i]
		}
		if s.Missed != nil {
			row.Missed, row.Why = s.Missed[i], s.Why[i]
		}
		rows[i] = row
	}
	return rows, s.Gap
}

// since is ReadSince, which fails only where the disk or the context does.
func since(ring *Ring, seq uint64, limit int) collectors.Span {
	s, err := ring.ReadSince(context.Background(), seq, limit)
	if err != nil {
		panic(err)
	}
	return s
}

// tablesOf are the observations of the rows from first to last.
func tablesOf(ring *Ring, name string, first, last uint64) []*collectors.TableData {
	all, err := collectors.All(ring.Tables(context.Background(), name, collectors.Window{First: first, Last: last}))
	if err != nil {
		panic(err)
	}
	return all
}

// eventsOf are the events of the rows after since.
func eventsOf(ring *Ring, since uint64) []collectors.Event {
	all, err := collectors.All(ring.Events(context.Background(), collectors.Window{First: since + 1}))
	if err != nil {
		panic(err)
	}
	return all
}

// schemaOf is the schema of everything remembered.
func schemaOf(ring *Ring) *collectors.Schema {
	s, err := ring.Schema(context.Background(), collectors.Window{})
	if err != nil {
		panic(err)
	}
	return s
}
