package diagnosis

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"dashcam/collectors"
)

const (
	// look is how far back events are read, and rows of what may have risen.
	look = 5 * time.Minute
	// stale is how old a row or an observation of a table may be.
	stale = 15 * time.Second
	// calmLook is the stretch before something began that says what was usual.
	calmLook = time.Minute
)

// facts is what was seen around a moment.
type facts struct {
	host collectors.Host
	zone *time.Location
	at   int64 // time of the newest row, 0 for none

	rows
	names []string // of series, sorted
	// past are the rows of the time that is looked at, of the series that may rise; empty
	// where nothing is wrong.
	past rows

	processes, services *observed
	events              []collectors.Event
}

// rows are consecutive rows of some series.
type rows struct {
	t      []int64
	series map[string]*collectors.Series
	values map[string][]float64 // by name, a value for every row
}

// observed is a table as it was at the moment, by who a row belongs to.
type observed struct {
	actors []actor
	rows   int
	// total is the sum over all rows by column.
	total map[string]float64
	// usual is what an actor had on average in the calm before, by column; nil where
	// nothing is known of it.
	usual map[string]map[string]float64
}

// actor is a process, or those of one name in one service; or a service.
type actor struct {
	name, service string
	pid           int // 0 for several
	n             int
	more          bool // there may be others of them, of which only the sum is remembered
	values        map[string]float64
}

func (a *actor) key() string { return a.name + "\x00" + a.service }

// called is how a sentence names it.
func (a *actor) called() string {
	several := plural(a.n, "process", "processes")
	if a.more {
		several = strconv.Itoa(a.n) + " or more processes"
	}
	switch {
	case a.n > 1 && a.service != "":
		return a.name + " (" + several + " of " + a.service + ")"
	case a.n > 1:
		return a.name + " (" + several + ")"
	case a.service != "":
		return a.name + " (" + a.service + ")"
	case a.pid != 0:
		return a.name + " (pid " + count(float64(a.pid)) + ")"
	}
	return a.name
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
	for name := range f.values {
		f.names = append(f.names, name)
	}
	slices.Sort(f.names)
	now := collectors.Window{From: f.at - stale.Milliseconds(), To: f.at + 1}
	var err error
	if f.processes, err = observe(ctx, source, collectors.Processes.Name, now); err != nil {
		return nil, err
	}
	if f.services, err = observe(ctx, source, collectors.Services.Name, now); err != nil {
		return nil, err
	}
	f.events, err = collectors.All(source.Events(ctx, collectors.Window{From: at - look.Milliseconds(), To: at + 1}))
	return f, err
}

// lookBack reads what may have risen in the time that is looked at.
func (f *facts) lookBack(ctx context.Context, source collectors.Source) (err error) {
	f.past, err = read(ctx, source, collectors.Window{From: f.at - look.Milliseconds(), To: f.at + 1}, rises)
	return err
}

// read reads the rows of a window, of the series that are wanted.
func read(ctx context.Context, source collectors.Source, w collectors.Window, wanted func(*collectors.Series) bool) (rows, error) {
	r := rows{series: make(map[string]*collectors.Series), values: make(map[string][]float64)}
	schema, err := source.Schema(ctx, w)
	if err != nil {
		return r, err
	}
	for span, err := range source.Columns(ctx, collectors.Query{Window: w, Match: collectors.MatcherOf(wanted)}) {
		if err != nil {
			return r, err
		}
		r.add(schema, span)
	}
	return r, nil
}

// rises reports whether a rule asks by how much a series rose.
func rises(s *collectors.Series) bool {
	switch s.Family.Name {
	case collectors.MemoryBytes.Name, collectors.FilesystemReadOnly.Name, collectors.DiskErrors.Name, collectors.FilesystemErrors.Name:
		return true
	}
	return false
}

// asked reports whether a rule looks at a series.
func asked(s *collectors.Series) bool {
	prefix, _, _ := strings.Cut(s.Family.Name, ".")
	switch prefix {
	case "self", "collector", "sampler", "sensor", "udp":
		return false
	}
	return true
}

func (r *rows) add(schema *collectors.Schema, span *collectors.Span) {
	before := len(r.t)
	r.t = append(r.t, span.T...)
	for _, c := range span.Columns {
		s := schema.Find(c.ID)
		if s == nil {
			continue
		}
		name := nameOf(s)
		r.series[name] = s
		v := r.values[name]
		for len(v) < before {
			v = append(v, math.NaN())
		}
		for _, q := range c.Q {
			v = append(v, s.Family.Value(q))
		}
		r.values[name] = v
	}
}

