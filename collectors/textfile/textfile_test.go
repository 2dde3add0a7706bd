package textfile

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest"
)

// directory is a directory of text files with a collector that reads it.
type directory struct {
	t     *testing.T
	dir   string
	c     *collector
	batch *collectors.Batch
}

// written is when files were written, unless a test says otherwise.
var written = time.Unix(1_800_000_000, 0)

func newDirectory(t *testing.T, files map[string]string) *directory {
	d := &directory{t: t, dir: t.TempDir(), batch: collectors.NewBatch()}
	d.c = New(Options{Dir: d.dir}).(*collector)
	d.c.now = func() time.Time { return written.Add(time.Minute) }
	for name, text := range files {
		d.write(name, text, written)
	}
	return d
}

func (d *directory) write(name, text string, at time.Time) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		d.t.Fatal(err)
	}
}

// sampled is what one observation gave: values by series, and what it says it lacks.
func (d *directory) sampled() (values map[string]float64, lacks map[string]string) {
	d.t.Helper()
	d.batch.Begin(d.c.now())
	if err := d.c.Sample(context.Background(), d.batch); err != nil {
		d.t.Fatal(err)
	}
	values, lacks = make(map[string]float64), make(map[string]string)
	for i := range d.batch.Len() {
		s, set := d.batch.Series(i)
		if !set {
			continue
		}
		name := strings.TrimPrefix(s.Family.Name, "textfile.")
		for j, l := range s.Family.Labels {
			name += fmt.Sprintf(" %s=%s", l, strings.TrimPrefix(s.Labels.At(j), d.dir+"/"))
		}
		values[name] = s.Gauge
		if s.Form == collectors.FormCounterAt {
			values[name] = float64(s.Num) * s.Family.Scale
		}
	}
	for _, u := range d.batch.TakeUnavailable() {
		lacks[u.Source] = u.Reason
	}
	return values, lacks
}

func (d *directory) family(name string) *collectors.Family {
	d.t.Helper()
	for i := range d.batch.Len() {
		if s, set := d.batch.Series(i); set && s.Family.Name == "textfile."+name {
			return s.Family
		}
	}
	d.t.Fatalf("there is no family textfile.%s", name)
	return nil
}

const backup = `# HELP backup_duration_seconds How long the last backup took
# TYPE backup_duration_seconds gauge
backup_duration_seconds{job="home"} 12.5
backup_duration_seconds{job="mail"} 3
# TYPE backup_files_total counter
backup_files_total 1234
backup_read_bytes_total 99.5
backup_state 1
# TYPE request_latency_seconds histogram
request_latency_seconds_bucket{le="0.1"} 3
request_latency_seconds_bucket{le="+Inf"} 5
request_latency_seconds_sum 1.25
request_latency_seconds_count 5
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.5"} 2
rpc_seconds_sum 30
rpc_seconds_count 10
wide{a="1",b="2",c="3"} 7
mixed{a="1"} 8
mixed 9
disk_used_ratio 0.25
`

