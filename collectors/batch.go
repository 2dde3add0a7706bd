package collectors

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Slot names a series within one observation. It is valid until Sample returns.
type Slot int32

// Batch takes the raw readings of one observation. What is not set is missing.
// It allocates only when a series appears for the first time.
type Batch struct {
	at          time.Time
	round       uint64
	set         int    // how many series are set in this round
	thinned     uint64 // the round in which a crowd was last forgotten
	layout      int
	slots       map[slotKey]Slot
	families    map[string][]*Family // by name, one for each way it is described
	next        Slot                 // the one that is asked for next if the order is that of the last time
	series      []BatchSeries
	unavailable []Unavailable
	failing     string
	tables      []*Rows
	room        map[*Table]int // rows that the last observation of a table had, and a few
	scratch     []byte
}

type slotKey struct {
	family *Family
	labels string // joined, clean
}

// NewBatch returns an empty batch. Only the sampler and tests need it.
func NewBatch() *Batch {
	return &Batch{slots: make(map[slotKey]Slot), families: make(map[string][]*Family), room: make(map[*Table]int)}
}

const (
	// keepFor is for how many observations a series is remembered that is not set.
	keepFor = 600
	// keepForCrowded is for how many where the others are fewer than those.
	keepForCrowded = 10
	// crowd is how many of those are no crowd, however few the others are.
	crowd = 256
)

// Begin clears the batch for an observation made at the given time. Series that were not
// set for a while are forgotten: for 600 observations, or for ten where more come and go
// than stay.
func (b *Batch) Begin(at time.Time) {
	since := b.round - b.thinned
	crowded := len(b.series)-b.set > b.set+crowd
	b.at = at
	b.round++
	b.set = 0
	b.next = 0
	b.unavailable = b.unavailable[:0]
	b.failing = ""
	for _, r := range b.tables {
		b.room[r.table] = r.added + r.added/16 + 1
	}
	b.tables = b.tables[:0]
	switch {
	case crowded && since >= keepForCrowded:
		b.thinned = b.round
		b.forget(b.round - keepForCrowded)
	case b.round%keepFor == 0:
		b.forget(b.round - keepFor)
	}
}

// forget drops the series that were last set before a round.
func (b *Batch) forget(before uint64) {
	old := func(s BatchSeries) bool { return s.round < before }
	if !slices.ContainsFunc(b.series, old) {
		return
	}
	b.series = slices.DeleteFunc(b.series, old)
	clear(b.slots)
	clear(b.families)
	for i := range b.series {
		s := &b.series[i]
		b.slots[slotKey{s.Family, s.Labels.joined}] = Slot(i)
		b.describe(s.Family)
	}
	b.layout++
}

// At returns when the observation was made.
func (b *Batch) At() time.Time { return b.at }

// Slot returns the slot of the series of f with the given labels, in the order of
// f.Labels. It panics when their number is wrong, which is a mistake in the
// collector; the sampler reports it as such.
func (b *Batch) Slot(f *Family, labels ...string) Slot {
	if len(labels) != len(f.Labels) {
		panic(fmt.Sprintf("family %s has labels %q, got values %q", f.Name, f.Labels, slices.Clone(labels))) // a clone, so that labels stays on the stack
	}
	if int(b.next) < len(b.series) {
		// A collector asks in the same order at every observation, which makes
		// looking a series up a comparison.
		if s := &b.series[b.next]; s.Family == f && s.Labels.are(labels) {
			b.next++
			return b.next - 1
		}
	}
	b.scratch = b.scratch[:0]
	for i, v := range labels {
		if i > 0 {
			b.scratch = append(b.scratch, labelSeparator...)
		}
		b.scratch = append(b.scratch, v...)
	}
	// The compiler makes no string for a look-up. What is not clean is never found, even
	// where it holds a separator: it has more of them than the family has labels.
	s, ok := b.slots[slotKey{f, string(b.scratch)}]
	if !ok {
		clean := make([]string, len(labels))
		for i, v := range labels {
			clean[i] = CleanLabel(v)
		}
		s = b.add(f, LabelsOf(clean...))
	}
	b.next = s + 1
	return s
}

func (b *Batch) add(f *Family, labels Labels) Slot {
	clean := slotKey{f, strings.Clone(labels.joined)}
	if s, ok := b.slots[clean]; ok {
		return s
	}
	b.describe(f)
	added := BatchSeries{Family: f, Labels: Labels{clean.labels}, Max: f.Max}
	s := b.describedBefore(clean)
	if s < 0 {
		s = Slot(len(b.series))
		b.series = append(b.series, added)
	} else {
		delete(b.slots, slotKey{b.series[s].Family, clean.labels})
		b.series[s] = added
	}
	b.slots[clean] = s
	b.layout++
	return s
}

