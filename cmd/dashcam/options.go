package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"dashcam/server/embedded"
)

// defaultListen is where the dashboard is when nothing else is said.
const defaultListen = "127.0.0.1:7272"

// options are the values of the settings. Adding one takes a field, a line in register
// and, where it can be wrong, a case in validate; the README's table follows by
// go test ./cmd/dashcam -update.
type options struct {
	listen        string
	interval      time.Duration
	history       time.Duration
	historyMemory byteSize
	stateDir      string
	disk          byteSize
	retention     time.Duration
	budget        float64
	maxSeries     int
	maxViewers    int
	hostRoot      string
	hostID        string
	allowHosts    []string
	demo          bool
	demoSize      string
	seed          uint64
	metrics       string
	logLevel      string
	logFormat     string
	signIn        signIn
	encrypt       encrypt
	selecting     selecting
	expose        expose
}

// Sizes of the made-up host.
const (
	demoSmall = "small"
	demoLarge = "large"
)

// register makes the flags, which name and describe every setting.
func (o *options) register(f *pflag.FlagSet) {
	o.historyMemory, o.disk = 48<<20, 1<<30
	f.StringVar(&o.listen, "listen", defaultListen, "`address` to listen on")
	o.encrypt.register(f)
	timeVar(f, &o.interval, "interval", time.Second, "time between rows: 100ms, 200ms, 500ms, 1s, 2s, 5s or 10s")
	timeVar(f, &o.history, "history", day, "how far back to remember, such as 36h or 2d")
	f.Var(&o.historyMemory, "history-memory", "how much memory the past may take, such as 48MiB")
	f.StringVar(&o.stateDir, "state-dir", "", "`directory` to keep the past in, so that it outlives the program; without it the past is in memory only")
	f.Var(&o.disk, "disk", "how much of the disk the past may take in --state-dir, such as 1GiB")
	timeVar(f, &o.retention, "retention", 30*day, "how far back to keep the past in --state-dir, such as 30d")
	f.Float64Var(&o.budget, "budget", 1, "processor time for the collectors, in percent of one core; less than 0 for no limit")
	f.IntVar(&o.maxSeries, "max-series", 5000, "most live series")
	f.IntVar(&o.maxViewers, "max-viewers", 500, "most open pages")
	f.StringVar(&o.hostRoot, "host-root", "/", "`directory` where the host's file system is seen, for containers")
	f.StringVar(&o.hostID, "host-id", "", "`id` of the host instead of the one made from its machine id")
	f.StringSliceVar(&o.allowHosts, "allow-host", nil, "further `name` by which this machine may be addressed; may be repeated")
	f.BoolVar(&o.demo, "demo", false, "show a made-up host with incidents")
	f.StringVar(&o.demoSize, "demo-size", demoSmall, "how much the made-up host has: small, or large (64 processors, 40 disks, 60 links, 2000 processes)")
	f.Uint64Var(&o.seed, "seed", 1, "what the made-up host is made from")
	f.StringVar(&o.metrics, "metrics", string(embedded.MetricsNode), "names in /metrics: node (node_exporter's where it has them), native (dashcam_* for all) or off")
	o.signIn.register(f)
	o.selecting.register(f)
	o.expose.register(f)
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&o.logFormat, "log-format", "text", "text or json")
	choices(f, "interval", texts(embedded.Intervals())...)
	choices(f, "metrics", string(embedded.MetricsNode), string(embedded.MetricsNative), string(embedded.MetricsOff))
	choices(f, "demo-size", demoSmall, demoLarge)
	choices(f, "log-level", "debug", "info", "warn", "error")
	choices(f, "log-format", "text", "json")
	reloadable(f, "log-level")
	reloadable(f, "allow-host")
}

