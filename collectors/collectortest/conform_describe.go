package collectortest

import (
	"math"
	"reflect"

	"dashcam/collectors"
)

func (k *check) describe() {
	d := k.collector.Describe()
	if !reflect.DeepEqual(d, k.collector.Describe()) {
		k.report("Describe differs from call to call")
	}
	if !collectorName.MatchString(d.Name) {
		k.report("collector name %q is not lower-case letters, digits, - and _", d.Name)
	}
	if d.Title == "" {
		k.report("collector has no title")
	}
	if d.Cadence < 0 {
		k.report("cadence %v is negative", d.Cadence)
	}
	if len(d.Families) == 0 && len(d.Tables) == 0 && !d.Open {
		k.report("declares neither families nor tables")
	}
	if d.Open {
		k.open = d.Name + "."
	}
	for _, f := range d.Families {
		k.family(f)
	}
	for _, t := range d.Tables {
		k.table(t)
	}
	panels := map[string]bool{}
	for _, p := range d.Panels {
		if p.ID == "" || panels[p.ID] {
			k.report("panel id %q is empty or used twice", p.ID)
		}
		panels[p.ID] = true
		if len(p.Families) == 0 {
			k.report("panel %s draws no family", p.ID)
		}
	}
}

func (k *check) family(f *collectors.Family) {
	if f == nil {
		k.report("declares a nil family")
		return
	}
	k.declared[f] = true
	if err := f.Validate(); err != nil {
		k.report("%v", err)
	}
	if k.names[f.Name] {
		k.report("family %s is declared twice", f.Name)
	}
	k.names[f.Name] = true
	if !familyName.MatchString(f.Name) {
		k.report("family name %q is not dotted and lower-case", f.Name)
	}
	if len(f.Help) > 0 && f.Help[len(f.Help)-1] != '.' {
		k.report("family %s: help %q does not end with a full stop", f.Name, f.Help)
	}
}

func (k *check) table(t *collectors.Table) {
	if t == nil {
		k.report("declares a nil table")
		return
	}
	k.tables[t] = true
	if t.Name == "" || t.Title == "" || len(t.Columns) == 0 {
		k.report("table %q needs a name, a title and columns", t.Name)
	}
	names := map[string]bool{}
	for _, c := range t.Columns {
		if c.Name == "" || names[c.Name] {
			k.report("table %s: column name %q is empty or used twice", t.Name, c.Name)
		}
		names[c.Name] = true
		if c.Kind == collectors.ColumnNumber && !powerOfTwo(c.Quantum) {
			k.report("table %s: column %s needs a quantum that is a power of two", t.Name, c.Name)
		}
	}
	for _, r := range t.Rank {
		if i := t.Column(r); i < 0 || t.Columns[i].Kind != collectors.ColumnNumber {
			k.report("table %s: rank %q is not a number column", t.Name, r)
		}
	}
	if len(t.Rank) > 0 && t.Top <= 0 {
		k.report("table %s ranks but remembers no top rows", t.Name)
	}
}

func powerOfTwo(q float64) bool {
	frac, _ := math.Frexp(q)
	return frac == 0.5
}
