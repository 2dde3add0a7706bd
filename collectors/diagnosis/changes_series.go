package diagnosis

import (
	"context"
	"math"
	"slices"
	"strings"

	"dashcam/collectors"
)

// changedSeries ranks the series, one for each family and a few for each part of the host.
func changedSeries(ctx context.Context, source collectors.Source, w collectors.Window, from int64) ([]Change, error) {
	b, err := source.Buckets(ctx, collectors.Query{Window: w, Match: collectors.MatcherOf(compared), Points: comparedPoints})
	if err != nil {
		return nil, err
	}
	// The bucket in which the stretch begins belongs to neither.
	before := 0
	for before < len(b.T) && b.T[before]+b.StepMs <= from {
		before++
	}
	after := before
	for after < len(b.T) && b.T[after] < from {
		after++
	}
	var all []Change
	c := comparer{scratch: make([]float64, 0, len(b.T))}
	for s, err := range b.Series {
		if err != nil {
			return nil, err
		}
		if change, ok := c.compare(s, b.T, before, after); ok {
			all = append(all, change)
		}
	}
	byScore(all)
	return folded(all), nil
}

// compared reports whether a series says something about the host by itself: signs follow
// from others, and what is about dashcam is of no interest.
func compared(s *collectors.Series) bool {
	if s.Family.Kind == collectors.KindState || s.Family.Unit == collectors.Timestamp {
		return false
	}
	prefix, _, _ := strings.Cut(s.Family.Name, ".")
	return !slices.Contains([]string{"self", "collector", "sampler", "use", "sat", "err", "since", "limit", "load", "host"}, prefix)
}

// folded leaves the first series of each family, and a few for each part of the host:
// the rest of them tells the same once more.
func folded(all []Change) []Change {
	const mostOfPart = 3
	families, parts := make(map[string]int), make(map[string]int)
	var out []Change
	for _, c := range all {
		family, _, _ := strings.Cut(c.Name, "{")
		if i, told := families[family]; told {
			if i >= 0 {
				out[i].More++
			}
			continue
		}
		part, _, _ := strings.Cut(family, ".")
		if parts[part]++; parts[part] > mostOfPart {
			families[family] = -1
			continue
		}
		families[family] = len(out)
		out = append(out, c)
	}
	return out
}

// comparer compares stretches of one series after the other.
type comparer struct{ scratch []float64 }

func (c *comparer) compare(s *collectors.BucketSeries, t []int64, before, after int) (Change, bool) {
	// A quick look: what never changed has not changed.
	least, most := int64(math.MaxInt64), int64(math.MinInt64)
	for i, n := range s.N {
		if n > 0 {
			least, most = min(least, s.Mean[i]), max(most, s.Mean[i])
		}
	}
	if least >= most {
		return Change{}, false
	}
	f := s.Family
	old, spread, low, high, n := c.usual(s, before)
	if n < leastPieces {
		return Change{}, false
	}
	now, present := c.median(s, after, len(t))
	if present < leastPieces {
		return Change{}, false
	}
	scale := max(1.4826*spread, f.Quantum, floor(f))
	distance := math.Abs(now - old)
	score := distance / scale
	if score < leastScore || distance < leastRatio*max(math.Abs(now), math.Abs(old)) || c.outside(s, after, low, high) < leastOutside {
		if high == 0 && failures(f) && f.Kind == collectors.KindCounter {
			return c.failed(s, t, after)
		}
		return Change{}, false
	}
	change := Change{Kind: "series", Name: nameOf(s.Series), Labels: s.LabelMap(), Before: &old, After: &now, Unit: f.Unit, Score: round2(score), Since: t[min(after, len(t)-1)]}
	for i := after; i < len(t); i++ {
		if s.N[i] > 0 && math.Abs(f.Value(s.Mean[i])-old) >= distance/2 {
			change.Since = t[i]
			break
		}
	}
	change.Text = change.Name + ": " + valueText(old, f.Unit) + " → " + valueText(now, f.Unit)
	return change, true
}

