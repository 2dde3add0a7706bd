package prom

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"dashcam/collectors"
	"dashcam/collectors/collectortest"
	"dashcam/collectors/history"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
	"dashcam/collectors/textfile"
)

// onlyOurs are series of ours with their names that they do not give, onlyTheirs the
// other way round: what doc.go lists.
var (
	onlyOurs = regexp.MustCompile(`^node_(scrape_collector_|uname_info|hwmon_|processes_state|netstat_Tcp_(AttemptFails|EstabResets|MaxConn)|netstat_TcpExt_TCP(OFOQueue|RcvQDrop)|network_\w+\{device="lo"|filesystem_\w+\{.*fstype="tmpfs"|cpu_scaling_frequency)`)
	// Links and disks that count into a class, and idle devices without a medium.
	onlyTheirs = regexp.MustCompile(`^node_(scrape_collector_|uname_info|hwmon_|processes_state|cpu_scaling_frequency|filesystem_|network_\w+\{device="|disk_\w+\{device="(z?ram|loop|sr|fd|nbd|dm-|md))`)
	// momentary readings are different at each look.
	momentary = regexp.MustCompile(`^node_(scrape_collector_duration|disk_io_now|arp_entries|entropy_|timex_|sockstat_|procs_|netstat_Tcp_CurrEstab|sockstat_TCP_|processes_(state|pids|threads)|nf_conntrack_entries$|filefd_allocated|time_seconds|cpu_scaling_frequency)`)
)

// ownMetrics are in a file that both read.
const ownMetrics = `# HELP own_backup_duration_seconds How long it took.
# TYPE own_backup_duration_seconds gauge
own_backup_duration_seconds{job="home"} 12.34
own_backup_duration_seconds{job="mail"} 0.07
# TYPE own_jobs_total counter
own_jobs_total 41.5
own_wide{a="1",b="2",c="3"} 7
# TYPE own_latency_seconds summary
own_latency_seconds_sum 1.25
own_latency_seconds_count 5
`

// TestExporter_AgreesWithNodeExporter scrapes Debian's node_exporter before and after a
// row was made: a counter of the row lies between the two, a gauge near them.
func TestExporter_AgreesWithNodeExporter(t *testing.T) {
	files := t.TempDir()
	if err := os.WriteFile(filepath.Join(files, "own.prom"), []byte(ownMetrics), 0o600); err != nil {
		t.Fatal(err)
	}
	scrape := startNodeExporter(t, files)
	ring := history.New(history.Config{})
	all := append(host.Collectors(host.Options{}), textfile.New(textfile.Options{Dir: files}))
	s, err := sampler.New(sampler.Config{Collectors: all, Ring: ring, Interval: 200 * time.Millisecond, Budget: -1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx) }()
	facts, err := host.Facts(t.Context(), host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Ring: ring, Host: func() collectors.Host { return facts }, ScrapeOnly: func() []collectors.ScrapeOnly { return host.ScrapeOnly(host.Options{}) }})
	if err != nil {
		t.Fatal(err)
	}
	// The processes are counted once a second.
	if err := ring.Wait(ctx, 6); err != nil {
		t.Fatal(err)
	}
	row := func() map[string]float64 {
		t.Helper()
		if err := ring.Wait(ctx, ring.Bounds().Newest+1); err != nil {
			t.Fatal(err)
		}
		return values(t, e)
	}
	// Other tests make links and mounts, which may come or go between two of these.
	first := row()
	var before, ours, after map[string]float64
	// What builds beside take for a moment no scrape shows: what is ours is right once between
	// two of theirs, and what is wrong never is.
	agreed := func() bool {
		for series, v := range ours {
			a, known := before[series]
			b, still := after[series]
			name, _, _ := strings.Cut(series, "{")
			if known && still && !momentary.MatchString(name) && !near(name, a, v, b) {
				return false
			}
		}
		return true
	}
	for tries := 0; tries == 0 || tries < 20 && !agreed(); tries++ {
		before, ours, after = scrape(), row(), scrape()
	}
	last := row()
	stays := func(series string) bool {
		_, early := first[series]
		_, late := last[series]
		return early && late && !strings.Contains(series, `mountpoint="`+os.TempDir()+"/")
	}
	cancel()
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}

	names := make(map[string]bool)
	compared := 0
	for _, series := range slices.Sorted(maps.Keys(ours)) {
		if strings.HasPrefix(series, "dashcam_") {
			continue
		}
		name, _, _ := strings.Cut(series, "{")
		names[name] = true
		a, known := before[series]
		b, still := after[series]
		switch v := ours[series]; {
		case !known || !still:
			if !onlyOurs.MatchString(series) && stays(series) {
				t.Errorf("%s is not a series of node_exporter", series)
			}
		case momentary.MatchString(name):
		case !near(name, a, v, b):
			t.Errorf("%s is %v, node_exporter says %v before and %v after", series, v, a, b)
		default:
			compared++
		}
	}
	for series := range before {
		name, _, _ := strings.Cut(series, "{")
		_, have := ours[series]
		if _, still := after[series]; names[name] && !have && still && !onlyTheirs.MatchString(series) {
			t.Errorf("%s is missing here", series)
		}
	}
	for _, line := range strings.Split(ownMetrics, "\n") {
		series, _, _ := strings.Cut(line, " ")
		if v, given := ours[series]; strings.HasPrefix(series, "own_") && (!given || before[series] != v) {
			t.Errorf("%s of a text file is %v (given: %v), node_exporter says %v", series, v, given, before[series])
		}
	}
	if compared < 150 {
		t.Errorf("only %d series were compared", compared)
	}
	// Their numbers change at each look, as tests and builds begin and end.
	for _, series := range []string{`node_processes_state{state="S"}`, "node_processes_pids", "node_processes_threads"} {
		if ours[series] == 0 || before[series] == 0 {
			t.Errorf("%s is %v, node_exporter says %v", series, ours[series], before[series])
		}
	}
	dashboard(t, ours, before)
	t.Logf("%d series of %d names compared with node_exporter", compared, len(names))
}

