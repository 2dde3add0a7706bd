package history

import (
	"cmp"
	"maps"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

// remove takes a series out of the catalog.
func (c *catalog) remove(e *entry) {
	if c.byKey[e.series.Key()] == e {
		delete(c.byKey, e.series.Key())
	}
	delete(c.byID, e.series.ID)
	c.bytes -= seriesBytes(&e.series)
}

// sealed notes which series have values in b.
func (c *catalog) sealed(b *block.Sealed) {
	for _, id := range b.IDs {
		if e := c.byID[id]; e != nil {
			e.lastValue = b.Last()
		}
	}
}

// drop removes the series that are gone and of which no remembered row has a value,
// unless a row of the open block lists them, and the oldest where there are too many. The
// open block of v is not empty.
func (c *catalog) drop(v *view) {
	oldest, _ := v.oldest()
	newest := v.Open[len(v.Open)-1].Seq
	generation := c.list(v)
	maps.DeleteFunc(c.refusedKeys, func(_ collectors.SeriesKey, seq uint64) bool { return seq+refusedFor < newest })
	c.refused.Store(int64(len(c.refusedKeys)))
	kept := c.gone[:0]
	for _, e := range c.gone {
		switch {
		case e.live:
		case e.lastValue >= oldest || e.listed == generation || e.touched >= newest:
			kept = append(kept, e)
		default:
			c.remove(e)
		}
	}
	clear(c.gone[len(kept):])
	c.gone = kept
	if most := goneMost * c.max; len(c.gone) > most {
		last := func(e *entry) uint64 {
			if e.listed == generation {
				return newest
			}
			return e.lastValue
		}
		slices.SortStableFunc(c.gone, func(a, b *entry) int { return cmp.Compare(last(b), last(a)) })
		for _, e := range c.gone[most:] {
			c.remove(e)
		}
		clear(c.gone[most:])
		c.gone = c.gone[:most]
	}
	c.show()
}

// show replaces the list of those that are gone, which readers see.
func (c *catalog) show() {
	c.shown = make([]collectors.Series, len(c.gone))
	for i, e := range c.gone {
		c.shown[i] = e.series
	}
}

// list marks the series that a row of the open block lists, and returns the mark.
func (c *catalog) list(v *view) uint64 {
	c.generation++
	mark := func(ids []collectors.SeriesID) {
		for _, id := range ids {
			if e := c.byID[id]; e != nil {
				e.listed = c.generation
			}
		}
	}
	for i := range v.Open {
		if i == 0 || !block.SameIDs(v.Open[i].IDs, v.Open[i-1].IDs) {
			mark(v.Open[i].IDs)
		}
	}
	return c.generation
}

// retireFirst takes the entry that rows left out first out of the schema, unless they
// list it again.
func (c *catalog) retireFirst() {
	first := c.leaving[0]
	c.leaving[0] = leaving{}
	c.leaving = c.leaving[1:]
	e := first.entry
	if e.left != first.at || !e.live {
		return
	}
	if i, ok := c.place(e); ok {
		c.live = slices.Delete(c.live, i, i+1)
	}
	e.live, c.dirty = false, true
	c.gone = append(c.gone, e)
	c.shown = append(c.shown, e.series)
}
