package promql

import "dashcam/collectors"

// stretch is some rows of a span, of which none but the last is kept, and all or none come
// after the end of the question. In an even one they follow each other without a gap and are
// equally far apart.
type stretch struct {
	from, to int
	even     bool
	seconds  float64
}

// longest is how many rows a stretch has: the sum of so many values fits into 64 bits.
const longest = 512

// stretch cuts the span at hand into stretches.
func (r *reading) stretch(s *collectors.Span) {
	r.stretches = r.stretches[:0]
	rows := len(s.T)
	if r.keep.all {
		r.stretches = append(r.stretches, stretch{to: rows})
		return
	}
	for from := 0; from < rows; {
		x := stretch{from: from, even: from > 0, seconds: r.seconds[from]}
		for j := from; j < rows && j-from < longest; j++ {
			x.to = j + 1
			x.even = x.even && r.seconds[j] == x.seconds && !r.gap(s.T[j-1], s.T[j])
			if r.kept[j] || s.T[j] <= r.end && j+1 < rows && s.T[j+1] > r.end {
				break
			}
		}
		r.stretches = append(r.stretches, x)
		from = x.to
	}
}

// skim takes the rows of an even stretch before the one given, for a metric that was present
// before: all that is to be known of them is that each has a value, and of a rate their sum.
// It reports false where it has to be looked at each, as where the given one has no value.
func (r *reading) skim(tr *track, terms []termColumn, x stretch, before int) bool {
	sum := tr.metric.Plus * float64(before-x.from)
	for i := range terms {
		n, ok := terms[i].sum(x.from, before)
		if _, has := terms[i].at(before); !ok || !has {
			return false
		}
		sum += float64(n) * terms[i].factor
	}
	if tr.metric.Rate {
		tr.sum += sum * x.seconds
	}
	return true
}
