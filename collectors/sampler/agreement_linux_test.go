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
	s, err := sampler.New(sampler.Config{Collectors: cs, Ring: ring, Derivers: []collectors.Deriver{signs.New(signs.Config{})}, Interval: 500 * time.Millisecond})
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
	wait(2)
	statBegin, loBegin := procStat(t), loopbackBytes(t)
	first := ring.Bounds().Newest + 2
	wait(first - 1) // so that it began after that look
	statBefore, loBefore := procStat(t), loopbackBytes(t)
	sendOverLoopback(t, 32<<20)
	wait(first + 3)
	statAfter, loAfter := procStat(t), loopbackBytes(t)
	last := ring.Bounds().Newest
	wait(last + 1) // the row behind one that may have begun before that look
	statEnd, loEnd := procStat(t), loopbackBytes(t)

	see := reader{t, ring, wait}
	t.Run("at least 150 series", func(t *testing.T) {
		if n := len(ring.Latest().Schema.Series); n < 150 {
			t.Errorf("%d series", n)
		}
	})
	t.Run("memory as free", func(t *testing.T) {
		var mem []string
		see := see.around(func() { mem = fields(t, "free", "-b", "-w")["Mem:"] })
		see.says("total", number(t, mem[1]), 1024, collectors.MemoryBytes, "total")
		const slack = 192 << 20 // other tests run beside this one
		see.says("free", number(t, mem[3]), slack, collectors.MemoryBytes, "free")
		see.says("buffers", number(t, mem[5]), slack, collectors.MemoryBytes, "buffers")
		see.says("available", number(t, mem[7]), slack, collectors.MemoryBytes, "available")
	})
	t.Run("file system as df", func(t *testing.T) {
		var root []string
		see := see.around(func() { root = fields(t, "df", "-B1", "--output=target,size,used,avail", "/")["/"] })
		const slack = 512 << 20 // builds and tests write meanwhile
		see.says("total", number(t, root[1]), 4096, collectors.FilesystemBytes, "/", "total")
		see.says("used", number(t, root[2]), slack, collectors.FilesystemBytes, "/", "used")
		see.says("available", number(t, root[3]), slack, collectors.FilesystemBytes, "/", "available")
	})
	t.Run("processes as ps", func(t *testing.T) {
		out := output(t, "ps", "-eo", "pid=,comm=")
		known := map[string]bool{}
		for _, row := range ring.Latest().Tables[collectors.Processes.Name].Rows {
			pid := row.Cells[collectors.Processes.Column("pid")].Q
			known[strconv.FormatInt(pid, 10)+" "+row.Cells[collectors.Processes.Column("name")].Text] = true
		}
		both, total := 0, 0
		for line := range strings.Lines(out) {
			total++
			if known[strings.Join(strings.Fields(line), " ")] {
				both++
			}
		}
		if total < 3 || float64(both) < 0.8*float64(total) {
			t.Errorf("%d of the %d processes of ps are in the table", both, total)
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
		var load string
		see := see.around(func() {
			b, err := os.ReadFile("/proc/loadavg")
			if err != nil {
				t.Fatal(err)
			}
			load, _, _ = strings.Cut(string(b), " ")
		})
		see.says("1 m", number(t, load), 0.6, collectors.LoadAverage, "1m")
	})
	t.Run("node_exporter", func(t *testing.T) {
		var theirs map[string]float64
		see := see.around(func() { theirs = scrape(t) })
		const slack = 192 << 20
		see.says("memory total", theirs["node_memory_MemTotal_bytes"], 1024, collectors.MemoryBytes, "total")
		see.says("memory available", theirs["node_memory_MemAvailable_bytes"], slack, collectors.MemoryBytes, "available")
		see.says("memory slab", theirs["node_memory_SReclaimable_bytes"], slack, collectors.MemoryBytes, "slab_reclaimable")
		see.says("open files", theirs["node_filefd_allocated"], 500, collectors.KernelFiles, "used")
		see.says("open files at most", theirs["node_filefd_maximum"], 0, collectors.KernelFiles, "max")
		see.says("conntrack at most", theirs["node_nf_conntrack_entries_limit"], 0, collectors.KernelConntrack, "max")
		see.says("load", theirs["node_load1"], 0.6, collectors.LoadAverage, "1m")
		within(t, "boot", float64(time.Now().Unix())-collectors.HostUptime.Value(see.after.Value(see.id(collectors.HostUptime))), theirs["node_boot_time_seconds"], 15)
	})
}

// scrape runs node_exporter and returns its series without labels.
func scrape(t *testing.T) map[string]float64 {
	t.Helper()
	res, err := http.Get(collectortest.NodeExporter(t))
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

// bracket is what our rows say just before and just after the host was asked.
type bracket struct {
	reader
	before, after collectors.Row
}

func (r reader) around(ask func()) bracket {
	r.t.Helper()
	b := bracket{reader: r, before: r.ring.Latest().Row}
	ask()
	r.wait(r.ring.Bounds().Newest + 1)
	b.after = r.ring.Latest().Row
	return b
}

// says checks that what the host says lies between our two readings, or not further
// outside of them than tolerated.
func (b bracket) says(what string, theirs, tolerance float64, f *collectors.Family, labels ...string) {
	b.t.Helper()
	id := b.id(f, labels...)
	before, after := f.Value(b.before.Value(id)), f.Value(b.after.Value(id))
	if least, most := min(before, after)-tolerance, max(before, after)+tolerance; !(theirs >= least && theirs <= most) {
		b.t.Errorf("%s is %.6g before and %.6g after, the host says %.6g (tolerance %.6g)", what, before, after, theirs, tolerance)
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
