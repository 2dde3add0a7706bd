package history

import (
	"cmp"
	"slices"

	"dashcam/collectors"
)

// readingBytes is what the two readings of a series take, with their place in the
// map.
const readingBytes = 2*72 + 8 + 32

// lastReadings are the last two distinct readings of a series, newest first.
type lastReadings struct {
	readings [2]collectors.Reading
	seq      uint64 // the row that came with the newest
}

// addReadings keeps the last two distinct readings of each series: one that is not
// due at every tick comes with the same reading several times.
func (r *Ring) addReadings(readings []collectors.Reading, seq uint64) {
	for i := range readings {
		next := &readings[i]
		have := r.readings[next.ID]
		switch {
		case have == nil:
			have = &lastReadings{readings: [2]collectors.Reading{*next}}
			r.readings[next.ID] = have
		case have.readings[0].At.Equal(next.At):
			have.readings[0] = *next
		default:
			have.readings[1], have.readings[0] = have.readings[0], *next
		}
		have.seq = seq
	}
}

func (r *Ring) evictReadings() {
	for id := range r.readings {
		if e := r.catalog.byID[id]; e == nil || !e.live {
			delete(r.readings, id)
		}
	}
}

// Explain returns the last two raw readings of a series, newest first. What was not
// read is zero.
func (r *Ring) Explain(id collectors.SeriesID) [2]collectors.Reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	if have := r.readings[id]; have != nil {
		return have.readings
	}
	return [2]collectors.Reading{}
}

// Readings returns what [Ring.Latest] does together with the raw readings that
// came with that row, ascending by id, appended to dst. A series that has no reading
// in the newest row, because it is gone or its collector does not answer, is not among
// them.
func (r *Ring) Readings(dst []collectors.Reading) (collectors.Latest, []collectors.Reading) {
	from := len(dst)
	r.mu.Lock()
	v := r.view
	for _, have := range r.readings {
		if have.seq == v.Newest {
			dst = append(dst, have.readings[0])
		}
	}
	r.mu.Unlock()
	slices.SortFunc(dst[from:], func(a, b collectors.Reading) int { return cmp.Compare(a.ID, b.ID) })
	return v.latest(), dst
}

// Latest returns the newest row, its schema and the newest full observation of each
// table. The row is zero while there is none.
func (r *Ring) Latest() collectors.Latest {
	v := r.snapshot()
	return v.latest()
}

func (v *view) latest() collectors.Latest {
	l := collectors.Latest{Schema: v.Schema, Tables: make(map[string]*collectors.TableData, len(v.Tables))}
	if n := len(v.Open); n > 0 {
		l.Row = v.Open[n-1]
	}
	for i := range v.Tables {
		l.Tables[v.Tables[i].Table.Name] = v.Tables[i].Latest
	}
	return l
}

// SetHealth replaces the health of a collector. Unlike Append it may be called by
// any goroutine.
func (r *Ring) SetHealth(h collectors.Health) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.health, func(have collectors.Health) bool { return have.Collector == h.Collector })
	if i >= 0 && r.health[i].Same(&h) {
		return
	}
	// A copy, since readers hold the old one.
	health := slices.Clone(r.health)
	if i >= 0 {
		health[i] = h
	} else {
		health = append(health, h)
	}
	r.health = health
	r.healthVersion++
}

// Health returns the health of every collector in the order they were first
// reported. The slice must not be changed.
func (r *Ring) Health() []collectors.Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.health
}

// HealthVersion rises with every change of what Health returns.
func (r *Ring) HealthVersion() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.healthVersion
}
