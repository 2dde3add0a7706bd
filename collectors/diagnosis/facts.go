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

// rows are consecutive rows of some series.
type rows struct {
	t      []int64
	series map[string]*collectors.Series
	values map[string][]float64 // by name, a value for every row
}

// observed is a table as it was at the moment, by who a row belongs to.
type observed struct {
	t      int64
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
	unit          string // what the table of services calls that of which it is part
	pid           int    // 0 for several
	n             int
	more          bool // there may be others of them, of which only the sum is remembered
	values        map[string]float64
}

func (a *actor) key() string { return a.name + "\x00" + a.service }

// ofKernel reports whether it is a thread of the kernel, which has no memory of its own, or
// what no service accounts for: it works for others.
func (a *actor) ofKernel() bool {
	_, known := a.values["memory"]
	return a.name == unaccounted || a.pid > 0 && !known && a.unit == ""
}

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

// looksBack is at how many observations is looked for who takes most.
const looksBack = 3

// observe reads the tables as they were at the row that is looked at.
func (f *facts) observe(ctx context.Context, source collectors.Source) error {
	w := collectors.Window{From: f.seen - stale.Milliseconds(), To: f.seen + 1}
	services, err := newestOf(ctx, source, collectors.Services.Name, w)
	if err != nil {
		return err
	}
	processes, err := newestOf(ctx, source, collectors.Processes.Name, w)
	if err != nil {
		return err
	}
	f.units = make(units)
	for _, d := range services {
		f.units.add(d)
	}
	f.services, f.processes = observedOf(services, f.units), observedOf(processes, f.units)
	return nil
}

// newestOf are the newest observations of a table in a window, the newest first. Most often
// they are of its last seconds: the rest is read where they are not.
func newestOf(ctx context.Context, source collectors.Source, table string, w collectors.Window) (newest []*collectors.TableData, err error) {
	for _, from := range []int64{max(w.From, w.To-looksBack*1000-500), w.From} {
		newest = newest[:0]
		for d, err := range source.Tables(ctx, table, collectors.Window{From: from, To: w.To}) {
			if err != nil {
				return nil, err
			}
			newest = append(newest, d)
		}
		if len(newest) >= looksBack {
			break
		}
	}
	slices.Reverse(newest)
	return newest[:min(len(newest), looksBack)], nil
}

func observedOf(newest []*collectors.TableData, u units) (all []*observed) {
	for _, d := range newest {
		all = append(all, observe(d, u))
	}
	return all
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

// observe puts an observation together by who a row belongs to.
func observe(newest *collectors.TableData, u units) *observed {
	o := &observed{t: newest.T, total: make(map[string]float64)}
	o.rows = len(newest.Rows) + newest.Others
	o.actors = actors(newest, u)
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
	return o
}

// serviceRows are the services as they were at the row that is looked at.
func (f *facts) serviceRows() (all []*actor) {
	if len(f.services) == 0 {
		return nil
	}
	for i := range f.services[0].actors {
		all = append(all, &f.services[0].actors[i])
	}
	return all
}

// total is the sum of a column over all processes, NaN where it is not known.
func (f *facts) total(column string) float64 {
	if len(f.processes) == 0 {
		return math.NaN()
	}
	return f.processes[0].total[column]
}

// countProcesses is how many processes there are.
func (f *facts) countProcesses() int {
	if len(f.processes) == 0 {
		return 0
	}
	return f.processes[0].rows
}

// actors puts rows together by name and service, in the order of their names.
func actors(d *collectors.TableData, u units) []actor {
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
			one.service, one.unit = u.of(text(r, "cgroup"))
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

// before takes over what processes and services did in the calm before something began.
func (f *facts) before(ctx context.Context, source collectors.Source, since int64, c *calm) error {
	if since <= 0 {
		return nil
	}
	usual, err := c.before(ctx, source, since, f.units)
	if err != nil {
		return err
	}
	for table, all := range map[string][]*observed{collectors.Processes.Name: f.processes, collectors.Services.Name: f.services} {
		for _, o := range all {
			o.usual = usual[table]
		}
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
