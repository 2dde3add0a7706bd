package history

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync/atomic"

	"dashcam/collectors"
)

// ErrTooManySeries says that a series was refused because Config.MaxSeries are
// remembered already.
var ErrTooManySeries = errors.New("too many series")

// catalog knows the series that are remembered. It belongs to the writer, but for
// refused.
type catalog struct {
	max  int
	next collectors.SeriesID
	// generation counts how often series were listed.
	generation uint64
	byKey      map[collectors.SeriesKey]*entry
	byID       map[collectors.SeriesID]*entry
	entries    []*entry // ascending by id
	dirty      bool     // differs from the published schema
	bytes      int64
	// changed is told of series whose values on the tape mean something else than now.
	changed func(key collectors.SeriesKey)

	// Refused keys are remembered so that a series refused at every tick counts
	// once.
	refusedKeys map[collectors.SeriesKey]struct{}
	refused     atomic.Int64
}

type entry struct {
	series collectors.Series
	// lastValue is the last row of the newest sealed block with a value.
	lastValue uint64
	// touched is the row after which the series was last interned.
	touched uint64
	listed  uint64 // generation in which a row of the open block listed it
	// restored is set for a series of an earlier instance that was not seen since.
	restored bool
}

func newCatalog(limit int) catalog {
	return catalog{
		max:         limit,
		byKey:       make(map[collectors.SeriesKey]*entry),
		byID:        make(map[collectors.SeriesID]*entry),
		refusedKeys: make(map[collectors.SeriesKey]struct{}),
	}
}

// restore takes over the series that the tape knows, the newest ones first where they
// are too many. Ids of others are not given again.
func (c *catalog) restore(l *loaded) {
	c.next = max(c.next, l.nextID)
	series := slices.Clone(l.series)
	slices.SortStableFunc(series, func(a, b *restoredSeries) int { return cmp.Compare(b.last, a.last) })
	for _, s := range series[:min(len(series), c.max)] {
		e := &entry{series: s.Series, lastValue: s.last, restored: true}
		c.byKey[s.Key()], c.byID[s.ID] = e, e
		c.entries = append(c.entries, e)
		c.bytes += seriesBytes(&e.series)
	}
	slices.SortFunc(c.entries, func(a, b *entry) int { return cmp.Compare(a.series.ID, b.series.ID) })
}

// forget takes a series out of the catalog.
func (c *catalog) forget(e *entry) {
	delete(c.byKey, e.series.Key())
	delete(c.byID, e.series.ID)
	c.bytes -= seriesBytes(&e.series)
	c.dirty = true
}

// giveWay forgets the series whose last value is the longest ago, of those that only
// the tape remembers: a series that lives counts more than one that is gone.
func (c *catalog) giveWay(v *view) bool {
	held := v.held()
	generation := c.list(v, nil)
	var oldest *entry
	for _, e := range c.entries {
		gone := e.restored || e.lastValue < held && e.touched < held && e.listed != generation
		if gone && (oldest == nil || e.lastValue < oldest.lastValue) {
			oldest = e
		}
	}
	if oldest == nil {
		return false
	}
	c.forget(oldest)
	c.entries = slices.DeleteFunc(c.entries, func(e *entry) bool { return e == oldest })
	return true
}

func (c *catalog) intern(s collectors.Series, v *view) (collectors.SeriesID, error) {
	key := s.Key()
	if e := c.byKey[key]; e != nil && e.restored && !sameMeaning(e.series.Family, s.Family) {
		// An earlier version counted something else under this name.
		c.changed(key)
		c.forget(e)
		c.entries = slices.DeleteFunc(c.entries, func(have *entry) bool { return have == e })
	}
	if e := c.byKey[key]; e != nil {
		e.restored = false
		e.touched = v.newest
		s.ID = e.series.ID
		if !sameFacts(&e.series, &s) {
			c.bytes += seriesBytes(&s) - seriesBytes(&e.series)
			e.series = s
			c.dirty = true
		}
		return s.ID, nil
	}
	if len(c.entries) >= c.max && !c.giveWay(v) {
		if _, known := c.refusedKeys[key]; !known && len(c.refusedKeys) < c.max {
			c.refusedKeys[key] = struct{}{}
			c.refused.Store(int64(len(c.refusedKeys)))
		}
		return 0, ErrTooManySeries
	}
	if _, was := c.refusedKeys[key]; was {
		delete(c.refusedKeys, key)
		c.refused.Store(int64(len(c.refusedKeys)))
	}
	s.ID = c.next
	c.next++
	e := &entry{series: s, touched: v.newest}
	c.byKey[key] = e
	c.byID[s.ID] = e
	c.entries = append(c.entries, e)
	c.bytes += seriesBytes(&s)
	c.dirty = true
	return s.ID, nil
}

func sameFacts(a, b *collectors.Series) bool {
	return a.Family == b.Family && a.Max == b.Max && a.Warn == b.Warn && a.Crit == b.Crit && maps.Equal(a.Info, b.Info)
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

// sealed notes which series have values in b.
func (c *catalog) sealed(b *block) {
	for _, id := range b.ids {
		if e := c.byID[id]; e != nil {
			e.lastValue = b.last()
		}
	}
}

// drop forgets the series that no remembered row has a value for, unless a row of
// the open block or the next one lists it. The open block of v is not empty.
func (c *catalog) drop(v *view, next []collectors.SeriesID) {
	oldest, newest := v.oldest(), v.open[len(v.open)-1].Seq
	generation := c.list(v, next)
	kept := c.entries[:0]
	for _, e := range c.entries {
		if e.lastValue >= oldest || e.listed == generation || e.touched >= newest {
			kept = append(kept, e)
			continue
		}
		c.forget(e)
	}
	clear(c.entries[len(kept):])
	c.entries = kept
}

// list marks the series that a row of the open block or the next one lists, and returns
// the mark.
func (c *catalog) list(v *view, next []collectors.SeriesID) uint64 {
	c.generation++
	mark := func(ids []collectors.SeriesID) {
		for _, id := range ids {
			if e := c.byID[id]; e != nil {
				e.listed = c.generation
			}
		}
	}
	mark(next)
	for i := range v.open {
		if i == 0 || !sameIDs(v.open[i].IDs, v.open[i-1].IDs) {
			mark(v.open[i].IDs)
		}
	}
	return c.generation
}

// publish returns the schema of revision rev.
func (c *catalog) publish(cfg *Config, rev uint64) *collectors.Schema {
	c.dirty = false
	s := &collectors.Schema{
		Rev: rev, Panels: cfg.Panels, Resources: cfg.Resources, Tables: cfg.Tables,
		Series: make([]collectors.Series, len(c.entries)),
	}
	for i, e := range c.entries {
		s.Series[i] = e.series
	}
	return s
}
