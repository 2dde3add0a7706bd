package store

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

// The lines of a catalog. The tables of a file are numbered in the order in which its
// catalogs name them, families in that of one catalog.
const (
	lineFamily = 'F' // familyRecord
	lineSeries = 'S' // seriesRecord
	lineTable  = 'D' // tableRecord
	lineColumn = 'L' // collectors.Column, of the table before
)

// familyRecord is a collectors.Family. Its names are a promise to later versions.
type familyRecord struct {
	Name     string          `json:"name"`
	Help     string          `json:"help,omitempty"`
	Unit     collectors.Unit `json:"unit,omitempty"`
	Kind     collectors.Kind `json:"kind"`
	Labels   labelsRecord    `json:"labels,omitzero"`
	Quantum  float64         `json:"quantum"`
	Scale    float64         `json:"scale,omitempty"`
	WindowMs int64           `json:"windowMs,omitempty"`
	Max      float64         `json:"max,omitempty"`
	States   string          `json:"states,omitempty"` // listed
	Source   string          `json:"source,omitempty"`
	Formula  string          `json:"formula,omitempty"`
	Differs  string          `json:"differs,omitempty"`
	Metric   string          `json:"metric,omitempty"`
}

// seriesRecord is a collectors.Series.
type seriesRecord struct {
	ID     collectors.SeriesID `json:"id"`
	Family int                 `json:"family"` // its number
	Labels labelsRecord        `json:"labels,omitzero"`
	Info   map[string]string   `json:"info,omitempty"`
	Max    float64             `json:"max,omitempty"`
	Warn   float64             `json:"warn,omitempty"`
	Crit   float64             `json:"crit,omitempty"`
}

// labelsRecord are the names of labels, or their values. What is behind the last one is
// not written; two are, at least, which is what versions before wrote.
type labelsRecord [collectors.MaxLabels]string

func (r labelsRecord) MarshalJSON() ([]byte, error) {
	n := len(r)
	for n > 2 && r[n-1] == "" {
		n--
	}
	return json.Marshal(r[:n])
}

// tableRecord is a collectors.Table without its columns.
type tableRecord struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	Help  string `json:"help,omitempty"`
	Rank  string `json:"rank,omitempty"` // listed
	Top   int    `json:"top,omitempty"`
}

// instanceRecord says that an instance began to write.
type instanceRecord struct {
	ID string `json:"id"`
	// T is when, After the row after which it counts on.
	T     int64  `json:"t"`
	After uint64 `json:"after"`
	// Boot identifies the run of the host.
	Boot       string `json:"boot,omitempty"`
	IntervalMs int64  `json:"intervalMs"`
	Version    string `json:"version,omitempty"`
	// Why says how the instance before ended.
	Why string `json:"why,omitempty"`
}

func (r *instanceRecord) record() []byte { return block.Pad(asJSON(r), minInstance, ' ') }

// endRecord says that an instance ended by itself.
type endRecord struct {
	ID string `json:"id"`
	T  int64  `json:"t"`
}

// gapRecord names rows that were observed and not written.
type gapRecord struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	Why  string `json:"why"`
}

func (r *gapRecord) record() []byte { return block.Pad(asJSON(r), minGap, ' ') }

// The least that records take, so that what is remembered of one is not more than it.
const (
	minInstance = 128
	minGap      = 48
)

// describe makes a catalog of series.
func describe(series []*collectors.Series) []byte {
	var out []byte
	// Series of earlier instances may have a family of their own that says the same.
	numbers, same := make(map[*collectors.Family]int), make(map[familyRecord]int)
	for _, s := range series {
		number, known := numbers[s.Family]
		if !known {
			r := newFamilyRecord(s.Family)
			if number, known = same[r]; !known {
				number = len(same)
				same[r] = number
				out = appendLine(out, lineFamily, r)
			}
			numbers[s.Family] = number
		}
		r := seriesRecord{
			ID: s.ID, Family: number, Info: s.Info, Max: collectors.Finite(s.Max), Warn: collectors.Finite(s.Warn), Crit: collectors.Finite(s.Crit),
		}
		for i := range s.Family.Labels {
			r.Labels[i] = s.Labels.At(i)
		}
		out = appendLine(out, lineSeries, r)
	}
	return out
}

