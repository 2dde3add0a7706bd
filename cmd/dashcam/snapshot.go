package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/server/embedded"
	"dashcam/server/export"
)

// snapshotCommand observes the host once, for scripts.
func (c *cli) snapshotCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "snapshot [name...]",
		Short:   "Print one sample as text, JSON or CSV, after two intervals; only series whose name begins like one of those given or matches it",
		Example: "  dashcam snapshot cpu.usage memory\n  dashcam snapshot --format json | jq '.series[] | select(.name == \"state.cpu\")'",
	}
	format := cmd.Flags().String("format", "text", "text, json or csv")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, names []string) error {
		write, known := map[string]func(io.Writer, *snapshot) error{"text": writeText, formatJSON: writeJSON, formatCSV: writeCSV}[*format]
		if !known {
			return usagef("--format is %q: expected text, json or csv", *format)
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
