package main

import (
	"context"
	"fmt"
	"math"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
)

// inspectCommand says what a history on disk holds and whether it is whole.
func (c *cli) inspectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "inspect",
		Short:   "Read all of the history on disk and say what it holds and whether it is whole",
		Args:    cobra.NoArgs,
		Example: "  dashcam inspect --state-dir /var/lib/dashcam",
	}
	return c.withSettings(cmd, func(_ context.Context, s *settings, _ []string) error {
		archive, err := openArchive(s)
		if err != nil {
			return err
		}
		return c.inspect(archive)
	}, "state-dir")
}

func (c *cli) inspect(a *store.Archive) error {
	rows, observations := 0, 0
	missed := make(map[string]int)
	err := a.Rows(0, math.MaxInt64, func(row *collectors.Row) error {
		rows++
		if row.Missed > 0 {
			missed[row.Why] += row.Missed
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range a.TableNames() {
		if err := a.Observations(name, 0, math.MaxInt64, func(*collectors.TableData) error { observations++; return nil }); err != nil {
			return err
		}
	}
	s := a.Stats() // after everything was read: it counts what could not be
	bytes := byteSize(s.Bytes)
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	line := func(what, format string, args ...any) { fmt.Fprintf(w, what+"\t"+format+"\n", args...) }
	line("directory", "%s", s.Dir)
	line("size", "%s in %d segments", &bytes, s.Segments)
	line("time", "%s to %s", clock(s.OldestT), clock(s.NewestT))
	line("rows", "%d (%d to %d)", rows, s.Oldest, s.Newest)
	line("series", "%d", len(a.Series()))
	line("observations", "%d of tables", observations)
	for i, in := range s.Instances {
		why := in.Why
		if i == 0 && why == "" {
			why = "the first one known"
		} else {
			why = "before it " + why
		}
		line("instance", "%s  from row %d at %s, every %s, version %s; %s", in.ID, in.After+1, clock(in.FirstT), time.Duration(in.IntervalMs)*time.Millisecond, in.Version, why)
	}
	if a.Ended() {
		line("end", "the last one ended by itself")
	} else {
		line("end", "the last one runs, or was killed")
	}
	for why, n := range missed {
		line("not sampled", "%d rows: %s", n, why)
	}
	if s.LostRows > 0 {
		line("not written", "%d rows", s.LostRows)
	}
	if s.LeftOut > 0 {
		line("left out", "%d series: an earlier version recorded them in another unit or step", s.LeftOut)
	}
	for _, problem := range a.Problems() {
		line("problem", "%s", problem)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if s.Damaged > 0 {
		return fmt.Errorf("records that cannot be read: %d", s.Damaged)
	}
	_, err = fmt.Fprintln(c.stdout, "whole: every checksum fits")
	return err
}

func clock(ms int64) string {
	if ms == 0 {
		return "–"
	}
	return time.UnixMilli(ms).Format("2006-01-02 15:04:05")
}
