package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/server/embedded"
)

// snapshotCommand observes the host once, for scripts.
func (c *cli) snapshotCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "snapshot [name...]",
		Short:   "Print one sample as text or JSON, after two intervals; only series whose name begins like one of those given",
		Example: "  dashcam snapshot cpu.usage memory\n  dashcam snapshot --format json | jq '.series[] | select(.name == \"state.cpu\")'",
	}
	format := cmd.Flags().String("format", "text", "text or json")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, names []string) error {
		write := writeText
		switch *format {
		case "text":
		case "json":
			write = writeJSON
		default:
			return usagef("--format is %q: expected text or json", *format)
		}
		log, level := s.logger(c.stderr)
		if _, asked := s.origins["log-level"]; !asked {
			level.Set(slog.LevelWarn) // what the host lacks stands in the sample
		}
		seen, err := embedded.Observe(ctx, s.config(log))
		if err != nil {
			return err
		}
		out := newSnapshot(&seen, names)
		if len(out.Series) == 0 {
			return fmt.Errorf("no series begins with %s", strings.Join(names, " or "))
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

func newSnapshot(o *embedded.Observation, names []string) *snapshot {
	out := &snapshot{AtMs: o.Row.T, Version: version(), Host: o.Host, Series: []value{}, Collectors: o.Collectors}
	for i := range o.Schema.Series {
		s := &o.Schema.Series[i]
		begins := func(name string) bool { return strings.HasPrefix(s.Family.Name, name) }
		if len(names) > 0 && !slices.ContainsFunc(names, begins) {
			continue
		}
		v := value{Name: s.Family.Name, Unit: s.Family.Unit, Labels: make(map[string]string)}
		for j, label := range s.Family.Labels {
			v.Labels[label] = s.Labels.At(j)
		}
		if q := o.Row.Value(s.ID); q != collectors.Missing {
			number := s.Family.Value(q)
			v.Value = &number
			if s.Family.Kind == collectors.KindState && q >= 0 && q < int64(len(s.Family.States)) {
				v.State = s.Family.States[q]
			}
		}
		out.Series = append(out.Series, v)
	}
	slices.SortStableFunc(out.Series, func(a, b value) int { return strings.Compare(a.Name, b.Name) })
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
	for _, v := range s.Series {
		text := "missing"
		switch {
		case v.State != "":
			text = v.State
		case v.Value != nil:
			text = strconv.FormatFloat(*v.Value, 'f', -1, 64)
		}
		if v.Unit != "" {
			text += "\t" + string(v.Unit)
		}
		fmt.Fprintf(columns, "%s%s\t%s\n", v.Name, labelsText(v.Labels), text)
	}
	return columns.Flush()
}

// labelsText writes labels as Prometheus does, hostile characters escaped.
func labelsText(labels map[string]string) string {
	if len(labels) == 0 {
		return ""
	}
	var parts []string
	for name, text := range labels {
		parts = append(parts, name+"="+strconv.Quote(text))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ",") + "}"
}
