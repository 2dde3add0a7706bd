package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/server/embedded"
	"dashcam/server/prom"
	"dashcam/server/promql"
)

// checkRulesCommand checks rules, and says what they find on this host.
func (c *cli) checkRulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "check-rules file...",
		Short:   "Check rules in Prometheus' format; and say which series they find on this host, by the dashcam that listens here",
		Args:    cobra.MinimumNArgs(1),
		Example: "  dashcam check-rules 'rules/*.yaml'",
	}
	return c.withSettings(cmd, func(ctx context.Context, s *settings, files []string) error {
		rules, err := promql.LoadRules(files...)
		if err != nil {
			return err
		}
		alerting, recording := rules.Count()
		fmt.Fprintf(c.stdout, "%d alerting and %d recording rules are in order\n", alerting, recording)
		return c.printReads(ctx, s.remote(), rules)
	}, "listen", "auth-token-file")
}

// printReads says how many series every selector of the rules finds now.
func (c *cli) printReads(ctx context.Context, r *remote, rules *promql.Rules) error {
	found := make(map[string]int)
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	for _, one := range rules.Reads() {
		for _, selector := range one.Selectors {
			n, known := found[selector]
			if !known {
				var answer struct{ Data []json.RawMessage }
				ask := url.Values{"match[]": {selector}, "start": {strconv.FormatInt(time.Now().Add(-5*time.Minute).Unix(), 10)}}
				if err := r.ask(ctx, "GET", "/prometheus/api/v1/series?"+ask.Encode(), nil, &answer); err != nil {
					return fmt.Errorf("which series they find is not known: %w", err)
				}
				n = len(answer.Data)
				found[selector] = n
			}
			what := fmt.Sprintf("%d series", n)
			if n == 0 {
				what = "nothing"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", one.Group, one.Name, selector, what)
		}
		for _, name := range one.Recorded {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", one.Group, one.Name, name, "recorded by a rule")
		}
	}
	return w.Flush()
}

// backtestCommand says which alerts there would have been.
func (c *cli) backtestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backtest [file...]",
		Short: "Print which alerts the rules would have raised; the built-in ones and those of files in Prometheus' format, over the history on disk, or without files by the dashcam that listens here",
		Example: "  dashcam backtest --from 30d\n" +
			"  dashcam backtest --state-dir /var/lib/dashcam --from 30d rules.yaml",
	}
	from := cmd.Flags().String("from", "", "first `moment`, as dashcam export takes it; the oldest row without it")
	to := cmd.Flags().String("to", "", "`moment` at which to end; the newest row without it")
	format := cmd.Flags().String("format", "table", "table or ndjson")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, files []string) error {
		if *format != "table" && *format != "ndjson" {
			return usagef("--format is %q: expected table or ndjson", *format)
		}
		now := time.Now()
		first, err := moment("from", *from, now, 0)
		if err != nil {
			return err
		}
		last, err := moment("to", *to, now, 0)
		if err != nil {
			return err
		}
		if last > 0 && first >= last {
			return usagef("--to is %q: expected a moment after --from", *to)
		}
		var rules *promql.Rules
		if len(files) > 0 {
			if rules, err = promql.LoadRules(files...); err != nil {
				return err
			}
		}
		found, err := s.backtest(ctx, rules, collectors.Window{From: first, To: last})
		if err != nil {
			return err
		}
		if *format == "ndjson" {
			return writeLines(c.stdout, found)
		}
		return printAlerts(c.stdout, found)
	}, "state-dir", "listen", "auth-token-file", "metrics")
}

func (s *settings) backtest(ctx context.Context, rules *promql.Rules, w collectors.Window) ([]alert.Alert, error) {
	if s.stateDir == "" {
		if rules != nil {
			return nil, usagef("--state-dir is empty: expected the directory of a history, over which the rules are evaluated")
		}
		ask := make(url.Values)
		for name, at := range map[string]int64{"from": w.From, "to": w.To} {
			if at > 0 {
				ask.Set(name, strconv.FormatInt(at, 10))
			}
		}
		var answer struct{ Alerts []alert.Alert }
		err := s.remote().ask(ctx, "GET", "/api/v1/backtest?"+ask.Encode(), nil, &answer)
		return answer.Alerts, err
	}
	hostname, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	ring, err := embedded.OpenArchive(s.stateDir, hostname)
	if err != nil {
		return nil, err
	}
	found, err := alert.Backtest(ctx, nil, ring, w)
	if err != nil || rules == nil {
		return found, err
	}
	own, err := ownAlerts(ctx, ring, rules, s, w)
	return append(found, own...), err
}

// ownAlerts are those of the user's rules over a history on disk.
func ownAlerts(ctx context.Context, ring *embedded.Archive, rules *promql.Rules, s *settings, w collectors.Window) ([]alert.Alert, error) {
	exporter, err := prom.New(prom.Config{Ring: ring, Mode: prom.Mode(s.metrics), Host: ring.Info, Version: version()})
	if err != nil {
		return nil, err
	}
	h, err := promql.New(promql.Config{Source: ring, Metrics: exporter.Remembered, Instance: ring.Info().Hostname, Interval: ring.Interval(), Rules: rules})
	if err != nil {
		return nil, err
	}
	return h.Ruler().Backtest(ctx, w)
}

// printAlerts prints a line for each alert, and how many there are of each rule.
func printAlerts(out io.Writer, found []alert.Alert) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(out, "nothing would have fired")
		return err
	}
	slices.SortStableFunc(found, func(a, b alert.Alert) int { return int(a.FiredMs - b.FiredMs) })
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	counts := make(map[string]int)
	for i := range found {
		a := &found[i]
		counts[a.Rule]++
		lasted := "goes on"
		if a.EndMs > 0 {
			lasted = time.Duration((a.EndMs - a.SinceMs) * int64(time.Millisecond)).Round(time.Second).String()
		}
		told := ""
		if !a.Notify {
			told = "page only"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", clock(a.FiredMs), a.Level, a.Rule, lasted, told, a.Text)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	var parts []string
	for _, rule := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", rule, counts[rule]))
	}
	_, err := fmt.Fprintf(out, "would have fired: %s\n", strings.Join(parts, ", "))
	return err
}
