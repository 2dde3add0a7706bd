package attacks

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// TestEverythingComesAndGoes replaces links, mounts and the labels of a text file at once,
// as a node does that runs many short jobs: more series than may live are made every few
// seconds, of which few live at once. Each that lives must have values, on time and cheaply,
// for 40 s, or for as many minutes as ATTACKS_MINUTES says (make hours).
func TestEverythingComesAndGoes(t *testing.T) {
	t.Parallel()
	const (
		kind   = "everything comes and goes"
		limit  = 2500
		links  = 24
		mounts = 60
		labels = 150
	)
	s, dir := newStage(t), t.TempDir()
	c := &churn{stage: s, dir: dir}
	c.pairs(0, links/2)
	c.mounts(0, mounts)
	c.labels(0, labels)
	s.run("ip", "link", "add", "stays", "up", "type", "veth", "peer", "name", "staysx")
	p := s.start("--interface-include", "*", "--max-series", fmt.Sprint(limit), "--textfile-dir", dir,
		"--collector-interval", "textfile=1s", "--collector-interval", "filesystem=5s", "--without-collectors", "processes,services")
	l := follow(p)
	for _, label := range []string{"stays", "v0.0", "/mnt/0.0", "l0.0"} {
		waitUntil(t, "a value of "+label, func() bool { return l.has(label) })
	}

	span := minutes(t, 40*time.Second)
	began, spent := time.Now(), p.processorTime()
	first := object[remembered](p, "/api/v1/health")
	var refused int
	// Each kind lives for longer than its collector takes to look again.
	turns := []struct {
		every time.Duration
		next  func(round, n int)
		n     int
	}{{5 * time.Second, c.pairs, links / 2}, {13 * time.Second, c.mounts, mounts}, {3 * time.Second, c.labels, labels}}
	rounds, turned := make([]int, len(turns)), []time.Time{began, began, began}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	told, shown := began, 0
	for time.Since(began) < span {
		// One kind for each row: in the row in which others take their places, those that
		// went still count, and however late a row is, no more than one kind waits for it.
		if rows, _, _, _ := l.figures(); rows > shown {
			for i, turn := range turns {
				if time.Since(turned[i]) > turn.every { // since the last ones were all there
					rounds[i]++
					turn.next(rounds[i], turn.n)
					turned[i], shown = time.Now(), rows
					break
				}
			}
		}
		now := object[remembered](p, "/api/v1/health").Remembered
		refused = max(refused, now.Refused)
		if time.Since(told) > max(span/12, 10*time.Second) {
			told = time.Now()
			memory, _ := p.residents()
			rows, missing, late, most := l.figures()
			t.Logf("%4.0f s: %d rows, %d missing, %d late (at most %v), %d series of %d, %d refused, %d MiB, %v of processor time",
				time.Since(began).Seconds(), rows, missing, late, most, now.Series, limit, refused, memory>>20, p.processorTime()-spent)
		}
		<-tick.C
	}
	took, spent := time.Since(began), p.processorTime()-spent
	rows := object[remembered](p, "/api/v1/health").Remembered.Rows - first.Remembered.Rows

	attack(t, kind, float64(rows) > 0.9*took.Seconds()-2, "%d rows in %v", rows, took)
	attack(t, kind, spent < took/4, "%v of processor time in %v", spent, took)
	attack(t, kind, refused == 0, "%d series were refused though fewer were live than may be", refused)
	made, silent := 0, []string(nil)
	for i, turn := range turns {
		made += turn.n * rounds[i]
		// The last round may not have lived for long enough.
		for round := range rounds[i] {
			for k := range turn.n {
				if name := fmt.Sprintf("%s%d.%d", [...]string{"v", "/mnt/", "l"}[i], round, k); !l.has(name) {
					silent = append(silent, name)
				}
			}
		}
	}
	attack(t, kind, len(silent) == 0, "%d of %d that lived never had a value: %.200q", len(silent), made, silent)
	ever := l.series()
	without, unread := l.without()
	if ever < 2*limit {
		t.Errorf("%d series were ever seen, which is no churn at a limit of %d", ever, limit)
	}
	attack(t, kind, without == 0, "%d rows have no value of the link that stays", without)
	seen, missing, late, most := l.figures()
	memory, _ := p.residents()
	t.Logf("%v: %d links, mounts and labels with %d series were made at a limit of %d; %d rows, %d missing, %d late by half a second or more (at most %v), %d without links, %d refused, %d MiB, %v of processor time",
		took.Round(time.Second), made, ever, limit, seen, missing, late, most, unread, refused, memory>>20, spent.Round(10*time.Millisecond))
}

type remembered struct {
	Remembered struct {
		Rows            uint64
		Series, Refused int
	}
}

// minutes is as long as ATTACKS_MINUTES says, or shorter.
func minutes(t *testing.T, short time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv("ATTACKS_MINUTES")
	if text == "" {
		return short
	}
	d, err := time.ParseDuration(text + "m")
	if err != nil || d <= 0 {
		t.Fatalf("ATTACKS_MINUTES=%q: want a number of minutes, such as 60", text)
	}
	return d
}

