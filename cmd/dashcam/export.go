package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/input"
)

// exportCommand writes the rows of a history on disk, for other programs.
func (c *cli) exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export [name...]",
		Short: "Write the rows of the history on disk as CSV or JSON lines; only series whose name begins like one of those given, or a table",
		Example: "  dashcam export --state-dir /var/lib/dashcam --from 2h cpu.usage > cpu.csv\n" +
			"  dashcam export --state-dir ./copy --from 2026-11-26T03:00:00Z --to 2026-11-26T03:10:00Z --format json\n" +
			"  dashcam export --state-dir ./copy --from 10m --table processes",
	}
	format := cmd.Flags().String("format", "csv", "csv or json")
	table := cmd.Flags().String("table", "", "the remembered rows of a `table`, such as processes, instead of series")
	from := cmd.Flags().String("from", "", "first `moment`, such as 90m (ago), 18:02 or \"yesterday 03:00\"; also 2d (ago), 2026-11-26T03:00:00Z, \"2026-11-26 03:00\" (by the local clock), Unix milliseconds; the oldest row without it")
	to := cmd.Flags().String("to", "", "`moment` at which to end; the newest row without it")
	return c.withSettings(cmd, func(_ context.Context, s *settings, names []string) error {
		now := time.Now()
		first, err := moment("from", *from, now, 0)
		if err != nil {
			return err
		}
		end, err := moment("to", *to, now, math.MaxInt64)
		if err != nil {
			return err
		}
		if first >= end {
			return usagef("--to is %q: expected a moment after --from", *to)
		}
		if *format != "csv" && *format != "json" {
			return usagef("--format is %q: expected csv or json", *format)
		}
		if *table != "" && len(names) > 0 {
			return usagef("--table is %q and series are named, too: expected one or the other", *table)
		}
		archive, err := openArchive(s)
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(c.stdout, 1<<16)
		if *table != "" {
			if err := exportTable(out, archive, *table, *format, first, end); err != nil {
				return err
			}
			return out.Flush()
		}
		series := exported(archive, first, end, names)
		if len(series) == 0 {
			return fmt.Errorf("no series%s has a value in this time", beginning(names))
		}
		if *format == "csv" {
			err = exportCSV(out, archive, series, first, end)
		} else {
			err = exportJSON(out, archive, series, first, end)
		}
		if err != nil {
			return err
		}
		return out.Flush()
	}, "state-dir")
}

func openArchive(s *settings) (*history.Archive, error) {
	if s.stateDir == "" {
		return nil, usagef("--state-dir is empty: expected the directory of a history, or a copy of one")
	}
	return history.OpenArchive(s.stateDir)
}

func beginning(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " that begins with " + strings.Join(names, " or ")
}

// moment reads a time, in Unix milliseconds; otherwise stands for an empty one.
func moment(flag, text string, now time.Time, otherwise int64) (int64, error) {
	if text == "" {
		return otherwise, nil
	}
	t, err := input.Time(text, now, time.Local)
	if err != nil {
		return 0, usagef("--%s: %w", flag, err)
	}
	return t.UnixMilli(), nil
}

// exported are the series to write, in the order of their columns.
func exported(a *history.Archive, from, to int64, names []string) []collectors.Series {
	present := a.Present(from, to)
	var out []collectors.Series
	for _, s := range a.Series() {
		begins := func(name string) bool { return strings.HasPrefix(s.Family.Name, name) }
		if _, found := slices.BinarySearch(present, s.ID); found && (len(names) == 0 || slices.ContainsFunc(names, begins)) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b collectors.Series) int { return strings.Compare(seriesName(&a), seriesName(&b)) })
	return out
}

// seriesName is what a series is called in one word: cpu.usage{mode=user}.
func seriesName(s *collectors.Series) string {
	if len(s.Family.Labels) == 0 {
		return s.Family.Name
	}
	labels := make([]string, len(s.Family.Labels))
	for i, name := range s.Family.Labels {
		labels[i] = name + "=" + s.Labels.At(i)
	}
	return s.Family.Name + "{" + strings.Join(labels, ",") + "}"
}

// number writes a value, "" where it is missing.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// exportCSV writes one line per row and one column per series. No field can begin with
// a character that a spreadsheet takes for a formula, but for the minus of a number:
// names begin with that of their family.
func exportCSV(out io.Writer, a *history.Archive, series []collectors.Series, from, to int64) error {
	w := csv.NewWriter(out)
	record := []string{"t", "seq", "missed", "why"}
	for i := range series {
		record = append(record, seriesName(&series[i]))
	}
	if err := w.Write(record); err != nil {
		return err
	}
	err := a.Rows(from, to, func(row *collectors.Row) error {
		record = append(record[:0], strconv.FormatInt(row.T, 10), strconv.FormatUint(row.Seq, 10), strconv.Itoa(row.Missed), row.Why)
		for i := range series {
			record = append(record, number(series[i].Family.Value(row.Value(series[i].ID))))
		}
		return w.Write(record)
	})
	if err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// exportJSON writes one object per row. What is missing is not in it.
func exportJSON(out io.Writer, a *history.Archive, series []collectors.Series, from, to int64) error {
	names := make([][]byte, len(series))
	for i := range series {
		name, err := json.Marshal(seriesName(&series[i]))
		if err != nil {
			return err
		}
		names[i] = name
	}
	var line []byte
	return a.Rows(from, to, func(row *collectors.Row) error {
		line = fmt.Appendf(line[:0], `{"t":%d,"seq":%d`, row.T, row.Seq)
		if row.Missed > 0 {
			why, err := json.Marshal(row.Why)
			if err != nil {
				return err
			}
			line = fmt.Appendf(line, `,"missed":%d,"why":%s`, row.Missed, why)
		}
		line = append(line, `,"values":{`...)
		first := true
		for i := range series {
			v := number(series[i].Family.Value(row.Value(series[i].ID)))
			if v == "" {
				continue
			}
			if !first {
				line = append(line, ',')
			}
			first = false
			line = append(append(append(line, names[i]...), ':'), v...)
		}
		_, err := out.Write(append(line, "}}\n"...))
		return err
	})
}
