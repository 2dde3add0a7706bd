package server

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/prom"
)

// custom is a family that no catalog knows.
var custom = &collectors.Family{Name: "queue.depth", Help: "Jobs waiting.", Unit: collectors.Count, Kind: collectors.KindGauge, Labels: []string{"queue"}, Quantum: 1}

func withMetrics(t *testing.T) func(*Config) {
	return func(c *Config) {
		var err error
		if c.Metrics, err = prom.New(prom.Config{Ring: c.Ring, Version: "1", Host: c.Host}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMetrics_AreAnswered(t *testing.T) {
	r := newRig(t, withMetrics(t))
	if res, body := r.get("/metrics"); res.StatusCode != 503 || !strings.Contains(body, "starting") {
		t.Errorf("before the first row: %d %s", res.StatusCode, body)
	}
	r.commit(30)
	res, body := r.get("/metrics")
	if res.StatusCode != 200 || !strings.Contains(body, "# TYPE dashcam_build_info gauge\n") || !strings.Contains(body, `hostname="db-01"`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("Content-Type is %q", got)
	}
	head, nothing := r.do("HEAD", "/metrics", nil)
	if head.StatusCode != 200 || nothing != "" || head.Header.Get("Content-Type") != res.Header.Get("Content-Type") {
		t.Errorf("HEAD: %d %q %v", head.StatusCode, nothing, head.Header)
	}
	open, body := r.do("GET", "/metrics", map[string]string{"Accept": "application/openmetrics-text;version=1.0.0", "Accept-Encoding": "gzip"})
	if open.Header.Get("Content-Encoding") == "gzip" {
		body = decoded(t, "gzip", body)
	}
	if !strings.HasPrefix(open.Header.Get("Content-Type"), "application/openmetrics-text") || !strings.HasSuffix(body, "# EOF\n") {
		t.Errorf("OpenMetrics: %v %q", open.Header, body)
	}
	if got := open.Header.Get("Vary"); got != "Accept, Accept-Encoding, Origin" {
		t.Errorf("Vary is %q", got)
	}
}

// TestMetrics_HandOverWhatIsToBeCollected would fail if collect[] was only tolerated.
func TestMetrics_HandOverWhatIsToBeCollected(t *testing.T) {
	r := newRig(t, func(c *Config) {
		var err error
		c.Metrics, err = prom.New(prom.Config{Ring: c.Ring, Interrupts: func() []collectors.ScrapeOnly {
			return []collectors.ScrapeOnly{{Metric: "node_interrupts_total", Help: "Interrupts.", Counter: true, Labels: [][2]string{{"cpu", "0"}}, Value: 7}}
		}})
		if err != nil {
			t.Fatal(err)
		}
	})
	r.commit(1)
	const line = "\nnode_interrupts_total{cpu=\"0\"} 7\n"
	for path, want := range map[string]bool{
		"/metrics": false, "/metrics?collect[]=cpu": false, "/metrics?exclude[]=interrupts": false,
		"/metrics?collect[]=cpu&collect[]=interrupts": true, "/metrics?collect%5B%5D=interrupts": true,
	} {
		if res, body := r.get(path); res.StatusCode != 200 || strings.Contains(body, line) != want {
			t.Errorf("%s: %d, given: %v, want %v", path, res.StatusCode, !want, want)
		}
	}
}

func TestMetrics_AreGuardedLikeEveryRoute(t *testing.T) {
	r := newRig(t, withMetrics(t))
	r.commit(1)
	for name, c := range map[string]struct {
		method  string
		headers map[string]string
		want    int
	}{
		"another name":     {"GET", map[string]string{"Host": "evil.example"}, 421},
		"our name":         {"GET", map[string]string{"Host": "db-01:9090"}, 200},
		"another site":     {"GET", map[string]string{"Origin": "http://evil.example"}, 403},
		"a method":         {"POST", nil, 405},
		"an encoded body":  {"GET", map[string]string{"Content-Encoding": "gzip"}, 415},
		"without anything": {"GET", nil, 200},
	} {
		res, body := r.do(c.method, "/metrics", c.headers)
		if res.StatusCode != c.want {
			t.Errorf("%s: %d %.80s, want %d", name, res.StatusCode, body, c.want)
		}
		if res.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: no security headers", name)
		}
	}
}

func TestMetrics_OffIsNotThere(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1)
	if res, body := r.get("/metrics"); res.StatusCode != 404 {
		t.Errorf("%d %.80s, want 404", res.StatusCode, body)
	}
}

// TestMetrics_DoNotGrowWithWhatIsAsked asks for paths that nobody has thought of: what
// strangers send must not become series.
func TestMetrics_DoNotGrowWithWhatIsAsked(t *testing.T) {
	r := newRig(t, withMetrics(t))
	r.commit(1)
	lines := func() int {
		_, body := r.get("/metrics")
		return strings.Count(body, "\n")
	}
	before := lines()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	random := rand.New(rand.NewPCG(1, 2))
	methods := []string{"GET", "HEAD", "POST", "PURGE", "X" + strings.Repeat("Y", 20)}
	for range 1000 {
		path := fmt.Sprintf("/%x/%x?%x", random.Uint64(), random.Uint32(), random.Uint32())
		req, err := http.NewRequest(methods[random.IntN(len(methods))], "http://"+r.addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	if after := lines(); after != before || before < 10 {
		t.Errorf("%d lines, then %d", before, after)
	}
}

func TestMetrics_GiveFamiliesOfOthers(t *testing.T) {
	r := newRig(t, withMetrics(t))
	r.commit(7)
	id, err := r.ring.Intern(collectors.Series{Family: custom, Labels: collectors.LabelsOf(`"mail"`)})
	if err != nil {
		t.Fatal(err)
	}
	r.ring.Append(history.Commit{
		Row:      collectors.Row{T: r.now, IDs: []collectors.SeriesID{id}, Q: []int64{3}},
		Readings: []collectors.Reading{{ID: id, Form: collectors.FormGauge, Gauge: 3, At: time.UnixMilli(r.now)}},
	})
	const want = "# HELP dashcam_queue_depth Jobs waiting.\n# TYPE dashcam_queue_depth gauge\ndashcam_queue_depth{queue=\"\\\"mail\\\"\"} 3\n"
	if _, body := r.get("/metrics"); !strings.Contains(body, want) {
		t.Errorf("no %s in %s", want, body)
	}
}