// churn replaces what a stage has.
type churn struct {
	stage *stage
	dir   string // of the text file
}

// pairs replaces n pairs of links. The ends of a pair are named v1.0 and v1.1.
func (c *churn) pairs(round, n int) {
	c.stage.t.Helper()
	var b strings.Builder
	for i := range n {
		if round > 0 {
			fmt.Fprintf(&b, "link del v%d.%d\n", round-1, 2*i)
		}
		fmt.Fprintf(&b, "link add v%d.%d up type veth peer name v%d.%d\n", round, 2*i, round, 2*i+1)
	}
	var out []byte
	var err error
	c.stage.do(func() {
		ip := exec.Command("ip", "-batch", "-")
		ip.Stdin = strings.NewReader(b.String())
		out, err = ip.CombinedOutput()
	})
	if err != nil {
		c.stage.t.Fatalf("ip -batch: %v %s", err, out)
	}
}

// mounts replaces n file systems in memory, as a node mounts the secrets of its jobs.
func (c *churn) mounts(round, n int) {
	c.stage.t.Helper()
	at := func(round, i int) string { return fmt.Sprintf("/mnt/%d.%d", round, i) }
	var err error
	c.stage.do(func() {
		for i := range n {
			if err = errors.Join(err, os.Mkdir(at(round, i), 0o755), unix.Mount("tmpfs", at(round, i), "tmpfs", 0, "size=1g")); round > 0 {
				err = errors.Join(err, unix.Unmount(at(round-1, i), 0), os.Remove(at(round-1, i)))
			}
		}
	})
	if err != nil {
		c.stage.t.Fatal(err)
	}
}

// labels replaces the n series of a text file.
func (c *churn) labels(round, n int) {
	c.stage.t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "churn_runs{run=\"l%d.%d\"} %d\n", round, i, i)
	}
	path := filepath.Join(c.dir, "churn.prom")
	if err := os.WriteFile(path+".new", []byte(b.String()), 0o644); err != nil {
		c.stage.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		c.stage.t.Fatal(err)
	}
}

// ledger is a page that keeps no more of each row than what it counts, so that it can watch
// for hours.
type ledger struct {
	mu      sync.Mutex
	state   *wire.State
	last    uint64
	named   map[string]bool // values of labels that a series with a value had
	valued  map[collectors.SeriesID]bool
	rows    int
	missing int // ticks without a row
	bare    int // rows with values of links and none of the link that stays
	unread  int // rows without any
	late    int
	most    time.Duration
}

// follow watches until the test ends.
func follow(p *program) *ledger {
	p.t.Helper()
	l := &ledger{state: wire.NewState(), named: make(map[string]bool), valued: make(map[collectors.SeriesID]bool)}
	ws := p.subscribe(wire.Subscribe{Topics: []string{wire.TopicMetrics}, Window: 1}, nil)
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			_, message, err := ws.ReadMessage()
			if err != nil {
				return
			}
			if err := l.take(message); err != nil {
				p.t.Errorf("a message that does not follow: %v", err)
				return
			}
		}
	})
	p.t.Cleanup(func() { ws.Close(); reading.Wait() })
	return l
}

func (l *ledger) take(message []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.state.Apply(message); err != nil {
		return err
	}
	for {
		row, there := l.state.Rows[l.last+1]
		if l.last == 0 { // the first that comes
			for seq := range l.state.Rows {
				row, there, l.last = l.state.Rows[seq], true, seq-1
			}
		}
		if !there {
			return nil
		}
		delete(l.state.Rows, l.last-1) // the next frame needs only the last row
		l.last++
		l.count(row)
	}
}

func (l *ledger) count(row wire.StateRow) {
	l.rows++
	l.missing += row.Missed
	links, stays := false, false
	for id, q := range row.Values {
		s := l.state.Series[id]
		switch s.Name {
		case collectors.SamplerDelay.Name:
			if d := time.Duration(float64(q) * s.Quantum * float64(time.Second)); d >= time.Second/2 {
				l.late++
				l.most = max(l.most, d.Round(time.Millisecond))
			}
		case collectors.NetLink.Name:
			links = true
			for _, label := range s.Labels {
				stays = stays || label == "stays"
			}
		}
		if l.valued[id] {
			continue
		}
		l.valued[id] = true
		for _, label := range s.Labels {
			l.named[label] = true
		}
	}
	switch {
	case !l.named["stays"] || stays:
	case links:
		l.bare++
	default: // on a busy machine the collector is late with all of them now and then
		l.unread++
	}
}

func (l *ledger) has(label string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.named[label]
}

// newest is the last row that came.
func (l *ledger) newest() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *ledger) series() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.valued)
}

func (l *ledger) without() (stays, all int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bare, l.unread
}

func (l *ledger) figures() (rows, missing, late int, most time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rows, l.missing, l.late, l.most
}
