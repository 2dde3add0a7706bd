package notify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// whoFor is how old an observation of the processes may be.
const whoFor = 15 * time.Second

// top returns the three processes that took most at a moment: "pg_dump 62 % · postgres
// 38 %". What is compared depends on what is wrong.
func top(ctx context.Context, source collectors.Source, a *alert.Alert, resource string, at int64) (string, error) {
	var newest *collectors.TableData
	w := collectors.Window{From: at - whoFor.Milliseconds(), To: at + 1}
	for d, err := range source.Tables(ctx, collectors.Processes.Name, w) {
		if err != nil {
			return "", err
		}
		newest = d
	}
	if newest == nil {
		return "", nil
	}
	return ranked(newest, columnOf(a.Rule, columnOf(resource, "cpu"))), nil
}

// columnOf says by what those are compared who may be behind a rule or a resource.
func columnOf(word, otherwise string) string {
	for _, c := range [][2]string{{"memory", "memory"}, {"oom", "memory"}, {"swap", "memory"}, {"disk", "io"}, {"filesystem", "io"}, {"io-", "io"}, {"cpu", "cpu"}} {
		if strings.Contains(word, c[0]) {
			return c[1]
		}
	}
	return otherwise
}

// taker is all processes of one name.
type taker struct {
	name  string
	takes float64
}

func ranked(d *collectors.TableData, column string) string {
	name, by := d.Table.Column("name"), d.Table.Column(column)
	if name < 0 || by < 0 {
		return ""
	}
	sums := make(map[string]float64)
	all := 0.0
	for i := range d.Rows {
		if v := d.Table.Columns[by].Value(d.Rows[i].Cells[by].Q); v > 0 { // not missing
			sums[d.Rows[i].Cells[name].Text] += v
			all += v
		}
	}
	if d.Others > 0 && by < len(d.OthersSums) {
		if v := d.Table.Columns[by].Value(d.OthersSums[by]); v > 0 {
			all += v
		}
	}
	var takers []taker
	for name, v := range sums {
		takers = append(takers, taker{name, v})
	}
	slices.SortFunc(takers, func(a, b taker) int {
		return cmp.Or(cmp.Compare(b.takes, a.takes), cmp.Compare(a.name, b.name))
	})
	var out []string
	for _, t := range takers[:min(3, len(takers))] {
		how := fmt.Sprintf("%.0f %%", 100*t.takes/all)
		if !d.Table.Columns[by].Sum { // the parts overlap
			how = bytesText(t.takes)
		}
		out = append(out, clean(t.name, 32)+" "+how)
	}
	return strings.Join(out, " · ")
}

func bytesText(v float64) string {
	unit := "B"
	for _, next := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if v < 1024 {
			break
		}
		v, unit = v/1024, next
	}
	return fmt.Sprintf("%.3g %s", v, unit)
}
