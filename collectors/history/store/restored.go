package store

import (
	"maps"
	"slices"

	"dashcam/collectors"
)

// Restored is what earlier instances leave to the next one, beside their rows.
type Restored struct {
	Series []*RestoredSeries // ascending by id
	// NextID is the first id that no series ever had.
	NextID collectors.SeriesID
	Events []collectors.Event // the newest keptEvents
}

// RestoredSeries is a series of earlier instances, and the last row near which it had
// a value.
type RestoredSeries struct {
	collectors.Series
	Last uint64
}

// segmentLoad is a segment with what belongs to restoring its series.
type segmentLoad struct {
	*Segment
	index *indexRecord
}

// collect takes over what is not about rows.
func (l *loaded) collect(x *indexRecord) {
	for _, r := range x.instances {
		if n := len(l.instances); n > 0 && l.instances[n-1].ID == r.ID {
			continue // said again at the beginning of the next file
		}
		l.instances = append(l.instances, collectors.Instance{
			ID: r.ID, After: r.After, StartT: r.T, IntervalMs: r.IntervalMs, Boot: r.Boot, Version: r.Version, Why: r.Why,
		})
		l.ended = false
	}
	if n := len(l.instances); n > 0 && x.end.ID != "" && l.instances[n-1].ID == x.end.ID {
		l.ended = true
	}
	l.Events = append(l.Events, x.events...)
	if n := len(l.Events); n > keptEvents {
		l.Events = slices.Clone(l.Events[n-keptEvents:])
	}
}

// restore gives every series of the segments the id that it has from now on: that of
// the newest segment that knows it. Two series with the same name whose numbers mean
// different things cannot be shown in one line: the older one is left out.
func (l *loaded) restore(loads []segmentLoad) {
	ours := make(map[collectors.SeriesKey]*RestoredSeries)
	taken := make(map[collectors.SeriesID]bool)
	var displaced []*RestoredSeries
	for _, load := range slices.Backward(loads) {
		for id := range load.index.values {
			l.NextID = max(l.NextID, id+1) // also of series that nothing describes
		}
		// The newest id first: a series that was dropped because nothing had a value of
		// it has got another one when it returned.
		for _, id := range slices.Backward(slices.Sorted(maps.Keys(load.index.series))) {
			s := load.index.series[id]
			l.NextID = max(l.NextID, id+1)
			if have := ours[s.Key()]; have != nil {
				if SameMeaning(have.Family, s.Family) {
					have.Last = max(have.Last, load.index.values[id])
				}
				continue
			}
			have := &RestoredSeries{*s, load.index.values[id]}
			ours[s.Key()] = have
			if taken[id] {
				displaced = append(displaced, have)
			}
			taken[id] = true
		}
	}
	for _, s := range displaced {
		s.ID = l.NextID
		l.NextID++
	}
	for _, load := range loads {
		same := true
		rename := make(map[collectors.SeriesID]collectors.SeriesID, len(load.index.series))
		for id, s := range load.index.series {
			have := ours[s.Key()]
			if !SameMeaning(have.Family, s.Family) {
				if load.index.values[id] > 0 {
					same = false
					l.leftOut[s.Key()] = struct{}{}
				}
				continue
			}
			rename[id] = have.ID
			same = same && (have.ID == id || load.index.values[id] == 0)
		}
		if !same {
			load.rename = rename
		}
	}
	l.Series = slices.AppendSeq(make([]*RestoredSeries, 0, len(ours)), maps.Values(ours))
	slices.SortFunc(l.Series, func(a, b *RestoredSeries) int { return int(a.ID - b.ID) })
}