// reading is the series of a slot, as one that is set.
func (b *Batch) reading(s Slot) *BatchSeries {
	r := &b.series[s]
	if r.round != b.round {
		r.round = b.round
		b.set++
	}
	return r
}

// describe notes that series of a family are known.
func (b *Batch) describe(f *Family) {
	if all := b.families[f.Name]; !slices.Contains(all, f) {
		b.families[f.Name] = append(all, f)
	}
}

// describedBefore returns the series whose family is described anew by that of a key, or -1:
// both would be one series. One that is set in this round is another's.
func (b *Batch) describedBefore(key slotKey) Slot {
	for _, f := range b.families[key.family.Name] {
		if s, ok := b.slots[slotKey{f, key.labels}]; ok && b.series[s].round != b.round {
			return s
		}
	}
	return -1
}

// Gauge sets a reading that is stored as it is. NaN is missing.
func (b *Batch) Gauge(s Slot, v float64) {
	if math.IsNaN(v) {
		return
	}
	r := b.reading(s)
	r.Form, r.Gauge = FormGauge, v
}

// Counter sets a reading that only rises; the sampler stores its rate per second
// times Family.Scale.
func (b *Batch) Counter(s Slot, v uint64) {
	r := b.reading(s)
	r.Form, r.Num = FormCounter, v
}

// CounterAt sets a counter that somebody else read, at a time that he tells. The rate is
// that between two such times, and holds until there is a newer reading.
func (b *Batch) CounterAt(s Slot, v uint64, at time.Time) {
	r := b.reading(s)
	r.Form, r.Num, r.Den = FormCounterAt, v, uint64(at.UnixNano())
}

// Ratio sets two readings that only rise; the sampler stores the rise of num per
// rise of den, times Family.Scale. While den does not rise the value is missing.
func (b *Batch) Ratio(s Slot, num, den uint64) {
	r := b.reading(s)
	r.Form, r.Num, r.Den = FormRatio, num, den
}

// Info attaches a fact that is not part of the key. It must be repeated only when
// it changes.
func (b *Batch) Info(s Slot, key, value string) {
	r := &b.series[s]
	if have, ok := r.Info[key]; ok && have == value {
		return
	}
	info := make(map[string]string, len(r.Info)+1)
	for k, v := range r.Info {
		info[k] = v
	}
	info[key] = CleanLabel(value)
	r.Info, r.infoChanged = info, true
}

// Max states the natural maximum of one series (a link's speed, a file system's
// size).
func (b *Batch) Max(s Slot, v float64) {
	r := &b.series[s]
	if r.Max != v {
		r.Max, r.infoChanged = v, true
	}
}

// Unavailable says that a source does not exist here or may not be read, and why.
// It is repeated in every observation as long as it holds.
func (b *Batch) Unavailable(source, reason string) {
	b.unavailable = append(b.unavailable, Unavailable{source, CleanLabel(reason)})
}

// Failing says that this observation lacks something which it should have, and why: the
// values that it gives hold. It is repeated as long as it holds.
func (b *Batch) Failing(reason string) { b.failing = CleanLabel(reason) }

// Rows returns the empty rows of t for this observation.
func (b *Batch) Rows(t *Table) *Rows {
	r := NewRows(t)
	if n := b.room[t]; n > 0 {
		r.grow(n)
	}
	b.tables = append(b.tables, r)
	return r
}

// Layout changes whenever the meaning of the indexes of [Batch.Series] does.
func (b *Batch) Layout() int { return b.layout }

// Len returns how many series the batch knows.
func (b *Batch) Len() int { return len(b.series) }

// Series returns the series at index i and whether it was set in this observation.
// The pointer is valid until the next Slot or Begin.
func (b *Batch) Series(i int) (s *BatchSeries, set bool) {
	s = &b.series[i]
	return s, s.round == b.round
}

// TakeUnavailable returns what this observation called unavailable. The slice is
// valid until the next Begin.
func (b *Batch) TakeUnavailable() []Unavailable { return b.unavailable }

// TakeFailing returns what this observation lacks, "" for nothing.
func (b *Batch) TakeFailing() string { return b.failing }

// TakeTables returns the tables of this observation.
func (b *Batch) TakeTables() []*Rows { return b.tables }
