package promql

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/server/prom"
)

// someRules have what the format has: groups, intervals, recording rules that read each
// other, times, labels and annotations with templates.
const someRules = `
groups:
- name: recorded
  interval: 30s
  rules:
  - record: job:gauge:avg
    expr: avg_over_time(dashcam_test_gauge[1m])
    labels: {level: "raw"}
  - record: job:gauge:doubled
    expr: 2 * job:gauge:avg{level="raw"}
- name: alerts
  rules:
  - alert: High
    expr: dashcam_test_gauge > 50
    for: 1m
    keep_firing_for: 2m
    labels: {severity: critical, team: db, shard: "{{ $labels.name }}-1"}
    annotations:
      summary: '{{ $labels.name }} is at {{ $value | printf "%.0f" }}, doubled {{ with query "job:gauge:doubled" }}{{ . | first | value | humanize }}{{ end }}'
  - alert: Doubled
    expr: max_over_time(job:gauge:doubled[2m]) > 100
    labels: {severity: info}
  - alert: Gone
    expr: absent(dashcam_test_gauge)
`

// gauged is a host with two gauges, whose rows a test makes.
type gauged struct {
	t    *testing.T
	ring *history.Ring
	ids  []collectors.SeriesID
	at   int64
	h    *Handler
	said []string
	seq  uint64
}

var testGauge = &collectors.Family{Name: "test.gauge", Help: "A gauge.", Unit: collectors.Count, Kind: collectors.KindGauge, Quantum: 1, Labels: []string{"name"}}

func newGauged(t *testing.T, text string) *gauged {
	t.Helper()
	g := &gauged{t: t, ring: history.New(history.Config{}), at: begin.UnixMilli()}
	for _, name := range []string{"a", "b"} {
		id, err := g.ring.Intern(collectors.Series{Family: testGauge, Labels: collectors.LabelsOf(name)})
		if err != nil {
			t.Fatal(err)
		}
		g.ids = append(g.ids, id)
	}
	g.h = g.handler(text)
	return g
}

// handler is one over the same rows, as after a restart.
func (g *gauged) handler(text string) *Handler {
	g.t.Helper()
	rules, err := parseRules("test.yaml", []byte(text))
	if err != nil {
		g.t.Fatal(err)
	}
	exporter, err := prom.New(prom.Config{Ring: g.ring, Host: func() collectors.Host { return collectors.Host{} }})
	if err != nil {
		g.t.Fatal(err)
	}
	h, err := New(Config{
		Source: g.ring, Metrics: exporter.Remembered, Counted: exporter.Counted, Newest: func() int64 { return g.ring.Bounds().NewestT }, Instance: "db-01", Rules: rules,
	})
	if err != nil {
		g.t.Fatal(err)
	}
	h.Ruler().Watch(func(c alert.Change) {
		g.said = append(g.said, fmt.Sprintf("%v %s %s %s", time.Duration(c.T-begin.UnixMilli())*time.Millisecond, c.Alert.Rule, c.Alert.Labels["name"], c.Alert.Phase))
	})
	return h
}

// seconds makes rows with the values of a and b, and evaluates what is due; below 0 is none.
func (g *gauged) seconds(n int, values ...int64) {
	for range n {
		g.at += 1000
		row := collectors.Row{T: g.at}
		for i, v := range values {
			if v >= 0 {
				row.IDs, row.Q = append(row.IDs, g.ids[i]), append(row.Q, v)
			}
		}
		g.ring.Append(history.Commit{Row: row})
		span := g.ring.ReadHead(g.seq, 512)
		g.seq = span.First + uint64(len(span.T)) - 1
		for _, at := range g.h.Ruler().slots.Take(&span) {
			g.h.Ruler().Evaluate(g.t.Context(), at)
		}
	}
}

func (g *gauged) expect(want ...string) {
	g.t.Helper()
	if got := strings.Join(g.said, "\n"); got != strings.Join(want, "\n") {
		g.t.Errorf("said\n%s\nexpected\n%s", got, strings.Join(want, "\n"))
	}
	g.said = nil
}

// ended are the alerts that were firing, as a backtest gives them.
func (g *gauged) ended() (out []alert.Alert) {
	r := g.h.Ruler()
	out = slices.Clone(r.resolved)
	for _, a := range r.Alerts() {
		if a.Phase == alert.Firing {
			out = append(out, a)
		}
	}
	return out
}

