package promql

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"

	"dashcam/collectors/collectortest/need"
)

// TestAnswers_AsPrometheus asks a real Prometheus, which was sent everything that /metrics
// gave at every row, and dashcam the same questions.
func TestAnswers_AsPrometheus(t *testing.T) {
	need.Undetected(t)
	program := need.Program(t, "prometheus")
	var sent scrapes
	w := watched(t, 20*time.Minute, sent.add(t))
	peer := startPrometheus(t, program)
	peer.write(t, sent.series())

	expressions := readExpressions(t)
	if len(expressions) < 200 {
		t.Errorf("%d expressions: expected at least 200", len(expressions))
	}
	compared := 0
	// Between rows, so that it does not matter whether a range holds its ends.
	end := w.end.Add(-1500 * time.Millisecond)
	for _, e := range expressions {
		form := url.Values{"query": {e.text}, "time": {stamp(end)}}
		compared += compare(t, e, "query", form, w, peer)
		form = url.Values{"query": {e.text}, "start": {stamp(end.Add(-8 * time.Minute))}, "end": {stamp(end)}, "step": {"17"}}
		compared += compare(t, e, "query_range", form, w, peer)
	}
	t.Logf("%d expressions, %d values compared", len(expressions), compared)
}

func stamp(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64)
}

// expression is a line of testdata/expressions.txt.
type expression struct {
	text string
	// within is how much the results may differ, as a share; absolute what they may
	// besides.
	within, absolute float64
}

// readExpressions reads the expressions, with "#" lines that set what follows within.
func readExpressions(t *testing.T) (all []expression) {
	t.Helper()
	f, err := os.Open("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	within, absolute := 0.01, 0.0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if rest, ok := strings.CutPrefix(line, "# within "); ok {
			if _, err := fmt.Sscanf(rest, "%g %g", &within, &absolute); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		} else if line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, expression{line, within, absolute})
		}
	}
	return all
}

// compare asks both, and returns how many values were the same.
func compare(t *testing.T, e expression, path string, form url.Values, w *world, peer *prometheus) int {
	t.Helper()
	status, body := w.ask(t.Context(), path, form)
	want := peer.ask(t, path, form)
	if status != http.StatusOK {
		t.Errorf("%s: %d %s", e.text, status, body)
		return 0
	}
	got := values(t, []byte(body))
	wanted := values(t, want)
	if len(wanted) == 0 {
		t.Errorf("%s %s: Prometheus has no value, so it proves nothing", path, e.text)
	}
	wrong := 0
	for key, v := range wanted {
		have, ok := got[key]
		if ok && same(have, v, e) {
			continue
		}
		if wrong++; wrong <= 3 {
			t.Errorf("%s %s: %s is %v (%v), Prometheus says %v", path, e.text, key, have, ok, v)
		}
	}
	for key, v := range got {
		if _, ok := wanted[key]; !ok {
			if wrong++; wrong <= 3 {
				t.Errorf("%s %s: %s is %v, Prometheus has none", path, e.text, key, v)
			}
		}
	}
	if wrong > 3 {
		t.Errorf("%s %s: %d of %d values differ", path, e.text, wrong, len(wanted))
	}
	return len(wanted) - wrong
}

func same(a, b float64, e expression) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) == math.IsNaN(b)
	}
	return a == b || math.Abs(a-b) <= e.absolute+e.within*math.Abs(b)
}

// values flattens an answer: values by labels and time.
func values(t *testing.T, body []byte) map[string]float64 {
	t.Helper()
	var answer struct {
		Status string
		Data   struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		t.Fatalf("%v: %s", err, body)
	}
	out := make(map[string]float64)
	point := func(key string, p [2]any) {
		v, err := strconv.ParseFloat(p[1].(string), 64)
		if err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprintf("%s @%v", key, p[0])] = v
	}
	if answer.Data.ResultType == "scalar" {
		var p [2]any
		if err := json.Unmarshal(answer.Data.Result, &p); err != nil {
			t.Fatal(err)
		}
		point("", p)
		return out
	}
	var series []struct {
		Metric map[string]string
		Value  *[2]any
		Values [][2]any
	}
	if err := json.Unmarshal(answer.Data.Result, &series); err != nil {
		t.Fatal(err)
	}
	for _, s := range series {
		key := labels.FromMap(s.Metric).String()
		if s.Value != nil {
			point(key, *s.Value)
		}
		for _, p := range s.Values {
			point(key, p)
		}
	}
	return out
}