// validate reports every value that cannot be.
func (o *options) validate() error {
	var errs []error
	wrong := func(is bool, flag, format string, a ...any) {
		if is {
			errs = append(errs, badf(flag, format, a...))
		}
	}
	wrong(!slices.Contains(embedded.Intervals(), o.interval), "interval", "is %s: expected one of %s", duration(o.interval), strings.Join(texts(embedded.Intervals()), ", "))
	wrong(o.history < o.interval, "history", "is %s: expected at least the interval", duration(o.history))
	wrong(o.historyMemory < 1<<20, "history-memory", "is %s: expected at least 1MiB", &o.historyMemory)
	wrong(o.disk < embedded.MinDisk, "disk", "is %s: expected at least %s", &o.disk, new(byteSize(embedded.MinDisk)))
	wrong(o.retention < time.Hour, "retention", "is %s: expected at least 1h", duration(o.retention))
	wrong(o.budget == 0 || math.IsNaN(o.budget) || math.IsInf(o.budget, 0), "budget", "is %v: expected a percentage above 0, or less than 0 for no limit", o.budget)
	wrong(o.maxSeries < 1, "max-series", "is %d: expected at least 1", o.maxSeries)
	wrong(o.maxViewers < 1, "max-viewers", "is %d: expected at least 1", o.maxViewers)
	for _, name := range o.allowHosts {
		_, err := netip.ParseAddr(strings.Trim(name, "[]")) // needless, but no mistake
		wrong(err != nil && strings.ContainsAny(name, "/:@?# "), "allow-host", "has %q: expected a name such as cam.example, without scheme and port", name)
	}
	metrics := []embedded.Metrics{embedded.MetricsNode, embedded.MetricsNative, embedded.MetricsOff}
	wrong(o.demoSize != demoSmall && o.demoSize != demoLarge, "demo-size", "is %q: expected small or large", o.demoSize)
	wrong(!slices.Contains(metrics, embedded.Metrics(o.metrics)), "metrics", "is %q: expected node, native or off", o.metrics)
	wrong(o.listen == "", "listen", "is empty: expected an address such as %s", defaultListen)
	_, err := o.level()
	wrong(err != nil, "log-level", "is %q: expected debug, info, warn or error", o.logLevel)
	wrong(o.logFormat != "text" && o.logFormat != "json", "log-format", "is %q: expected text or json", o.logFormat)
	errs = append(errs, o.selecting.validate()...)
	errs = append(errs, o.expose.validate()...)
	why := o.expose.needsSignIn()
	wrong(why != "" && o.signIn.auth == string(embedded.SignInNone), "auth", "is none: expected sign-in, because %s", why)
	return errors.Join(append(errs, o.signIn.validate(), o.encrypt.validate())...)
}

func texts[T fmt.Stringer](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String()
	}
	return out
}

func (o *options) level() (level slog.Level, err error) {
	return level, level.UnmarshalText([]byte(o.logLevel))
}

// logger writes to w as the options say. What level it writes can be changed.
func (o *options) logger(w io.Writer) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	if l, err := o.level(); err == nil { // validate has said what is wrong
		level.Set(l)
	}
	opts := &slog.HandlerOptions{Level: level}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts)), level
	}
	return slog.New(slog.NewTextHandler(w, opts)), level
}

// config is what the options mean for those who do the work.
func (o *options) config(log *slog.Logger) embedded.Config {
	cfg := embedded.Config{
		Listen: o.listen, Interval: o.interval, Budget: o.budget,
		History: o.history, HistoryMemory: int64(o.historyMemory), MaxSeries: o.maxSeries, MaxViewers: o.maxViewers,
		StateDir: o.stateDir, Disk: int64(o.disk), Retention: o.retention,
		Demo: o.demo, DemoLarge: o.demoSize == demoLarge, Seed: o.seed, HostRoot: o.hostRoot, HostID: o.hostID, AllowHosts: o.allowHosts, Metrics: embedded.Metrics(o.metrics),
		Version: version(), Log: log,
	}
	o.encrypt.apply(&cfg)
	o.selecting.apply(&cfg)
	o.expose.apply(&cfg)
	return cfg
}