func newFamilyRecord(f *collectors.Family) familyRecord {
	r := familyRecord{
		Name: f.Name, Help: f.Help, Unit: f.Unit, Kind: f.Kind, Quantum: f.Quantum, Scale: f.Scale, WindowMs: f.Window.Milliseconds(), Max: collectors.Finite(f.Max),
		States: listed(f.States), Source: f.Source, Formula: f.Formula, Differs: f.Differs, Metric: f.Metric,
	}
	copy(r.Labels[:], f.Labels)
	return r
}

// appendTable appends what the cells of a table are.
func appendTable(dst []byte, t *collectors.Table) []byte {
	dst = appendLine(dst, lineTable, tableRecord{t.Name, t.Title, t.Help, listed(t.Rank), t.Top})
	for i := range t.Columns {
		dst = appendLine(dst, lineColumn, &t.Columns[i])
	}
	return dst
}

// described is what the catalogs of a file describe.
type described struct {
	tables []*collectors.Table
	series map[collectors.SeriesID]*collectors.Series
}

// catalogReader reads the lines of one catalog, and gives what they describe to x.
type catalogReader struct {
	x        *described
	families []*collectors.Family
	table    *collectors.Table
}

func (c *catalogReader) line(kind byte, text []byte) error {
	switch kind {
	case lineFamily:
		return c.family(text)
	case lineSeries:
		return c.series(text)
	case lineTable:
		r, err := parse[tableRecord](text)
		if err != nil || r.Name == "" {
			return nonsense(err)
		}
		c.table = &collectors.Table{Name: r.Name, Title: r.Title, Help: r.Help, Top: r.Top}
		c.table.Rank, err = named(r.Rank)
		c.x.tables = append(c.x.tables, c.table)
		return err
	case lineColumn:
		column, err := parse[collectors.Column](text)
		if err != nil || c.table == nil || len(c.table.Columns) == maxListed {
			return nonsense(err)
		}
		c.table.Columns = append(c.table.Columns, column)
	}
	return nil
}

func (c *catalogReader) family(text []byte) error {
	r, err := parse[familyRecord](text)
	if err != nil || !(r.Quantum > 0) {
		return nonsense(err)
	}
	f := &collectors.Family{
		Name: r.Name, Help: r.Help, Unit: r.Unit, Kind: r.Kind, Quantum: r.Quantum, Scale: r.Scale, Window: time.Duration(r.WindowMs) * time.Millisecond, Max: r.Max,
		Source: r.Source, Formula: r.Formula, Differs: r.Differs, Metric: r.Metric,
	}
	for _, name := range r.Labels {
		if name != "" {
			f.Labels = append(f.Labels, name)
		}
	}
	f.States, err = named(r.States)
	c.families = append(c.families, f)
	return err
}

func (c *catalogReader) series(text []byte) error {
	r, err := parse[seriesRecord](text)
	if err != nil || r.Family < 0 || r.Family >= len(c.families) || r.ID < 0 {
		return nonsense(err)
	}
	if c.x.series == nil {
		c.x.series = make(map[collectors.SeriesID]*collectors.Series)
	}
	f := c.families[r.Family]
	c.x.series[r.ID] = &collectors.Series{
		ID: r.ID, Family: f, Labels: collectors.LabelsOf(r.Labels[:len(f.Labels)]...), Info: r.Info, Max: r.Max, Warn: r.Warn, Crit: r.Crit,
	}
	return nil
}

// nonsense is err, or that what was read does not make sense.
func nonsense(err error) error {
	if err == nil {
		err = block.ErrInvalid
	}
	return err
}

// sameDescription reports whether a catalog says the same of both.
func sameDescription(a, b *collectors.Series) bool {
	have := *a
	if have.Family != b.Family && reflect.DeepEqual(have.Family, b.Family) {
		have.Family = b.Family
	}
	return have.Same(b)
}

// SameMeaning reports whether numbers of both families can stand in one line.
func SameMeaning(a, b *collectors.Family) bool {
	return a == b || a.Unit == b.Unit && a.Kind == b.Kind && a.Quantum == b.Quantum && slices.Equal(a.Labels, b.Labels) && slices.Equal(a.States, b.States)
}
