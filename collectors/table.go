package collectors

import (
	"math"
	"slices"
	"strings"
)

// ColumnKind is what a table's cell holds.
type ColumnKind string

// The kinds of columns.
const (
	ColumnText   ColumnKind = "text"
	ColumnNumber ColumnKind = "number"
)

// Column describes one column of a table.
type Column struct {
	Name  string     `json:"name"`
	Title string     `json:"title"`
	Kind  ColumnKind `json:"kind"`
	Unit  Unit       `json:"unit,omitempty"`
	// Quantum is the step of a number column: a power of two.
	Quantum float64 `json:"quantum,omitempty"`
	Help    string  `json:"help,omitempty"`
	// Sum says that the column adds up over rows, so that "others" is meaningful.
	Sum bool `json:"sum,omitempty"`
	// Warn and Crit are from where on a value counts as bad, 0 for nowhere. Where Of names
	// a column, they are in percent of what that holds.
	Warn float64 `json:"warn,omitempty"`
	Crit float64 `json:"crit,omitempty"`
	Of   string  `json:"of,omitempty"`
}

// Value returns q quanta of a number column in its unit, NaN where they are missing.
func (c *Column) Value(q int64) float64 { return inUnit(q, c.Quantum) }

// Table describes rows that come and go, such as processes. Its identity is the
// pointer: declare it once as a package variable.
type Table struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Help    string   `json:"help"`
	Columns []Column `json:"columns"`
	// Rank are the columns by which the top rows of each tick are remembered:
	// the union of the Top highest of each.
	Rank []string `json:"rank"`
	Top  int      `json:"top"`
}

// Column returns the index of the named column, or -1.
func (t *Table) Column(name string) int {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// Cell is one value: quanta (or [Missing]) in a number column, text in a text column.
type Cell struct {
	Q    int64
	Text string
}

// TableRow is one row of a table.
type TableRow struct {
	// Key identifies the row across observations: for a process pid and start.
	Key   string
	Cells []Cell
}

// TableData is one observation of a table. It is immutable once committed.
type TableData struct {
	Table *Table
	Seq   uint64 // the row it entered
	T     int64  // Unix milliseconds of that row
	Rows  []TableRow
	// Others is set in remembered data: how many rows were left out, and their
	// sums in the columns that add up (Missing elsewhere).
	Others     int
	OthersSums []int64
	// Partial says why rows are missing, "" where none are.
	Partial string
}

// Rows is filled by a collector with one observation of a table.
type Rows struct {
	table   *Table
	rows    []TableRow
	cells   []Cell
	partial string
	added   int
}

// NewRows returns an empty observation of t.
func NewRows(t *Table) *Rows { return &Rows{table: t} }

// Add begins a row. Every cell starts missing. The returned writer is valid until
// the next Add.
func (r *Rows) Add(key string) RowWriter {
	n := len(r.table.Columns)
	if cap(r.cells)-len(r.cells) < n {
		r.cells = make([]Cell, 0, n*max(16, len(r.rows)))
	}
	r.added++
	start := len(r.cells)
	r.cells = r.cells[:start+n]
	cells := r.cells[start : start+n : start+n]
	for i := range cells {
		cells[i] = Cell{Q: Missing}
	}
	r.rows = append(r.rows, TableRow{Key: key, Cells: cells})
	return RowWriter{r.table, cells}
}

// grow makes room for so many rows.
func (r *Rows) grow(rows int) {
	r.rows = make([]TableRow, 0, rows)
	r.cells = make([]Cell, 0, rows*len(r.table.Columns))
}

// Partial records that rows are missing from this observation, and why.
func (r *Rows) Partial(why string) { r.partial = why }

// Data hands the rows over; r is empty afterwards.
func (r *Rows) Data() *TableData {
	d := &TableData{Table: r.table, Rows: r.rows, Partial: r.partial}
	r.rows, r.cells, r.partial = nil, nil, ""
	return d
}

// RowWriter sets the cells of one row.
type RowWriter struct {
	table *Table
	cells []Cell
}

// Number sets the number column at index col; NaN is missing.
func (w RowWriter) Number(col int, v float64) {
	c := &w.table.Columns[col]
	if math.IsNaN(v) {
		return
	}
	f := Family{Quantum: c.Quantum}
	w.cells[col].Q = f.Quantize(v)
}

// Text sets the text column at index col. Invalid UTF-8 is replaced and the text is
// cut at 128 bytes, so that nothing a process calls itself can grow without bound.
func (w RowWriter) Text(col int, s string) { w.cells[col].Text = CleanLabel(s) }

// maxLabel bounds label values and table texts, in bytes.
const maxLabel = 128

// CleanLabel returns s as valid UTF-8 of at most 128 bytes. Names on a host are
// chosen by whoever runs there.
func CleanLabel(s string) string {
	if len(s) > maxLabel {
		cut := maxLabel
		for cut > maxLabel-4 && s[cut]&0xC0 == 0x80 {
			cut--
		}
		s = s[:cut]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// ShortenPath keeps the end of a long path: the name of a container stands there. What it
// returns fits into a text column.
func ShortenPath(path string) string {
	const most = 120
	if len(path) <= most {
		return path
	}
	return "…" + strings.ToValidUTF8(path[len(path)-most:], "")
}

// ProcessesWithCommands is Processes with a further column for the command line, for those
// who want to see it. There is one or the other.
var ProcessesWithCommands = withColumn(Processes, Column{Name: "command", Title: "command", Kind: ColumnText, Help: "How it was started; … stands for what may be a secret."})

func withColumn(t *Table, c Column) *Table {
	wider := *t
	wider.Columns = append(slices.Clone(t.Columns), c)
	return &wider
}
