package history

import (
	"slices"

	"dashcam/collectors"
)

// readingBytes is what the two readings of a series take, with their place in the
// map.
const readingBytes = 2*72 + 32

// addReadings keeps the last two distinct readings of each series: one that is not
// due at every tick comes with the same reading several times.
func (r *Ring) addReadings(readings []Reading) {
	for i := range readings {
		next := &readings[i]
		have := r.readings[next.ID]
		switch {
		case have == nil:
			r.readings[next.ID] = &[2]Reading{*next}
		case have[0].At.Equal(next.At):
			have[0] = *next
		default:
			have[1], have[0] = have[0], *next
		}
	}
}

func (r *Ring) forgetReadings() {
	for id := range r.readings {
		if r.catalog.byID[id] == nil {
			delete(r.readings, id)
		}
	}
}

// Explain returns the last two raw readings of a series, newest first. What was not
// read is zero.
func (r *Ring) Explain(id collectors.SeriesID) [2]Reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	if have := r.readings[id]; have != nil {
		return *have
	}
	return [2]Reading{}
}

// Latest returns the newest row, its schema and the newest full observation of each
// table. The row is zero while there is none.
func (r *Ring) Latest() Latest {
	v := r.snapshot()
	l := Latest{Schema: v.schema, Tables: make(map[string]*collectors.TableData, len(v.tables))}
	if n := len(v.open); n > 0 {
		l.Row = v.open[n-1]
	}
	for i := range v.tables {
		l.Tables[v.tables[i].table.Name] = v.tables[i].latest
	}
	return l
}

// SetHealth replaces the health of a collector. Unlike Append it may be called by
// any goroutine.
func (r *Ring) SetHealth(h collectors.Health) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.health, func(have collectors.Health) bool { return have.Collector == h.Collector })
	if i >= 0 && sameHealth(&r.health[i], &h) {
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

func sameHealth(a, b *collectors.Health) bool {
	return a.Collector == b.Collector && a.Title == b.Title && a.State == b.State && a.SinceMs == b.SinceMs &&
		a.Reason == b.Reason && a.CadenceMs == b.CadenceMs && slices.Equal(a.Unavailable, b.Unavailable)
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