// scrapes are the samples of all rows.
type scrapes struct {
	byKey map[string]*scraped
	rows  int
}

type scraped struct {
	labels  labels.Labels
	samples []prompb.Sample
	row     int // the last one with a value
}

// add notes what /metrics gives after a row.
func (s *scrapes) add(t *testing.T) func(*world, int64) {
	s.byKey = make(map[string]*scraped)
	return func(w *world, at int64) {
		s.rows++
		families, err := w.exporter.Gather()
		if err != nil {
			t.Fatal(err)
		}
		s.sample(labels.FromStrings("__name__", "up", "instance", "db-01", "job", job), 1, at)
		for _, f := range families {
			for _, m := range f.GetMetric() {
				b := labels.NewBuilder(labels.FromStrings("__name__", f.GetName(), "instance", "db-01", "job", job))
				for _, l := range m.GetLabel() {
					b.Set(l.GetName(), l.GetValue())
				}
				s.sample(b.Labels(), m.GetGauge().GetValue()+m.GetCounter().GetValue()+m.GetUntyped().GetValue(), at)
			}
		}
		for _, x := range s.byKey {
			if x.row == s.rows-1 { // it vanished with this row
				x.samples = append(x.samples, prompb.Sample{Timestamp: at, Value: stale})
			}
		}
	}
}

func (s *scrapes) sample(l labels.Labels, v float64, at int64) {
	x := s.byKey[l.String()]
	if x == nil {
		x = &scraped{labels: l}
		s.byKey[l.String()] = x
	}
	x.row = s.rows
	x.samples = append(x.samples, prompb.Sample{Timestamp: at, Value: v})
}

func (s *scrapes) series() (out []prompb.TimeSeries) {
	for _, x := range s.byKey {
		ts := prompb.TimeSeries{Samples: x.samples}
		x.labels.Range(func(l labels.Label) { ts.Labels = append(ts.Labels, prompb.Label{Name: l.Name, Value: l.Value}) })
		out = append(out, ts)
	}
	sort.Slice(out, func(i, j int) bool { return fmt.Sprint(out[i].Labels) < fmt.Sprint(out[j].Labels) })
	return out
}

// prometheus is a real one.
type prometheus struct {
	url string
}

func startPrometheus(t *testing.T, program string) *prometheus {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/prometheus.yml", []byte("global: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := "127.0.0.1:" + need.Port(t, "127.0.0.1")
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, "--config.file="+dir+"/prometheus.yml", "--storage.tsdb.path="+dir+"/data",
		"--web.listen-address="+addr, "--web.enable-remote-write-receiver", "--log.level=warn", "--storage.tsdb.retention.time=100y")
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	p := &prometheus{url: "http://" + addr}
	for deadline := time.Now().Add(time.Minute); ; {
		status, _ := p.request(t, http.MethodGet, "/-/ready", nil, nil)
		if status == http.StatusOK {
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("Prometheus is not ready after a minute: %s", log.String())
		}
		<-time.After(50 * time.Millisecond)
	}
}

func (p *prometheus) request(t *testing.T, method, path string, body []byte, header map[string]string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, text
}

// write sends series by remote write.
func (p *prometheus) write(t *testing.T, all []prompb.TimeSeries) {
	t.Helper()
	for part := range slices.Chunk(all, 200) {
		body, err := (&prompb.WriteRequest{Timeseries: part}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		status, text := p.request(t, http.MethodPost, "/api/v1/write", snappy.Encode(nil, body), map[string]string{
			"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf", "X-Prometheus-Remote-Write-Version": "0.1.0",
		})
		if status/100 != 2 {
			t.Fatalf("remote write: %d %s", status, text)
		}
	}
}

func (p *prometheus) ask(t *testing.T, path string, form url.Values) []byte {
	t.Helper()
	status, body := p.request(t, http.MethodPost, "/api/v1/"+path, []byte(form.Encode()), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
	if status != http.StatusOK {
		t.Fatalf("%s: Prometheus says %d %s", form.Get("query"), status, body)
	}
	return body
}
