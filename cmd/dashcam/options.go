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
	storeSize     byteSize
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
	// metricsServices names every service in /metrics.
	metricsServices bool
	logLevel        string
	logFormat       string
	signIn          signIn
	encrypt         encrypt
	selecting       selecting
	expose          expose
	fleet           ofFleet
	alerting        alerting
	notifying       notifying
}

// Sizes of the simulated host.
const (
	demoSmall = "small"
	demoLarge = "large"
)

// register makes the flags, which name and describe every setting. Of a text, help shows
// what stands before the first semicolon.
func (o *options) register(f *pflag.FlagSet) {
	grouped(f, "What it remembers", o.registerPast)
	grouped(f, "Who may look", func(f *pflag.FlagSet) {
		f.StringVar(&o.listen, "listen", defaultListen, "`address` to listen on")
		o.signIn.register(f)
		f.StringSliceVar(&o.allowHosts, "allow-host", nil, "further `name` by which this machine may be addressed; may be repeated")
		o.expose.register(f)
		f.IntVar(&o.maxViewers, "max-viewers", 500, "most open pages")
		reloadable(f, "allow-host")
		common(f, "listen", "auth")
	})
	grouped(f, "Encryption and proxies", o.encrypt.register)
	grouped(f, "What it observes", func(f *pflag.FlagSet) {
		o.selecting.register(f)
		f.StringVar(&o.hostRoot, "host-root", "/", "`directory` where the host's file system is seen, for containers")
		f.StringVar(&o.hostID, "host-id", "", "`id` of the host instead of the one made from its machine id")
		f.IntVar(&o.maxSeries, "max-series", 5000, "most live series")
		f.Float64Var(&o.budget, "budget", 1, "processor time for the collectors, in percent of one core; less than 0 for no limit")
	})
	grouped(f, "Alerts and other programs", func(f *pflag.FlagSet) {
		o.notifying.register(f)
		o.alerting.register(f)
		f.StringVar(&o.metrics, "metrics", string(embedded.MetricsNode), "names in /metrics: node, native or off; node are node_exporter's where it has the fact, native are dashcam_* for all")
		f.BoolVar(&o.metricsServices, "metrics-services", false, "name every service in /metrics, too: dashcam_service_*{service,kind}")
		o.selecting.registerTextfile(f)
		o.fleet.register(f)
		choices(f, "metrics", string(embedded.MetricsNode), string(embedded.MetricsNative), string(embedded.MetricsOff))
	})
	grouped(f, "Trying it out", func(f *pflag.FlagSet) {
		f.BoolVar(&o.demo, "demo", false, "show a simulated host with incidents")
		f.StringVar(&o.demoSize, "demo-size", demoSmall, "how much the simulated host has: small or large; large is 64 processors, 40 disks, 60 links, 2000 processes")
		f.Uint64Var(&o.seed, "seed", 1, "what the simulated host is made from")
		choices(f, "demo-size", demoSmall, demoLarge)
		common(f, "demo")
	})
}

func (o *options) registerPast(f *pflag.FlagSet) {
	o.historyMemory, o.storeSize = 48<<20, 1<<30
	timeVar(f, &o.interval, "interval", time.Second, "time between rows: 100ms, 200ms, 500ms, 1s, 2s, 5s or 10s")
	timeVar(f, &o.history, "history", day, "how far back to remember, such as 36h or 2d")
	f.Var(&o.historyMemory, "history-memory", "how much memory the past may take, such as 48MiB")
	f.StringVar(&o.stateDir, "state-dir", "", "`directory` for the store, which outlives the program; without it the past is in memory only")
	f.Var(&o.storeSize, "store-size", "how large the store in --state-dir may grow, such as 1GiB; also called --disk")
	timeVar(f, &o.retention, "retention", 30*day, "how far back the store keeps rows, such as 30d")
	choices(f, "interval", texts(embedded.Intervals())...)
	common(f, "history", "state-dir")
}

func (o *options) registerLog(f *pflag.FlagSet) {
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&o.logFormat, "log-format", "text", "text or json")
	choices(f, "log-level", "debug", "info", "warn", "error")
	choices(f, "log-format", "text", "json")
	reloadable(f, "log-level")
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
	wrong(o.storeSize < embedded.MinDisk, "store-size", "is %s: expected at least %s", &o.storeSize, new(byteSize(embedded.MinDisk)))
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
	wrong(o.metricsServices && o.metrics == string(embedded.MetricsOff), "metrics-services", "is true, and --metrics is off: expected node or native there")
	wrong(o.listen == "", "listen", "is empty: expected an address such as %s", defaultListen)
	_, err := o.level()
	wrong(err != nil, "log-level", "is %q: expected debug, info, warn or error", o.logLevel)
	wrong(o.logFormat != "text" && o.logFormat != "json", "log-format", "is %q: expected text or json", o.logFormat)
	errs = append(errs, o.selecting.validate()...)
	errs = append(errs, o.expose.validate()...)
	errs = append(errs, o.fleet.validate(o.stateDir)...)
	errs = append(errs, o.alerting.validate()...)
	wrong(len(o.alerting.rules) > 0 && o.metrics == string(embedded.MetricsOff), "rules", "are there, and --metrics is off: expected node or native there, whose names rules read")
	why := o.expose.needsSignIn()
	wrong(why != "" && o.signIn.auth == string(embedded.SignInNone), "auth", "is none: expected sign-in, because %s", why)
	return errors.Join(append(errs, o.signIn.validate(), o.encrypt.validate(), o.notifying.validate())...)
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
		StateDir: o.stateDir, Disk: int64(o.storeSize), Retention: o.retention,
		Demo: o.demo, DemoLarge: o.demoSize == demoLarge, Seed: o.seed, HostRoot: o.hostRoot, HostID: o.hostID, AllowHosts: o.allowHosts, Metrics: embedded.Metrics(o.metrics), MetricsServices: o.metricsServices, PromQL: promQL(o.alerting.loaded, nil), Rules: ruler,
		Version: version(), Log: log,
	}
	o.encrypt.apply(&cfg)
	o.selecting.apply(&cfg)
	o.expose.apply(&cfg)
	o.alerting.apply(&cfg)
	o.notifying.apply(o, &cfg)
	return cfg
}
