package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors/diagnosis"
	"dashcam/server/embedded"
	"dashcam/server/export"
)

// changesCommand prints what changed in a stretch of time.
func (c *cli) changesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "changes",
		Short:   "Print what is different in a stretch of time from the one before; of the history on disk where --state-dir names one, else of the dashcam that listens here",
		Args:    cobra.NoArgs,
		Example: "  dashcam changes --from 15m\n  dashcam changes --from 18:02 --to 18:10 --base 17:00 --format ndjson",
	}
	format := cmd.Flags().String("format", "table", "table or ndjson")
	from := cmd.Flags().String("from", "15m", "`moment` at which the stretch begins, as dashcam export takes it")
	to := cmd.Flags().String("to", "", "`moment` at which it ends; now without it")
	base := cmd.Flags().String("base", "", "`moment` at which the stretch before begins; as long as the stretch, and at least 5 min, without it")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error {
		if *format != "table" && *format != "ndjson" {
			return usagef("--format is %q: expected table or ndjson", *format)
		}
		ask := make(url.Values)
		times := make(map[string]int64)
		for _, flag := range []struct{ name, text string }{{"from", *from}, {"to", *to}, {"base", *base}} {
			at, err := moment(flag.name, flag.text, time.Now(), 0)
			if err != nil {
				return err
			}
			if times[flag.name] = at; at > 0 {
				ask.Set(flag.name, strconv.FormatInt(at, 10))
			}
		}
		if s.stateDir != "" {
			changes, err := storedChanges(ctx, s, times["from"], times["to"], times["base"])
			if err != nil {
				return err
			}
			return c.printChanges(changes, *format)
		}
		var answer struct{ Changes []diagnosis.Change }
		if err := s.remote().ask(ctx, "GET", "/api/v1/changes?"+ask.Encode(), nil, &answer); err != nil {
			return err
		}
		return c.printChanges(answer.Changes, *format)
	}, "state-dir", "listen", "auth-token-file")
}

// storedChanges finds them in a history on disk.
func storedChanges(ctx context.Context, s *settings, from, to, base int64) ([]diagnosis.Change, error) {
	archive, err := embedded.OpenArchive(s.stateDir, "")
	if err != nil {
		return nil, err
	}
	if to == 0 {
		to = time.Now().UnixMilli()
	}
	if to <= from {
		return nil, usagef("--to ends before --from: expected a moment after it")
	}
	if base >= from {
		return nil, usagef("--base begins behind --from: expected a moment before it")
	}
	return diagnosis.Changes(ctx, archive, from, to, base)
}

func (c *cli) printChanges(changes []diagnosis.Change, format string) error {
	if format == "ndjson" {
		return writeLines(c.stdout, changes)
	}
	if len(changes) == 0 {
		fmt.Fprintln(c.stdout, "nothing changed")
		return nil
	}
	columns := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	for i := range changes {
		one := &changes[i]
		text := export.Clean(one.Text)
		if one.More > 0 {
			text += fmt.Sprintf(" (and %d more)", one.More)
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\n", clock(one.Since), one.Kind, text)
	}
	return columns.Flush()
}
