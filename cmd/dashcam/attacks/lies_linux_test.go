package attacks

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/server/wire"
)

// observer is a page that keeps everything it gets.
type observer struct {
	mu    sync.Mutex
	state *wire.State
}

// observe watches until the test ends. What does not follow from what came before fails
// the test.
func (p *program) observe(topics ...string) *observer {
	p.t.Helper()
	o := &observer{state: wire.NewState()}
	ws := p.stream(topics...)
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			_, message, err := ws.ReadMessage()
			if err != nil {
				return
			}
			o.mu.Lock()
			err = o.state.Apply(message)
			o.mu.Unlock()
			if err != nil {
				p.t.Errorf("a message that does not follow: %v", err)
				return
			}
		}
	})
	p.t.Cleanup(func() { ws.Close(); reading.Wait() })
	return o
}

// newest returns the newest row.
func (o *observer) newest() (seq uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for s := range o.state.Rows {
		seq = max(seq, s)
	}
	return seq
}

// point is one value of a series; NaN never is: what is missing is not there.
type point struct {
	seq   uint64
	t     int64
	value float64
}

// points returns the values of a series by its name and one of its labels, in order.
func (o *observer) points(name, label string) (out []point) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, s := range o.state.Series {
		if s.Name != name || label != "" && !slices.Contains(valuesOf(s.Labels), label) {
			continue
		}
		for seq, row := range o.state.Rows {
			if q, there := row.Values[id]; there {
				out = append(out, point{seq, row.T, float64(q) * s.Quantum})
			}
		}
	}
	slices.SortFunc(out, func(a, b point) int { return int(a.seq) - int(b.seq) })
	return out
}

func valuesOf(labels map[string]string) (out []string) {
	for _, v := range labels {
		out = append(out, v)
	}
	return out
}

// everyTick checks that no tick is unaccounted for: rows follow each other without a gap
// in their numbers, times rise, and the time between two rows is that of the ticks that
// the later one says were missed.
func (o *observer) everyTick(t *testing.T, interval time.Duration) (rows, missed int) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var seqs []uint64
	for seq := range o.state.Rows {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	for i, seq := range seqs {
		row := o.state.Rows[seq]
		missed += row.Missed
		if i == 0 {
			continue
		}
		before := o.state.Rows[seqs[i-1]]
		if seq != seqs[i-1]+1 {
			t.Errorf("row %d follows row %d", seq, seqs[i-1])
		}
		if row.T <= before.T {
			t.Errorf("row %d is of %d, the one before of %d", seq, row.T, before.T)
		}
		ticks := time.Duration(row.T-before.T) * time.Millisecond / interval
		if want := int(ticks) - 1; row.Missed < want-1 || row.Missed > want+1 {
			t.Errorf("%v between rows %d and %d, which says that %d ticks were missed (%s)", time.Duration(row.T-before.T)*time.Millisecond, seq-1, seq, row.Missed, row.Why)
		}
	}
	return len(seqs), missed
}

// between checks that a series has values, and none beyond what can be.
func (o *observer) between(t *testing.T, name, label string, least, most float64) {
	t.Helper()
	all := o.points(name, label)
	if len(all) == 0 {
		t.Errorf("%s{%s} has no value", name, label)
	}
	for _, p := range all {
		if p.value < least || p.value > most {
			t.Errorf("%s{%s} is %v in row %d, want between %v and %v", name, label, p.value, p.seq, least, most)
		}
	}
}

// sane checks what holds on any host at any time.
func (o *observer) sane(t *testing.T) {
	t.Helper()
	o.between(t, "cpu.busiest", "", 0, 100)
	for _, mode := range []string{"user", "system", "idle"} {
		for _, p := range o.points("cpu.usage", mode) {
			if p.value < 0 || p.value > 100 {
				t.Errorf("cpu.usage{%s} is %v in row %d", mode, p.value, p.seq)
			}
		}
	}
	o.between(t, "use.cpu", "", 0, 100)
	o.between(t, "use.memory", "", 0.1, 100)
	o.between(t, "self.memory", "resident", 1<<20, 1<<30)
}

