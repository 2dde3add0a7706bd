package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dashcam/server/embedded"
)

// defaultListen is where the dashboard is when nothing else is said.
const defaultListen = "127.0.0.1:7272"

// options are the flags.
type options struct {
	listen        string
	interval      time.Duration
	history       time.Duration
	historyMemory byteSize
	budget        float64
	maxSeries     int
	maxViewers    int
	hostRoot      string
	hostID        string
	allowHosts    []string
	demo          bool
	seed          uint64
	metrics       string
	logLevel      string
	logFormat     string
	signIn        signIn
	encrypt       encrypt
}

func (o *options) register(f *pflag.FlagSet) {
	o.historyMemory = 48 << 20
	f.StringVar(&o.listen, "listen", defaultListen, "`address` to listen on")
	o.encrypt.register(f)
	f.DurationVar(&o.interval, "interval", time.Second, "time between rows: 100ms, 200ms, 500ms, 1s, 2s, 5s or 10s")
	f.DurationVar(&o.history, "history", 24*time.Hour, "how far back to remember")
	f.Var(&o.historyMemory, "history-memory", "how much memory the past may take, such as 48MiB")
	f.Float64Var(&o.budget, "budget", 1, "processor time for the collectors, in percent of one core; less than 0 for no limit")
	f.IntVar(&o.maxSeries, "max-series", 5000, "most live series")
	f.IntVar(&o.maxViewers, "max-viewers", 500, "most open pages")
	f.StringVar(&o.hostRoot, "host-root", "/", "`directory` where the host's file system is seen, for containers")
	f.StringVar(&o.hostID, "host-id", "", "`id` of the host instead of the one made from its machine id")
	f.StringSliceVar(&o.allowHosts, "allow-host", nil, "further `name` by which this machine may be addressed; may be repeated")
	f.BoolVar(&o.demo, "demo", false, "show a made-up host with incidents")
	f.Uint64Var(&o.seed, "seed", 1, "what the made-up host is made from")
	f.StringVar(&o.metrics, "metrics", string(embedded.MetricsNode), "names in /metrics: node (node_exporter's where it has them), native (dashcam_* for all) or off")
	o.signIn.register(f)
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&o.logFormat, "log-format", "text", "text or json")
}

// usageError is a mistake in how the program was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, a ...any) error { return &usageError{fmt.Errorf(format, a...)} }

// envPrefix begins the names of the environment's variables.
const envPrefix = "DASHCAM_"

// fromEnvironment sets the flags that were not given from the environment.
func fromEnvironment(f *pflag.FlagSet, environ []string) error {
	values := make(map[string]string)
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, envPrefix) {
			values[name] = value
		}
	}
	var errs []error
	f.VisitAll(func(flag *pflag.Flag) {
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		value, given := values[name]
		if !given || flag.Changed {
			return
		}
		if err := flag.Value.Set(value); err != nil {
			errs = append(errs, usagef("%s is %q: %w", name, value, err))
		}
	})
	return errors.Join(errs...)
}

// validate reports the first value that cannot be.
func (o *options) validate() error {
	known := false
	for _, i := range embedded.Intervals() {
		known = known || i == o.interval
	}
	switch {
	case !known:
		return usagef("--interval is %s: expected one of %s", o.interval, list(embedded.Intervals()))
	case o.history < o.interval:
		return usagef("--history is %s: expected at least the interval", o.history)
	case o.historyMemory < 1<<20:
		return usagef("--history-memory is %s: expected at least 1MiB", &o.historyMemory)
	case o.budget == 0 || math.IsNaN(o.budget):
		return usagef("--budget is %v: expected a percentage above 0, or less than 0 for no limit", o.budget)
	case o.maxSeries < 1:
		return usagef("--max-series is %d: expected at least 1", o.maxSeries)
	case o.maxViewers < 1:
		return usagef("--max-viewers is %d: expected at least 1", o.maxViewers)
	case !slices.Contains([]embedded.Metrics{embedded.MetricsNode, embedded.MetricsNative, embedded.MetricsOff}, embedded.Metrics(o.metrics)):
		return usagef("--metrics is %q: expected node, native or off", o.metrics)
	case o.listen == "":
		return usagef("--listen is empty: expected an address such as %s", defaultListen)
	}
	return errors.Join(o.signIn.validate(), o.encrypt.validate())
}

func list(ds []time.Duration) string {
	out := make([]string, len(ds))
	for i, d := range ds {
		out[i] = d.String()
	}
	return strings.Join(out, ", ")
}

// logger writes to w as the options say.
func (o *options) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return nil, usagef("--log-level is %q: expected debug, info, warn or error", o.logLevel)
	}
	opts := &slog.HandlerOptions{Level: level}
	switch o.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(w, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	}
	return nil, usagef("--log-format is %q: expected text or json", o.logFormat)
}

func (o *options) config(log *slog.Logger) embedded.Config {
	return embedded.Config{
		Listen: o.listen, Interval: o.interval, Budget: o.budget,
		History: o.history, HistoryMemory: int64(o.historyMemory), MaxSeries: o.maxSeries, MaxViewers: o.maxViewers,
		Demo: o.demo, Seed: o.seed, HostRoot: o.hostRoot, HostID: o.hostID, AllowHosts: o.allowHosts, Metrics: embedded.Metrics(o.metrics),
		Version: version(), Log: log,
	}
}

// byteSize is a number of bytes as a flag: "50331648", "48MiB", "48M", "1GiB".
type byteSize int64

var _ pflag.Value = (*byteSize)(nil)

// units are the powers of 1024 that are written out, from small to large.
const units = "KMGT"

func (b *byteSize) String() string {
	v, unit := int64(*b), ""
	for i := range len(units) {
		if v%1024 != 0 || v == 0 {
			break
		}
		v, unit = v/1024, units[i:i+1]+"iB"
	}
	return strconv.FormatInt(v, 10) + unit
}

func (b *byteSize) Set(s string) error {
	digits := strings.TrimRight(s, "KMGTiBkmgtb ")
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || v < 0 {
		return errors.New("expected a number of bytes such as 50331648 or 48MiB")
	}
	unit := strings.ToUpper(strings.TrimSpace(s[len(digits):]))
	unit = strings.TrimSuffix(strings.TrimSuffix(unit, "B"), "I")
	shift := 0
	if unit != "" {
		i := strings.Index(units, unit)
		if i < 0 || len(unit) != 1 {
			return errors.New("expected a unit of KiB, MiB, GiB or TiB")
		}
		shift = 10 * (i + 1)
	}
	if v > math.MaxInt64>>shift {
		return errors.New("expected less than 8 EiB")
	}
	*b = byteSize(v << shift)
	return nil
}

func (b *byteSize) Type() string { return "size" }

// newCommand returns the root command, which serves.
func newCommand(environ []string, stdout, stderr io.Writer) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:           "dashcam",
		Short:         "Watch this server live, and rewind to the second something went wrong",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%q is no command: see dashcam --help", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd.Flags(), environ); err != nil {
				return err
			}
			if err := o.validate(); err != nil {
				return err
			}
			log, err := o.logger(stderr)
			if err != nil {
				return err
			}
			cfg := o.config(log)
			o.encrypt.apply(&cfg)
			var why string
			cfg.SignIn, why = o.signIn.choose(&o, look())
			return serve(cmd.Context(), cfg, why, stdout)
		},
	}
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	o.register(cmd.Flags())
	cmd.AddCommand(newVersionCommand(stdout), newHashCommand(os.Stdin, stdout, stderr))
	return cmd
}
