package history

import (
	"fmt"
	"slices"

	"dashcam/collectors"
)

// Mirror is Append for a row of another host, which keeps the number that it has there.
// The first row may have any; another has to follow the one before, since rows have no
// gaps: the error says which one is expected.
func (r *Ring) Mirror(c Commit) (collectors.Row, []collectors.Reading, error) {
	if seq, newest := c.Row.Seq, r.view.Newest; seq != newest+1 && (newest > 0 || seq == 0) {
		return collectors.Row{}, c.Readings, fmt.Errorf("row %d of another host: expected row %d", seq, newest+1)
	}
	row, readings := r.commit(c)
	return row, readings, nil
}

// Describe gives the rows that follow the schema of another host, with its ids and its
// revision: what is asked of that host itself and what is read here mean the same. It
// belongs to the writer, and to a ring that is only mirrored to. The schema is the ring's
// from then on.
func (r *Ring) Describe(s *collectors.Schema) { r.catalog.mirror(s) }

// mirror makes the series of a schema live, and those that it does not name gone.
func (c *catalog) mirror(s *collectors.Schema) {
	c.mirrored = s
	for i := range s.Series {
		series := &s.Series[i]
		e := c.byID[series.ID]
		if e == nil {
			e = &entry{series: *series}
			c.byKey[series.Key()], c.byID[series.ID] = e, e
			c.next = max(c.next, series.ID+1)
			c.bytes += seriesBytes(series)
		} else if !e.series.Same(series) {
			c.bytes += seriesBytes(series) - seriesBytes(&e.series)
			e.series = *series
		}
		if !e.live {
			c.revive(e)
		}
	}
	c.live = slices.DeleteFunc(c.live, func(e *entry) bool {
		if s.Find(e.series.ID) != nil {
			return false
		}
		e.live = false
		c.gone = append(c.gone, e)
		c.shown = append(c.shown, e.series)
		return true
	})
}
