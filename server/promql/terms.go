package promql

import (
	"slices"

	"dashcam/collectors"
	"dashcam/server/prom"
)

// termColumn is a term in the rows of a span.
type termColumn struct {
	q, times      []int64
	factor        float64
	missing, both bool
}

func columnOf(s *collectors.Span, t *prom.Term) termColumn {
	c := termColumn{q: column(s, t.Series.ID), factor: t.Factor * t.Series.Family.Quantum}
	c.missing = c.q == nil
	if t.Times != nil {
		c.both = true
		c.times = column(s, t.Times.ID)
		c.factor *= t.Times.Family.Quantum
		c.missing = c.times == nil
		if c.q == nil && c.times != nil {
			// Nothing was asked of the disk in the whole span.
			c.q = slices.Repeat([]int64{collectors.Missing}, len(c.times))
		}
	}
	return c
}

func column(s *collectors.Span, id collectors.SeriesID) []int64 {
	i, ok := slices.BinarySearchFunc(s.Columns, id, func(c collectors.SeriesColumn, id collectors.SeriesID) int { return int(c.ID) - int(id) })
	if !ok {
		return nil
	}
	return s.Columns[i].Q
}

// at returns the term in a row, and false where it has no value.
func (c *termColumn) at(j int) (float64, bool) {
	if c.missing {
		return 0, false
	}
	q := c.q[j]
	if !c.both {
		return float64(q) * c.factor, q != collectors.Missing
	}
	// The mean wait is missing where nothing was waited for.
	times := c.times[j]
	if times == 0 || q == collectors.Missing {
		return 0, times != collectors.Missing
	}
	return float64(q) * float64(times) * c.factor, times != collectors.Missing
}

// sum adds up what the term is in the rows from one to before another, in units of the
// factor, and reports false where it does not have a value in all of them.
func (c *termColumn) sum(from, to int) (sum int64, ok bool) {
	if c.missing || c.both {
		return 0, false
	}
	for _, q := range c.q[from:to] {
		if q == collectors.Missing {
			return 0, false
		}
		sum += q
	}
	return sum, true
}
