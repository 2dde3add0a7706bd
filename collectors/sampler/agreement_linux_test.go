package sampler_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
)

// The whole chain on the real host, compared with what the host's own tools say at
// the same time. Tolerances cover what changes between two looks, nothing else.
func TestRealHost_AgreesWithItsOwnTools(t *testing.T) {
	t.Parallel() // it waits most of its time
	cs := host.Collectors(host.Options{})
	ring := history.New(history.Config{Interval: 500 * time.Millisecond})
	s, err := sampler.New(sampler.Config{Collectors: cs, Ring: ring, Derivers: []collectors.Deriver{signs.New(signs.Config{})}, Interval: 500 * time.Millisecond, Budget: -1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	wait := func(seq uint64) {
		t.Helper()
		limit, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := ring.Wait(limit, seq); err != nil {
			t.Fatalf("row %d: %v", seq+1, err)
		}
	}
	see := reader{t, ring, wait}
	var first, last uint64
	var statBegin, statBefore, statAfter, statEnd stat
	var loBegin, loBefore, loAfter, loEnd float64
	wait(2)
	// On a busy machine a collector may not answer in time for a row, which then says that it
	// does not know: there is nothing to compare.
	for known := false; !known; known = see.knows(collectors.UseCPU, first, last+2) && see.knows(collectors.NetBytes, first, last+2, "lo", "in") {
		statBegin, loBegin = procStat(t), loopbackBytes(t)
		first = ring.Bounds().Newest + 2
		wait(first - 1) // so that it began after that look
		statBefore, loBefore = procStat(t), loopbackBytes(t)
		sendOverLoopback(t, 32<<20)
		wait(first + 3)
		statAfter, loAfter = procStat(t), loopbackBytes(t)
		last = ring.Bounds().Newest
		wait(last + 1) // the row behind one that may have begun before that look
		statEnd, loEnd = procStat(t), loopbackBytes(t)
	}

	t.Run("at least 150 series", func(t *testing.T) {
		if n := len(ring.Latest().Schema.Series); n < 150 {
			t.Errorf("%d series", n)
		}
	})
	t.Run("memory as free", func(t *testing.T) {
		see := see.around(everyRow, func() map[string]float64 {
			mem := fields(t, "free", "-b", "-w")["Mem:"]
			return map[string]float64{"total": number(t, mem[1]), "free": number(t, mem[3]), "buffers": number(t, mem[5]), "available": number(t, mem[7])}
		}, see.id(collectors.MemoryBytes, "free"))
		see.says("total", 1024, collectors.MemoryBytes, "total")
		const slack = 192 << 20 // other tests run beside this one
		see.says("free", slack, collectors.MemoryBytes, "free")
		see.says("buffers", slack, collectors.MemoryBytes, "buffers")
		see.says("available", slack, collectors.MemoryBytes, "available")
	})
	t.Run("file system as df", func(t *testing.T) {
		see := see.around(everyTenSeconds, func() map[string]float64 {
			root := fields(t, "df", "-B1", "--output=target,size,used,avail", "/")["/"]
			return map[string]float64{"total": number(t, root[1]), "used": number(t, root[2]), "available": number(t, root[3])}
		}, see.id(collectors.FilesystemBytes, "/", "used"))
		see.says("total", 4096, collectors.FilesystemBytes, "/", "total")
		const slack = 512 << 20 // builds and tests write meanwhile
		see.says("used", slack, collectors.FilesystemBytes, "/", "used")
		see.says("available", slack, collectors.FilesystemBytes, "/", "available")
	})
	t.Run("processes as ps", func(t *testing.T) {
		ps := func() map[string]bool {
			all := map[string]bool{}
			for line := range strings.Lines(output(t, "ps", "-eo", "pid=,comm=")) {
				all[strings.Join(strings.Fields(line), " ")] = true
			}
			return all
		}
		before, asked := ps(), time.Now().UnixMilli()
		// A whole list that was begun since: on a busy machine a scan may run out of time.
		var table *collectors.TableData
		for table == nil || table.T <= asked || table.Partial != "" {
			wait(ring.Bounds().Newest)
			table = ring.Latest().Tables[collectors.Processes.Name]
		}
		after := ps()
		known := map[string]bool{}
		for _, row := range table.Rows {
			pid := row.Cells[collectors.Processes.Column("pid")].Q
			known[strconv.FormatInt(pid, 10)+" "+row.Cells[collectors.Processes.Column("name")].Text] = true
		}
		// Others start and end processes meanwhile, and workers of the kernel change their names.
		both, total := 0, 0
		for process := range before {
			if after[process] {
				total++
				if known[process] {
					both++
				}
			}
		}
		if total < 3 || float64(both) < 0.8*float64(total) {
			t.Errorf("%d of the %d processes that ps lists before and after are in the table", both, total)
		}
	})
	t.Run("processor time as /proc/stat", func(t *testing.T) {
		got := see.integral(collectors.UseCPU, first, last+2) / 100 * statEnd.processors
		// The rows begin between the first two looks, and end between the last two.
		const slack = 0.1
		if least, most := statAfter.busy-statBefore.busy-slack, statEnd.busy-statBegin.busy+slack; got < 0.98*least || got > 1.02*most {
			t.Errorf("processors worked for %.3f s, the host says between %.3f and %.3f", got, least, most)
		}
	})
	t.Run("bytes as /proc/net/dev", func(t *testing.T) {
		if loAfter-loBefore < 32<<20 {
			t.Fatalf("only %.0f bytes went over the loopback", loAfter-loBefore)
		}
		// Other tests send meanwhile, also before and behind the two inner looks.
		got := see.integral(collectors.NetBytes, first, last+2, "lo", "in")
		if least, most := 0.98*(loAfter-loBefore), 1.02*(loEnd-loBegin); got < least || got > most {
			t.Errorf("received is %.6g, the host says between %.6g and %.6g", got, least, most)
		}
	})
	t.Run("load as /proc/loadavg", func(t *testing.T) {
		see := see.around(everyRow, func() map[string]float64 {
			b, err := os.ReadFile("/proc/loadavg")
			if err != nil {
				t.Fatal(err)
			}
			load, _, _ := strings.Cut(string(b), " ")
			return map[string]float64{"1 m": number(t, load)}
		}, see.id(collectors.LoadAverage, "1m"))
		see.says("1 m", 0.6, collectors.LoadAverage, "1m")
	})
	t.Run("node_exporter", func(t *testing.T) {
		url := collectortest.NodeExporter(t)
		see := see.around(everyRow, func() map[string]float64 { return scrape(t, url) }, see.id(collectors.MemoryBytes, "free"),
			see.id(collectors.KernelFiles, "used"), see.id(collectors.LoadAverage, "1m"), see.id(collectors.HostUptime))
		const slack = 192 << 20
		see.says("node_memory_MemTotal_bytes", 1024, collectors.MemoryBytes, "total")
		see.says("node_memory_MemAvailable_bytes", slack, collectors.MemoryBytes, "available")
		see.says("node_memory_SReclaimable_bytes", slack, collectors.MemoryBytes, "slab_reclaimable")
		see.says("node_filefd_allocated", 500, collectors.KernelFiles, "used")
		see.says("node_filefd_maximum", 0, collectors.KernelFiles, "max")
		see.says("node_nf_conntrack_entries_limit", 0, collectors.KernelConntrack, "max")
		see.says("node_load1", 0.6, collectors.LoadAverage, "1m")
		within(t, "boot", float64(time.Now().Unix())-collectors.HostUptime.Value(see.row.Value(see.id(collectors.HostUptime))), see.said[0]["node_boot_time_seconds"], 15)
	})
}

// scrape returns the series of node_exporter without labels.
func scrape(t *testing.T, url string) map[string]float64 {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatalf("node_exporter does not answer: %v", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for line := range bytes.Lines(body) {
		if w := strings.Fields(string(line)); len(w) == 2 && w[0] != "#" {
			values[w[0]] = number(t, w[1])
		}
	}
	return values
}

type reader struct {
	t    *testing.T
	ring *history.Ring
	// wait waits for a row behind another.
	wait func(seq uint64)
}

func (r reader) id(f *collectors.Family, labels ...string) collectors.SeriesID {
	r.t.Helper()
	for _, s := range r.ring.Latest().Schema.Series {
		match := s.Family == f
		for i, l := range labels {
			match = match && s.Labels.At(i) == l
		}
		if match {
			return s.ID
		}
	}
	r.t.Fatalf("there is no series %s %v", f.Name, labels)
	return 0
}

// knows reports whether every row after first up to last has a series.
func (r reader) knows(f *collectors.Family, first, last uint64, labels ...string) bool {
	r.t.Helper()
	id := r.id(f, labels...)
	rows, _ := r.ring.Rows(first, int(last-first))
	for i := range rows {
		if rows[i].Value(id) == collectors.Missing {
			return false
		}
	}
	return len(rows) == int(last-first)
}

// bracket is a row, and what the host said again and again while what is in it was read.
type bracket struct {
	reader
	row  collectors.Row
	said []map[string]float64
}

// In so many rows everything is read anew.
const everyRow, everyTenSeconds = 1, 20

// around asks the host from before until after series are read for a row. It does so all the
// time, because others take and give back within a moment: a linker has half a gigabyte for a
// second.
func (r reader) around(rows uint64, ask func() map[string]float64, ids ...collectors.SeriesID) bracket {
	r.t.Helper()
	b := bracket{reader: r, said: []map[string]float64{ask()}}
	from := r.ring.Bounds().Newest + 1 + rows // what is in the next one may be read already
	ticks := time.NewTicker(50 * time.Millisecond)
	defer ticks.Stop()
	for limit := time.Now().Add(time.Minute + time.Duration(rows)*time.Second); ; <-ticks.C {
		b.row = r.ring.Latest().Row
		// On a busy machine a row may lack what was not read in time.
		missing := slices.ContainsFunc(ids, func(id collectors.SeriesID) bool { return b.row.Value(id) == collectors.Missing })
		b.said = append(b.said, ask())
		switch {
		case b.row.Seq >= from && !missing:
			return b
		case time.Now().After(limit):
			r.t.Fatalf("no row from %d on has everything", from)
		}
	}
}

// says checks that our reading lies between what the host said around it, or not further
// outside of that than tolerated.
func (b bracket) says(what string, tolerance float64, f *collectors.Family, labels ...string) {
	b.t.Helper()
	least, most := math.Inf(1), math.Inf(-1)
	for _, said := range b.said {
		v, known := said[what]
		if !known {
			b.t.Errorf("the host does not say %s", what)
			return
		}
		least, most = min(least, v), max(most, v)
	}
	if ours := f.Value(b.row.Value(b.id(f, labels...))); !(ours >= least-tolerance && ours <= most+tolerance) {
		b.t.Errorf("%s is %.6g, the host says between %.6g and %.6g in %d answers (tolerance %.6g)", what, ours, least, most, len(b.said), tolerance)
	}
}

// integral returns rate × time over the rows after first up to last.
func (r reader) integral(f *collectors.Family, first, last uint64, labels ...string) float64 {
	r.t.Helper()
	id, sum := r.id(f, labels...), 0.0
	rows, _ := r.ring.Rows(first-1, int(last-first)+1)
	for i := 1; i < len(rows); i++ {
		if v := f.Value(rows[i].Value(id)); !math.IsNaN(v) {
			sum += v * float64(rows[i].T-rows[i-1].T) / 1000
		}
	}
	return sum
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s is %.6g, the host says %.6g (tolerance %.6g)", what, got, want, tolerance)
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), need.Program(t, name), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s (packages procps and coreutils): %v", name, err)
	}
	return string(out)
}

// fields returns the words of each line of a command's output, by the first one.
func fields(t *testing.T, name string, args ...string) map[string][]string {
	t.Helper()
	lines := map[string][]string{}
	for line := range strings.Lines(output(t, name, args...)) {
		if w := strings.Fields(line); len(w) > 0 {
			lines[w[0]] = w
		}
	}
	return lines
}

// stat is for how long processors worked, in seconds, and how many there are.
type stat struct{ busy, processors float64 }

func procStat(t *testing.T) (s stat) {
	t.Helper()
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		w := strings.Fields(line)
		switch {
		case w[0] == "cpu":
			for i, ticks := range w[1:9] {
				if i != 3 && i != 4 && i != 7 { // idle, iowait, steal
					s.busy += number(t, ticks) / 100
				}
			}
		case strings.HasPrefix(w[0], "cpu"):
			s.processors++
		}
	}
	return s
}

func loopbackBytes(t *testing.T) float64 {
	t.Helper()
	b, err := os.ReadFile("/proc/net/dev")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		if rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("lo:")); ok {
			return number(t, strings.Fields(string(rest))[0])
		}
	}
	t.Fatal("there is no loopback interface")
	return 0
}

// sendOverLoopback sends n bytes through a TCP connection to itself.
func sendOverLoopback(t *testing.T, n int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	received := make(chan int64, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			received <- 0
			return
		}
		defer c.Close()
		got, _ := io.Copy(io.Discard, c)
		received <- got
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(c, zeros{}, n); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if got := <-received; got != n {
		t.Fatalf("%d of %d bytes arrived", got, n)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
