package history

import (
	"errors"
	"maps"
	"sync/atomic"

	"dashcam/collectors"
)

// ErrTooManySeries says that a series was refused because Config.MaxSeries are
// remembered already.
var ErrTooManySeries = errors.New("too many series")

// catalog knows the series that are remembered. It belongs to the writer, but for
// refused.
type catalog struct {
	max     int
	next    collectors.SeriesID
	byKey   map[collectors.SeriesKey]*entry
	byID    map[collectors.SeriesID]*entry
	entries []*entry // ascending by id
	dirty   bool     // differs from the published schema
	bytes   int64

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
}

func newCatalog(limit int) catalog {
	return catalog{
		max:         limit,
		byKey:       make(map[collectors.SeriesKey]*entry),
		byID:        make(map[collectors.SeriesID]*entry),
		refusedKeys: make(map[collectors.SeriesKey]struct{}),
	}
}

func (c *catalog) intern(s collectors.Series, newest uint64) (collectors.SeriesID, error) {
	key := s.Key()
	if e := c.byKey[key]; e != nil {
		e.touched = newest
		s.ID = e.series.ID
		if !sameFacts(&e.series, &s) {
			c.bytes += seriesBytes(&s) - seriesBytes(&e.series)
			e.series = s
			c.dirty = true
		}
		return s.ID, nil
	}
	if len(c.entries) >= c.max {
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
	e := &entry{series: s, touched: newest}
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
	n := 400 + readingBytes + len(s.Labels[0]) + len(s.Labels[1])
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
	generation := newest + 1
	list := func(ids []collectors.SeriesID) {
		for _, id := range ids {
			if e := c.byID[id]; e != nil {
				e.listed = generation
			}
		}
	}
	list(next)
	for i := range v.open {
		if i == 0 || !sameIDs(v.open[i].IDs, v.open[i-1].IDs) {
			list(v.open[i].IDs)
		}
	}
	kept := c.entries[:0]
	for _, e := range c.entries {
		if e.lastValue >= oldest || e.listed == generation || e.touched >= newest {
			kept = append(kept, e)
			continue
		}
		delete(c.byKey, e.series.Key())
		delete(c.byID, e.series.ID)
		c.bytes -= seriesBytes(&e.series)
		c.dirty = true
	}
	clear(c.entries[len(kept):])
	c.entries = kept
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
