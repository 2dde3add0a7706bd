package textfile

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"dashcam/collectors"
)

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
