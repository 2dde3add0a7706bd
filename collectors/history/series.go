package history

import (
	"cmp"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/store"
)

// ErrTooManySeries says that a series was refused because Config.MaxSeries are live.
var ErrTooManySeries = errors.New("too many series")

const (
	// linger is how long a series that no row lists any more stays in the schema, at
	// least lingerTicks intervals.
	linger      = 30 * time.Second
	lingerTicks = 3
	// goneMost is how many series that are gone are remembered for each that may be
	// live: those whose last value is the longest ago are evicted.
	goneMost = 4
	// refusedFor is for how many rows a series that was refused counts as that, unless it
	// is asked for again.
	refusedFor = 600
)

// leaving is an entry that rows left out at a time.
type leaving struct {
	*entry
	at int64
}

// catalog knows the series that are remembered. It belongs to the writer, but for
// refused. Those in the schema are live, or were until a moment ago; what else has
// remembered values is gone.
type catalog struct {
	max    int
	linger int64 // in milliseconds
	next   collectors.SeriesID
	// generation counts how often series were listed.
	generation uint64
	byKey      map[collectors.SeriesKey]*entry
	byID       map[collectors.SeriesID]*entry
	live       []*entry  // ascending by id
	leaving    []leaving // of live, in the order in which rows began to leave them out
	fresh      []*entry  // interned since the last row
	gone       []*entry
	dirty      bool // differs from the published schema
	bytes      int64
	ids        []collectors.SeriesID // of the last row
	// valued is how many series had a value in the row valuedAt.
	valued   int
	valuedAt uint64
	// shown are what readers see of gone. It is only added to, or replaced; what became
	// live again may still be in it.
	shown []collectors.Series
	// mirrored is the schema of another host, which counts instead of what is interned.
	mirrored *collectors.Schema
	// changed is told of series whose values on the store mean something else than now.
	changed func(key collectors.SeriesKey)

	// Refused keys are remembered, with the row behind which they were last, so that a
	// series refused at every tick counts once, and one that is gone not for ever.
	refusedKeys map[collectors.SeriesKey]uint64
	refused     atomic.Int64
}

type entry struct {
	series collectors.Series
	live   bool
	// left is the time of the first row that does not list it, 0 while rows do.
	left int64
	// lastValue is the last row of the newest sealed block with a value.
	lastValue uint64
	// touched is the row after which the series was last interned.
	touched uint64
	listed  uint64 // generation in which a row of the open block listed it
	// restored is set for a series of an earlier instance that was not seen since.
	restored bool
}

func newCatalog(limit int, interval time.Duration) catalog {
	return catalog{
		max:         limit,
		linger:      max(linger, lingerTicks*interval).Milliseconds(),
		byKey:       make(map[collectors.SeriesKey]*entry),
		byID:        make(map[collectors.SeriesID]*entry),
		refusedKeys: make(map[collectors.SeriesKey]uint64),
	}
}

// restore takes over the series that the store knows, the newest ones first where they
// are too many. Ids of others are not given again.
func (c *catalog) restore(from *store.Restored) {
	c.next = max(c.next, from.NextID)
	series := slices.Clone(from.Series)
	slices.SortStableFunc(series, func(a, b *store.RestoredSeries) int { return cmp.Compare(b.Last, a.Last) })
	for _, s := range series[:min(len(series), goneMost*c.max)] {
		e := &entry{series: s.Series, lastValue: s.Last, restored: true}
		c.byKey[s.Key()], c.byID[s.ID] = e, e
		c.gone = append(c.gone, e)
		c.bytes += seriesBytes(&e.series)
	}
	c.show()
}

// intern gives a series its id, and makes it live.
func (c *catalog) intern(s collectors.Series, v *view) (collectors.SeriesID, error) {
	key := s.Key()
	e := c.byKey[key]
	if e != nil && e.restored && !store.SameMeaning(e.series.Family, s.Family) {
		// An earlier version counted something else under this name.
		c.changed(key)
		c.remove(e)
		c.gone = slices.DeleteFunc(c.gone, func(have *entry) bool { return have == e })
		c.show()
		e = nil
	}
	if e == nil || !e.live {
		if !c.admit(v) {
			if _, known := c.refusedKeys[key]; known || len(c.refusedKeys) < c.max {
				c.refusedKeys[key] = v.Newest
				c.refused.Store(int64(len(c.refusedKeys)))
			}
			return 0, ErrTooManySeries
		}
		if _, was := c.refusedKeys[key]; was {
			delete(c.refusedKeys, key)
			c.refused.Store(int64(len(c.refusedKeys)))
		}
	}
	if e == nil {
		s.ID = c.next
		c.next++
		e = &entry{series: s}
		c.byKey[key], c.byID[s.ID] = e, e
		c.bytes += seriesBytes(&s)
	}
	if !e.live {
		c.revive(e)
		c.fresh = append(c.fresh, e)
	}
	e.restored, e.touched = false, v.Newest
	s.ID = e.series.ID
	if !e.series.Same(&s) {
		c.bytes += seriesBytes(&s) - seriesBytes(&e.series)
		e.series = s
		c.dirty = true
	}
	return s.ID, nil
}

