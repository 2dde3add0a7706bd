package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/server/embedded"
)

// serveCommand serves the dashboard. It is the root command, too.
func (c *cli) serveCommand(name string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   name,
		Short: "Watch this server live, and rewind to the second something went wrong",
		Args:  cobra.NoArgs,
	}
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error { return c.serve(ctx, s) })
}

// serve runs dashcam until the context ends.
func (c *cli) serve(ctx context.Context, s *settings) error {
	// Whoever reads what it prints may end before it. Other commands end then, as programs
	// do whose output nobody takes (dashcam man | head).
	signal.Ignore(syscall.SIGPIPE)
	log, level := s.logger(c.stderr)
	cfg := s.config(log)
	var why string
	cfg.SignIn, why = s.signIn.choose(&s.options, look())
	limitMemory(s.historyMemory, log)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	built := func(cam *embedded.Dashcam) (wait func()) {
		left := c.followHub(ctx, s, cam, log)
		hungUp := onHangup(ctx, stop, &reloader{current: s, log: log, apply: func(next *settings) {
			if l, err := next.level(); err == nil { // it was validated
				level.Set(l)
			}
			cam.AllowHosts(next.allowHosts...)
		}})
		return func() {
			hungUp()
			left()
		}
	}
	return watch(ctx, cfg, why, c.stdout, newSupervisor(c.environ), built)
}

// watch runs dashcam until the context ends and says on out what a person needs to
// know to look at it, and to a supervisor what it does. why says why one has to sign in,
// "" where that was asked for. built is called with what runs; the function that it
// returns when it has ended.
func watch(ctx context.Context, cfg embedded.Config, why string, out io.Writer, to supervisor, built func(*embedded.Dashcam) func()) error {
	var mu sync.Mutex // the two reports come from different goroutines
	say := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		// A closed standard output is no reason to stop.
		_, _ = io.WriteString(out, text)
	}
	started := cfg.Started
	cfg.Started = func(s embedded.Start) {
		say(startText(s, cfg.SignIn, why))
		to.tell("READY=1")
		if started != nil {
			started(s)
		}
	}
	cfg.Observed = func(f embedded.First) {
		say(firstText(f))
		to.status("%d series every %s", f.Series, cfg.Interval)
		if err := unmapProgram(); err != nil {
			cfg.Log.Debug("what only the start needed stays mapped", "err", err)
		}
	}
	cam, err := embedded.New(cfg)
	if err != nil {
		return err
	}
	collectOften()
	// Compressing the page took tens of MiB that are not needed again.
	debug.FreeOSMemory()
	if cfg.DemoLarge {
		say("dashcam makes up the past of a large simulated host, which takes some seconds\n")
	}
	defer built(cam)()
	stopped := context.AfterFunc(ctx, func() { to.tell("STOPPING=1") })
	defer stopped()
	alive, end := context.WithCancel(ctx)
	var reassuring sync.WaitGroup
	reassuring.Go(func() { to.reassure(alive, cam.Newest) })
	defer reassuring.Wait()
	defer end()
	return cam.Run(ctx)
}

// startText is printed as soon as pages can be opened.
func startText(s embedded.Start, signIn embedded.SignIn, why string) string {
	var b strings.Builder
	what, machine := s.Hostname, s.Hostname
	if s.Demo {
		what += " (demo)"
		if name, err := os.Hostname(); err == nil {
			machine = name // nobody can log in to the other one
		}
	}
	fmt.Fprintf(&b, "dashcam %s watches %s\n", version(), what)
	if s.Addr != nil {
		host, port := reachable(s.Addr)
		address := net.JoinHostPort(host, port)
		fragment := ""
		if s.Link != "" {
			fragment = "/#token=" + s.Link
		}
		scheme := "http"
		if s.TLS {
			scheme = "https"
		}
		fmt.Fprintf(&b, "  open      %s://%s%s\n", scheme, address, fragment)
		if s.PublicURL != "" {
			fmt.Fprintf(&b, "  or        %s%s\n", strings.TrimSuffix(s.PublicURL, "/"), fragment)
		}
		fmt.Fprintf(&b, "  from afar ssh -N -L %s:%s %s   and open %s://127.0.0.1:%s%s\n", port, address, machine, scheme, port, fragment)
		if s.Fingerprint != "" {
			fmt.Fprintf(&b, "  self-signed, SHA-256 %s\n", s.Fingerprint)
		}
	}
	b.WriteString(signInText(s, signIn, why))
	memory := byteSize(s.Memory)
	budget := ""
	if s.Budget > 0 {
		budget = fmt.Sprintf(" for at most %g %% of a core", s.Budget)
	}
	fmt.Fprintf(&b, "  samples   every %s%s, remembers up to %s in at most %s\n", s.Interval, budget, hours(s.History), &memory)
	b.WriteString(keepText(s))
	return b.String()
}

