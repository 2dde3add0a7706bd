package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors/alert"
)

// silenceCommand lists the silences of the dashcam that listens here, begins one or ends one.
func (c *cli) silenceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "silence [alerts: reason]",
		Short: "Keep alerts from being told for a time, by the dashcam that listens here; without alerts print the silences that last",
		Example: "  dashcam silence \"rule=filesystem-*,mount=/backup: the disk is being replaced\" --for 8h\n" +
			"  dashcam silence --end silence-MZXW6YTBOI",
		Args: cobra.MaximumNArgs(1),
	}
	lasts := cmd.Flags().Duration("for", 0, "how `long` it lasts; such as 90m or 8h")
	untilWell := cmd.Flags().Bool("until-well", false, "it lasts until no such alert is firing")
	end := cmd.Flags().String("end", "", "`id` of a silence that is to end")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, args []string) error {
		r := s.remote()
		switch {
		case *end != "":
			if len(args) > 0 || *lasts != 0 || *untilWell {
				return usagef("--end is %q beside a new silence: expected one of both", *end)
			}
			return r.read(ctx, "DELETE", "/api/v1/silences?id="+url.QueryEscape(*end), nil, func(io.Reader) error { return nil })
		case len(args) == 0:
			if *lasts != 0 || *untilWell {
				return usagef("there is nothing to silence: expected such as \"rule=filesystem-*: the disk is being replaced\"")
			}
			return c.printSilences(ctx, r)
		case (*lasts > 0) == *untilWell:
			return usagef("it has no end, or two: expected --for, such as --for 8h, or --until-well")
		}
		silence, err := alert.ParseSilence(args[0])
		if err != nil {
			return usagef("%w", err)
		}
		body := map[string]any{"matchers": silence.Matchers, "reason": silence.Reason, "untilWell": *untilWell}
		if !*untilWell {
			body["endMs"] = time.Now().Add(*lasts).UnixMilli()
		}
		var begun alert.Silence
		if err := r.ask(ctx, "POST", "/api/v1/silences", body, &begun); err != nil {
			return err
		}
		fmt.Fprintln(c.stdout, begun.ID)
		return nil
	}, "listen", "auth-token-file")
}

func (c *cli) printSilences(ctx context.Context, r *remote) error {
	var answer struct{ Silences []alert.Silence }
	if err := r.ask(ctx, "GET", "/api/v1/silences", nil, &answer); err != nil {
		return err
	}
	if len(answer.Silences) == 0 {
		_, err := fmt.Fprintln(c.stdout, "nothing is silenced")
		return err
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	for i := range answer.Silences {
		s := &answer.Silences[i]
		until := "does not end"
		switch {
		case s.EndMs > 0:
			until = "until " + clock(s.EndMs)
		case s.UntilWell:
			until = "until well"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.ID, until, harmless(matchersText(&s.Matchers)), harmless(s.Reason))
	}
	return w.Flush()
}

// matchersText is what [alert.ParseSilence] reads.
func matchersText(m *alert.Matchers) string {
	var parts []string
	if m.Rule != "" {
		parts = append(parts, "rule="+m.Rule)
	}
	if m.Level != "" {
		parts = append(parts, "level="+string(m.Level))
	}
	for _, name := range slices.Sorted(maps.Keys(m.Labels)) {
		parts = append(parts, name+"="+m.Labels[name])
	}
	return strings.Join(parts, ",")
}
