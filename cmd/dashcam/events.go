package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/server/export"
)

// eventsCommand prints what happened.
func (c *cli) eventsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Print what happened; of the history on disk where --state-dir names one, else of the dashcam that listens here",
		Args:  cobra.NoArgs,
		Example: "  dashcam events --from 2h\n" +
			"  dashcam events --from yesterday --kind oom,exit --format ndjson\n" +
			"  dashcam events --state-dir ./copy --from 2026-11-26T03:00:00Z --to 2026-11-26T03:10:00Z",
	}
	q := eventQuery{}
	cmd.Flags().StringVar(&q.format, "format", "table", "table, ndjson or csv")
	cmd.Flags().StringVar(&q.from, "from", "24h", "first `moment`, as dashcam export takes it")
	cmd.Flags().StringVar(&q.to, "to", "", "`moment` at which to end; now without it")
	cmd.Flags().StringSliceVar(&q.kinds, "kind", nil, "only events of a `kind`, such as oom or mark; may be repeated")
	cmd.Flags().IntVar(&q.limit, "limit", 1000, "at most so many, the newest; 10000 of one that runs")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error {
		write, known := map[string]func(io.Writer, []collectors.Event) error{
			"table": writeEventTable, "ndjson": writeLines[collectors.Event], formatCSV: writeEventCSV,
		}[q.format]
		if !known {
			return usagef("--format is %q: expected table, ndjson or csv", q.format)
		}
		events, err := q.read(ctx, s)
		if err != nil {
			return err
		}
		return write(c.stdout, events)
	}, "state-dir", "listen", "auth-token-file")
}

// eventQuery is which events are wanted, and how.
type eventQuery struct {
	format, from, to string
	kinds            []string
	limit            int
}

func (q *eventQuery) read(ctx context.Context, s *settings) ([]collectors.Event, error) {
	now := time.Now()
	from, err := moment("from", q.from, now, 0)
	if err != nil {
		return nil, err
	}
	to, err := moment("to", q.to, now, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	if from >= to {
		return nil, usagef("--to is %q: expected a moment after --from", q.to)
	}
	if q.limit < 1 {
		return nil, usagef("--limit is %d: expected at least 1", q.limit)
	}
	if s.stateDir != "" {
		return q.stored(s, from, to)
	}
	ask := url.Values{"from": {strconv.FormatInt(from, 10)}, "limit": {strconv.Itoa(q.limit)}, "kind": q.kinds}
	if q.to != "" {
		ask.Set("to", strconv.FormatInt(to, 10))
	}
	var answer struct {
		Events []collectors.Event `json:"events"`
	}
	err = s.remote().ask(ctx, "GET", "/api/v1/events?"+ask.Encode(), nil, &answer)
	return answer.Events, err
}

// stored are the events of a history on disk.
func (q *eventQuery) stored(s *settings, from, to int64) (events []collectors.Event, err error) {
	archive, err := openArchive(s)
	if err != nil {
		return nil, err
	}
	err = archive.Events(from, to, func(e *collectors.Event) error {
		if len(q.kinds) == 0 || slices.Contains(q.kinds, e.Kind) {
			events = append(events, *e)
		}
		return nil
	})
	return events[max(0, len(events)-q.limit):], err
}

func writeEventTable(w io.Writer, events []collectors.Event) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range events {
		e := &events[i]
		level := ""
		if e.Level != collectors.LevelInfo {
			level = string(e.Level)
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\n", clock(e.T), level, export.Clean(e.Kind), export.Clean(e.Text))
	}
	return columns.Flush()
}

// writeLines writes a line of JSON for each.
func writeLines[T any](w io.Writer, all []T) error {
	out := json.NewEncoder(w)
	for i := range all {
		if err := out.Encode(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

func writeEventCSV(w io.Writer, events []collectors.Event) error {
	out := export.NewCSV(w)
	out.EventsHead()
	for i := range events {
		out.Event(&events[i])
	}
	return out.Flush()
}

// markCommand leaves an event in the dashcam that runs.
func (c *cli) markCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "mark text...",
		Short:   "Leave a mark in the dashcam that listens here, to find the moment again",
		Example: "  dashcam mark deploy 4711\n  dashcam mark --level warning --about shop \"cache emptied by hand\"",
		Args:    cobra.ArbitraryArgs,
	}
	level := cmd.Flags().String("level", string(collectors.LevelInfo), "info, warning or critical")
	about := cmd.Flags().String("about", "", "`name` of the service that it is about")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, words []string) error {
		if strings.TrimSpace(strings.Join(words, " ")) == "" {
			return usagef("there is no text: expected such as dashcam mark deploy 4711")
		}
		if !slices.Contains([]string{"info", "warning", "critical"}, *level) {
			return usagef("--level is %q: expected info, warning or critical", *level)
		}
		mark := map[string]any{"text": strings.Join(words, " "), "level": *level}
		if *about != "" {
			mark["about"] = collectors.About{Kind: "service", Name: *about}
		}
		var answer struct{ ID string }
		if err := s.remote().ask(ctx, "POST", "/api/v1/events", mark, &answer); err != nil {
			return err
		}
		fmt.Fprintln(c.stdout, answer.ID)
		return nil
	}, "listen", "auth-token-file")
}
