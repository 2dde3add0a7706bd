package signs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
)

// What the kernel's TCP counts when packets are really lost, when they only come late, and
// when nobody answers: two network namespaces with a line between them that this test carries
// packet by packet, and the whole chain from /proc/net to the state.

// A line of which one packet in twenty is dropped is one with retransmits.
func TestNetwork_RealLossRaisesIt(t *testing.T) {
	t.Parallel() // it waits most of its time
	l := newLine(t, 20)
	watched := l.watch(t)
	go func() { _, _ = io.Copy(l.dial(t), endless{}) }() // until the line is cut
	watched.until(t, "a state by lost segments", func(r readings) bool {
		return r.state("state.network") >= 1 && r.text("reason.network") == "sat.network"
	})
}

// Answers that are late for a moment make the kernel probe and send again what had arrived. The
// page called that a busy network, at a few kbit/s.
func TestNetwork_LateAnswersAreNoLoss(t *testing.T) {
	t.Parallel() // it waits most of its time
	l := newLine(t, 0)
	watched := l.watch(t)
	// Small messages on some connections, and all answers held back for 120 ms once a
	// second: longer than two round trips, shorter than the shortest retransmission
	// timeout, and seldom enough for the kernel to think that answers come at once.
	to := make([]net.Conn, 20)
	for i := range to {
		to[i] = l.dial(t)
	}
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	var again, needless float64
	for n := 0; again < 100; n++ {
		<-tick.C
		if n%25 == 20 {
			l.held.Store(time.Now().Add(120 * time.Millisecond).UnixNano())
		}
		for _, c := range to {
			for range 2 {
				if _, err := c.Write(make([]byte, 700)); err != nil {
					t.Fatal(err)
				}
			}
		}
		again, needless = 0, 0
		for _, r := range watched.rows(t) {
			again += r.sum("tcp.retransmits")
			needless += r.sum("tcp.retransmits.needless")
		}
		if n > 1500 {
			t.Fatalf("after a minute of late answers %v segments were sent again", again)
		}
	}
	t.Logf("%.0f segments sent again, %.0f of them needlessly", again, needless)
	for _, r := range watched.rows(t) {
		if r.state("state.network") >= 1 {
			t.Errorf("row %d: the network is bad by %s with %v %% lost", r.seq, r.text("reason.network"), r.values["sat.network"])
		}
	}
}

// Connections to a peer that is not there send their first segment again and again.
func TestNetwork_PeersThatDoNotAnswerAreNoLoss(t *testing.T) {
	t.Parallel() // it waits most of its time
	l := newLine(t, 0)
	watched := l.watch(t)
	to := l.dial(t)
	for range 30 {
		l.connect(t, "10.77.0.9:80") // behind the line, where nobody has it
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		<-tick.C
		if _, err := to.Write(make([]byte, 700)); err != nil {
			t.Fatal(err)
		}
		opening := 0.0
		for _, r := range watched.rows(t) {
			opening += r.sum("tcp.retransmits.opening")
			if r.state("state.network") >= 1 {
				t.Fatalf("row %d: the network is bad by %s with %v %% lost", r.seq, r.text("reason.network"), r.values["sat.network"])
			}
		}
		if opening >= 60 {
			return
		}
		if n > 3000 {
			t.Fatalf("after a minute %v segments were sent again to open", opening)
		}
	}
}

// endless is a reader without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// line is two namespaces, here and there, and what carries packets between them.
type line struct {
	here, there stage
	held        atomic.Int64 // Unix nanoseconds until which answers are held back
	peer        net.Listener
}

// newLine makes a line that loses one packet of those sent in so many, 0 for none, and a
// peer at its end that reads whatever is sent to it.
func newLine(t *testing.T, lose int) *line {
	t.Helper()
	need.Root(t, "makes network namespaces")
	ip := need.Program(t, "ip")
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		need.Missing(t, "there is no /dev/net/tun")
	}
	l := &line{here: newStage(t), there: newStage(t)}
	a := l.here.tun(t, ip, "10.77.0.1")
	b := l.there.tun(t, ip, "10.77.0.2")
	random := rand.New(rand.NewPCG(1, 2))
	var carriers sync.WaitGroup
	t.Cleanup(func() {
		_, _ = a.Close(), b.Close()
		carriers.Wait()
	})
	carriers.Go(func() {
		carry(a, b, func() bool { return lose > 0 && random.IntN(lose) == 0 })
	})
	carriers.Go(func() {
		carry(b, a, func() bool {
			if until := l.held.Load(); until > time.Now().UnixNano() {
				timer := time.NewTimer(time.Until(time.Unix(0, until)))
				<-timer.C
			}
			return false
		})
	})
	l.there.do(func() {
		var err error
		if l.peer, err = net.Listen("tcp", "10.77.0.2:7777"); err != nil {
			t.Error(err)
		}
	})
	if l.peer == nil {
		t.FailNow()
	}
	t.Cleanup(func() { _ = l.peer.Close() })
	go func() {
		for {
			c, err := l.peer.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
	}()
	return l
}

// carry moves packets from one end to the other until either is closed.
func carry(from, to *os.File, lost func() bool) {
	packet := make([]byte, 64<<10)
	for {
		n, err := from.Read(packet)
		if err != nil {
			return
		}
		if lost() {
			continue
		}
		if _, err := to.Write(packet[:n]); err != nil && !errors.Is(err, unix.EINVAL) { // the kernel's own of IPv6
			return
		}
	}
}

