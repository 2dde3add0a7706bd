package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors/diagnosis"
	"dashcam/server/embedded"
	"dashcam/server/export"
)

// verdictCommand says what was wrong at a moment.
func (c *cli) verdictCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "verdict",
		Short:   "Print what is wrong at a moment, since when and who does it; of the history on disk where --state-dir names one, else of the dashcam that listens here",
		Args:    cobra.NoArgs,
		Example: "  dashcam verdict\n  dashcam verdict --at 18:04 --format json\n  dashcam verdict --state-dir ./copy --at 2026-11-26T03:04:00Z",
	}
	format := cmd.Flags().String("format", "text", "text or json")
	at := cmd.Flags().String("at", "", "`moment` it is about, as dashcam export takes it; the newest row without it")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error {
		if *format != "text" && *format != formatJSON {
			return usagef("--format is %q: expected text or json", *format)
		}
		when, err := moment("at", *at, time.Now(), 0)
		if err != nil {
			return err
		}
		v, err := verdictAt(ctx, s, when)
		if err != nil {
			return err
		}
		if *format == formatJSON {
			return json.NewEncoder(c.stdout).Encode(v)
		}
		_, err = fmt.Fprintln(c.stdout, export.Clean(v.Text))
		return err
	}, "state-dir", "listen", "auth-token-file")
}

// verdictAt asks for a moment, the newest row where it is 0.
func verdictAt(ctx context.Context, s *settings, at int64) (v diagnosis.Verdict, err error) {
	if s.stateDir != "" {
		archive, err := embedded.OpenArchive(s.stateDir, "")
		if err != nil {
			return v, err
		}
		if at == 0 {
			at = archive.Bounds().NewestT
		}
		return diagnosis.Judge(ctx, archive, at)
	}
	ask := make(url.Values)
	if at > 0 {
		ask.Set("at", strconv.FormatInt(at, 10))
	}
	err = s.remote().ask(ctx, "GET", "/api/v1/verdict?"+ask.Encode(), nil, &v)
	return v, err
}