func TestCollector_TakesWhatAFileSays(t *testing.T) {
	d := newDirectory(t, map[string]string{"backup.prom": backup, "notes.txt": "no metrics", ".hidden.prom": "hidden 1\n"})
	got, lacks := d.sampled()
	want := map[string]float64{
		"backup_duration_seconds job=home": 12.5, "backup_duration_seconds job=mail": 3,
		"backup_files_total": 1234, "backup_read_bytes_total": 99.5, "backup_state": 1,
		"request_latency_seconds_count": 5, "request_latency_seconds_sum": 1.25, "rpc_seconds_count": 10, "rpc_seconds_sum": 30,
		"wide labels=a=1, b=2, c=3": 7, "mixed labels=a=1": 8, "mixed labels=–": 9, "disk_used_ratio": 25,
		"mtime file=backup.prom": 1_800_000_000, "error": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	said := map[string]string{"backup.prom": "of histograms and summaries only the count and the sum are used: request_latency_seconds, rpc_seconds"}
	if diff := cmp.Diff(said, lacks); diff != "" {
		t.Errorf("what it says it leaves out (-want +got):\n%s", diff)
	}
	type meaning struct {
		metric, help string
		unit         collectors.Unit
		kind         collectors.Kind
	}
	for name, want := range map[string]meaning{
		"backup_duration_seconds":       {"backup_duration_seconds", "How long the last backup took.", collectors.Seconds, collectors.KindGauge},
		"backup_files_total":            {"backup_files_total", "Read from backup.prom.", collectors.PerSecond, collectors.KindCounter},
		"backup_read_bytes_total":       {"backup_read_bytes_total", "Read from backup.prom.", collectors.BytesPerSecond, collectors.KindCounter},
		"request_latency_seconds_count": {"request_latency_seconds_count", "Read from backup.prom.", collectors.PerSecond, collectors.KindCounter},
		"request_latency_seconds_sum":   {"request_latency_seconds_sum", "Read from backup.prom.", "seconds/s", collectors.KindCounter},
		"disk_used_ratio":               {"disk_used_ratio", "Read from backup.prom.", collectors.Percent, collectors.KindGauge},
	} {
		f := d.family(name)
		if diff := cmp.Diff(want, meaning{f.Metric, f.Help, f.Unit, f.Kind}, cmp.AllowUnexported(meaning{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCollector_Conforms(t *testing.T) {
	collectortest.Conform(t, newDirectory(t, map[string]string{"backup.prom": backup}).c)
}

func TestCollector_SaysWhatItDoesNotUse(t *testing.T) {
	labels := func(n int) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf("l%02d=%q", i, "x")
		}
		return strings.Join(parts, ",")
	}
	long := strings.Repeat("x", 129)
	for name, c := range map[string]struct {
		text, source, says string
		values             int // beside those about the files
	}{
		"half a file":             {"good 1\nbad", "a.prom", "is not understood", 0},
		"no line end":             {"good 1", "a.prom", "is not understood", 0},
		"a time stamp":            {"good 1 1800000000000\n", "a.prom", "time stamp", 0},
		"a name of ours":          {"dashcam_cpu 1\n", "a.prom", "dashcam's own", 0},
		"a long name":             {long + " 1\n", "a.prom", "129 bytes", 0},
		"17 labels":               {"m{" + labels(17) + "} 1\n", "a.prom", "17 labels: at most 16", 0},
		"16 labels":               {"m{" + labels(16) + "} 1\n", "", "", 1},
		"a long label":            {"m{a=\"" + long + "\"} 1\n", "a.prom", "a label of more than 128 bytes", 0},
		"a label as long as may":  {"m{a=\"" + long[1:] + "\"} 1\n", "", "", 1},
		"twice":                   {"m{a=\"1\"} 1\nm{a=\"1\"} 2\n", "a.prom", "m{a=1} is given twice", 1},
		"a counter below zero":    {"m_total -1\n", "a.prom", "m_total is a counter of -1", 0},
		"a counter that is none":  {"m_total NaN\n", "a.prom", "m_total is a counter of NaN", 0},
		"a gauge that is missing": {"m NaN\n", "", "", 0},
		"a large file":            {strings.Repeat("# a comment that says nothing\n", 40_000), "a.prom", "longer than 1048576 bytes", 0},
		"names alike":             {"Mem 1\nmem 2\n", "a.prom", "differs from another name too little", 1},
		"our own family's name":   {"mtime 1\n", "a.prom", "differs from another name too little", 0},
		"invalid UTF-8":           {"m{a=\"\xff\"} 1\n", "a.prom", "is not understood", 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t, map[string]string{"a.prom": c.text})
			values, lacks := d.sampled()
			failed := 0.0
			if c.source != "" {
				failed = 1
			}
			if len(values)-2 != c.values || !strings.Contains(lacks[c.source], c.says) || (len(lacks) > 0) != (c.source != "") || values["error"] != failed {
				t.Errorf("values %v, lacks %v; want %d values and %q of %q", values, lacks, c.values, c.says, c.source)
			}
		})
	}
}

func TestCollector_LimitsFilesAndSeries(t *testing.T) {
	files := make(map[string]string)
	for i := range maxFiles + 2 {
		files[fmt.Sprintf("%03d.prom", i)] = fmt.Sprintf("m{file=\"%d\"} 1\n", i)
	}
	d := newDirectory(t, files)
	d.c.options.MaxSeries = 10
	values, lacks := d.sampled()
	series := 0
	for name := range values {
		if strings.HasPrefix(name, "m ") {
			series++
		}
	}
	if series != 10 || lacks["series"] != "54 more than the 10 that are taken" || lacks["064.prom"] != "there are 66 files, of which the first 64 are read" {
		t.Errorf("%d series; lacks %v", series, lacks)
	}
}

func TestCollector_PipesAndDirectoriesDoNotHoldItUp(t *testing.T) {
	d := newDirectory(t, map[string]string{"good.prom": "good 1\n"})
	if err := syscall.Mkfifo(filepath.Join(d.dir, "pipe.prom"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(d.dir, "dir.prom"), 0o700); err != nil {
		t.Fatal(err)
	}
	values, lacks := d.sampled()
	if values["good"] != 1 || lacks["pipe.prom"] != "is no regular file" || lacks["dir.prom"] != "is no regular file" {
		t.Errorf("values %v, lacks %v", values, lacks)
	}
}

func TestCollector_WithoutADirectorySaysSo(t *testing.T) {
	d := newDirectory(t, nil)
	d.c.options.Dir = "/does/not/exist"
	values, lacks := d.sampled()
	if len(values) > 0 || lacks["--textfile-dir"] != "/does/not/exist does not exist on this host" {
		t.Errorf("values %v, lacks %v", values, lacks)
	}
}

// secret is what must not be said of a file that is no text of metrics.
const secret = "hunter2Xa"

// TestCollector_SaysNothingOfWhatItDoesNotUnderstand: the library quotes what it stumbles
// over, which was shown in the health of the collector.
func TestCollector_SaysNothingOfWhatItDoesNotUnderstand(t *testing.T) {
	for text, says := range map[string]string{
		secret + ":x:0:0:root:/root:/bin/sh\n":                           "in line 1",
		"good 1\npassword " + secret + "\n":                              "in line 2: expected a number",
		"password=" + secret + "\n":                                      "in line 1",
		"m{a=" + secret + "} 1\n":                                        "in line 1: expected a quotation mark before the value of a label",
		"m{" + secret + "!} 1\n":                                         "in line 1",
		"m{a=\"" + secret + "\" \"b\"} 1\n":                              "in line 1",
		"m 1 " + secret + "\n":                                           "in line 1: expected a time stamp in milliseconds",
		"m 1 1800000000000 " + secret + "\n":                             "in line 1: expected the end of the line",
		"# TYPE m " + secret + "\n":                                      "in line 1: unknown type of a metric",
		"# HELP " + secret + " a\n# HELP " + secret + " b\n":             "in line 2: a second HELP for a metric",
		secret + " 1\n# TYPE " + secret + " gauge\n":                     "in line 2: a second TYPE for a metric, or one behind its samples",
		secret + "{a=\"1\",a=\"2\"} 1\n":                                 "in line 1",
		"# TYPE s summary\ns{quantile=\"" + secret + "\"} 1\n":           "in line 2",
		"m{a=\"" + secret:                                                "is not understood in line 1",
		"-----BEGIN PRIVATE KEY-----\n" + secret + "\n":                  "in line 1",
		"m{a=\"\\" + secret + "\"} 1\n":                                  "in line 1: unknown escape sequence",
		"m{a=\"" + secret + "\n\"} 1\n":                                  "in line 1",
		"# TYPE h histogram\nh_bucket{le=\"" + secret + "\"} 1\n":        "in line 2",
		"# TYPE h histogram\nh_count{" + secret + "=\"1\"} -1\n":         "in line 2",
		"m{" + secret + "=\"\xff\"} 1\n":                                 "in line 1: a label's value is not UTF-8",
		"# TYPE h histogram\nh_bucket{" + secret + "=\"1\",le=\"1\"} -1": "in line 2",
	} {
		_, lacks := newDirectory(t, map[string]string{"a.prom": text}).sampled()
		if got := lacks["a.prom"]; !strings.Contains(got, says) || strings.Contains(fmt.Sprint(lacks), secret) {
			t.Errorf("of %q it says %q, want %q and nothing of the file", text, got, says)
		}
	}
}

// TestCollector_ChartsMomentsAsTheirDistance: a page draws no moment, so that a backup's
// last success was shown nowhere and nothing said so.
func TestCollector_ChartsMomentsAsTheirDistance(t *testing.T) {
	now := float64(written.Add(time.Minute).Unix())
	text := fmt.Sprintf("backup_success_timestamp_seconds{job=\"home\"} %.0f\ncert_expiry_timestamp_seconds %.0f\nnever_timestamp_seconds 0\n", now-90, now+3600)
	d := newDirectory(t, map[string]string{"a.prom": text})
	got, lacks := d.sampled()
	want := map[string]float64{
		"backup_success_timestamp_seconds job=home": now - 90, "backup_success_since job=home": 90,
		"cert_expiry_timestamp_seconds": now + 3600, "cert_expiry_until": 3600, "never_timestamp_seconds": 0,
		"mtime file=a.prom": now - 60, "error": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" || len(lacks) > 0 {
		t.Errorf("it lacks %v (-want +got):\n%s", lacks, diff)
	}
	f := d.family("cert_expiry_until")
	if f.Unit != collectors.Seconds || f.Metric != "" || f.Validate() != nil {
		t.Errorf("unit %s, metric %q, %v", f.Unit, f.Metric, f.Validate())
	}
	// A moment that passes changes its side, and the families stay what they are.
	d.c.now = func() time.Time { return written.Add(2 * time.Hour) }
	got, _ = d.sampled()
	if _, ahead := got["cert_expiry_until"]; ahead || got["cert_expiry_since"] != 3600-60 || got["backup_success_since job=home"] != 7200+30 {
		t.Errorf("two hours later: %v", got)
	}
	// Both count for the limit.
	d = newDirectory(t, map[string]string{"a.prom": text})
	d.c.options.MaxSeries = 3
	if got, lacks := d.sampled(); len(got) != 2+2 || lacks["series"] != "4 more than the 3 that are taken" {
		t.Errorf("with at most 3: %v, %v", got, lacks)
	}
}

func TestCollector_OldFilesAreNotUsed(t *testing.T) {
	d := newDirectory(t, map[string]string{"old file.prom": "old 1\n", "new.prom": "new 1\n"})
	d.write("old file.prom", "old 1\n", written.Add(-48*time.Hour))
	values, lacks := d.sampled()
	if _, used := values["old"]; used || values["new"] != 1 || lacks["old file.prom"] != "was not written for 48h0m0s" || values["error"] != 1 {
		t.Errorf("values %v, lacks %v", values, lacks)
	}
	d.write("old file.prom", "old 2\n", written)
	if values, lacks := d.sampled(); values["old"] != 2 || len(lacks) > 0 {
		t.Errorf("written again: values %v, lacks %v", values, lacks)
	}
	// It becomes too old without being touched.
	d.c.now = func() time.Time { return written.Add(50 * time.Hour) }
	if values, _ := d.sampled(); len(values) != 3 {
		t.Errorf("two days later: values %v, want only those about the files", values)
	}
}

// TestCollector_WhatIsRefusedIsReadOnce: 64 broken files of 1 MiB took a core, as they were
// parsed anew each time.
func TestCollector_WhatIsRefusedIsReadOnce(t *testing.T) {
	long := strings.Repeat("# a comment that says nothing\n", 40_000)
	d := newDirectory(t, map[string]string{"broken.prom": "bad\n", "long.prom": long, "ours.prom": "dashcam_x 1\n"})
	_, first := d.sampled()
	// In place, as long, and of the same time: it looks like the one that was refused.
	d.write("broken.prom", "m 1\n", written)
	d.write("ours.prom", "x_dashcam 1\n", written)
	values, again := d.sampled()
	if diff := cmp.Diff(first, again); diff != "" || len(first) != 3 || len(values) != 4 {
		t.Errorf("files that look the same were read again: %v (-first +again):\n%s", values, diff)
	}
	for name, change := range map[string]func(){
		"another time": func() { d.write("broken.prom", "m 1\n", written.Add(time.Second)) },
		"another size": func() { d.write("broken.prom", "m 11\n", written) },
		"another inode": func() {
			d.write("next", "m 1\n", written)
			if err := os.Rename(filepath.Join(d.dir, "next"), filepath.Join(d.dir, "broken.prom")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		d.write("broken.prom", "bad\n", written)
		d.c.files = make(map[string]*file)
		d.sampled()
		change()
		if values, lacks := d.sampled(); values["m"] == 0 {
			t.Errorf("%s: %v, lacks %v", name, values, lacks)
		}
	}
}

func BenchmarkBroken64MiB(b *testing.B) {
	dir := b.TempDir()
	text := strings.Repeat("m{a=\"1\"} 1\n", (maxFileBytes-8)/11) + "bad\n"
	for i := range maxFiles {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.prom", i)), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	c, batch := New(Options{Dir: dir}), collectors.NewBatch()
	sample := func() {
		batch.Begin(time.Now())
		if err := c.Sample(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	sample()
	first := time.Since(began)
	for b.Loop() {
		sample()
	}
	b.ReportMetric(float64(first)/(float64(b.Elapsed())/float64(b.N)), "times-the-first-reading")
}

func TestCollector_FilesAreReadAgainOnlyWhenTheyWereWritten(t *testing.T) {
	d := newDirectory(t, map[string]string{"a.prom": "m 1\n"})
	d.sampled()
	d.write("a.prom", "m 2\n", written) // as long, and of the same time
	if values, _ := d.sampled(); values["m"] != 1 {
		t.Errorf("a file that looks the same was read again: %v", values)
	}
	before := d.family("m")
	d.write("a.prom", "m 3\n", written.Add(time.Second))
	if values, _ := d.sampled(); values["m"] != 3 {
		t.Errorf("a file that was written is not read again: %v", values)
	}
	if d.family("m") != before {
		t.Error("the same metric is another family, so its series ends")
	}
	if err := os.Remove(filepath.Join(d.dir, "a.prom")); err != nil {
		t.Fatal(err)
	}
	if values, _ := d.sampled(); len(values) != 1 {
		t.Errorf("after the file was removed: %v", values)
	}
}

// TestCollector_WhatBecomesSomethingElseIsAnotherSeries: what was remembered of the first
// would be read with the quantum of the second.
func TestCollector_WhatBecomesSomethingElseIsAnotherSeries(t *testing.T) {
	d := newDirectory(t, map[string]string{"a.prom": "m 0.5\n"})
	d.sampled()
	first := d.family("m")
	for i, step := range []struct {
		text, name string
		same       bool // as the first
	}{
		{"m 0.25\n", "m", true}, {"m 1e12\n", "m_2", false}, {"# TYPE m counter\nm 7\n", "m_3", false},
		{"m{a=\"1\"} 0.5\n", "m_4", false}, {"m 0.125\n", "m", true},
	} {
		d.write("a.prom", step.text, written.Add(time.Duration(i+1)*time.Second))
		values, lacks := d.sampled()
		if len(values) != 3 || len(lacks) > 0 {
			t.Errorf("%q: values %v, lacks %v", step.text, values, lacks)
		}
		if f := d.family(step.name); (f == first) != step.same {
			t.Errorf("%q: the same family %v, want %v", step.text, f == first, step.same)
		}
	}
}

// TestCollector_AMetricMayMoveToAnotherFile: its family says the new source, and what was
// the series of the old one is gone, as two of one name would be refused.
func TestCollector_AMetricMayMoveToAnotherFile(t *testing.T) {
	d := newDirectory(t, map[string]string{"a.prom": "m 1\n"})
	d.sampled()
	before := d.batch.Len()
	d.write("a.prom", "", written.Add(time.Second))
	d.write("b.prom", "m 2\n", written)
	values, _ := d.sampled()
	if f := d.family("m"); values["m"] != 2 || f.Source != "b.prom" || d.batch.Len() != before+1 { // and the time of b.prom
		t.Errorf("values %v, source %s, %d series after %d", values, f.Source, d.batch.Len(), before)
	}
}

func TestCollector_SamplesWithoutAllocatingForEachSeries(t *testing.T) {
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, "m{n=\"%d\"} %d\n", i, i)
	}
	d := newDirectory(t, map[string]string{"a.prom": text.String()})
	d.sampled()
	allocs := testing.AllocsPerRun(10, func() {
		d.batch.Begin(written)
		if err := d.c.Sample(context.Background(), d.batch); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 40 { // of listing the directory
		t.Errorf("%v allocations for 500 series that did not change", allocs)
	}
}

func TestTogether_TellsLongLabelsApart(t *testing.T) {
	long := strings.Repeat("ä", 60)
	a := together([]label{{"a", long}, {"b", "1"}})
	b := together([]label{{"a", long}, {"b", "2"}})
	if a == b || len(a) > maxLabelBytes || collectors.CleanLabel(a) != a || collectors.CleanLabel(b) != b {
		t.Errorf("%q and %q", a, b)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{backup, "m 1\n", "# TYPE m histogram\nm_bucket{le=\"1\"} 1\n", "m{} NaN\n", "m{a=\"\\\"\"} +Inf 5\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		metrics, _, err := parse("a.prom", text)
		if err != nil {
			return
		}
		l := newLayout(make(map[string]*collectors.Family))
		l.add(&file{metrics: metrics, modified: written}, "a.prom")
		l.finish(100)
		b := collectors.NewBatch()
		b.Begin(written)
		for i := range l.series {
			if err := l.series[i].family.Validate(); err != nil {
				t.Error(err)
			}
			l.series[i].set(b, written)
		}
	})
}
