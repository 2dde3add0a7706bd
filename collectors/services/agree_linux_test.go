package services

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/collectortest/containers"
)

// agreeWithStats compares with what the engine itself says between two observations that
// are alike. How much of a processor it says depends on a second that only it knows: what it
// counted is compared.
func agreeWithStats(t *testing.T, h *containers.Engine, w *watched, spinner, idler string) {
	names := []string{spinner, idler}
	said := map[string][]string{}
	var least, counted uint64
	var before map[string]map[string]any
	rows := w.until("the engine to be asked between two alike", func(rows map[string]map[string]any) bool {
		alike := before != nil
		for _, name := range names {
			alike = alike && rows[name]["pids"] == before[name]["pids"] && math.Abs(or0(rows[name]["memory"])-or0(before[name]["memory"])) <= 64<<10
		}
		if alike {
			return true
		}
		before, least = rows, w.unit(spinner).last[cpuTime].value
		if h.Socket != "" {
			counted = countedBy(t, h, spinner)
		}
		for line := range strings.Lines(h.Run("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}} {{.MemUsage}}")) {
			if fields := strings.Fields(line); len(fields) >= 3 {
				said[fields[0]] = fields[1:]
			}
		}
		return false
	})
	// Podman tells no more than the mean since the start of a container.
	if most := w.unit(spinner).last[cpuTime].value; h.Socket != "" && (counted < least || counted > most || most == least) {
		t.Errorf("the spinner had used %d µs and then %d, and the engine says %d in between", least, most, counted)
	}
	for _, name := range names {
		row, stats := rows[name], said[name]
		if len(stats) < 2 {
			t.Fatalf("the engine says %v of %s", stats, name)
		}
		if tasks, err := strconv.ParseFloat(stats[0], 64); err != nil || tasks != row["pids"] {
			t.Errorf("%s has %v tasks, and the engine says %s", name, row["pids"], stats[0])
		}
		if bytes := sizeOf(stats[1]); !(math.Abs(bytes-or0(row["memory"])) <= 512<<10) {
			t.Errorf("%s holds %v bytes, and the engine says %s", name, row["memory"], stats[1])
		}
	}
}

// countedBy is the processor time that the engine says a container has used, in µs.
func countedBy(t *testing.T, h *containers.Engine, name string) uint64 {
	t.Helper()
	var d net.Dialer
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return d.DialContext(ctx, "unix", h.Socket)
	}}}
	res, err := client.Get("http://engine/containers/" + name + "/stats?stream=false&one-shot=true")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var stats struct {
		CPU struct {
			Usage struct {
				Total uint64 `json:"total_usage"` // ns
			} `json:"cpu_usage"`
		} `json:"cpu_stats"`
	}
	if err := json.NewDecoder(res.Body).Decode(&stats); err != nil {
		t.Fatal(err)
	}
	return stats.CPU.Usage.Total / 1000
}

// sizeOf reads 712.7kB and 1.2MiB.
func sizeOf(text string) float64 {
	for suffix, factor := range map[string]float64{"KiB": 1 << 10, "MiB": 1 << 20, "kB": 1e3, "MB": 1e6} {
		if number, found := strings.CutSuffix(text, suffix); found {
			if v, err := strconv.ParseFloat(number, 64); err == nil {
				return v * factor
			}
		}
	}
	return math.NaN()
}

