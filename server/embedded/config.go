package embedded

import (
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
	"dashcam/collectors/textfile"
	"dashcam/server"
	"dashcam/server/auth"
	"dashcam/server/prom"
	"dashcam/server/wire"
)

// Config says what is observed, remembered and served. The zero value observes this
// host once a second and serves nothing but what is mounted.
type Config struct {
	// Listen is the address that Run listens on, "" for none. Any other than a
	// loopback address is refused unless people sign in, and TLS, BehindProxy or
	// InsecureHTTP is set.
	Listen string
	// TLS encrypts what is sent on Listen.
	TLS TLS
	// BehindProxy says that others come to Listen through a proxy that encrypts.
	BehindProxy bool
	// TrustedProxies are the addresses and networks ("10.0.0.0/8") from which
	// X-Forwarded-For and X-Forwarded-Proto are believed.
	TrustedProxies []string
	// PublicURL is what browsers see where a proxy stands between, "" for no other
	// address than that of Listen.
	PublicURL string
	// InsecureHTTP allows to listen on addresses that others can reach, although
	// nothing is encrypted.
	InsecureHTTP bool
	// SignIn says who may see the dashboard, also where it is mounted.
	SignIn SignIn

	// Interval is the time between rows: one of Intervals, 1 s by default.
	Interval time.Duration
	// History and HistoryMemory bound what is remembered, whichever ends first: 24 h
	// and 48 MiB by default.
	History       time.Duration
	HistoryMemory int64
	// StateDir is the directory in which the history is kept on disk, "" for none: then
	// it ends with the program. Disk and Retention bound it, whichever ends first: 1 GiB
	// and 30 days by default. New makes the directory and locks it, and Run lets go of it.
	StateDir  string
	Disk      int64
	Retention time.Duration
	// MaxSeries bounds the live series, 5000 by default; MaxViewers the open pages,
	// 500 by default.
	MaxSeries, MaxViewers int

	// Budget is the processor time that all collectors together may take, in percent
	// of one core: 1 by default, no limit where it is negative. Beyond it optional
	// collectors are asked less often, and an event says so.
	Budget float64

	// Collectors replace the built-in ones, which are host.Collectors.
	Collectors []collectors.Collector
	// Also are further collectors, beside the built-in ones or Collectors.
	Also []collectors.Collector
	// EngineSocket is that of a Docker or Podman which is asked for the names of its
	// containers; "" asks nobody.
	EngineSocket string
	// Textfile reads metrics that other programs leave in the files of a directory; none
	// where it names no directory.
	Textfile textfile.Options
	// Off are collectors, by name, that do not run; Every is how often others are asked
	// at the soonest, instead of what they would like.
	Off   []string
	Every map[string]time.Duration
	// Disks, Mounts, Interfaces and Processes select what the built-in collectors show.
	Disks, Mounts, Interfaces, Processes Selection
	// Demo shows a simulated host, made from Seed, instead of a real one.
	Demo bool
	Seed uint64
	// DemoLarge makes the simulated host a large one: see [synthetic.Large].
	DemoLarge bool
	// HostRoot is where the host's file system is seen, "/" by default; a container
	// mounts it elsewhere.
	HostRoot string
	// HostID replaces the id derived from the machine's.
	HostID string

	// CommandLines says what the table of processes shows of how they were started:
	// nothing by default. CommandLinesFull needs SignIn.
	CommandLines CommandLines

	// Metrics says under which names /metrics gives facts: MetricsNode by default.
	Metrics Metrics
	// MetricsServices has /metrics name every service: dashcam_service_*{service,kind}.
	MetricsServices bool
	// PromQL makes what answers Prometheus' HTTP API below prometheus/api/v1/, by package
	// promql, which a program links only if it names it here; nil means that there is no
	// such route, as without Metrics.
	PromQL func(PromQL) (Questions, error)
	// Rules returns what evaluates the user's rules, from what PromQL made, which may be
	// nothing; nil, and a nil Ruler, for none.
	Rules func(Questions) Ruler

	// Notifier makes what sends notices about alerts; nil tells nobody. Where it is set,
	// notices are sent from the start on, otherwise they would be after a day.
	Notifier func(NotifierConfig) (Notifier, error)
	// QuietHours are times in which only what is critical is told, on the clock of this
	// machine: "22:00-07:00", "Mon-Fri 22:00-07:00". Silences keep alerts from being told:
	// "rule=filesystem-*,mount=/backup: it is always full".
	QuietHours, Silences []string
	// Raised returns the alerts that the program raises by itself, with [Dashcam.Raise]:
	// those that are firing, and then the last resolved ones; nil for none.
	Raised func() []alert.Alert
	// Fleet makes the dashboard the hub of many hosts, by package fleet, which a program
	// links only if it names it here. Others are those hosts.
	Fleet  Fleet
	Others Hosts

	// AllowHosts are names by which this machine may be addressed, beside IP
	// addresses, localhost and its own name.
	AllowHosts []string
	// AllowOrigins are the origins of other sites ("https://grafana.example.com") whose
	// pages may use the socket, the API and /metrics; it needs SignIn. AllowEmbed are
	// those that may show the page in a frame.
	AllowOrigins, AllowEmbed []string
	// Assets replace the page that is built in.
	Assets fs.FS
	// Version is that of the program. Build is that of the page, made from its files
	// where it is empty.
	Version, Build string

	// Log gets what an operator should know; nil means slog.Default().
	Log *slog.Logger
	// Started is called once, when Run serves; Observed once, after the first row.
	// Both are called by Run's goroutines and must return soon.
	Started  func(Start)
	Observed func(First)
}

// Selection picks among things of one kind by patterns of their names: Include shows
// single ones, Exclude leaves others out.
type Selection = host.Selection

// Metrics is a choice of names for /metrics.
type Metrics = prom.Mode

// The choices: node_exporter's names where it knows the fact, our own for everything, no
// metrics at all.
const (
	MetricsNode   = prom.ModeNode
	MetricsNative = prom.ModeNative
	MetricsOff    = prom.ModeOff
)

// PromQL is what package promql needs to know of a dashboard.
type PromQL struct {
	Ring    collectors.Live
	Metrics *prom.Exporter
	// Instance is the name of the host.
	Instance string
	Interval time.Duration
}

type (
	// Fleet is what a hub adds to a dashboard.
	Fleet = server.Fleet
	// Hosts are those of a hub.
	Hosts = server.Hosts
	// Host is one host as it is shown.
	Host = server.Host
	// Hello is what a page is told first.
	Hello = wire.Hello
)

// Questions answers Prometheus' HTTP API.
type Questions = server.Questions

// CommandLines is a choice of what is shown of command lines.
type CommandLines = host.CommandLines

// The choices: nothing, what is surely no secret, everything.
const (
	CommandLinesOff      = host.CommandLinesOff
	CommandLinesRedacted = host.CommandLinesRedacted
	CommandLinesFull     = host.CommandLinesFull
)

// ErrCommandLines refuses to show whole command lines, which may hold secrets, where nobody
// has to sign in.
var ErrCommandLines = errors.New("whole command lines, which may hold secrets, are shown only where one has to sign in")

// CheckOrigin reports what is wrong with an origin for AllowOrigins or AllowEmbed.
func CheckOrigin(origin string) error {
	_, err := auth.NewOrigins([]string{origin})
	return err
}

// Intervals are the times between rows that an instance may have.
func Intervals() []time.Duration { return sampler.Intervals() }