// TestHungMount mounts a file system whose program never answers (fuse(4)).
func TestHungMount(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mount("/mnt/good")
	device, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("open /dev/fuse: %v (load the module fuse)", err)
	}
	answering := false
	t.Cleanup(func() {
		if !answering {
			_ = unix.Close(device)
		}
	})
	s.do(func() {
		if err = os.Mkdir("/mnt/hung", 0o755); err == nil {
			err = unix.Mount("hung", "/mnt/hung", "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", device))
		}
	})
	if err != nil {
		t.Fatalf("mount a hung file system: %v", err)
	}
	const interval = 200 * time.Millisecond
	p := s.start("--interval", "200ms", "--collector-interval", "filesystem=400ms", "--mount-include", "/mnt/*")
	threads := func() int { return p.threads() }
	o := p.observe()
	stalled := func() float64 {
		all := o.points("filesystem.stalled", "/mnt/hung")
		if len(all) == 0 {
			return 0
		}
		return all[len(all)-1].value
	}
	waitUntil(t, "the mount to be said not to answer", func() bool { return stalled() > 2 })
	before := threads()
	waitUntil(t, "it to be said on", func() bool { return stalled() > 5 })
	// It was due to be asked seven times; a thread or two more are those of a busy machine.
	if after := threads(); after > before+3 {
		t.Errorf("%d threads, and %d three seconds later: each question keeps one", before, after)
	}
	if all := o.points("filesystem.bytes", "/mnt/hung"); len(all) > 0 {
		t.Errorf("a mount that never answered has %d values of its size", len(all))
	}
	if all := o.points("filesystem.bytes", "/mnt/good"); len(all) == 0 {
		t.Error("the mount beside it has no size")
	}
	// A busy machine may make it miss a row; a mount that hangs would make it miss them all.
	waitUntil(t, "the collector to be well", func() bool { state, _ := p.healthOf("filesystem"); return state == "ok" })
	rows, missed := o.everyTick(t, interval)
	o.sane(t)
	t.Logf("%d rows, %d ticks missed, not answering for %.1f s", rows, missed, stalled())

	// Its program dies: the call returns, and the mount is as good as gone.
	answering = true
	_ = unix.Close(device)
	waitUntil(t, "the mount to stop being said", func() bool {
		all := o.points("filesystem.stalled", "/mnt/hung")
		newest := all[len(all)-1]
		return newest.value == 0 || newest.seq < o.newest()-5
	})
}

// threads is how many threads of the operating system the program has.
func (p *program) threads() int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	n, err := strconv.Atoi(string(regexp.MustCompile(`Threads:\s+(\d+)`).FindSubmatch(text)[1]))
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// TestLinksComeAndGo makes and removes links while packets are sent over them, so that
// their counters begin anew under the same name.
func TestLinksComeAndGo(t *testing.T) {
	t.Parallel()
	const interval, rounds, packets, size = 200 * time.Millisecond, 12, 400, 1000
	s := newStage(t)
	p := s.start("--interval", "200ms", "--interface-include", "*", "--without-collectors", "processes")
	o := p.observe()
	sent := 0
	for range rounds {
		s.run("ip", "link", "add", "here", "type", "veth", "peer", "name", "there")
		s.run("ip", "link", "set", "here", "up")
		s.run("ip", "link", "set", "there", "up")
		sent += s.send("here", packets, size)
		seq := o.newest()
		waitUntil(t, "two rows with the link", func() bool { return o.newest() >= seq+2 })
		s.run("ip", "link", "del", "here")
		if sent%2 == 0 {
			seq := o.newest()
			waitUntil(t, "a row without the link", func() bool { return o.newest() >= seq+1 })
		}
	}
	// What was sent in a round is the most that can be between two rows. A row that was late
	// is followed by one in time, so that they can lie closer together than the interval.
	most := 10 * float64(packets*(size+100)) / interval.Seconds()
	o.between(t, "net.bytes", "here", 0, most)
	o.between(t, "net.bytes", "there", 0, most)
	o.between(t, "net.bytes", "lo", 0, 1<<27)
	rows, missed := o.everyTick(t, interval)
	o.sane(t)
	t.Logf("%d rows, %d ticks missed; %d packets; %d rates of the link", rows, missed, sent, len(o.points("net.bytes", "here")))
}