// keepText says what outlives the program.
func keepText(s embedded.Start) string {
	if s.StateDir == "" {
		return "  keeps     nothing when it ends (--state-dir says where to)\n"
	}
	disk := byteSize(s.Disk)
	text := fmt.Sprintf("  keeps     up to %s in at most %s in %s\n", duration(s.Retention), &disk, s.StateDir)
	if !s.Before.IsZero() {
		text += fmt.Sprintf("  knows     the time since %s: %s\n", s.Before.Format("2006-01-02 15:04:05"), s.Ended)
	}
	return text
}

// signInText says how to sign in, where one has to.
func signInText(s embedded.Start, signIn embedded.SignIn, why string) string {
	var text string
	switch {
	case signIn.Mode == embedded.SignInPassword:
		text = "with the password"
	case s.LinkOnce:
		text = "by this link, once; then with the token in " + signIn.TokenFile
	case s.Link != "":
		text = "by this link, until dashcam ends"
	default:
		return ""
	}
	if why != "" {
		text += ": " + why
	}
	return "  sign in   " + text + "\n"
}

// reachable returns an address that a browser can open: a wildcard address is one of
// this machine too.
func reachable(a net.Addr) (host, port string) {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String(), ""
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return host, port
}

func hours(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	if d%time.Minute == 0 {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return d.String()
}

// firstText is printed after the first row, when it is known what this host tells.
func firstText(f embedded.First) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  observes  %d series", f.Series)
	var off []collectors.Health
	for _, h := range f.Collectors {
		if h.State == collectors.HealthOff {
			off = append(off, h)
		}
	}
	if len(off) == 0 {
		b.WriteString(", all collectors are on")
	}
	if b.WriteByte('\n'); f.Reach >= f.History {
		fmt.Fprintf(&b, "  holds     %s of them, once it has run that long\n", hours(f.History))
	} else {
		fmt.Fprintf(&b, "  holds     about %s of them, then its memory is full (--history-memory)\n", hours(f.Reach.Round(reachGrain(f.Reach))))
	}
	for _, h := range off {
		fmt.Fprintf(&b, "  off       %s: %s\n", h.Collector, h.Reason)
	}
	return b.String()
}

// reachGrain is what a guess is worth saying to.
func reachGrain(d time.Duration) time.Duration {
	if d > 2*time.Hour {
		return time.Hour
	}
	return 5 * time.Minute
}

// explain turns an error into what a person can act on.
func explain(err error) string {
	var open *embedded.OpenListenError
	var op *net.OpError
	switch {
	case errors.Is(err, embedded.ErrNoSignIn) && errors.As(err, &open):
		return open.Error() + "; listen on 127.0.0.1 and come by ssh -L, or say --auth token"
	case errors.Is(err, embedded.ErrNoTLS) && errors.As(err, &open):
		return open.Error() + "; listen on 127.0.0.1 and come by ssh -L, or encrypt with --tls-cert, --tls-self-signed or --behind-proxy; --insecure-http does without"
	case errors.Is(err, syscall.EADDRINUSE) && errors.As(err, &op) && op.Addr != nil:
		return fmt.Sprintf("%s is taken: another program listens there; choose another with --listen", op.Addr)
	}
	return err.Error()
}