// value is that of a series in the newest row; NaN where there is none.
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
			return f.value(name) - first, time.Duration(f.at-f.past.t[i]) * time.Millisecond
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

// observe reads the newest observation of a table in a window.
func observe(ctx context.Context, source collectors.Source, table string, w collectors.Window) (*observed, error) {
	var newest *collectors.TableData
	for d, err := range source.Tables(ctx, table, w) {
		if err != nil {
			return nil, err
		}
		newest = d
	}
	o := &observed{total: make(map[string]float64)}
	if newest == nil {
		return o, nil
	}
	o.rows = len(newest.Rows) + newest.Others
	o.actors = actors(newest)
	for i := range newest.Table.Columns {
		c := &newest.Table.Columns[i]
		if !c.Sum {
			continue
		}
		if newest.Others > 0 && i < len(newest.OthersSums) {
			if v := c.Value(newest.OthersSums[i]); v == v {
				o.total[c.Name] += v
			}
		}
		for k := range o.actors {
			o.total[c.Name] += o.actors[k].values[c.Name]
		}
	}
	return o, nil
}

// actors puts rows together by name and service, in the order of their names.
func actors(d *collectors.TableData) []actor {
	byKey := make(map[string]*actor)
	text := func(r *collectors.TableRow, column string) string {
		if i := d.Table.Column(column); i >= 0 {
			return r.Cells[i].Text
		}
		return ""
	}
	for i := range d.Rows {
		r := &d.Rows[i]
		one := actor{name: text(r, "name"), n: 1}
		if d.Table.Name == collectors.Processes.Name {
			one.service = serviceName(text(r, "cgroup"))
		}
		have := byKey[one.key()]
		if have == nil {
			have = &one
			have.values = make(map[string]float64)
			byKey[one.key()] = have
		} else {
			have.n++
		}
		for k := range d.Table.Columns {
			c := &d.Table.Columns[k]
			v := c.Value(r.Cells[k].Q)
			if c.Kind != collectors.ColumnNumber || v != v {
				continue
			}
			if c.Name == "pid" {
				have.pid = int(v)
			} else {
				have.values[c.Name] += v
			}
		}
		if have.n > 1 {
			have.pid, have.more = 0, d.Others > 0
		}
	}
	out := make([]actor, 0, len(byKey))
	for _, a := range byKey {
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b actor) int { return cmp.Compare(a.key(), b.key()) })
	return out
}

// serviceName is the unit in a path of a control group that people know, "" for none.
func serviceName(cgroup string) string {
	parts := strings.Split(cgroup, "/")
	for _, part := range slices.Backward(parts) {
		if strings.HasSuffix(part, ".service") || strings.HasSuffix(part, ".scope") && !strings.HasPrefix(part, "session-") && part != "init.scope" {
			return part
		}
	}
	return ""
}

// before reads what processes and services did in the calm before something began.
func (f *facts) before(ctx context.Context, source collectors.Source, since int64) error {
	if since <= 0 {
		return nil
	}
	w := collectors.Window{From: since - calmLook.Milliseconds() - 5000, To: since - 5000}
	for table, o := range map[string]*observed{collectors.Processes.Name: f.processes, collectors.Services.Name: f.services} {
		n := 0
		sums := make(map[string]map[string]float64)
		for d, err := range source.Tables(ctx, table, w) {
			if err != nil {
				return err
			}
			n++
			for _, a := range actors(d) {
				have := sums[a.key()]
				if have == nil {
					have = make(map[string]float64)
					sums[a.key()] = have
				}
				for c, v := range a.values {
					have[c] += v
				}
			}
		}
		if n == 0 {
			continue
		}
		for _, have := range sums {
			for c := range have {
				have[c] /= float64(n)
			}
		}
		o.usual = sums
	}
	return nil
}

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// nameOf is what a series is called in one word, as everywhere else: labels in
// alphabetical order.
func nameOf(s *collectors.Series) string {
	if len(s.Family.Labels) == 0 {
		return s.Family.Name
	}
	var b strings.Builder
	b.WriteString(s.Family.Name)
	for i, label := range slices.Sorted(slices.Values(s.Family.Labels)) {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(label + `="`)
		_, _ = escaped.WriteString(&b, s.Label(label)) // to a builder
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}
