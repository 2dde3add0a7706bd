package textfile

import (
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"time"

	"dashcam/collectors"
)

// layout says what is set in a batch, as long as no file changes.
type layout struct {
	series  []placed
	taken   int // of the series that may be: a moment and its distance are two
	refused []collectors.Unavailable
	unsaid  int // refused, but not among refused

	metrics map[string]*merged
	order   []string
	// known are the families of all layouts, by name, and used those of this one.
	known map[string]*collectors.Family
	used  map[string]bool
	// places are the series that are taken.
	places map[string]bool
}

// merged is a metric of all files.
type merged struct {
	metric
	at []time.Time // of each point
}

// placed is one series with its value.
type placed struct {
	family *collectors.Family
	labels []string
	info   []label
	// since and until are the families for the distance to a moment, nil where the value
	// is none.
	since, until *collectors.Family
	// A gauge has a value, a counter counts and the time it was written.
	gauge float64
	count uint64
	at    time.Time
}

func newLayout(known map[string]*collectors.Family) *layout {
	return &layout{metrics: make(map[string]*merged), known: known, used: make(map[string]bool), places: make(map[string]bool)}
}

// add takes the metrics of a file. A metric may stand in several files, with the same
// type.
func (l *layout) add(f *file, name string) {
	for i := range f.metrics {
		m := &f.metrics[i]
		have := l.metrics[m.name]
		switch {
		case have == nil:
			have = &merged{metric: metric{name: m.name, help: m.help, counter: m.counter, file: m.file}}
			l.metrics[m.name] = have
			l.order = append(l.order, m.name)
		case have.counter != m.counter:
			l.refuse(name, "%s is of another type than in %s", m.name, have.file)
			continue
		}
		for _, p := range m.points {
			have.points = append(have.points, p)
			have.at = append(have.at, f.modified)
		}
	}
}

func (l *layout) refuse(source, format string, a ...any) {
	if len(l.refused) >= maxSaid {
		l.unsaid++
		return
	}
	l.refused = append(l.refused, collectors.Unavailable{Source: source, Reason: fmt.Sprintf(format, a...)})
}

// finish gives every point its series, up to limit.
func (l *layout) finish(limit int) {
	tooMany := 0
	for _, name := range l.order {
		m := l.metrics[name]
		f := l.family(m)
		if f == nil {
			continue
		}
		since, until := l.distances(m, f)
		cost := 1
		if since != nil {
			cost = 2
		}
		for i, p := range m.points {
			if l.taken+cost > limit {
				tooMany += cost
				continue
			}
			l.place(m, f, since, until, p, m.at[i])
		}
	}
	if tooMany > 0 {
		l.refuse("series", "%d more than the %d that are taken", tooMany, limit)
	}
	l.metrics, l.order, l.used, l.places = nil, nil, nil, nil
}

// place adds a series.
func (l *layout) place(m *merged, f, since, until *collectors.Family, p point, at time.Time) {
	s := placed{family: f, since: since, until: until}
	if len(f.Labels) == 1 && f.Labels[0] == allLabels {
		s.labels, s.info = []string{together(p.labels)}, p.labels
	} else {
		for _, l := range p.labels {
			s.labels = append(s.labels, l.value)
		}
	}
	key := f.Name + "\xff" + strings.Join(s.labels, "\xff")
	if l.places[key] {
		l.refuse(m.file, "%s{%s} is given twice", m.name, together(p.labels))
		return
	}
	l.places[key] = true
	if m.counter {
		count := math.Round(p.value / f.Scale)
		if !(count >= 0 && count < 1<<63) { // also for NaN
			l.refuse(m.file, "%s is a counter of %v", m.name, p.value)
			return
		}
		s.count, s.at = uint64(count), at
	} else {
		s.gauge = p.value
		if f.Unit == collectors.Percent {
			s.gauge *= 100
		}
	}
	l.series = append(l.series, s)
	l.taken++
	if since != nil {
		l.taken++
	}
}

// set gives the series to a batch.
func (s *placed) set(b *collectors.Batch, now time.Time) {
	slot := b.Slot(s.family, s.labels...)
	for _, l := range s.info {
		b.Info(slot, l.name, l.value)
	}
	if s.family.Kind == collectors.KindCounter {
		b.CounterAt(slot, s.count, s.at)
		return
	}
	b.Gauge(slot, s.gauge)
	if s.since == nil || s.gauge <= 0 { // 0 is for what has not been yet
		return
	}
	distance := float64(now.UnixMilli())/1000 - s.gauge
	f := s.since
	if distance < 0 {
		f, distance = s.until, -distance
	}
	slot = b.Slot(f, s.labels...)
	for _, l := range s.info {
		b.Info(slot, l.name, l.value)
	}
	b.Gauge(slot, distance)
}

// allLabels is the label of families that hold all labels in one.
const allLabels = "labels"

// together writes labels as one that tells series apart. What would be cut is told apart
// by a number made from all of it.
func together(labels []label) string {
	if len(labels) == 0 {
		return "–"
	}
	parts := make([]string, len(labels))
	for i, l := range labels {
		parts[i] = l.name + "=" + l.value
	}
	text := strings.Join(parts, ", ")
	if len(text) <= maxLabelBytes {
		return text
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // a hash takes everything
	const tail = 2 + 16
	return fmt.Sprintf("%s… %016x", strings.ToValidUTF8(text[:maxLabelBytes-tail-2], ""), h.Sum64())
}