// TestExporter_GivesInterruptsAsNodeExporter scrapes node_exporter before and after.
func TestExporter_GivesInterruptsAsNodeExporter(t *testing.T) {
	scrape := nodeExporter(t, "--collector.disable-defaults", "--collector.interrupts")
	r := newRig(t)
	r.gauge(collectors.LoadAverage, 1, "1m")
	e := r.exporter(func(c *Config) {
		c.Interrupts = func() []collectors.ScrapeOnly { return host.Interrupts(host.Options{}) }
	})
	before := scrape()
	_, body, err := e.Answer("", CollectInterrupts)
	if err != nil {
		t.Fatal(err)
	}
	ours, after := parsed(t, bytes.NewReader(body)), scrape()
	compared := 0
	for series, a := range before {
		if !strings.HasPrefix(series, "node_interrupts_total{") {
			continue
		}
		compared++
		if v, given := ours[series]; !given || v < a || v > after[series] {
			t.Errorf("%s is %v (given: %v), node_exporter says %v before and %v after", series, v, given, a, after[series])
		}
	}
	for series := range ours {
		if _, theirs := before[series]; !theirs && strings.HasPrefix(series, "node_interrupts_total{") {
			t.Errorf("%s is not a series of node_exporter", series)
		}
	}
	if compared == 0 {
		t.Error("node_exporter gives no interrupts")
	}
	t.Logf("%d series compared", compared)
}

// dashboard counts which names of the well-known dashboard are there, of those that
// node_exporter has on this host. What the process costs is told with the answer.
func dashboard(t *testing.T, ours, theirs map[string]float64) {
	t.Helper()
	text, err := os.ReadFile("testdata/node-exporter-full.txt")
	if err != nil {
		t.Fatal(err)
	}
	named := func(series map[string]float64) map[string]bool {
		names := make(map[string]bool)
		for s := range series {
			name, _, _ := strings.Cut(s, "{")
			names[name] = true
		}
		return names
	}
	have, can := named(ours), named(theirs)
	present, possible := 0, 0
	for line := range strings.Lines(string(text)) {
		name := strings.TrimSpace(line)
		if strings.HasPrefix(name, "#") || strings.HasPrefix(name, "process_") || !can[name] {
			continue
		}
		possible++
		switch {
		case have[name]:
			present++
		case name == "node_network_speed_bytes" && theirs[`node_network_speed_bytes{device="eth0"}`] < 0: // which is unknown
			possible--
		default:
			t.Errorf("the dashboard asks for %s, which node_exporter has", name)
		}
	}
	if possible < 100 {
		t.Errorf("only %d names are looked for", possible)
	}
	t.Logf("%d of %d names of the dashboard that this host can give are there", present, possible)
}

// near reports whether v, which was read between a and b, can be the same fact.
func near(name string, a, v, b float64) bool {
	// iowait, idle and steal can go back (proc_stat(5)), and stall times are
	// completed by whoever reads them.
	slack := 0.03 * math.Max(math.Abs(a), math.Abs(b))
	if strings.HasSuffix(name, "_total") || strings.HasPrefix(name, "node_vmstat_") || strings.HasPrefix(name, "node_netstat_") {
		slack = 0.02
	}
	if strings.HasPrefix(name, "node_memory_") || strings.HasPrefix(name, "node_filesystem_") {
		slack += 64 << 20 // tests and builds run beside
	}
	if strings.HasPrefix(name, "node_load") {
		slack += 0.5
	}
	return v >= math.Min(a, b)-slack && v <= math.Max(a, b)+slack
}

// startNodeExporter returns what reads the values that it tells.
func startNodeExporter(t *testing.T, files string) func() map[string]float64 {
	t.Helper()
	return nodeExporter(t, "--no-collector.systemd", "--collector.processes", "--collector.textfile.directory="+files)
}

func nodeExporter(t *testing.T, args ...string) func() map[string]float64 {
	t.Helper()
	url := collectortest.NodeExporter(t, args...)
	return func() map[string]float64 {
		t.Helper()
		res, err := http.Get(url)
		if err != nil {
			t.Fatalf("node_exporter does not answer: %v", err)
		}
		defer res.Body.Close()
		return parsed(t, res.Body)
	}
}

func parsed(t *testing.T, text io.Reader) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		t.Fatal(err)
	}
	return flatten(slices.Collect(maps.Values(families)))
}
