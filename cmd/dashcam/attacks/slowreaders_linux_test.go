package attacks

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
)

// TestSlowReaders has 200 clients ask the heaviest questions and read next to nothing of
// the answers, again and again, within the memory of the systemd unit. 60 of them once took
// 450 MB, and in the unit's 512 MB the program was killed after 2.5 s.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	t.Run("of what is in memory", func(t *testing.T) { testSlowReaders(t, "--demo") })
	// Most of it is on the disk alone, as on a host that runs for weeks.
	t.Run("of what is on the disk", func(t *testing.T) { testSlowReaders(t, "--state-dir", busyStore(t)) })
}

// busyStore is a history on disk of 400 series over an hour and a half, which ends now.
func busyStore(t *testing.T) string {
	t.Helper()
	const series, rows = 400, 5400
	dir := filepath.Join(t.TempDir(), "state")
	kept, err := store.Open(store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	ring := history.New(history.Config{Store: kept})
	ids := make([]collectors.SeriesID, series)
	for i := range ids {
		if ids[i], err = ring.Intern(collectors.Series{Family: collectors.LoadAverage, Labels: collectors.LabelsOf(strconv.Itoa(i))}); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Now().Add(-rows * time.Second).UnixMilli()
	random := rand.New(rand.NewPCG(1, 2))
	for i := range int64(rows) {
		q := make([]int64, series)
		for k := range q {
			q[k] = random.Int64N(1000)
		}
		ring.Append(history.Commit{Row: collectors.Row{T: begin + i*1000, IDs: ids, Q: q}})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // all rows are there
	if err := errors.Join(kept.Run(ctx, ring), kept.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func testSlowReaders(t *testing.T, args ...string) {
	const (
		kind    = "readers who take nothing"
		readers = 200
		rows    = 20 // how long a page watches meanwhile
		most    = 48 << 20
	)
	t.Parallel()
	g := newUnitGroup(t)
	p := g.start(args...)
	l := follow(p)
	waitUntil(t, "two rows", func() bool { rows, _, _, _ := l.figures(); return rows >= 2 })
	first := l.newest()
	memory := func() int64 { held, _ := p.residents(); return held }
	before := memory()

	questions := []string{
		"GET /api/v1/history?points=2000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /api/v1/history?points=2000 HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n",
		"GET /api/v1/history?points=2000 HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n",
		fmt.Sprintf("GET /api/v1/processes?from=%d&to=%d HTTP/1.1\r\nHost: localhost\r\n\r\n", max(1, int64(first)-3599), first),
		"GET /api/v1/series HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
	}
	var all sync.WaitGroup
	statuses := make(chan string, 1<<16)
	crowd := func() (leave func()) {
		ctx, cancel := context.WithCancel(t.Context())
		for i := range readers {
			all.Go(func() { readSlowly(ctx, p, questions[i%len(questions)], statuses) })
		}
		return func() { cancel(); all.Wait() }
	}
	leave := crowd()
	held, kernel, kernelBefore := int64(0), int64(0), socketMemory(t)
	began, seen := time.Now(), 0
	// Other tests may have the processors, so that ticks are missed. No row may be.
	waitWithin(t, 2*time.Minute, "the rows of a page beside them", func() bool {
		held, kernel = max(held, memory()-before), max(kernel, socketMemory(t)-kernelBefore)
		seen, _, _, _ = l.figures()
		return l.newest() >= first+rows
	})
	took := time.Since(began)
	leave()
	counts := make(map[string]int)
	for len(statuses) > 0 {
		counts[<-statuses]++
	}
	t.Logf("%d slow readers held %d MB, and the kernel %d MB for all sockets of this machine; they got %v", readers, held>>20, kernel>>20, counts)
	attack(t, kind, held <= most, "%d slow readers held %d MB, want at most %d", readers, held>>20, most>>20)
	right(t, kind, seen >= rows, "a page beside them got %d rows in %v, want %d", seen, took, rows)
	for status, n := range counts {
		for range n {
			attack(t, kind, status == "200" || status == "503 with Retry-After", "a reader got %s", status)
		}
	}
	if counts["200"] == 0 || counts["503 with Retry-After"] == 0 {
		t.Errorf("they got %v, want answers as well as refusals", counts)
	}
	body, err := p.ask("/api/v1/history?points=60&match=cpu.usage", time.Minute)
	right(t, kind, err == nil && strings.Contains(body, `"series"`), "afterwards a small question gets %.80q, %v", body, err)

	leave = crowd()
	waitUntil(t, "answers that nobody reads", func() bool { return len(statuses) > readers/2 })
	g.holds(kind, p)
	leave()
}

// readSlowly asks again and again and takes a KB a second of each answer.
func readSlowly(ctx context.Context, p *program, question string, statuses chan<- string) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for ctx.Err() == nil {
		c, err := p.dial()
		if err != nil {
			statuses <- err.Error()
			return
		}
		end := context.AfterFunc(ctx, func() { c.Close() })
		statuses <- readOne(ctx, c, question, every.C)
		end()
		c.Close()
		select {
		case <-every.C:
		case <-ctx.Done():
		}
	}
}

func readOne(ctx context.Context, c net.Conn, question string, every <-chan time.Time) (status string) {
	if _, err := c.Write([]byte(question)); err != nil {
		return "write: " + err.Error()
	}
	in := bufio.NewReaderSize(c, 1024)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		if ctx.Err() != nil {
			return "200" // it waited for its turn when the test ended
		}
		return err.Error()
	}
	defer c.Close()
	status = strconv.Itoa(res.StatusCode)
	if res.Header.Get("Retry-After") != "" {
		return status + " with Retry-After"
	}
	part := make([]byte, 1024)
	for {
		select {
		case <-every:
		case <-ctx.Done():
			return status
		}
		if _, err := res.Body.Read(part); err != nil {
			return status
		}
	}
}

// socketMemory returns what the kernel holds for TCP, of all programs, in bytes.
func socketMemory(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/net/sockstat")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`TCP:.* mem (\d+)`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("no memory of TCP in %q", text)
	}
	pages, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
