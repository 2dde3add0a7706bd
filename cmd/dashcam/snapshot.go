package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/server/embedded"
	"dashcam/server/export"
)

// snapshotCommand observes the host once, for scripts.
func (c *cli) snapshotCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "snapshot [name...]",
		Short:   "Print one sample as text, JSON or CSV, after two intervals; only series whose name begins like one of those given or matches it, or a table",
		Example: "  dashcam snapshot cpu.usage memory\n  dashcam snapshot --format json | jq '.series[] | select(.name == \"state.cpu\")'\n  dashcam snapshot --table services",
	}
	format := cmd.Flags().String("format", "text", "text, json or csv")
	table := cmd.Flags().String("table", "", "all rows of a `table`, such as services, instead of series")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, names []string) error {
		write, known := map[string]func(io.Writer, *snapshot) error{"text": writeText, formatJSON: writeJSON, formatCSV: writeCSV}[*format]
		if !known {
			return usagef("--format is %q: expected text, json or csv", *format)
		}
		if *table != "" && len(names) > 0 {
			return usagef("--table is %q and series are named, too: expected one or the other", *table)
		}
		match, err := matcher(names)
		if err != nil {
			return err
		}
		log, level := s.logger(c.stderr)
		if _, asked := s.origins["log-level"]; !asked {
			level.Set(slog.LevelWarn) // what the host lacks stands in the sample
		}
		seen, err := embedded.Observe(ctx, s.config(log))
		if err != nil {
			return err
		}
		if *table != "" {
			rows := seen.Tables[*table]
			if rows == nil {
				return fmt.Errorf("no table %q was seen: expected one of %s", *table, strings.Join(slices.Sorted(maps.Keys(seen.Tables)), ", "))
			}
			return writeTable(c.stdout, rows, *format)
		}
		out := newSnapshot(&seen, match)
		if len(out.Series) == 0 {
			return fmt.Errorf("no series%s was seen", called(names))
		}
		return write(c.stdout, out)
	}, "interval", "host-root", "demo")
}

// snapshot is one sample as it is printed.
type snapshot struct {
	// AtMs is when it was taken, in Unix milliseconds.
	AtMs    int64           `json:"atMs"`
	Version string          `json:"version"`
	Host    collectors.Host `json:"host"`
	Series  []value         `json:"series"`
	// Collectors is the health of each.
	Collectors []collectors.Health `json:"collectors"`

	row    *collectors.Row
	series []*collectors.Series // of the values, in their order
}

// value is one series of a snapshot.
type value struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Unit   collectors.Unit   `json:"unit,omitempty"`
	// Value is null where it is not known.
	Value *float64 `json:"value"`
	// State is the word for the value of a state.
	State string `json:"state,omitempty"`
}

func newSnapshot(o *embedded.Observation, match *collectors.Matcher) *snapshot {
	out := &snapshot{AtMs: o.Row.T, Version: version(), Host: o.Host, Series: []value{}, Collectors: o.Collectors, row: &o.Row}
	for i := range o.Schema.Series {
		if s := &o.Schema.Series[i]; match.Match(s) {
			out.series = append(out.series, s)
		}
	}
	slices.SortStableFunc(out.series, func(a, b *collectors.Series) int { return strings.Compare(a.Family.Name, b.Family.Name) })
	for _, s := range out.series {
		about := export.ValueOf(s, o.Row.Value(s.ID))
		out.Series = append(out.Series, value{Name: about.Name, Labels: about.Labels, Unit: about.Unit, Value: about.Value, State: about.State})
	}
	return out
}

func writeJSON(w io.Writer, s *snapshot) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// writeText writes a line for each series, in columns: name, value, unit.
func writeText(w io.Writer, s *snapshot) error {
	if _, err := fmt.Fprintf(w, "# %s at %s\n", s.Host.Hostname, time.UnixMilli(s.AtMs).Format(time.RFC3339)); err != nil {
		return err
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, v := range s.Series {
		text := "missing"
		switch {
		case v.State == "none": // of what decided a state
			text = "nothing decided: the state is ok"
		case v.State != "":
			text = v.State
		case v.Value != nil:
			text = export.Text(*v.Value, s.series[i].Family.Quantum)
		}
		if unit := export.UnitText(v.Unit); unit != "" {
			text += "\t" + unit
		}
		fmt.Fprintf(columns, "%s\t%s\n", export.Name(s.series[i]), text)
	}
	return columns.Flush()
}

// writeCSV writes the one row that a snapshot is.
func writeCSV(w io.Writer, s *snapshot) error {
	out := export.NewCSV(w)
	out.RowsHead(s.series)
	out.Row(s.row, s.series)
	return out.Flush()
}

// writeTable writes the rows of a table in one of the forms of a snapshot.
func writeTable(w io.Writer, d *collectors.TableData, format string) error {
	switch format {
	case formatJSON:
		_, err := w.Write(append(export.AppendObservation(nil, d), '\n'))
		return err
	case formatCSV:
		out := export.NewCSV(w)
		out.TableHead(d.Table)
		out.Observation(d, d.Table)
		return out.Flush()
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range d.Table.Columns {
		c := &d.Table.Columns[i]
		title := c.Name
		if unit := export.UnitText(c.Unit); unit != "" {
			title += " (" + unit + ")"
		}
		fmt.Fprint(columns, title, "\t")
	}
	fmt.Fprintln(columns)
	for i := range d.Rows {
		for j := range d.Table.Columns {
			fmt.Fprint(columns, cellText(&d.Table.Columns[j], &d.Rows[i].Cells[j]), "\t")
		}
		fmt.Fprintln(columns)
	}
	return columns.Flush()
}

// cellText is what a cell shows in a terminal: a minus for nothing, and no character that
// would steer it or end the column.
func cellText(c *collectors.Column, cell *collectors.Cell) string {
	text := "-"
	switch {
	case c.Kind == collectors.ColumnText && cell.Text != "":
		text = cell.Text
	case c.Kind == collectors.ColumnNumber && cell.Q != collectors.Missing:
		text = export.Text(c.Value(cell.Q), c.Quantum)
	}
	return harmless(text)
}

// harmless is a text without the characters that would steer a terminal or end a column.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
