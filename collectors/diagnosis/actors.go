package diagnosis

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"dashcam/collectors"
)

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
