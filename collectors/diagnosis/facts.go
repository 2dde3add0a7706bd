package diagnosis

import (
	"context"
	"math"
	"slices"
	"time"

	"dashcam/collectors"
)

const (
	// lookBackFor is how far back events are read, and rows of what may have risen.
	lookBackFor = 5 * time.Minute
	// stale is how old a row or an observation of a table may be.
	stale = 15 * time.Second
)

// facts is what was seen around a moment.
type facts struct {
	host collectors.Host
	zone *time.Location
	at   int64 // time of the newest row, 0 for none
	seen int64 // time of the row that is looked at, the newest or one shortly before

	rows
	names []string // of series, sorted
	// past are the rows of the time that is looked at, of the series that may rise; empty
	// where nothing is wrong.
	past rows

	// processes and services are as they were at that row, the newest first. Who takes most
	// is not seen at every second.
	processes, services []*observed
	units               units
	// wrote is what processes wrote on average in the last seconds, nil where that is not of
	// interest; since wroteFrom, in Unix milliseconds.
	wrote     *observed
	wroteFrom int64
	events    []collectors.Event
}

// gather reads what was seen around a moment.
func gather(ctx context.Context, source collectors.Source, at int64) (*facts, error) {
	f := &facts{host: source.Info()}
	f.zone = time.UTC
	if zone, err := time.LoadLocation(f.host.TZ); err == nil {
		f.zone = zone
	}
	// Whoever asks live asks for the time of a row: no other one is read.
	for _, from := range []int64{at, at - stale.Milliseconds()} {
		var err error
		if f.rows, err = read(ctx, source, collectors.Window{From: from, To: at + 1}, asked); err != nil {
			return nil, err
		}
		if len(f.t) > 0 {
			break
		}
	}
	if len(f.t) == 0 {
		return &facts{}, nil
	}
	f.at = f.t[len(f.t)-1]
	f.look()
	return f, nil
}

// look takes the newest of the rows that were read as the one that is looked at.
func (f *facts) look() {
	f.seen, f.names = f.t[len(f.t)-1], f.names[:0]
	for name := range f.values {
		f.names = append(f.names, name)
	}
	slices.Sort(f.names)
}

// lookBack reads what happened and what may have risen in the time before.
func (f *facts) lookBack(ctx context.Context, source collectors.Source) (err error) {
	w := collectors.Window{From: f.at - lookBackFor.Milliseconds(), To: f.at + 1}
	if f.events, err = collectors.All(source.Events(ctx, w)); err != nil {
		return err
	}
	f.past, err = read(ctx, source, w, rises)
	return err
}

// value is that of a series in the row that is looked at; NaN where there is none.
func (f *facts) value(name string) float64 {
	if v := f.values[name]; len(v) == len(f.t) && len(v) > 0 {
		return v[len(v)-1]
	}
	return math.NaN()
}

// rise is by how much a series rose in the time that is looked at, and in how long.
func (f *facts) rise(name string) (by float64, in time.Duration) {
	for i, first := range f.past.values[name] {
		if first == first { // not missing
			return f.value(name) - first, time.Duration(f.seen-f.past.t[i]) * time.Millisecond
		}
	}
	return math.NaN(), 0
}

// of are the series of a family in the newest row, by name.
func (f *facts) of(family string) (names []string) {
	for _, name := range f.names {
		if f.series[name].Family.Name == family && !math.IsNaN(f.value(name)) {
			names = append(names, name)
		}
	}
	return names
}

// greatest is the series of a family with the greatest value, of those that match.
func (f *facts) greatest(family string, match func(*collectors.Series) bool) (name string, v float64) {
	for _, n := range f.of(family) {
		if match != nil && !match(f.series[n]) {
			continue
		}
		if x := f.value(n); name == "" || x > v {
			name, v = n, x
		}
	}
	return name, v
}

// label is that of a series.
func (f *facts) label(name, label string) string {
	if s := f.series[name]; s != nil {
		return s.Label(label)
	}
	return ""
}

// lookAtTrouble looks at the newest row in which a resource was short at that very second,
// where there is one: a state is held for a while after that, and who takes most of the
// little that is used then has done nothing.
func (f *facts) lookAtTrouble(ctx context.Context, source collectors.Source, resource string, since int64) error {
	name := "now." + resource
	if f.value(name) > 0 {
		return nil
	}
	w := collectors.Window{From: max(since, f.at-stale.Milliseconds()), To: f.at}
	r, err := read(ctx, source, w, func(s *collectors.Series) bool { return s.Family.Name == name })
	if err != nil {
		return err
	}
	v := r.values[name]
	for row := min(len(v), len(r.t)) - 1; row >= 0; row-- {
		if !(v[row] > 0) {
			continue
		}
		if f.rows, err = read(ctx, source, collectors.Window{From: r.t[row], To: r.t[row] + 1}, asked); err != nil {
			return err
		}
		f.look()
		break
	}
	return nil
}