// admit reports whether there is room for one more live series. One that rows leave out,
// or list without a value, keeps no other out.
func (c *catalog) admit(v *view) bool {
	if len(c.live) < c.max {
		return true
	}
	if len(v.Open) > 0 && c.valuedAt != v.Newest {
		c.valuedAt, c.valued = v.Newest, 0
		for _, q := range v.Open[len(v.Open)-1].Q {
			if q != collectors.Missing {
				c.valued++
			}
		}
	}
	if c.valued+len(c.fresh) >= c.max {
		return false
	}
	for len(c.live) >= c.max && len(c.leaving) > 0 {
		c.retireFirst()
	}
	return len(c.live) < 2*c.max // what only has no value at present may be back
}

func (c *catalog) place(e *entry) (int, bool) {
	return slices.BinarySearchFunc(c.live, e.series.ID, func(have *entry, id collectors.SeriesID) int { return cmp.Compare(have.series.ID, id) })
}

// revive puts an entry into the schema.
func (c *catalog) revive(e *entry) {
	i, _ := c.place(e)
	c.live = slices.Insert(c.live, i, e)
	e.live, e.left, c.dirty = true, 0, true
}

// row takes note of which series a row lists. What that costs is in proportion to the
// series of the row where others came or went, and nothing where not.
func (c *catalog) row(row *collectors.Row) {
	if !block.SameIDs(c.ids, row.IDs) {
		c.generation++
		for _, id := range row.IDs {
			e := c.byID[id]
			if e == nil {
				continue
			}
			if e.listed, e.left = c.generation, 0; !e.live {
				c.revive(e)
			}
		}
		leave := func(e *entry) {
			if e != nil && e.live && e.left == 0 && e.listed != c.generation {
				e.left = row.T
				c.leaving = append(c.leaving, leaving{e, row.T})
			}
		}
		for _, id := range c.ids {
			leave(c.byID[id])
		}
		for _, e := range c.fresh {
			leave(e)
		}
		c.ids = row.IDs
	} else {
		for _, e := range c.fresh {
			if _, ok := slices.BinarySearch(row.IDs, e.series.ID); !ok && e.left == 0 {
				e.left = row.T
				c.leaving = append(c.leaving, leaving{e, row.T})
			}
		}
	}
	clear(c.fresh)
	c.fresh = c.fresh[:0]
	for len(c.leaving) > 0 && c.leaving[0].at <= row.T-c.linger {
		c.retireFirst()
	}
}

// seriesBytes estimates what remembering s takes: its entry, its places in two maps
// and in the published schema, its readings and its strings.
func seriesBytes(s *collectors.Series) int64 {
	n := 400 + readingBytes + s.Labels.Bytes()
	for k, v := range s.Info {
		n += 64 + len(k) + len(v)
	}
	return int64(n)
}

// publish returns the schema of revision rev.
func (c *catalog) publish(cfg *Config, rev uint64) *collectors.Schema {
	c.dirty = false
	s := &collectors.Schema{
		Rev: rev, Panels: cfg.Panels, Resources: cfg.Resources, Tables: cfg.Tables,
		Series: make([]collectors.Series, len(c.live)),
	}
	for i, e := range c.live {
		s.Series[i] = e.series
	}
	return s
}

// all are the series with remembered values, ascending by id: those of the schema and
// those that are gone.
func (v *view) all() []*collectors.Series {
	all := make([]*collectors.Series, 0, len(v.Schema.Series)+len(v.Gone))
	for i := range v.Schema.Series {
		all = append(all, &v.Schema.Series[i])
	}
	for i := range v.Gone {
		all = append(all, &v.Gone[i])
	}
	// Of one that left twice the last description counts, which is that of the schema
	// where it is live.
	slices.SortStableFunc(all, func(a, b *collectors.Series) int { return cmp.Compare(a.ID, b.ID) })
	kept := all[:0]
	for _, s := range all {
		switch n := len(kept); {
		case n == 0 || kept[n-1].ID != s.ID:
			kept = append(kept, s)
		case v.Schema.Find(s.ID) == nil:
			kept[n-1] = s
		}
	}
	return kept
}
