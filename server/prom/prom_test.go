package prom

import (
	"errors"
	"math"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

var (
	queueDepth = &collectors.Family{Name: "queue.depth", Help: "Jobs waiting.", Unit: collectors.Count, Kind: collectors.KindGauge, Labels: []string{"queue"}, Quantum: 1}
	queueDone  = &collectors.Family{Name: "queue.done", Help: "Jobs done.", Unit: collectors.PerSecond, Kind: collectors.KindCounter, Labels: []string{"queue"}, Quantum: 1}
	queueHits  = &collectors.Family{Name: "queue.hits", Help: "Hits of all tries.", Unit: collectors.Percent, Kind: collectors.KindCounter, Scale: 100, Quantum: 0.5}
)

// fill adds one of everything that is treated in a way of its own.
func fill(r *rig) {
	r.ratio(collectors.CPUCoreUsage, collectors.Missing, 12345, 99999, "0", "user")
	r.gauge(collectors.LoadAverage, 0.07, "1m") // no multiple of the quantum
	r.counter(collectors.PressureTime, 1_500_000, "io", "full")
	r.counter(collectors.DiskBytes, math.MaxUint32, "sda", "read")
	r.ratio(collectors.DiskWait, collectors.Missing, 2500, 7, "sda", "write")
	r.counter(collectors.DiskBusy, 1250, "sda")
	r.add(collectors.DiskBytes, 0, collectors.Reading{Form: collectors.FormCounter, Num: 5}, map[string]string{"class": "loop"}, "loop", "read")
	disk := map[string]string{"device": "/dev/sda1", "fstype": "ext4"}
	for kind, v := range map[string]float64{"total": 8192, "used": 4096} {
		r.add(collectors.FilesystemBytes, int64(v)/4096, collectors.Reading{Form: collectors.FormGauge, Gauge: v}, disk, "/", kind)
		r.add(collectors.FilesystemInodes, int64(v), collectors.Reading{Form: collectors.FormGauge, Gauge: v}, disk, "/", kind)
	}
	r.gauge(collectors.MemoryBytes, 3072, "slab_reclaimable")
	r.gauge(collectors.MemoryBytes, 1024, "slab_unreclaimable")
	r.gauge(collectors.NetSpeed, 8e9, "eth0")
	r.counter(collectors.MemoryPaging, 77, "in") // KiB, as node_exporter gives it
	r.gauge(collectors.StateDisk, 2)
	r.gauge(collectors.LimitUsed, 50, "filesystem", "/")
	r.gauge(queueDepth, 3, "mail")
	r.counter(queueDone, 41, "mail")
	r.ratio(queueHits, 50, 1, 4) // 25 %
	// What is missing is given by nothing, not by 0.
	r.add(collectors.TasksRunnable, collectors.Missing, collectors.Reading{}, nil)
	r.add(collectors.TasksBlocked, collectors.Missing, collectors.Reading{Form: collectors.FormGauge, Gauge: math.Inf(1)}, nil)
	r.add(collectors.CPUForks, collectors.Missing, collectors.Reading{}, nil)
}

func TestExporter_ValuesAreTheRawReadings(t *testing.T) {
	host := func() collectors.Host {
		return collectors.Host{ID: "9f", Hostname: "db-01", OS: "Debian 12", Kernel: "6.12", Arch: "x86_64", BootMs: 1500}
	}
	both := map[string]float64{
		`dashcam_row_timestamp_seconds`:                                                          1_795_186_288.25,
		`dashcam_collector_up{collector="disk"}`:                                                 0,
		`dashcam_collector_up{collector="cpu"}`:                                                  1,
		`dashcam_state_disk`:                                                                     2,
		`dashcam_limit_used_ratio{kind="filesystem",name="/"}`:                                   0.5,
		`dashcam_queue_depth{queue="mail"}`:                                                      3,
		`dashcam_queue_done_total{queue="mail"}`:                                                 41,
		`dashcam_queue_hits_ratio`:                                                               0.25,
		`dashcam_disk_bytes_total{class="loop",device="loop",dir="read"}`:                        5,
		`dashcam_build_info{goversion="` + runtime.Version() + `",version="1.2.3"}`:              1,
		`dashcam_host_info{arch="x86_64",hostname="db-01",id="9f",kernel="6.12",os="Debian 12"}`: 1,
		`dashcam_filesystem_bytes{device="/dev/sda1",fstype="ext4",kind="used",mount="/"}`:       4096,
		`dashcam_filesystem_inodes{device="/dev/sda1",fstype="ext4",kind="used",mount="/"}`:      4096,
	}
	for name, c := range map[string]struct {
		change func(*Config)
		want   map[string]float64
	}{
		"node": {func(*Config) {}, map[string]float64{
			`node_cpu_seconds_total{cpu="0",mode="user"}`:     123.45,
			`node_scrape_collector_success{collector="cpu"}`:  1,
			`node_scrape_collector_success{collector="disk"}`: 0,
			`node_load1`:                                                                  0.07,
			`node_pressure_io_stalled_seconds_total`:                                      1.5,
			`node_disk_read_bytes_total{device="sda"}`:                                    math.MaxUint32,
			`node_disk_write_time_seconds_total{device="sda"}`:                            2.5,
			`node_disk_io_time_seconds_total{device="sda"}`:                               1.25,
			`node_filesystem_size_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"}`: 8192,
			`node_filesystem_files{device="/dev/sda1",fstype="ext4",mountpoint="/"}`:      8192,
			`node_filesystem_files_free{device="/dev/sda1",fstype="ext4",mountpoint="/"}`: 4096,
			`node_memory_SReclaimable_bytes`:                                              3072,
			`node_memory_SUnreclaim_bytes`:                                                1024,
			`node_memory_Slab_bytes`:                                                      4096,
			`node_network_speed_bytes{device="eth0"}`:                                     1e9,
			`node_vmstat_pgpgin`:                                                          77,
			`node_boot_time_seconds`:                                                      1.5,
			`node_time_seconds`:                                                           1_795_186_288.25,
			`node_uname_info{machine="x86_64",nodename="db-01",release="6.12",sysname="` + sysname(runtime.GOOS) + `"}`: 1,
		}},
		"native": {native, map[string]float64{
			`dashcam_cpu_core_seconds_total{cpu="0",mode="user"}`:                                123.45,
			`dashcam_load_average{window="1m"}`:                                                  0.07,
			`dashcam_pressure_time_seconds_total{kind="full",resource="io"}`:                     1.5,
			`dashcam_disk_bytes_total{device="sda",dir="read"}`:                                  math.MaxUint32,
			`dashcam_disk_wait_seconds_total{device="sda",dir="write"}`:                          2.5,
			`dashcam_disk_busy_seconds_total{device="sda"}`:                                      1.25,
			`dashcam_filesystem_bytes{device="/dev/sda1",fstype="ext4",kind="total",mount="/"}`:  8192,
			`dashcam_filesystem_inodes{device="/dev/sda1",fstype="ext4",kind="total",mount="/"}`: 8192,
			`dashcam_memory_bytes{kind="slab_reclaimable"}`:                                      3072,
			`dashcam_memory_bytes{kind="slab_unreclaimable"}`:                                    1024,
			`dashcam_net_speed_bytes_per_second{interface="eth0"}`:                               1e9,
			`dashcam_memory_paging_bytes_total{dir="in"}`:                                        77 * 1024,
			`dashcam_host_boot_timestamp_seconds`:                                                1.5,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.ring.SetHealth(collectors.Health{Collector: "cpu", State: collectors.HealthLate})
			r.ring.SetHealth(collectors.Health{Collector: "disk", State: collectors.HealthStuck})
			fill(r)
			e := r.exporter(func(cfg *Config) {
				cfg.Host = host
				c.change(cfg)
			})
			want := make(map[string]float64)
			for _, m := range []map[string]float64{both, c.want} {
				for k, v := range m {
					want[k] = v
				}
			}
			if diff := cmp.Diff(want, values(t, e), cmpopts.EquateApprox(1e-15, 0)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestExporter_FollowsSeriesThatComeAndGo(t *testing.T) {
	r := newRig(t)
	r.gauge(queueDepth, 3, "mail")
	e := r.exporter(nil)
	const mail, print = `dashcam_queue_depth{queue="mail"}`, `dashcam_queue_depth{queue="print"}`
	if got := values(t, e); got[mail] != 3 {
		t.Fatalf("%s is %v, want 3", mail, got[mail])
	}
	r.row = collectors.Row{T: r.row.T + 1000}
	r.readings = nil
	r.gauge(queueDepth, 5, "print")
	r.ring.Append(history.Commit{Row: r.row, Readings: r.readings})
	got := values(t, e)
	if _, there := got[mail]; there || got[print] != 5 {
		t.Errorf("after mail went and print came: %v", got)
	}
}

func TestExporter_HostileLabelsStayLabels(t *testing.T) {
	hostile := []string{
		`"} 1` + "\n" + `evil_total{a="`, `\`, `\n`, "line\nbreak", "\u2028", "\u202egnp", "bad\xff\xfeutf8", "\x00\x1b[31m", "</script>",
		strings.Repeat("x", 64<<10), "",
	}
	r := newRig(t)
	for _, s := range hostile {
		r.gauge(queueDepth, 1, s)
	}
	e := r.exporter(nil)
	_, body, err := e.Answer("")
	if err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, s := range hostile {
		want = append(want, strings.ToValidUTF8(s, "\uFFFD"))
	}
	for _, m := range families["dashcam_queue_depth"].GetMetric() {
		got = append(got, m.GetLabel()[0].GetValue())
	}
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("label values (-want +got)\n%s", diff)
	}
	if families["evil_total"] != nil {
		t.Error("a label value became a metric")
	}
}

func TestExporter_NamesThatPrometheusCannotTellApart(t *testing.T) {
	family := func(name string, labels ...string) *collectors.Family {
		return &collectors.Family{Name: name, Help: "Help of " + name + ".", Kind: collectors.KindGauge, Quantum: 1, Labels: labels}
	}
	counter := family("a.b.total")
	counter.Kind, counter.Unit = collectors.KindCounter, collectors.PerSecond
	r := newRig(t)
	r.gauge(family("a.b", "x.y", "x_y"), 1, "1", "2")
	r.gauge(family("a_b", "le", "__name__"), 2, "1", "2")
	r.counter(counter, 3)
	r.gauge(family("build.info", "0"), 4, "z")
	r.gauge(family("jobs.count"), 5)
	r.gauge(family("Größe"), 6)
	got := values(t, r.exporter(native))
	delete(got, `dashcam_build_info{goversion="`+runtime.Version()+`",version="1.2.3"}`)
	delete(got, "dashcam_row_timestamp_seconds")
	want := map[string]float64{
		`dashcam_a_b{x_y="1",x_y_2="2"}`:                1,
		`dashcam_a_b_2_total`:                           3,
		`dashcam_a_b_3{label__name__="2",label_le="1"}`: 2,
		`dashcam_build_info_2{label_0="z"}`:             4,
		`dashcam_jobs_count_value`:                      5,
		`dashcam_gr__e`:                                 6,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestExporter_AnswersInTheFormatAskedFor(t *testing.T) {
	r := newRig(t)
	fill(r)
	e := r.exporter(nil)
	for accept, want := range map[string]struct{ contentType, end string }{
		"":    {"text/plain; version=0.0.4; charset=utf-8", "\n"},
		"*/*": {"text/plain; version=0.0.4; charset=utf-8", "\n"},
		"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5":                            {"application/openmetrics-text; version=1.0.0; charset=utf-8", "\n# EOF\n"},
		"application/openmetrics-text;version=1.0.0;q=0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1":            {"text/plain; version=0.0.4; charset=utf-8", "\n"},
		"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3": {"application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8", "\n# EOF\n"},
		"text/html": {"text/plain; version=0.0.4; charset=utf-8", "\n"},
	} {
		contentType, body, err := e.Answer(accept)
		if err != nil {
			t.Fatal(err)
		}
		contentType, _, _ = strings.Cut(contentType, "; escaping=underscores")
		if !strings.HasPrefix(contentType, want.contentType) || !strings.HasSuffix(string(body), want.end) {
			t.Errorf("Accept %q: %s, ends with %q", accept, contentType, body[max(0, len(body)-20):])
		}
		if open := strings.Contains(contentType, "openmetrics"); open != strings.Contains(string(body), "# TYPE dashcam_queue_done counter") {
			t.Errorf("Accept %q: the counter is not named as in %s", accept, contentType)
		}
	}
}

func TestExporter_BeforeTheFirstRow(t *testing.T) {
	e, err := New(Config{Ring: history.New(history.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Answer(""); !errors.Is(err, ErrNoRow) {
		t.Errorf("error is %v, want ErrNoRow", err)
	}
	if got := values(t, e); len(got) != 0 {
		t.Errorf("gathered %v from an empty ring", got)
	}
}

func TestNew_RefusesWhatCannotBe(t *testing.T) {
	ring := history.New(history.Config{})
	for name, cfg := range map[string]Config{
		"no ring": {}, "off": {Ring: ring, Mode: ModeOff}, "an unknown mode": {Ring: ring, Mode: "both"},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestExporter_IsUsedByManyAtOnce(t *testing.T) {
	r := newRig(t)
	fill(r)
	e := r.exporter(nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				if _, body, err := e.Answer(""); err != nil || len(body) == 0 {
					t.Errorf("%d bytes, %v", len(body), err)
				}
			}
		})
	}
	for range 20 {
		r.ring.Append(history.Commit{Row: collectors.Row{T: r.row.T, IDs: r.row.IDs, Q: append([]int64(nil), r.row.Q...)}})
	}
	wg.Wait()
}

// somebodys is a family that keeps the name somebody else gave it.
func somebodys(metric string, kind collectors.Kind, labels ...string) *collectors.Family {
	return &collectors.Family{Name: "textfile." + strings.ToLower(metric), Metric: metric, Help: "Somebody else's.", Kind: kind, Labels: labels, Quantum: 1, Scale: 1}
}

func TestExporter_KeepsNamesThatOthersGave(t *testing.T) {
	r := newRig(t)
	r.gauge(collectors.LoadAverage, 1, "1m")
	r.gauge(somebodys("backup_Size_bytes", collectors.KindGauge, "job"), 7, "mail")
	r.counter(somebodys("jobs_total", collectors.KindCounter), 41)
	r.counter(somebodys("latency_seconds_count", collectors.KindCounter), 5)
	micro := somebodys("latency_seconds_sum", collectors.KindCounter)
	micro.Scale = 1e-6
	r.counter(micro, 1_250_000)
	share := somebodys("used_ratio", collectors.KindGauge)
	share.Unit = collectors.Percent
	r.gauge(share, 25)
	r.add(somebodys("wide", collectors.KindGauge, "labels"), 3, collectors.Reading{Form: collectors.FormGauge, Gauge: 3}, map[string]string{"c": "3", "a": "1", "b": "2"}, "a=1, b=2, c=3")
	// Names that are taken are given once, and the other fact is not lost.
	r.gauge(somebodys("node_load1", collectors.KindGauge), 99)
	r.gauge(somebodys("node_time_seconds", collectors.KindGauge), 98)
	e := r.exporter(nil)
	got := values(t, e)
	for series, want := range map[string]float64{
		`backup_Size_bytes{job="mail"}`: 7, `jobs_total`: 41, `latency_seconds_count`: 5, `latency_seconds_sum`: 1.25, `used_ratio`: 0.25,
		`wide{a="1",b="2",c="3"}`: 3, `node_load1`: 1, `dashcam_textfile_node_load1`: 99, `dashcam_textfile_node_time_seconds`: 98,
	} {
		if v, given := got[series]; !given || v != want {
			t.Errorf("%s is %v (given: %v), want %v", series, v, given, want)
		}
	}
	for _, accept := range []string{"", "application/openmetrics-text; version=1.0.0"} {
		_, body, err := e.Answer(accept)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"jobs_total 41", "latency_seconds_count 5"} {
			if !strings.Contains(string(body), "\n"+line) {
				t.Errorf("%q: no line %q in\n%s", accept, line, body)
			}
		}
	}
}

func TestExporter_DetailsAreOfWhatIsGiven(t *testing.T) {
	scrapeOnly := func() []collectors.ScrapeOnly {
		return []collectors.ScrapeOnly{
			{Metric: "node_memory_Percpu_bytes", Help: "New.", Value: 7},
			{Metric: "node_load1", Help: "Given already.", Value: 99},
			{Metric: "node_disk_reads_merged_total", Help: "Of a disk that is given.", Counter: true, Labels: [][2]string{{"device", "sda"}}, Value: 3},
			{Metric: "node_disk_reads_merged_total", Help: "Of one that is not.", Counter: true, Labels: [][2]string{{"device", "loop0"}}, Value: 4},
			{Metric: "node_arp_entries", Help: "Of any.", Labels: [][2]string{{"device", "veth1"}}, Value: 5},
			{Metric: "node_memory_Broken_bytes", Help: "Not read.", Value: math.NaN()},
		}
	}
	fillIn := func() *rig {
		r := newRig(t)
		r.gauge(collectors.LoadAverage, 1, "1m")
		r.counter(collectors.DiskBytes, 1, "sda", "read")
		return r
	}
	got := values(t, fillIn().exporter(func(c *Config) { c.ScrapeOnly = scrapeOnly }))
	for series, want := range map[string]any{
		"node_memory_Percpu_bytes": 7.0, "node_load1": 1.0, `node_disk_reads_merged_total{device="sda"}`: 3.0,
		`node_disk_reads_merged_total{device="loop0"}`: nil, `node_arp_entries{device="veth1"}`: 5.0, "node_memory_Broken_bytes": nil,
	} {
		var v any
		if value, given := got[series]; given {
			v = value
		}
		if v != want {
			t.Errorf("%s is %v, want %v", series, v, want)
		}
	}
	asked := false
	native := values(t, fillIn().exporter(func(c *Config) {
		c.Mode = ModeNative
		c.ScrapeOnly = func() []collectors.ScrapeOnly { asked = true; return nil }
	}))
	if asked || len(native) == 0 {
		t.Error("our own names do not need node_exporter's scrape-only metrics")
	}
}

// TestExporter_GivesInterruptsWhereTheyAreAskedFor would fail if every scrape read them.
func TestExporter_GivesInterruptsWhereTheyAreAskedFor(t *testing.T) {
	const line = `node_interrupts_total{cpu="0",devices="eth0",info="IO-APIC",type="24"} 7` + "\n"
	reads := 0
	exporter := func(mode Mode) *Exporter {
		r := newRig(t)
		r.gauge(collectors.LoadAverage, 1, "1m")
		return r.exporter(func(c *Config) {
			c.Mode = mode
			c.Interrupts = func() []collectors.ScrapeOnly {
				reads++
				labels := [][2]string{{"cpu", "0"}, {"type", "24"}, {"info", "IO-APIC"}, {"devices", "eth0"}}
				return []collectors.ScrapeOnly{
					{Metric: "node_interrupts_total", Help: "Interrupts.", Counter: true, Labels: labels, Value: 7},
					{Metric: "node_interrupts_total", Help: "Interrupts.", Counter: true, Labels: [][2]string{{"cpu", "1"}}, Value: math.NaN()},
				}
			}
		})
	}
	for _, c := range []struct {
		mode    Mode
		collect []string
		want    int
	}{
		{ModeNode, nil, 0},
		{ModeNode, []string{"cpu", "diskstats"}, 0},
		{ModeNode, []string{"cpu", CollectInterrupts}, 1},
		{ModeNative, []string{CollectInterrupts}, 0},
	} {
		_, body, err := exporter(c.mode).Answer("", c.collect...)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(body), line); got != c.want || !strings.Contains(string(body), "load") {
			t.Errorf("%s, collect %q: given %d times, want %d, in\n%s", c.mode, c.collect, got, c.want, body)
		}
		if strings.Contains(string(body), `cpu="1"`) {
			t.Error("what could not be read is given")
		}
	}
	if reads != 1 {
		t.Errorf("they were read %d times, want once", reads)
	}
}

// TestExporter_CountsProcesses would fail if a table that lacks some was counted.
func TestExporter_CountsProcesses(t *testing.T) {
	fill := func(partial string) map[string]float64 {
		r := newRig(t)
		r.gauge(collectors.LoadAverage, 1, "1m")
		rows := collectors.NewRows(collectors.Processes)
		for i, state := range []string{"S", "R", "S", ""} {
			rows.Add(strconv.Itoa(i)).Text(collectors.Processes.Column("state"), state)
		}
		if partial != "" {
			rows.Partial(partial)
		}
		r.tables = append(r.tables, rows.Data())
		return values(t, r.exporter(nil))
	}
	got := fill("")
	if got["node_processes_pids"] != 4 || got[`node_processes_state{state="S"}`] != 2 || got[`node_processes_state{state="R"}`] != 1 || got[`node_processes_state{state=""}`] != 0 {
		t.Errorf("%v", got)
	}
	if _, given := fill("too many")["node_processes_pids"]; given {
		t.Error("some processes are missing in the table, and it was counted")
	}
}

// TestExporter_AnswersWithWhatTheProcessCosts, but does not gather it: a program that
// embeds dashcam may tell that, too.
func TestExporter_AnswersWithWhatTheProcessCosts(t *testing.T) {
	r := newRig(t)
	r.gauge(collectors.LoadAverage, 1, "1m")
	e := r.exporter(nil)
	_, body, err := e.Answer("")
	if err != nil {
		t.Fatal(err)
	}
	const name = "process_resident_memory_bytes"
	if _, gathered := values(t, e)[name]; gathered || runtime.GOOS == "linux" && !strings.Contains(string(body), "\n"+name+" ") {
		t.Errorf("gathered: %v; answered:\n%s", gathered, body)
	}
}
