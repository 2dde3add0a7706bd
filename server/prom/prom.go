package prom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	process "github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"dashcam/collectors"
)

// Mode says under which names facts are given.
type Mode string

// The modes.
const (
	// ModeNode uses node_exporter's names for what node_exporter tells too, and
	// dashcam_* for the rest.
	ModeNode Mode = "node"
	// ModeNative uses dashcam_* for everything, for hosts where a node_exporter is
	// scraped as well.
	ModeNative Mode = "native"
	// ModeOff gives nothing; there is no Exporter of this mode.
	ModeOff Mode = "off"
)

// CollectInterrupts is node_exporter's name for node_interrupts_total, one series for each
// interrupt of each processor. It gives them only when told to, and so does an Exporter.
const CollectInterrupts = "interrupts"

// Config is what an Exporter needs. Ring is required.
type Config struct {
	Ring collectors.Live
	// Mode is ModeNode where it is empty.
	Mode Mode
	// Host returns what is known about the host; nil means nothing.
	Host func() collectors.Host
	// ScrapeOnly reads the metrics that are not remembered; nil reads nothing. It is
	// only asked in ModeNode.
	ScrapeOnly func() []collectors.ScrapeOnly
	// Interrupts reads those of every processor; nil reads nothing. It is only asked in
	// ModeNode, by an [Exporter.Answer] that names [CollectInterrupts].
	Interrupts func() []collectors.ScrapeOnly
	// Services asks for every service by its name: dashcam_service_*{service,kind}. Whoever
	// scrapes learns what runs on the host, and every name is a series of its own.
	Services bool
	// Version is that of the program.
	Version string
	// CPUTick is how long one count of the cpu families is, in seconds: by default
	// what package host reads on this system, 1/100 on Linux and 1e-6 elsewhere.
	CPUTick float64
}

// Exporter writes the newest row for Prometheus. Its methods may be called by many
// goroutines.
type Exporter struct {
	cfg      Config
	registry *prometheus.Registry
	// self knows what the process costs. It is apart, because a program that embeds
	// dashcam may tell that, too.
	self *prometheus.Registry
	// interrupts is gathered when it is asked for.
	interrupts *prometheus.Registry
	names      *names
	// services are the descriptions of serviceMetrics.
	services []*prometheus.Desc

	mu   sync.Mutex
	plan *plan // of the newest schema that was asked for
}

// ErrNoRow says that nothing was observed yet.
var ErrNoRow = errors.New("prom: there is no row yet")

// New returns an exporter. It starts nothing.
func New(cfg Config) (*Exporter, error) {
	switch cfg.Mode {
	case "":
		cfg.Mode = ModeNode
	case ModeNode, ModeNative:
	case ModeOff:
		return nil, errors.New("prom: an exporter that is off")
	default:
		return nil, fmt.Errorf("prom: mode %q: expected %q or %q", cfg.Mode, ModeNode, ModeNative)
	}
	if cfg.Ring == nil {
		return nil, errors.New("prom: no ring")
	}
	if cfg.CPUTick == 0 {
		cfg.CPUTick = hostTick
	}
	e := &Exporter{cfg: cfg, registry: prometheus.NewRegistry(), names: newNames(cfg.Mode, cfg.CPUTick), services: newServiceDescs()}
	if err := e.registry.Register(e); err != nil {
		return nil, fmt.Errorf("prom: %w", err)
	}
	e.self = prometheus.NewRegistry()
	if err := e.self.Register(process.NewProcessCollector(process.ProcessCollectorOpts{})); err != nil {
		return nil, fmt.Errorf("prom: %w", err)
	}
	e.interrupts = prometheus.NewRegistry()
	if err := e.interrupts.Register(interrupts{e.cfg}); err != nil {
		return nil, fmt.Errorf("prom: %w", err)
	}
	return e, nil
}

// Describe describes nothing: which series there are is known only when they are
// collected, so the registry checks them then.
func (e *Exporter) Describe(chan<- *prometheus.Desc) {}

// Gather returns the metrics of the newest row. It makes an Exporter a
// prometheus.Gatherer, so that a program that embeds dashcam can add it to its own.
func (e *Exporter) Gather() ([]*Family, error) { return e.registry.Gather() }

// Answer writes the newest row in the format that the Accept header prefers:
// OpenMetrics, Prometheus' text (also for an empty header) or its protocol buffers.
// What collect names is added to it: node_exporter's collectors that are off by default,
// of which [CollectInterrupts] is one here. Before the first row the error is [ErrNoRow].
func (e *Exporter) Answer(accept string, collect ...string) (contentType string, body []byte, err error) {
	if e.cfg.Ring.Bounds().RowsEver == 0 {
		return "", nil, ErrNoRow
	}
	from := prometheus.Gatherers{e.registry, e.self}
	if slices.Contains(collect, CollectInterrupts) {
		from = append(from, e.interrupts)
	}
	families, err := from.Gather()
	if err != nil && len(families) == 0 { // else one metric was refused, and the others are fine
		return "", nil, fmt.Errorf("gather metrics: %w", err)
	}
	format := expfmt.NegotiateAccept(http.Header{"Accept": {accept}}, expfmt.DefaultOpenMetricsAcceptedFormats()...)
	var out bytes.Buffer
	enc := expfmt.NewEncoder(&out, format)
	for _, f := range families {
		if err := enc.Encode(f); err != nil {
			return "", nil, fmt.Errorf("write metric %s: %w", f.GetName(), err)
		}
	}
	if c, ok := enc.(io.Closer); ok { // OpenMetrics ends with a mark
		if err := c.Close(); err != nil {
			return "", nil, fmt.Errorf("end metrics: %w", err)
		}
	}
	return string(format), out.Bytes(), nil
}

// planOf returns what to write for the series of a schema.
func (e *Exporter) planOf(schema *collectors.Schema) *plan {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.plan == nil || e.plan.schema != schema {
		e.plan = newPlan(schema, e.names)
	}
	return e.plan
}
