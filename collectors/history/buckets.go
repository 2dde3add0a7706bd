package history

import (
	"context"
	"strconv"

	"dashcam/collectors"
)

// Limits of [collectors.Query].Points.
const (
	defaultPoints = 300
	maxPoints     = 2000
)

// maxCells bounds buckets times series of one answer, at 48 bytes each: with more
// series there are fewer buckets than Points.
const maxCells = 1_000_000

// The reasons of gaps that the ring itself gives.
const (
	// whyForgotten: rows were there, and age or memory ended them.
	whyForgotten = "not remembered any more"
	// whyBefore: the instance had not begun.
	whyBefore = "dashcam was not running yet"
)

// stepsMs are the lengths of buckets, in milliseconds; longer ones are multiples of
// the last.
var stepsMs = [...]int64{1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000}

// Buckets summarises what is remembered from q.From to q.To. Steps are chosen from a
// fixed list and buckets begin at multiples of the step; every bucket that the range
// touches is whole, so that it does not change while the range moves. When more
// than 500 series match there may be fewer buckets than Points allows. Series without a
// value in the range are left out. A mean is rounded to the nearest quantum, halves away
// from zero.
func (r *Ring) Buckets(ctx context.Context, q collectors.Query) (*collectors.Buckets, error) {
	return r.buckets(ctx, q, q.Match.Match)
}

func (r *Ring) buckets(ctx context.Context, q collectors.Query, match func(*collectors.Series) bool) (*collectors.Buckets, error) {
	v := r.snapshot()
	if err := resolve(&q, &v); err != nil {
		return nil, err
	}
	interval := v.stored.Interval(q.From, q.To, r.cfg.Interval.Milliseconds())
	s := &summarizer{ring: r, view: v, out: &collectors.Buckets{Rev: v.Schema.Rev}}
	s.out.Series = func(yield func(*collectors.BucketSeries, error) bool) { s.each(ctx, yield) }
	if v.Newest == 0 {
		s.out.StepMs = max(stepsMs[0], interval)
		return s.out, nil
	}
	for _, x := range v.all() {
		if match(x) {
			s.series = append(s.series, x)
		}
	}
	points := min(q.Points, maxCells/max(1, len(s.series)))
	s.out.StepMs = stepFor(q.From, q.To, max(1, points), interval)
	from, to := floorTo(q.From, s.out.StepMs), floorTo(q.To-1, s.out.StepMs)+s.out.StepMs
	s.most = int((to - from) / s.out.StepMs)
	if err := s.plan(ctx, from, to); err != nil {
		return nil, err
	}
	// What turned out to be damaged is known now.
	s.out.Gaps = v.gaps(q.From, q.To, r.cfg.Interval.Milliseconds())
	return s.out, nil
}

// resolve checks q and fills in its defaults.
func resolve(q *collectors.Query, v *view) error {
	wrong := func(field string, got int64, expected string) error {
		return &collectors.QueryError{Field: field, Got: strconv.FormatInt(got, 10), Expected: expected}
	}
	switch {
	case q.From < 0:
		return wrong("from", q.From, "Unix milliseconds, or 0 for the oldest row")
	case q.To < 0:
		return wrong("to", q.To, "Unix milliseconds, or 0 for the newest row")
	case q.To > 0 && q.To <= q.From:
		return wrong("to", q.To, "a time after from, which is "+strconv.FormatInt(q.From, 10))
	case q.Points < 0 || q.Points > maxPoints:
		return wrong("points", int64(q.Points), "1 to "+strconv.Itoa(maxPoints))
	}
	if q.Points == 0 {
		q.Points = defaultPoints
	}
	if q.From == 0 {
		_, q.From = v.oldest()
		if q.To > 0 && q.To <= q.From {
			q.From = q.To - 1 // all of the range lies before the oldest row
		}
	}
	if q.To == 0 {
		q.To = max(v.lastT(), q.From) + 1
	}
	return nil
}

// stepFor returns the smallest step that is at least the interval and needs no more
// than points buckets.
func stepFor(from, to int64, points int, interval int64) int64 {
	fits := func(step int64) bool {
		return step >= interval && (floorTo(to-1, step)-floorTo(from, step))/step < int64(points)
	}
	for _, step := range stepsMs {
		if fits(step) {
			return step
		}
	}
	last := stepsMs[len(stepsMs)-1]
	step := max(last, ((to-from)/int64(points)/last)*last)
	for !fits(step) {
		step += last
	}
	return step
}

// gaps returns the stretches without rows from from to to.
func (v *view) gaps(from, to, interval int64) []collectors.BucketGap {
	var gaps []collectors.BucketGap
	add := func(a, b int64, why string, lost bool) {
		if a, b = max(a, from), min(b, to); a < b {
			gaps = append(gaps, collectors.BucketGap{From: a, To: b, Why: why, Lost: lost})
		}
	}
	next, begin := v.oldest()
	if next == 1 {
		add(from, begin, whyBefore, false)
	} else {
		add(from, begin, whyForgotten, true)
	}
	prev := int64(-1) // time of the row before next
	lost := func(seq uint64, t int64) {
		if next == 0 || seq <= next {
			return
		}
		if prev >= 0 {
			begin = prev + interval
		}
		add(begin, t, v.stored.WhyLost(next), true)
	}
	for e := range v.extents(0) {
		lost(e.first, e.firstT)
		for _, n := range e.notes() {
			before := n.Before
			if before == 0 {
				before = prev
			}
			if before >= 0 {
				add(before+interval, n.T, n.Why, false)
			}
		}
		next, prev = e.last+1, e.lastT
	}
	lost(v.Newest+1, v.lastT()+1)
	return gaps
}
