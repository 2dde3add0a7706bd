package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
	"dashcam/server/export"
	"dashcam/server/input"
)

// exportCommand writes the rows of a history on disk, for other programs.
func (c *cli) exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export [name...]",
		Short: "Write the rows of the history on disk as CSV or JSON lines; only series whose name begins like one of those given or matches it, or a table",
		Example: "  dashcam export --state-dir /var/lib/dashcam --from 2h cpu.usage > cpu.csv\n" +
			"  dashcam export --state-dir ./copy --from 2026-11-26T03:00:00Z --to 2026-11-26T03:10:00Z --format json\n" +
			"  dashcam export --state-dir ./copy --from 1h 'disk.bytes{device=sd*}' load\n" +
			"  dashcam export --state-dir ./copy --from 10m --table processes",
	}
	var form exportForm
	cmd.Flags().StringVar(&form.format, "format", formatCSV, "csv or json")
	cmd.Flags().StringVar(&form.layout, "layout", layoutV2, "layout of CSV: v2 or v1; v2 is that of the API and the page, v1 the one before it: Unix milliseconds, labels without quotes, no units")
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
		if err := form.validate(); err != nil {
			return err
		}
		if *table != "" && len(names) > 0 {
			return usagef("--table is %q and series are named, too: expected one or the other", *table)
		}
		match, err := matcher(names)
		if err != nil {
			return err
		}
		archive, err := openArchive(s)
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(c.stdout, 1<<16)
		if *table != "" {
			if err := exportTable(out, archive, *table, form, first, end); err != nil {
				return err
			}
			return out.Flush()
		}
		series := exported(archive, first, end, match)
		if len(series) == 0 {
			return fmt.Errorf("no series%s has a value in this time", called(names))
		}
		if err := exportRows(out, archive, series, form, first, end); err != nil {
			return err
		}
		return out.Flush()
	}, "state-dir")
}

func openArchive(s *settings) (*store.Archive, error) {
	if s.stateDir == "" {
		return nil, usagef("--state-dir is empty: expected the directory of a history, or a copy of one")
	}
	return store.OpenArchive(s.stateDir)
}

// The forms of what is exported.
const (
	formatCSV  = "csv"
	formatJSON = "json"
	layoutV1   = "v1"
	layoutV2   = "v2"
)

type exportForm struct{ format, layout string }

func (f exportForm) validate() error {
	if f.format != formatCSV && f.format != formatJSON {
		return usagef("--format is %q: expected csv or json", f.format)
	}
	if f.layout != layoutV1 && f.layout != layoutV2 {
		return usagef("--layout is %q: expected v2 or v1", f.layout)
	}
	return nil
}

func (f exportForm) csv(out io.Writer) *export.CSV {
	if f.layout == layoutV1 {
		return export.NewCSVv1(out)
	}
	return export.NewCSV(out)
}

// matcher reads the names of series that a command is given: the beginning of a name, or
// a pattern as the API takes it.
func matcher(names []string) (*collectors.Matcher, error) {
	match, err := collectors.ParseNames(names...)
	if err != nil {
		return nil, usagef("%w: expected the beginning of a name, or %s", err, collectors.MatchExpected)
	}
	return match, nil
}

// called continues "no series" with what was asked for.
func called(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " called " + strings.Join(names, " or ")
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
func exported(a *store.Archive, from, to int64, match *collectors.Matcher) []*collectors.Series {
	present := a.Present(from, to)
	var out []*collectors.Series
	all := a.Series()
	for i := range all {
		if _, found := slices.BinarySearch(present, all[i].ID); found && match.Match(&all[i]) {
			out = append(out, &all[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *collectors.Series) int { return strings.Compare(export.Name(a), export.Name(b)) })
	return out
}

// exportRows writes what is chosen of every row, in CSV or as JSON lines.
func exportRows(out io.Writer, a *store.Archive, series []*collectors.Series, form exportForm, from, to int64) error {
	if form.format == formatCSV {
		w := form.csv(out)
		w.RowsHead(series)
		if err := a.Rows(from, to, func(row *collectors.Row) error { w.Row(row, series); return nil }); err != nil {
			return err
		}
		return w.Flush()
	}
	names := make([]string, len(series))
	for i, s := range series {
		if names[i] = export.Name(s); form.layout == layoutV1 {
			names[i] = export.NameV1(s)
		}
	}
	var line []byte
	return a.Rows(from, to, func(row *collectors.Row) error {
		line = append(export.AppendRow(line[:0], row, series, names), '\n')
		_, err := out.Write(line)
		return err
	})
}

// exportTable writes the remembered observations of a table, such as processes. In CSV an
// observation without rows has no line, and the columns are those that the table had last.
func exportTable(out io.Writer, a *store.Archive, name string, form exportForm, from, to int64) error {
	table := a.Table(name)
	if table == nil {
		return fmt.Errorf("no table %q in this history: expected one of %s", name, strings.Join(a.TableNames(), ", "))
	}
	if form.format == formatCSV {
		w := form.csv(out)
		w.TableHead(table)
		if err := a.Observations(name, from, to, func(d *collectors.TableData) error { w.Observation(d, table); return nil }); err != nil {
			return err
		}
		return w.Flush()
	}
	var line []byte
	return a.Observations(name, from, to, func(d *collectors.TableData) error {
		line = append(export.AppendObservation(line[:0], d), '\n')
		_, err := out.Write(line)
		return err
	})
}
