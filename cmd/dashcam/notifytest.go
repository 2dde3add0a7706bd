package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/notify"
)

// notifyTestCommand sends a message to every receiver of the settings, without a dashcam
// that runs.
func (c *cli) notifyTestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "notify-test",
		Short: "Send a test message to every receiver of alerts; the exit status tells",
		Args:  cobra.NoArgs,
	}
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error {
		return c.notifyTest(ctx, s)
	}, "notify", "notify-file")
}

func (c *cli) notifyTest(ctx context.Context, s *settings) error {
	all := s.notifying.all()
	if len(all) == 0 {
		return usagef("nobody is told of alerts: expected --notify-file or --notify")
	}
	host := collectors.Host{TZ: time.Local.String()}
	host.Hostname, _ = os.Hostname() // a message without it is one, too
	ring := history.New(history.Config{Info: func() collectors.Host { return host }})
	log, _ := s.logger(c.stderr)
	tried, err := notify.Try(ctx, notify.Config{Receivers: all, Channels: door(), Source: ring, Link: s.link(s.encrypt.publicURL), Log: log})
	if err != nil {
		return err
	}
	failed := 0
	for _, t := range tried {
		what := "has taken it"
		if t.Problem != "" {
			failed++
			what = t.Problem
		}
		if _, err := fmt.Fprintf(c.stdout, "%-28s %s\n", t.Receiver, what); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d receivers did not take the test message", failed, len(tried))
	}
	return nil
}
