package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"
	"go.uber.org/goleak"

	"dashcam/server/wire"
)

// readersEnv makes the test binary a process of pages, so that what a server costs can
// be told from what its pages cost.
const readersEnv = "DASHCAM_TEST_READERS"

func TestMain(m *testing.M) {
	if options := os.Getenv(readersEnv); options != "" {
		os.Exit(runReaders(options))
	}
	// Those that may run beside others wait most of their time.
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m,
		// fasthttp's clock, and the cleaner of a worker pool, which sleeps before it
		// sees that its server has stopped.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		// Its compressors, which live as long as the process.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp/stackless.funcWorker"),
	)
}

// readerOptions say what the pages do.
type readerOptions struct {
	Addr, Path string
	// Viewers is how many sockets are read; Poll, instead, how many requests are made.
	Viewers, Poll int
	Deflate       bool
}

// readerReport is what they saw.
type readerReport struct {
	Frames, Gaps int
	Bytes        int64 // on the network, of frames and their like
	P50Ms, P99Ms float64
	MaxMs        float64
}

type readers struct {
	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startReaders returns when every page has its first message of rows.
func startReaders(t testing.TB, o readerOptions) *readers {
	t.Helper()
	options, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	r := &readers{t: t, cmd: exec.Command(os.Args[0])}
	r.cmd.Env = append(os.Environ(), readersEnv+"="+string(options))
	r.cmd.Stderr = os.Stderr
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.out = bufio.NewReader(out)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := r.out.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("pages said %q, %v", line, err)
	}
	return r
}

// end lets the pages finish and returns what they saw.
func (r *readers) end() (report readerReport) {
	r.t.Helper()
	r.in.Close()
	if err := json.NewDecoder(r.out).Decode(&report); err != nil {
		r.t.Fatal(err)
	}
	if err := r.cmd.Wait(); err != nil {
		r.t.Fatal(err)
	}
	return report
}

func (r *readers) report(b *testing.B, got readerReport) {
	b.ReportMetric(got.P50Ms, "p50-ms")
	b.ReportMetric(got.P99Ms, "p99-ms")
	b.ReportMetric(got.MaxMs, "max-ms")
	b.ReportMetric(float64(got.Gaps), "gaps")
}

func runReaders(text string) int {
	var o readerOptions
	err := json.Unmarshal([]byte(text), &o)
	var report readerReport
	switch {
	case err != nil:
	case o.Poll > 0:
		report, err = poll(o)
	default:
		report, err = readPages(o)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		return 1
	}
	return 0
}

// pageReader is one of them.
type pageReader struct {
	ws      *fastws.Conn
	counted *countingConn
	frames  int
	gaps    int
	last    uint64
	delays  []float64 // ms
}

// countingConn counts what is read.
type countingConn struct {
	net.Conn
	n int64
}

func (c *countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n += int64(n)
	return n, err
}

func readPages(o readerOptions) (report readerReport, err error) {
	pages := make([]*pageReader, o.Viewers)
	ready := make(chan error, o.Viewers)
	places := make(chan struct{}, 16)
	var reading sync.WaitGroup
	for i := range pages {
		reading.Go(func() {
			places <- struct{}{}
			p, err := openPage(o)
			<-places
			ready <- err
			if err != nil {
				return
			}
			pages[i] = p
			p.read()
		})
	}
	for range pages {
		if err := <-ready; err != nil {
			return report, err
		}
	}
	fmt.Println("ready")
	// The end of the input is the end of the run; what is on its way still comes.
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return report, err
	}
	<-time.After(300 * time.Millisecond)
	for _, p := range pages {
		p.ws.Close()
	}
	reading.Wait()
	var delays []float64
	for _, p := range pages {
		report.Frames += p.frames
		report.Gaps += p.gaps
		report.Bytes += p.counted.n
		delays = append(delays, p.delays...)
	}
	if len(delays) > 0 {
		slices.Sort(delays)
		report.P50Ms, report.P99Ms = delays[len(delays)/2], delays[len(delays)*99/100]
		report.MaxMs = delays[len(delays)-1]
	}
	return report, nil
}

func openPage(o readerOptions) (*pageReader, error) {
	p := &pageReader{}
	d := dialer(o.Deflate)
	d.NetDial = func(network, addr string) (net.Conn, error) {
		c, err := net.Dial(network, addr)
		p.counted = &countingConn{Conn: c}
		return p.counted, err
	}
	ws, _, err := d.Dial("ws://"+o.Addr+o.Path, http.Header{"Origin": {"http://" + o.Addr}})
	if err != nil {
		return nil, err
	}
	p.ws = ws
	if o.Path == "/" { // the plain pump says nothing before the first row
		return p, nil
	}
	if err := ws.WriteJSON(wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics}, Window: 1}); err != nil {
		return nil, err
	}
	for {
		_, text, err := ws.ReadMessage()
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(text, []byte(`{"type":"history"`)) {
			p.counted.n = 0
			return p, nil
		}
	}
}

// read reads until the socket is closed.
func (p *pageReader) read() {
	for {
		_, text, err := p.ws.ReadMessage()
		if err != nil {
			return
		}
		now := time.Now().UnixMicro()
		if !bytes.HasPrefix(text, []byte(`{"type":"frame"`)) {
			p.gaps++ // a lag, or rows that are gone
			continue
		}
		p.frames++
		seq := numberAfter(text, `"seq":`)
		if p.last != 0 && seq != p.last+1 {
			p.gaps++
		}
		p.last = seq
		if at := numberAfter(text, `"d":[1,`); at > 1e15 {
			p.delays = append(p.delays, float64(now-int64(at))/1000)
		}
	}
}

func numberAfter(text []byte, name string) uint64 {
	_, rest, _ := bytes.Cut(text, []byte(name))
	end := bytes.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	n, err := strconv.ParseUint(string(rest[:max(end, 0)]), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// poll makes requests one after the other on one connection, as a page would.
func poll(o readerOptions) (report readerReport, err error) {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	fmt.Println("ready")
	for range o.Poll {
		req, err := http.NewRequest(http.MethodGet, "http://"+o.Addr+o.Path, nil)
		if err != nil {
			return report, err
		}
		req.Header.Set("Accept-Encoding", "gzip")
		res, err := client.Do(req)
		if err != nil {
			return report, err
		}
		n, err := io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			return report, fmt.Errorf("%s: %w", res.Status, err)
		}
		report.Bytes += n
	}
	return report, nil
}
