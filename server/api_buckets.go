package server

import (
	"errors"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// cellsAtOnce is how many buckets times series are computed at a time, which take 48
// bytes each. maxCells bounds those of a whole answer: with more series there are fewer
// buckets than points allows.
const (
	cellsAtOnce = 16_000
	maxCells    = 1_000_000
)

// buckets answers a question a few series at a time.
func (s *Server) buckets(q collectors.Query) (*collectors.Buckets, *apiError) {
	bounds := s.ring.Bounds()
	if q.To == 0 {
		q.To = max(bounds.NewestT, q.From) + 1
	}
	if q.From == 0 {
		q.From = min(bounds.OldestT, q.To-1)
	}
	var all []*collectors.Series
	schema := s.ring.Schema()
	for i := range schema.Series {
		if series := &schema.Series[i]; q.Match.Match(series) {
			all = append(all, series)
		}
	}
	q.Points = max(1, min(q.Points, maxCells/max(1, len(all))))
	atOnce := max(1, cellsAtOnce/q.Points)
	group := func() (history.Buckets, map[collectors.SeriesID]*collectors.Series, error) {
		n := min(atOnce, len(all))
		in := make(map[collectors.SeriesID]*collectors.Series, n)
		for _, series := range all[:n] {
			in[series.ID] = series
		}
		all = all[n:]
		b, err := s.ring.Range(history.Query{
			From: q.From, To: q.To, Points: q.Points, Match: func(s *collectors.Series) bool { return in[s.ID] != nil },
		})
		return b, in, err
	}
	b, in, err := group()
	if err != nil {
		return nil, s.unread(err)
	}
	out := &collectors.Buckets{Rev: b.Rev, StepMs: b.StepMs, T: b.T, Rows: b.Rows, FirstSeq: b.FirstSeq, LastSeq: b.LastSeq}
	for _, g := range b.Gaps {
		out.Gaps = append(out.Gaps, collectors.BucketGap{From: g.From, To: g.To, Why: g.Why, Lost: g.Lost})
	}
	out.Series = func(yield func(*collectors.BucketSeries, error) bool) {
		for {
			for i := range b.Series {
				x := &b.Series[i]
				if !yield(&collectors.BucketSeries{Series: in[x.ID], Min: x.Min, Max: x.Max, Mean: x.Mean, Last: x.Last, N: x.N, MaxSeq: x.MaxSeq}, nil) {
					return
				}
			}
			if len(all) == 0 {
				return
			}
			if b, in, err = group(); err != nil {
				yield(nil, err)
				return
			}
		}
	}
	return out, nil
}

// unread is the answer when the past cannot be read.
func (s *Server) unread(err error) *apiError {
	if wrong, ok := errors.AsType[*history.QueryError](err); ok {
		return badParameter(wrong.Field, wrong.Got, wrong.Expected)
	}
	s.log.Error("history not read", "err", err)
	return errInternal()
}