// TestRuler_IsAsInPrometheus begins at 12:00:07, so that the first evaluation, after two
// minutes, is at 2m8s, 12:02:15.
func TestRuler_IsAsInPrometheus(t *testing.T) {
	g := newGauged(t, someRules)
	g.seconds(150, 10, 10)
	g.seconds(120, 10, 60) // from 2m31s on
	g.expect("3m23s Doubled b firing", "3m38s High b firing")
	now := g.h.Ruler().Alerts()
	i := slices.IndexFunc(now, func(a alert.Alert) bool { return a.Rule == "High" })
	if i < 0 {
		t.Fatalf("%+v: expected High", now)
	}
	high := now[i]
	if want := map[string]string{"name": "b", "shard": "b-1", "severity": "critical", "team": "db", "instance": "db-01", "job": "dashcam"}; !reflect.DeepEqual(high.Labels, want) {
		t.Errorf("labels %v, expected %v", high.Labels, want)
	}
	if high.Level != alert.Critical || !high.Notify || high.Value != 60 || !strings.HasPrefix(high.Text, "b is at 60, doubled 20") {
		t.Errorf("%+v: expected a critical one with its text", high)
	}
	for _, a := range now {
		if a.Rule == "Doubled" && (a.Notify || a.Level != alert.Warning || a.Text != "Doubled: 120") {
			t.Errorf("%+v: expected one that tells nobody", a)
		}
	}
	g.seconds(60, 10, 10) // it is kept for 2 minutes
	g.seconds(15, 10, 60)
	g.seconds(600, 10, 10)
	g.expect("6m23s Doubled b resolved", "7m53s High b resolved")

	found, err := g.h.Ruler().Backtest(t.Context(), collectors.Window{})
	if err != nil {
		t.Fatal(err)
	}
	if want := g.ended(); !reflect.DeepEqual(found, want) {
		t.Errorf("the backtest finds\n%+v\nlive there was\n%+v", found, want)
	}
}

func TestRuler_AGapAndARestartChangeNothing(t *testing.T) {
	g := newGauged(t, someRules)
	g.seconds(150, 10, 10)
	g.seconds(40, 60, 10) // pending
	g.at += 3600_000
	g.seconds(125, 60, 10) // within the two minutes after a gap
	g.expect()
	g.seconds(60, 60, 10)
	g.expect("1h5m23s Doubled a firing", "1h5m38s High a firing")

	text, err := g.h.Ruler().State()
	if err != nil {
		t.Fatal(err)
	}
	before := g.h.Ruler().Alerts()
	g.h = g.handler(someRules)
	if err := g.h.Ruler().Restore(text); err != nil {
		t.Fatal(err)
	}
	if got := g.h.Ruler().Alerts(); !reflect.DeepEqual(got, before) {
		t.Errorf("after a restart %+v, expected %+v", got, before)
	}
	g.at += 60_000
	g.seconds(180, 60, 10)
	g.expect()
	g.h = g.handler("groups: []")
	if err := g.h.Ruler().Restore(text); err != nil || len(g.h.Ruler().Alerts()) != 0 {
		t.Errorf("%v %+v: expected nothing of rules that are gone", err, g.h.Ruler().Alerts())
	}
	for _, bad := range []string{"", "[]", `{"version":2}`} {
		if err := g.h.Ruler().Restore([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a state", bad)
		}
	}
}

// TestRuler_BacktestIsLive plays random hours, with values and rows that are missing.
func TestRuler_BacktestIsLive(t *testing.T) {
	need.Undetected(t)
	fired := 0
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 3))
		g := newGauged(t, someRules)
		for range 60 {
			values := []int64{random.Int64N(110) - 10, random.Int64N(110) - 10}
			if random.IntN(20) == 0 {
				g.at += random.Int64N(300_000)
			}
			g.seconds(1+random.IntN(120), values...)
		}
		want := g.ended()
		fired += len(want)
		found, err := g.h.Ruler().Backtest(t.Context(), collectors.Window{})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(found, want) {
			t.Fatalf("seed %d: the backtest finds %d alerts, live there were %d:\n%+v\n%+v", seed, len(found), len(want), found, want)
		}
	}
	if fired < 20 {
		t.Errorf("%d alerts: it proves little", fired)
	}
}