// send writes raw frames to a link and returns how many.
func (s *stage) send(link string, packets, size int) (sent int) {
	s.t.Helper()
	var err error
	s.do(func() {
		var index uint32
		var text []byte
		if text, err = os.ReadFile("/sys/class/net/" + link + "/ifindex"); err != nil {
			return
		}
		if _, err = fmt.Sscan(string(text), &index); err != nil {
			return
		}
		var fd int
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0); err != nil {
			return
		}
		defer unix.Close(fd)
		for range packets {
			if err = unix.Sendto(fd, make([]byte, size), 0, &unix.SockaddrLinklayer{Ifindex: int(index)}); err != nil {
				return
			}
			sent++
		}
	})
	if err != nil {
		s.t.Fatalf("send over %s: %v", link, err)
	}
	return sent
}

// TestStoodStill stops the program, as a starved or suspended machine does.
func TestStoodStill(t *testing.T) {
	t.Parallel()
	const interval, stood = 200 * time.Millisecond, 3 * time.Second
	p := start(t, "--interval", "200ms")
	o := p.observe("processes")
	waitUntil(t, "ten rows", func() bool { return o.newest() > 10 })
	at := o.newest()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	timer := time.NewTimer(stood)
	<-timer.C
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "rows afterwards", func() bool { return o.newest() > at+10 })
	rows, missed := o.everyTick(t, interval)
	if want := int(stood/interval) - 2; missed < want {
		t.Errorf("%d ticks are said to be missed, want at least %d", missed, want)
	}
	o.mu.Lock()
	why := ""
	for _, row := range o.state.Rows {
		if row.Missed > 5 {
			why = row.Why
		}
	}
	o.mu.Unlock()
	if why == "" {
		t.Error("nothing says why ticks were missed")
	}
	o.sane(t)
	t.Logf("%d rows, %d ticks missed: %s", rows, missed, why)
}

// TestBusyHost puts load on everything while processes come and go by the thousand.
func TestBusyHost(t *testing.T) {
	const interval = 200 * time.Millisecond
	stress := need.Program(t, "stress-ng")
	p := start(t, "--interval", "200ms")
	o := p.observe("processes")
	waitUntil(t, "five rows", func() bool { return o.newest() > 5 })
	out, err := exec.Command(stress, "--temp-path", t.TempDir(), "--quiet", "--timeout", "6s", "--cpu", "2", "--fork", "2", "--vm", "1", "--vm-bytes", "64M", "--switch", "1", "--timer", "1").CombinedOutput()
	if err != nil {
		t.Fatalf("stress-ng: %v %s", err, out)
	}
	at := o.newest()
	waitUntil(t, "rows afterwards", func() bool { return o.newest() > at+5 })
	rows, missed := o.everyTick(t, interval)
	o.sane(t)
	// A pid that is used again is another process: none can have used more than all
	// processors together.
	most := float64(100*runtime.NumCPU()) * 1.2
	o.mu.Lock()
	defer o.mu.Unlock()
	if table := o.state.Tables[collectors.Processes.Name]; table == nil || len(table.Rows) == 0 {
		t.Error("no table of processes")
	} else {
		for key, row := range table.Rows {
			if q, ok := row["cpu"].(float64); ok && q/64 > most {
				t.Errorf("process %s uses %v %% of a processor", key, q/64)
			}
		}
	}
	for name, h := range o.state.Health {
		if h.State == collectors.HealthFailing || h.State == collectors.HealthStuck {
			t.Errorf("collector %s is %s: %s", name, h.State, h.Reason)
		}
	}
	t.Logf("%d rows, %d ticks missed", rows, missed)
}
