package textfile

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
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

// maxKnown bounds the families that are remembered.
const maxKnown = 10_000

// family returns the family of a metric. A series is known by its family's name, and what
// was remembered of it is in the family's quantum, so a metric that has become something
// else gets a family of another name.
func (l *layout) family(m *merged) *collectors.Family {
	base := "textfile." + strings.Trim(strings.ToLower(strings.ReplaceAll(m.name, ":", "_")), "_")
	if l.used[base] || base == Modified.Name || base == Failed.Name {
		l.refuse(m.file, "%s differs from another name too little", m.name)
		return nil
	}
	l.used[base] = true
	f := &collectors.Family{
		Metric: m.name, Help: m.help, Kind: collectors.KindGauge, Labels: labelNames(m.points),
		Unit: unitOf(m.name, m.counter), Quantum: quantumOf(m.points), Scale: 1, Source: m.file,
	}
	if m.counter {
		f.Kind, f.Quantum, f.Scale = collectors.KindCounter, 1.0/1024, scaleOf(m.points)
	}
	f.Name = base
	for n := 2; ; n++ {
		old := l.known[f.Name]
		if old == nil {
			break
		}
		if fits(old, f, largest(m.points)) {
			if old.Scale <= f.Scale && old.Help == f.Help && old.Source == f.Source {
				return old
			}
			f.Quantum = old.Quantum
			break
		}
		f.Name = fmt.Sprintf("%s_%d", base, n)
	}
	if len(l.known) >= maxKnown && l.known[f.Name] == nil {
		l.refuse(m.file, "%s is one more than the %d metrics that were seen", m.name, maxKnown)
		return nil
	}
	l.known[f.Name] = f
	return f
}

// timestampEnd is the ending of metrics that tell a moment.
const timestampEnd = "_timestamp_seconds"

// distances returns the families in which a moment is charted: a line that stays where it
// is tells nobody anything, how long ago it was does. The moment itself is in /metrics.
func (l *layout) distances(m *merged, f *collectors.Family) (since, until *collectors.Family) {
	if m.counter || f.Unit != collectors.Timestamp {
		return nil, nil
	}
	distance := func(end, help string) *collectors.Family {
		name := strings.TrimSuffix(f.Name, timestampEnd) + end
		if old := l.known[name]; old != nil && old.Unit == collectors.Seconds && old.Metric == "" && slices.Equal(old.Labels, f.Labels) {
			return old
		}
		for n := 2; l.known[name] != nil; n++ {
			name = fmt.Sprintf("%s%s_%d", strings.TrimSuffix(f.Name, timestampEnd), end, n)
		}
		made := &collectors.Family{
			Name: name, Help: help + m.name + ".", Kind: collectors.KindGauge, Labels: f.Labels, Unit: collectors.Seconds,
			Quantum: 1.0 / 8, Scale: 1, Source: m.file, Formula: "the distance of the reading from now",
		}
		l.known[name] = made
		return made
	}
	return distance("_since", "How long ago was "), distance("_until", "How long it is until ")
}

// fits reports whether the values of a metric can be remembered as those of an older
// family.
func fits(old, f *collectors.Family, most float64) bool {
	return old.Metric == f.Metric && old.Kind == f.Kind && old.Unit == f.Unit && slices.Equal(old.Labels, f.Labels) &&
		(f.Kind == collectors.KindCounter || old.Quantum == 1 || most <= old.Quantum*(1<<52))
}

// labelNames returns the labels of a family.
func labelNames(points []point) []string {
	var names []string
	for _, l := range points[0].labels {
		names = append(names, l.name)
	}
	for _, p := range points {
		if len(p.labels) != len(names) || len(names) > 2 {
			return []string{allLabels}
		}
		for i, l := range p.labels {
			if l.name != names[i] {
				return []string{allLabels}
			}
		}
	}
	return names
}

// precision is how many steps the largest of the first values is apart from 0.
const precision = 1 << 20

// quantumOf returns a step for values like these: at most 1, so that whole numbers stay
// what they are.
func quantumOf(points []point) float64 {
	most := largest(points)
	if most == 0 {
		return 1.0 / 1024
	}
	return math.Exp2(min(0, max(-30, math.Floor(math.Log2(most/precision)))))
}

func largest(points []point) float64 {
	most := 0.0
	for _, p := range points {
		if v := math.Abs(p.value); !math.IsInf(v, 0) && v > most {
			most = v
		}
	}
	return most
}

// scaleOf returns what one count of a counter is worth: all of the first counts are
// whole, or parts of a million as far as that can be counted.
func scaleOf(points []point) float64 {
	whole, most := true, 0.0
	for _, p := range points {
		whole = whole && p.value == math.Trunc(p.value)
		most = max(most, p.value)
	}
	switch {
	case whole:
		return 1
	case most < 1e9:
		return 1e-6
	}
	return 1e-3
}

// unitOf returns the unit that a metric's ending names, of its rate for a counter.
func unitOf(name string, counter bool) collectors.Unit {
	base := strings.TrimSuffix(strings.TrimSuffix(name, "_total"), "_sum")
	unit := collectors.NoUnit
	switch {
	case strings.HasSuffix(base, timestampEnd):
		unit = collectors.Timestamp
	case strings.HasSuffix(base, "_ratio"):
		unit = collectors.Percent
	case strings.HasSuffix(base, "_seconds"):
		unit = collectors.Seconds
	case strings.HasSuffix(base, "_bytes"):
		unit = collectors.Bytes
	case strings.HasSuffix(base, "_celsius"):
		unit = collectors.Celsius
	case strings.HasSuffix(base, "_hertz"):
		unit = collectors.Hertz
	default:
		for _, known := range []collectors.Unit{"volts", "amperes", "joules", "watts", "grams", "meters"} {
			if strings.HasSuffix(base, "_"+string(known)) {
				unit = known
			}
		}
	}
	if !counter {
		return unit
	}
	switch unit {
	case collectors.Bytes:
		return collectors.BytesPerSecond
	case collectors.NoUnit, collectors.Timestamp, collectors.Percent:
		return collectors.PerSecond
	}
	return unit + "/s"
}