// dial connects to the peer.
func (l *line) dial(t *testing.T) net.Conn {
	t.Helper()
	var c net.Conn
	var err error
	l.here.do(func() { c, err = net.Dial("tcp", "10.77.0.2:7777") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// connect begins to connect and does not wait.
func (l *line) connect(t *testing.T, address string) {
	t.Helper()
	to, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	l.here.do(func() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}); err != unix.EINPROGRESS {
			t.Errorf("connect to %s: %v", address, err)
		}
	})
}

// stage is a thread with a network namespace of its own. What it starts lives there.
type stage struct {
	work chan func()
	tid  int
}

func newStage(t *testing.T) stage {
	t.Helper()
	s := stage{work: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		s.tid = unix.Gettid()
		ready <- unix.Unshare(unix.CLONE_NEWNET)
		for f := range s.work {
			f()
		}
	}()
	switch err := <-ready; {
	case errors.Is(err, unix.EPERM):
		need.Missing(t, "root may not make network namespaces here")
	case err != nil:
		t.Fatalf("make a network namespace: %v", err)
	}
	t.Cleanup(func() { close(s.work) })
	return s
}

func (s *stage) do(f func()) {
	done := make(chan struct{})
	s.work <- func() { defer close(done); f() }
	<-done
}

// tun makes a link whose packets are read and written by us.
func (s *stage) tun(t *testing.T, ip, address string) *os.File {
	t.Helper()
	var file *os.File
	s.do(func() {
		fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if err != nil {
			t.Errorf("open /dev/net/tun: %v", err)
			return
		}
		request, err := unix.NewIfreq("line")
		if err == nil {
			request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
			err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
		}
		if err != nil {
			t.Errorf("make a link: %v", err)
			return
		}
		for _, args := range [][]string{{"link", "set", "lo", "up"}, {"addr", "add", address + "/24", "dev", "line"}, {"link", "set", "line", "up"}} {
			if out, err := exec.Command(ip, args...).CombinedOutput(); err != nil {
				t.Errorf("ip %q: %v %s", args, err, out)
				return
			}
		}
		file = os.NewFile(uintptr(fd), "line")
	})
	if file == nil {
		t.FailNow()
	}
	return file
}

// watched is a host whose network is that of a namespace.
type watched struct{ ring *history.Ring }

// watch samples what the kernel counts in the namespace here.
func (l *line) watch(t *testing.T) watched {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "proc/1"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/proc/self/task/"+strconv.Itoa(l.here.tid)+"/net", filepath.Join(root, "proc/1/net")); err != nil {
		t.Fatal(err)
	}
	cs := slices.DeleteFunc(host.Collectors(host.Options{Root: root}), func(c collectors.Collector) bool { return c.Describe().Name != "sockets" })
	if len(cs) != 1 {
		t.Fatalf("%d collectors of sockets", len(cs))
	}
	const interval = 200 * time.Millisecond
	ring := history.New(history.Config{Interval: interval})
	s, err := sampler.New(sampler.Config{Collectors: cs, Ring: ring, Derivers: []collectors.Deriver{signs.New(signs.Config{})}, Interval: interval})
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
	return watched{ring}
}

// readings is a row by name; what is missing is left out.
type readings struct {
	seq     uint64
	values  map[string]float64
	states  map[string][]string
	seconds float64
}

// state returns a level, 0 where there is none.
func (r readings) state(name string) float64 { return r.values[name] }

func (r readings) text(name string) string {
	v, known := r.values[name]
	if !known {
		return fmt.Sprintf("%s is missing", name)
	}
	return r.states[name][int(v)]
}

// sum is how many a rate stands for.
func (r readings) sum(name string) float64 { return r.values[name] * r.seconds }

func (w watched) rows(t *testing.T) []readings {
	t.Helper()
	schema := w.ring.Latest().Schema
	byID := map[collectors.SeriesID]*collectors.Series{}
	for i := range schema.Series {
		byID[schema.Series[i].ID] = &schema.Series[i]
	}
	rows, gap := w.ring.Rows(1, 10_000)
	if gap != nil {
		t.Fatalf("gap %v", gap)
	}
	all := make([]readings, 0, len(rows))
	for i, row := range rows {
		r := readings{seq: row.Seq, values: map[string]float64{}, states: map[string][]string{}}
		if i > 0 {
			r.seconds = float64(row.T-rows[i-1].T) / 1000
		}
		for j, id := range row.IDs {
			if s := byID[id]; s != nil && row.Q[j] != collectors.Missing {
				r.values[s.Family.Name] = s.Family.Value(row.Q[j])
				r.states[s.Family.Name] = s.Family.States
			}
		}
		all = append(all, r)
	}
	return all
}

// until waits for a row that fulfils a condition.
func (w watched) until(t *testing.T, what string, fulfils func(readings) bool) {
	t.Helper()
	limit, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for seq := uint64(0); ; seq++ {
		if err := w.ring.Wait(limit, seq); err != nil {
			rows := w.rows(t)
			t.Fatalf("no %s in %d rows, the last with %v: %v", what, len(rows), rows[len(rows)-1].values, err)
		}
		if slices.ContainsFunc(w.rows(t), fulfils) {
			return
		}
	}
}