func TestRuler_AnswersAsPrometheus(t *testing.T) {
	g := newGauged(t, someRules)
	g.seconds(250, 10, 60)
	ask := func(path, form string, into any) string {
		t.Helper()
		q, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		_, body := g.h.Answer(t.Context(), path, q)
		if into != nil {
			if err := json.Unmarshal(body, into); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
		}
		return string(body)
	}
	var rules struct {
		Data struct {
			Groups []struct {
				Name     string
				Interval float64
				Rules    []struct {
					State, Name, Query, Health, Type string
					Duration, KeepFiringFor          float64
					Labels                           map[string]string
					Alerts                           []struct {
						State, Value string
						Labels       map[string]string
						ActiveAt     time.Time
					}
				}
			}
		}
	}
	body := ask("rules", "", &rules)
	if len(rules.Data.Groups) != 2 || rules.Data.Groups[0].Interval != 30 || len(rules.Data.Groups[1].Rules) != 3 {
		t.Fatalf("%s: expected two groups", body)
	}
	high := rules.Data.Groups[1].Rules[0]
	if high.State != "firing" || high.Name != "High" || high.Query != "dashcam_test_gauge > 50" || high.Health != "ok" || high.Type != "alerting" || high.Duration != 60 || high.KeepFiringFor != 120 ||
		len(high.Alerts) != 1 || high.Alerts[0].State != "firing" || high.Alerts[0].Value != "6e+01" || high.Alerts[0].Labels["alertname"] != "High" {
		t.Errorf("%+v", high)
	}
	if first := rules.Data.Groups[0].Rules[0]; first.Type != "recording" || first.Labels["level"] != "raw" || first.Health != "ok" {
		t.Errorf("%+v", first)
	}
	if body := ask("rules", "type=record", nil); strings.Contains(body, "alerting") || !strings.Contains(body, "recording") {
		t.Errorf("%s: expected recording rules alone", body)
	}
	if body := ask("rules", "type=x", nil); !strings.Contains(body, "expected alert or record") {
		t.Error(body)
	}
	if body := ask("alerts", "", nil); strings.Count(body, `"state":"firing"`) != 2 {
		t.Errorf("%s: expected two", body)
	}
	// What is recorded is asked as any other series is, by its name, at any time.
	for query, want := range map[string]string{
		`job:gauge:doubled{name="b"}`:                                `"120"`,
		`count(job:gauge:avg)`:                                       `"2"`,
		`{__name__=~"job:.*avg",name="a",level="raw"}`:               `"10"`,
		`job:gauge:avg{level="other"}`:                               `"result":[]`,
		`count_over_time(job:gauge:avg{name="a"}[2m])`:               `"4"`,
		`sum(job:gauge:avg offset 1m) + sum(dashcam_test_gauge) * 0`: `"70"`,
	} {
		if body := ask("query", url.Values{"query": {query}, "time": {stamp(time.UnixMilli(g.at))}}.Encode(), nil); !strings.Contains(body, want) {
			t.Errorf("%s: %s, expected %s", query, body, want)
		}
	}
}

func TestRules_SayWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"no YAML":        {"groups: [", "yaml"},
		"unknown field":  {"groups: [{name: a, rulez: []}]", "rulez"},
		"no expression":  {"groups: [{name: a, rules: [{alert: A}]}]", "field 'expr' must be set"},
		"bad expression": {"groups: [{name: a, rules: [{alert: A, expr: 'foo('}]}]", "could not parse expression"},
		"bad template":   {"groups: [{name: a, rules: [{alert: A, expr: up, annotations: {x: '{{ nothing }}'}}]}]", `function "nothing" not defined`},
		"a range":        {"groups: [{name: a, rules: [{alert: A, expr: 'up[5m]'}]}]", "expected a vector or a scalar"},
		"itself":         {"groups: [{name: a, rules: [{record: x, expr: 'x + 1'}]}]", "computed from itself"},
		"by others":      {"groups: [{name: a, rules: [{record: x, expr: 'y'}, {record: y, expr: '{__name__=~\"x|z\"}'}]}]", "computed from itself"},
	} {
		if _, err := parseRules("r.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "r.yaml: ") {
			t.Errorf("%s: %v, expected %q in r.yaml", name, err, c.says)
		}
	}
	if _, err := LoadRules(filepath.Join(t.TempDir(), "*.yaml")); err == nil || !strings.Contains(err.Error(), "no file is called so") {
		t.Errorf("%v: expected that there is no file", err)
	}
}

// TestLoadRules_TakesWhatPromtoolTakes asks promtool about the same files.
func TestLoadRules_TakesWhatPromtoolTakes(t *testing.T) {
	promtool := need.Program(t, "promtool")
	files, err := filepath.Glob("testdata/rules/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%v %v: expected files with rules", files, err)
	}
	for _, file := range files {
		out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", file).CombinedOutput()
		_, ours := LoadRules(file)
		if refused := err != nil; refused != (ours != nil) || refused != strings.HasPrefix(filepath.Base(file), "bad") {
			t.Errorf("%s: promtool says %v, we say %v\n%s", file, err, ours, out)
		}
	}
	if text, err := os.ReadFile("testdata/rules/some.yaml"); err != nil || string(text) != strings.TrimPrefix(someRules, "\n") {
		t.Errorf("testdata/rules/some.yaml is not what the tests evaluate (%v)", err)
	}
}

// parseRules reads rules from a text.
func parseRules(file string, text []byte) (*Rules, error) {
	all := &Rules{}
	return all, errors.Join(all.add(file, text), all.link())
}
