package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dashcam/server/fleet"
)

// printf prints for a person. A closed standard output is no mistake.
func (c *cli) printf(format string, a ...any) { _, _ = fmt.Fprintf(c.stdout, format, a...) }

// ofHub are the settings that find the hub that runs on this machine.
var ofHub = []string{"listen", "auth-token-file"}

const hostsAPI = "/api/v1/hosts"

// hubHostsCommand lists the hosts of the hub that runs here.
func (c *cli) hubHostsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "hosts", Short: "List the hosts of the hub that runs here, the worst first", Args: cobra.NoArgs}
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error {
		var answer struct{ Hosts []fleet.HostInfo }
		if err := s.remote().ask(ctx, http.MethodGet, hostsAPI, nil, &answer); err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tNAME\tSTATE\tSEEN\tVERSION\tLABELS")
		for i := range answer.Hosts {
			h := &answer.Hosts[i]
			seen := "never"
			if h.LastSeenMs > 0 {
				seen = time.UnixMilli(h.LastSeenMs).Format("2006-01-02 15:04:05")
			}
			var labels []string
			for _, name := range slices.Sorted(maps.Keys(h.Labels)) {
				labels = append(labels, name+"="+h.Labels[name])
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", h.ID, h.Name, stateText(h), seen, h.Version, strings.Join(labels, " "))
		}
		return w.Flush()
	}, ofHub...)
}

// stateText says in a few words how a host is.
func stateText(h *fleet.HostInfo) string {
	if !h.Online {
		return "silent"
	}
	for _, level := range []fleet.Level{fleet.Critical, fleet.Warn} {
		for _, r := range fleet.Resources {
			if h.States[r].Level == level.String() {
				return r + " " + level.String()
			}
		}
	}
	return "ok"
}

func (c *cli) hubRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "remove id", Short: "Cut a host off at once and make its key worthless", Args: cobra.ExactArgs(1)}
	return c.withSettings(cmd, func(ctx context.Context, s *settings, args []string) error {
		return s.remote().ask(ctx, http.MethodDelete, hostsAPI+"/"+url.PathEscape(args[0]), nil, new(struct{}))
	}, ofHub...)
}

func (c *cli) hubLabelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "label id name=value...", Short: "Set labels of a host; name= takes one away", Args: cobra.MinimumNArgs(2),
		Example: "  dashcam hub label 9f3c… role=db site=fra",
	}
	return c.withSettings(cmd, func(ctx context.Context, s *settings, args []string) error {
		labels := make(map[string]string)
		for _, arg := range args[1:] {
			name, value, ok := strings.Cut(arg, "=")
			if !ok {
				return usagef("%q is no label: expected name=value", arg)
			}
			labels[name] = value
		}
		return s.remote().ask(ctx, http.MethodPatch, hostsAPI+"/"+url.PathEscape(args[0]), map[string]any{"labels": labels}, new(struct{}))
	}, ofHub...)
}

func (c *cli) hubTokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "Print a new token for hosts to join by", Args: cobra.NoArgs,
		Example: "  dashcam hub token --uses 100 --valid 24h",
	}
	uses := cmd.Flags().Int("uses", 1, "how many hosts may join by it")
	valid := cmd.Flags().Duration("valid", time.Hour, "how long it is good for")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error {
		var answer struct{ Token string }
		body := map[string]int64{"uses": int64(*uses), "validSeconds": int64(valid.Seconds())}
		if err := s.remote().ask(ctx, http.MethodPost, hostsAPI+"/tokens", body, &answer); err != nil {
			return err
		}
		c.printf("%s\n", answer.Token)
		return nil
	}, ofHub...)
}
