package collectortest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

// update is the flag of every test binary that imports this package.
var update = flag.Bool("update", false, "rewrite golden files")

// Updating reports whether the test binary was started with -update.
func Updating() bool { return *update }

// Moment is a state of the world in which a collector is sampled once.
type Moment struct {
	// Name stands in the golden file: "t0".
	Name string
	// Arrange brings the world, or the collector itself, into this state. It may
	// be nil.
	Arrange func(t testing.TB)
}

// Golden samples c once in each moment and compares every reading with the golden
// file: family, labels, form, raw values, info, maximum, what is unavailable, and
// the rows of tables. Series, tables and rows are sorted, so that the order in
// which a collector found them does not matter. Counters stand there as read, since
// rates are the sampler's. With -update the file is written instead.
func Golden(t testing.TB, path string, c collectors.Collector, moments ...Moment) {
	t.Helper()
	if len(moments) == 0 {
		moments = []Moment{{Name: "t0"}}
	}
	got := render(t, c, moments)
	if Updating() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("golden file: %v (go test -update writes it)", err)
	}
	if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// goldenStart stamps the first observation; the others follow one second apart. It
// does not enter the file.
var goldenStart = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// render returns the readings of all moments as JSON with one reading per line.
func render(t testing.TB, c collectors.Collector, moments []Moment) []byte {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"collector\":%s,\"moments\":[", quoted(c.Describe().Name))
	b := collectors.NewBatch()
	for i, m := range moments {
		if m.Arrange != nil {
			m.Arrange(t)
		}
		b.Begin(goldenStart.Add(time.Duration(i) * time.Second))
		err := c.Sample(context.Background(), b)
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "\n{\"moment\":%s,", quoted(m.Name))
		if err != nil {
			fmt.Fprintf(&out, "\"error\":%s}", quoted(err.Error()))
			continue
		}
		writeMoment(&out, b)
	}
	out.WriteString("\n]}\n")
	return out.Bytes()
}

func writeMoment(out *bytes.Buffer, b *collectors.Batch) {
	var lines []string
	for i := range b.Len() {
		if s, set := b.Series(i); set {
			lines = append(lines, jsonLine(readingOf(s)))
		}
	}
	slices.Sort(lines)
	writeList(out, "series", lines)

	lines = lines[:0]
	for _, u := range b.TakeUnavailable() {
		lines = append(lines, jsonLine(u))
	}
	slices.Sort(lines)
	out.WriteByte(',')
	writeList(out, "unavailable", lines)

	tables := make([]*collectors.TableData, 0, 1)
	for _, r := range b.TakeTables() {
		tables = append(tables, r.Data())
	}
	slices.SortFunc(tables, func(a, b *collectors.TableData) int { return cmp.Compare(a.Table.Name, b.Table.Name) })
	for _, d := range tables {
		out.WriteByte(',')
		writeList(out, "table "+d.Table.Name, rowLines(d))
		if d.Partial != "" {
			fmt.Fprintf(out, ",%s:%s", quoted("partial "+d.Table.Name), quoted(d.Partial))
		}
	}
	out.WriteByte('}')
}

func writeList(out *bytes.Buffer, name string, lines []string) {
	fmt.Fprintf(out, "%s:[", quoted(name))
	for i, l := range lines {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n " + l)
	}
	out.WriteByte(']')
}

// reading is one line of a golden file. Its first field is the sort key.
type reading struct {
	Series string            `json:"series"`
	Gauge  *float64          `json:"gauge,omitempty"`
	Count  *uint64           `json:"counter,omitempty"`
	Ratio  []uint64          `json:"ratio,omitempty"`
	Max    float64           `json:"max,omitempty"`
	Info   map[string]string `json:"info,omitempty"`
}

func readingOf(s *collectors.BatchSeries) reading {
	r := reading{Series: seriesName(s.Family, s.Labels), Info: s.Info}
	if s.Max != s.Family.Max {
		r.Max = s.Max
	}
	switch s.Form {
	case collectors.FormGauge:
		r.Gauge = new(s.Gauge)
	case collectors.FormCounter, collectors.FormCounterAt:
		r.Count = new(s.Num)
	case collectors.FormRatio:
		r.Ratio = []uint64{s.Num, s.Den}
	}
	return r
}

func seriesName(f *collectors.Family, labels collectors.Labels) string {
	if len(f.Labels) == 0 {
		return f.Name
	}
	parts := make([]string, len(f.Labels))
	for i, l := range f.Labels {
		parts[i] = l + "=" + labels.At(i)
	}
	return f.Name + "{" + strings.Join(parts, ",") + "}"
}

// rowLines returns one line per row: the key, then the cells that are not missing
// in the order of the columns. Numbers are in the column's unit.
func rowLines(d *collectors.TableData) []string {
	rows := slices.Clone(d.Rows)
	slices.SortFunc(rows, func(a, b collectors.TableRow) int { return cmp.Compare(a.Key, b.Key) })
	lines := make([]string, len(rows))
	for i, r := range rows {
		var l strings.Builder
		l.WriteString("{\"key\":" + quoted(r.Key))
		for j, col := range d.Table.Columns {
			cell := r.Cells[j]
			switch {
			case col.Kind == collectors.ColumnText:
				l.WriteString("," + quoted(col.Name) + ":" + quoted(cell.Text))
			case cell.Q != collectors.Missing:
				v := col.Value(cell.Q)
				l.WriteString("," + quoted(col.Name) + ":" + strconv.FormatFloat(v, 'f', -1, 64))
			}
		}
		l.WriteByte('}')
		lines[i] = l.String()
	}
	return lines
}

func quoted(s string) string { return jsonLine(s) }

// jsonLine never fails for the types above: a batch holds no NaN, and an infinite
// gauge is a mistake that shows here.
func jsonLine(v any) string {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("{\"invalid\":%q}", err.Error())
	}
	return strings.TrimSuffix(out.String(), "\n")
}