// agreeWithKernel compares with the files of the same instant.
func agreeWithKernel(t *testing.T, w *watched, spinning, idler string) {
	u := w.unit(idler)
	text, err := os.ReadFile(u.files[indexOf(w.c.hierarchy.sources, memoryCurrent)].path)
	if err != nil {
		t.Fatal(err)
	}
	if kernel, _ := number(text); float64(kernel) != u.gauge(memoryCurrent) {
		t.Errorf("the idler holds %v bytes, and the kernel says %d", u.gauge(memoryCurrent), kernel)
	}
	spinner := w.unit(spinning)
	file := w.c.hierarchy.sources[indexOf(w.c.hierarchy.sources, cpuTime)]
	counter := func() uint64 {
		text, err := os.ReadFile(spinner.files[indexOf(w.c.hierarchy.sources, cpuTime)].path)
		if err != nil {
			t.Fatal(err)
		}
		var n numbers
		file.parse(text, &n)
		return n.value[cpuTime]
	}
	// between counts by the kernel's own file, and says how much that can be more than what
	// was read at the latest observation.
	var sampled time.Time // right before it
	w.prior = func() { sampled = time.Now() }
	defer func() { w.prior = nil }()
	const quota, slack = 0.05, 0.05 * 1e6 // of a core; µs of some periods
	between := func() (counted uint64, most float64) {
		counted = counter()
		return counted, quota*float64(time.Since(sampled).Microseconds()) + slack
	}
	// Whoever asked the engine waited for it: the last count is seconds old.
	old := spinner.last[cpuTime]
	w.until("a fresh count", func(map[string]map[string]any) bool { return spinner.last[cpuTime].at != old.at })
	before, start := spinner.last[cpuTime], spinner.last[cpuTime]
	begun, early := between()
	var used float64
	w.until("five seconds of the spinner", func(map[string]map[string]any) bool {
		r := spinner.last[cpuTime]
		if r.at != before.at {
			used += r.rate * r.at.Sub(before.at).Seconds()
			before = r
		}
		return r.at.Sub(start.at) >= 5*time.Second
	})
	ended, late := between()
	// It goes on between our last reading and this one.
	if more := float64(ended - before.value); more > late {
		t.Errorf("the kernel counts %v µs more than was read a moment ago, want at most %v", more, late)
	}
	// How much of its quota it gets is up to what else the machine does; what was read of
	// it a moment before each of the two counts is not in their difference.
	if counted := float64(ended - begun); counted == 0 || math.Abs(used-counted) > max(early, late) {
		t.Errorf("the spinner used %v µs, and the kernel counts %v beside", used, counted)
	}
	if counted := float64(before.value - start.value); counted == 0 || math.Abs(used-counted) > counted/100 {
		t.Errorf("the spinner used %v µs, and the kernel counts %v", used, counted)
	}
	if span := float64(before.at.Sub(start.at).Microseconds()); used > quota*span+late {
		t.Errorf("with a quota of 5 %% of a core the spinner used %v µs in %v", used, span)
	}
}

// agreeWithHost adds up the rows of some seconds: with what none accounts for they are what
// the processors did.
func agreeWithHost(t *testing.T, w *watched) {
	ticks := func() (sum uint64) {
		text, err := os.ReadFile("/proc/stat")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range bytes.Fields(text[:bytes.IndexByte(text, '\n')])[1:4] { // user, nice, system
			v, err := strconv.ParseUint(string(f), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += v * 10_000
		}
		return sum
	}
	var earlier uint64 // right before the latest observation
	w.prior = func() { earlier = ticks() }
	defer func() { w.prior = nil }()
	busy := &w.c.host.busy
	// A busy machine does other things in the middle of an observation.
	observed := func(when string) {
		if later := ticks(); busy.value < earlier || busy.value > later {
			t.Errorf("%s the host had worked for %d µs, and the kernel says %d before and %d after", when, busy.value, earlier, later)
		}
	}
	w.soon("one more", 1, func(map[string]map[string]any) bool { return true })
	observed("at first")
	begin, before, first, began := w.now, w.now, earlier, busy.value
	var host, units float64
	w.until("some seconds of the host", func(rows map[string]map[string]any) bool {
		span := w.now.Sub(before).Seconds()
		before = w.now
		var all, ours float64
		for name, row := range rows {
			if all += or0(row["cpu"]); name != "kernel and unaccounted" {
				ours += or0(row["cpu"])
			}
		}
		if rows["kernel and unaccounted"] == nil {
			t.Error("there is no row for what no service accounts for")
		}
		// What is read of the services a moment later can be more.
		if want := max(busy.rate/1e4, ours); math.Abs(all-want) > 0.1*float64(len(rows)) {
			t.Errorf("the rows add up to %.1f %% of a core, want %.1f: of the host %.1f, of services %.1f", all, want, busy.rate/1e4, ours)
		}
		host += busy.rate / 1e6 * span
		units += ours / 100 * span
		return w.now.Sub(begin) >= 8*time.Second
	})
	whole := float64(busy.value-began) / 1e6
	if math.Abs(host-whole) > 0.001*whole {
		t.Errorf("the host worked for %.2f s by its rates, and for %.2f s by what it counted", host, whole)
	}
	observed("at last")
	if most := float64(ticks()-first) / 1e6; units > 1.02*most+0.1 {
		t.Errorf("the services used %.2f s of processor time, and the host %.2f s", units, most)
	}
}
