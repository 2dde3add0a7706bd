package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"
)

// TestProgram_SlowReadersTakeLittleMemory has 200 clients ask the heaviest questions and
// read next to nothing of the answers, again and again. 60 of them once took 450 MB, and
// in the 512 MB of the systemd unit the program was killed after 2.5 s.
func TestProgram_SlowReadersTakeLittleMemory(t *testing.T) {
	t.Run("of what is in memory", func(t *testing.T) { testSlowReaders(t, "--demo") })
	// Most of it is on the disk alone, as on a host that runs for weeks.
	t.Run("of what is on the disk", func(t *testing.T) { testSlowReaders(t, "--state-dir", busyStore(t)) })
}

// busyStore is a history on disk of 400 series over an hour and a half, which ends now.
func busyStore(t *testing.T) string {
	t.Helper()
	const series, rows = 400, 5400
	dir := filepath.Join(t.TempDir(), "state")
	store, err := history.OpenStore(history.StoreConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	ring := history.New(history.Config{Store: store})
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
	if err := errors.Join(store.Run(ctx, ring), store.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func testSlowReaders(t *testing.T, args ...string) {
	const (
		readers = 200
		rows    = 20 // how long a page watches meanwhile
		most    = 48 << 20
	)
	p := start(t, binary(t), args...)
	page, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	if err := subscribe(page, 1); err != nil {
		t.Fatal(err)
	}
	state := wire.NewState()
	next := func() {
		t.Helper()
		if err := page.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		_, text, err := page.ReadMessage()
		if err == nil {
			err = state.Apply(text)
		}
		if err != nil {
			t.Fatalf("the page: %v", err)
		}
	}
	for len(state.Rows) < 2 {
		next()
	}
	newest := func() uint64 {
		var n uint64
		for seq := range state.Rows {
			n = max(n, seq)
		}
		return n
	}
	first := newest()
	before := p.memory()

	questions := []string{
		"GET /api/v1/history?points=2000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /api/v1/history?points=2000 HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n",
		"GET /api/v1/history?points=2000 HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n",
		fmt.Sprintf("GET /api/v1/processes?from=%d&to=%d HTTP/1.1\r\nHost: localhost\r\n\r\n", max(1, int64(first)-3599), first),
		"GET /api/v1/series HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
	}
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	statuses := make(chan string, 1<<16)
	for i := range readers {
		all.Go(func() { readSlowly(ctx, p.addr, questions[i%len(questions)], statuses) })
	}
	held, kernel, kernelBefore := int64(0), int64(0), socketMemory(t)
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	sampled := make(chan struct{})
	all.Go(func() {
		defer close(sampled)
		for ctx.Err() == nil {
			held, kernel = max(held, p.memory()-before), max(kernel, socketMemory(t)-kernelBefore)
			<-every.C
		}
	})
	for newest() < first+rows {
		next()
	}
	stop()
	<-sampled
	for seq := first; seq < first+rows; seq++ {
		if _, there := state.Rows[seq]; !there {
			t.Errorf("the page has no row %d", seq)
		}
	}
	// Other tests may have the processors, so that a row may be late, but none is missing.
	if took := time.Duration(state.Rows[first+rows].T-state.Rows[first].T) * time.Millisecond; took > (rows+5)*time.Second {
		t.Errorf("%d rows of a second took %v", rows, took)
	}
	all.Wait()
	close(statuses)
	counts := make(map[string]int)
	for status := range statuses {
		counts[status]++
	}
	t.Logf("%d slow readers held %d MB, and the kernel %d MB for all sockets of this machine; they got %v", readers, held>>20, kernel>>20, counts)
	if held > most {
		t.Errorf("%d slow readers held %d MB, want at most %d", readers, held>>20, most>>20)
	}
	for status := range counts {
		if !slices.Contains([]string{"200", "503 with Retry-After"}, status) {
			t.Errorf("a reader got %s", status)
		}
	}
	if counts["200"] == 0 || counts["503 with Retry-After"] == 0 {
		t.Errorf("they got %v, want answers as well as refusals", counts)
	}
	if body, err := p.ask("/api/v1/history?points=60&match=cpu.usage", time.Minute); err != nil || !strings.Contains(body, `"series"`) {
		t.Errorf("afterwards a small question gets %.80q, %v", body, err)
	}
}

// readSlowly asks again and again and takes a KB a second of each answer.
func readSlowly(ctx context.Context, addr, question string, statuses chan<- string) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for ctx.Err() == nil {
		c, err := net.Dial("tcp", addr)
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