// failed tells of failures where there were none before. They are told from the first one
// on: a median would not see it.
func (c *comparer) failed(s *collectors.BucketSeries, t []int64, after int) (Change, bool) {
	f := s.Family
	none, most, since := 0.0, 0.0, int64(0)
	for i := after; i < len(t); i++ {
		if s.N[i] == 0 || !(f.Value(s.Max[i]) > 0) {
			continue
		}
		if since == 0 {
			since = t[i]
		}
		most = max(most, f.Value(s.Max[i]))
	}
	if since == 0 {
		return Change{}, false
	}
	change := Change{Kind: "series", Name: nameOf(s.Series), Labels: s.LabelMap(), Before: &none, After: &most, Unit: f.Unit, Score: round2(max(leastScore, most/f.Quantum)), Since: since}
	change.Text = change.Name + ": none before, up to " + valueText(most, f.Unit)
	return change, true
}

// usual is the median of the stretch before, the median distance from it, and its bounds.
func (c *comparer) usual(s *collectors.BucketSeries, end int) (median, spread, low, high float64, n int) {
	median, n = c.median(s, 0, end)
	low, high = math.Inf(1), math.Inf(-1)
	c.scratch = c.scratch[:0]
	for i := range end {
		if s.N[i] > 0 {
			v := s.Family.Value(s.Mean[i])
			low, high = min(low, v), max(high, v)
			c.scratch = append(c.scratch, math.Abs(v-median))
		}
	}
	return median, middle(c.scratch), low, high, n
}

func (c *comparer) median(s *collectors.BucketSeries, from, to int) (float64, int) {
	c.scratch = c.scratch[:0]
	for i := from; i < to; i++ {
		if s.N[i] > 0 {
			c.scratch = append(c.scratch, s.Family.Value(s.Mean[i]))
		}
	}
	n := len(c.scratch)
	return middle(c.scratch), n
}

func middle(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// outside is the share of the stretch that lies outside of bounds.
func (c *comparer) outside(s *collectors.BucketSeries, from int, low, high float64) float64 {
	n, out := 0, 0
	for i := from; i < len(s.N); i++ {
		if s.N[i] == 0 {
			continue
		}
		n++
		if v := s.Family.Value(s.Mean[i]); v < low || v > high {
			out++
		}
	}
	return float64(out) / float64(max(1, n))
}

const (
	// leastScore is how many times what is usual the medians must be apart.
	leastScore = 5
	// leastRatio is by what part of the larger one they must be apart: what is large
	// varies by a little without meaning anything.
	leastRatio = 0.2
	// leastOutside is the share of the stretch that lies outside of what was seen before.
	leastOutside = 0.5
)

// floors are what a series of a unit varies by without anybody caring, so that noise near
// zero does not win.
var floors = map[collectors.Unit]float64{
	collectors.Percent: 2, collectors.PerSecond: 10, collectors.BytesPerSecond: 256 << 10, collectors.Bytes: 8 << 20, collectors.BitsPerSecond: 1 << 21,
	collectors.Seconds: 0.005, collectors.Count: 2,
}

// floor is that of a series. What counts failures matters from the first one on.
func floor(f *collectors.Family) float64 {
	if f == collectors.FilesystemStalled {
		return 1 // every answer takes some time
	}
	if failures(f) {
		return f.Quantum
	}
	return floors[f.Unit]
}

// failures reports whether a family counts what should not happen.
func failures(f *collectors.Family) bool {
	return slices.ContainsFunc([]string{"error", "drop", "missed", "oom", "listen", "retransmits", "carrier"}, func(word string) bool { return strings.Contains(f.Name, word) })
}

func round2(v float64) float64 { return math.Round(v*100) / 100 }

func valueText(v float64, unit collectors.Unit) string {
	switch unit {
	case collectors.Percent:
		return percent(v)
	case collectors.Bytes:
		return bytes(v)
	case collectors.BytesPerSecond:
		return bytes(v) + "/s"
	case collectors.PerSecond:
		return count(v) + "/s"
	case collectors.Seconds:
		return seconds(v)
	case collectors.Count:
		return count(v)
	}
	return strings.TrimSpace(count(v) + " " + string(unit))
}
