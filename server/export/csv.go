package export

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"dashcam/collectors"
)

// CSV writes the one layout. The first error is kept for [CSV.Flush].
type CSV struct {
	w      *csv.Writer
	record []string
	err    error
	// v1 is the layout of the commands before there was one for all.
	v1 bool
}

// NewCSV returns a writer to out.
func NewCSV(out io.Writer) *CSV { return &CSV{w: csv.NewWriter(out)} }

// NewCSVv1 returns a writer of the layout that the commands had before, for the scripts
// that read it: the first column is t, in Unix milliseconds, names are those of [NameV1],
// and no head has a unit.
func NewCSVv1(out io.Writer) *CSV { return &CSV{w: csv.NewWriter(out), v1: true} }

// Flush writes what is left and returns the first error.
func (c *CSV) Flush() error {
	c.w.Flush()
	if c.err == nil {
		c.err = c.w.Error()
	}
	return c.err
}

func (c *CSV) write() {
	if err := c.w.Write(c.record); err != nil && c.err == nil {
		c.err = err
	}
}

// Stamp writes Unix milliseconds in RFC 3339 and UTC.
func Stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// begin begins a record with a time.
func (c *CSV) begin(ms int64) {
	if c.v1 {
		c.record = append(c.record[:0], strconv.FormatInt(ms, 10))
		return
	}
	c.record = append(c.record[:0], Stamp(ms))
}

// beginHead begins the first record.
func (c *CSV) beginHead(columns ...string) {
	c.record = append(c.record[:0], "time")
	if c.v1 {
		c.record[0] = "t"
	}
	c.record = append(c.record, columns...)
}

// head adds the name of a column, with the unit of its numbers.
func (c *CSV) head(name string, unit collectors.Unit) {
	if unit != collectors.NoUnit && unit != collectors.Count && !c.v1 {
		name += " (" + string(unit) + ")"
	}
	c.record = append(c.record, harmless(name))
}

func (c *CSV) name(s *collectors.Series) string {
	if c.v1 {
		return NameV1(s)
	}
	return Name(s)
}

// RowsHead begins a table of rows with a column for each series.
func (c *CSV) RowsHead(series []*collectors.Series) {
	c.beginHead("seq", "missed", "why")
	for _, s := range series {
		c.head(c.name(s), s.Family.Unit)
	}
	c.write()
}

// Row writes one row.
func (c *CSV) Row(row *collectors.Row, series []*collectors.Series) {
	c.begin(row.T)
	c.record = append(c.record, strconv.FormatUint(row.Seq, 10), strconv.Itoa(row.Missed), harmless(Clean(row.Why)))
	for _, s := range series {
		c.record = append(c.record, number(s.Family.Value(row.Value(s.ID))))
	}
	c.write()
}

// Lists are those of a bucket that CSV has.
var Lists = []string{"min", "mean", "max"}

// BucketsHead begins a table of buckets with a column for each list of each series.
func (c *CSV) BucketsHead(series []*collectors.Series, lists []string) {
	c.beginHead("rows")
	for _, s := range series {
		for _, list := range lists {
			c.head(c.name(s)+" "+list, s.Family.Unit)
		}
	}
	c.write()
}

// Bucket writes one bucket, with a value for each column.
func (c *CSV) Bucket(t int64, rows int, values []float64) {
	c.begin(t)
	c.record = append(c.record, strconv.Itoa(rows))
	for _, v := range values {
		c.record = append(c.record, number(v))
	}
	c.write()
}

// TableHead begins the rows of a table.
func (c *CSV) TableHead(t *collectors.Table) {
	c.beginHead("seq", "others", "partial", "key")
	for i := range t.Columns {
		c.head(t.Columns[i].Name, t.Columns[i].Unit)
	}
	c.write()
}

// Observation writes a line for each row of an observation, in the columns of t, which
// may be those of another time.
func (c *CSV) Observation(d *collectors.TableData, t *collectors.Table) {
	for i := range d.Rows {
		row := &d.Rows[i]
		c.begin(d.T)
		c.record = append(c.record, strconv.FormatUint(d.Seq, 10), strconv.Itoa(d.Others), harmless(Clean(d.Partial)), harmless(Clean(row.Key)))
		for k := range t.Columns {
			c.record = append(c.record, cellText(d.Table, row, t.Columns[k].Name))
		}
		c.write()
	}
}

func cellText(t *collectors.Table, row *collectors.TableRow, name string) string {
	col := t.Column(name)
	switch {
	case col < 0:
		return ""
	case t.Columns[col].Kind == collectors.ColumnText:
		return harmless(Clean(row.Cells[col].Text))
	}
	return number(t.Columns[col].Value(row.Cells[col].Q))
}

// harmless keeps a spreadsheet from taking text for a formula: what processes are called is
// up to whoever starts them.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
