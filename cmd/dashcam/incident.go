package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"dashcam/frontend"
	"dashcam/server/embedded"
	"dashcam/server/export"
	"dashcam/server/incident"
)

// incidentCommand makes one file of a stretch of time.
func (c *cli) incidentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "incident",
		Short: "Write a stretch of time as one HTML file that opens from disk; of the history on disk where --state-dir names one, else of the dashcam that listens here",
		Args:  cobra.NoArgs,
		Example: "  dashcam incident --from 15m > incident.html\n" +
			"  dashcam incident --from 18:00 --to 18:15 --list\n" +
			"  dashcam incident --from 18:00 --to 18:15 --mask users,hosts,addresses > incident.html",
	}
	a := incidentAsk{}
	cmd.Flags().StringVar(&a.from, "from", "15m", "`moment` at which it begins, as dashcam export takes it")
	cmd.Flags().StringVar(&a.to, "to", "", "`moment` at which it ends, at most 2 h later; now without it")
	cmd.Flags().StringVar(&a.mask, "mask", "", "`kinds` of names to replace; processes, users, hosts, addresses, services, marks, with commas between, or all")
	cmd.Flags().StringVar(&a.host, "host", "", "`name` of the host; of a history on disk, which does not know it")
	cmd.Flags().BoolVar(&a.list, "list", false, "print what leaves the house with the file, and write none")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error {
		if err := a.read(); err != nil {
			return err
		}
		if f, ok := c.stdout.(*os.File); ok && !a.list && term.IsTerminal(int(f.Fd())) {
			return usagef("the file would go to this terminal: expected such as > incident.html")
		}
		if s.stateDir != "" {
			return a.fromDisk(ctx, c, s)
		}
		return a.fromRemote(ctx, c, s)
	}, "state-dir", "listen", "auth-token-file")
}

// incidentAsk is which incident is wanted.
type incidentAsk struct {
	from, to, mask, host string
	list                 bool

	options incident.Options
}

func (a *incidentAsk) read() (err error) {
	now := time.Now()
	a.options = incident.Options{Version: version(), Now: now}
	if a.options.From, err = moment("from", a.from, now, 0); err != nil {
		return err
	}
	if a.options.To, err = moment("to", a.to, now, now.UnixMilli()); err != nil {
		return err
	}
	if a.options.Mask, err = incident.ParseMask(a.mask); err != nil {
		return usagef("--mask is %q: %w: expected %s", a.mask, err, incident.MaskExpected)
	}
	switch long := a.options.To - a.options.From; {
	case long <= 0:
		return usagef("--to is %q: expected a moment after --from", a.to)
	case long > incident.MaxSpan.Milliseconds():
		return usagef("--from and --to are %s apart: expected at most %s", (time.Duration(long) * time.Millisecond).Round(time.Second), incident.MaxSpan)
	}
	return nil
}

func (a *incidentAsk) fromDisk(ctx context.Context, c *cli, s *settings) error {
	archive, err := embedded.OpenArchive(s.stateDir, a.host)
	if err != nil {
		return err
	}
	if a.list {
		contents, err := incident.Preview(ctx, archive, a.options)
		if err != nil {
			return err
		}
		return printContents(c.stdout, contents)
	}
	made, err := incident.Make(ctx, archive, a.options)
	if err != nil {
		return err
	}
	page, err := incident.LoadPage(frontend.FS())
	if err != nil {
		return err
	}
	return made.Write(c.stdout, page)
}

func (a *incidentAsk) fromRemote(ctx context.Context, c *cli, s *settings) error {
	if a.host != "" {
		return usagef("--host is %q: expected --state-dir with it; the dashcam that listens here knows its host", a.host)
	}
	r := s.remote()
	ask := url.Values{"from": {strconv.FormatInt(a.options.From, 10)}, "to": {strconv.FormatInt(a.options.To, 10)}}
	if a.list {
		var contents incident.Contents
		if err := r.ask(ctx, "GET", "/api/v1/incident/contents?"+ask.Encode(), nil, &contents); err != nil {
			return err
		}
		return printContents(c.stdout, &contents)
	}
	if a.options.Mask != 0 {
		ask.Set("mask", a.options.Mask.String())
	}
	return r.read(ctx, "GET", "/api/v1/incident?"+ask.Encode(), nil, func(body io.Reader) error {
		_, err := io.Copy(c.stdout, body)
		return err
	})
}

// printContents lists what leaves the house.
func printContents(out io.Writer, contents *incident.Contents) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "time\t%s to %s\n", clock(contents.From), clock(contents.To))
	fmt.Fprintf(w, "holds\t%d rows of %d series, %d observations of tables, %d events\n", contents.Rows, contents.Series, contents.Observations, contents.Events)
	all := incident.MaskAll
	for _, kind := range all.Kinds() {
		names := slices.Clone(contents.Names[kind])
		for i := range names {
			names[i] = export.Clean(names[i])
		}
		text := "none"
		if len(names) > 0 {
			text = strings.Join(names, ", ")
		}
		fmt.Fprintf(w, "%s\t%s\n", kind, text)
	}
	return w.Flush()
}

// openCommand serves an incident's file.
func (c *cli) openCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "open file",
		Short:   "Serve the file of an incident on a loopback address; as a host to which nothing is added",
		Args:    cobra.ExactArgs(1),
		Example: "  dashcam open incident.html",
	}
	listen := cmd.Flags().String("listen", "127.0.0.1:7273", "loopback `address` to listen on")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		read, err := incident.Read(bufio.NewReader(f))
		if err := f.Close(); err != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("open %s: %w", args[0], err)
		}
		return embedded.Replay(cmd.Context(), embedded.ReplayConfig{Incident: read, Listen: *listen, Version: version(), Started: func(addr net.Addr) {
			h := &read.Head
			fmt.Fprintf(c.stdout, "dashcam %s shows an incident of %s, %s to %s, made by dashcam %s\n", version(), export.Clean(h.Host), clock(h.From), clock(h.To), export.Clean(h.Version))
			if len(h.Masked) > 0 {
				fmt.Fprintf(c.stdout, "  masked    %s\n", export.Clean(strings.Join(h.Masked, ", ")))
			}
			host, port := reachable(addr)
			fmt.Fprintf(c.stdout, "  open      http://%s\n", net.JoinHostPort(host, port))
		}})
	}
	return cmd
}
