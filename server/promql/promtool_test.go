package promql

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/alert"
	"dashcam/collectors/collectortest/need"
)

const comparedRules = `groups:
- name: compared
  interval: 15s
  rules:
  - record: doubled
    expr: 2 * dashcam_test_gauge
    labels: {of: gauge}
  - alert: High
    expr: dashcam_test_gauge > 50
    for: 1m
    labels: {severity: critical, shard: "{{ $labels.name }}-1"}
    annotations: {summary: '{{ $labels.name }} is at {{ $value | printf "%.0f" }}'}
  - alert: Kept
    expr: doubled{of="gauge"} > 120
    keep_firing_for: 90s
  - alert: Both
    expr: sum(doubled) > 150 and on () (count(dashcam_test_gauge > 20) == 2)
    for: 30s
    keep_firing_for: 1m
`

// TestRuler_FiresAsPrometheus has promtool test, over the same values, which alerts fire at
// each quarter of a minute.
func TestRuler_FiresAsPrometheus(t *testing.T) {
	promtool := need.Program(t, "promtool")
	g := newGauged(t, comparedRules)
	g.at = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC).UnixMilli() - 1000
	random := rand.New(rand.NewPCG(5, 5))
	values := [2][]string{}
	var checks strings.Builder
	second, firing := 0, 0
	put := func(n int, a, b int64) {
		for range n {
			g.seconds(1, a, b)
			values[0], values[1] = append(values[0], fmt.Sprint(a)), append(values[1], fmt.Sprint(b))
			if second%15 == 0 && second > 120 {
				for _, name := range []string{"High", "Kept", "Both"} {
					fmt.Fprintf(&checks, "  - {eval_time: %ds, alertname: %s, exp_alerts: [", second, name)
					for _, x := range g.h.Ruler().Alerts() {
						if x.Rule != name || x.Phase != alert.Firing {
							continue
						}
						firing++
						fmt.Fprintf(&checks, "{exp_labels: {%s}, exp_annotations: {%s}},", yamlOf(x.Labels), yamlOf(x.Annotations))
					}
					checks.WriteString("]}\n")
				}
			}
			second++
		}
	}
	put(150, 10, 10)
	for range 80 {
		put(1+random.IntN(60), random.Int64N(110), random.Int64N(110))
	}
	if firing < 50 {
		t.Fatalf("%d alerts are firing at the moments that are compared: it proves little", firing)
	}
	dir := t.TempDir()
	text := fmt.Sprintf("rule_files: [rules.yaml]\nevaluation_interval: 15s\ntests:\n- interval: 1s\n  input_series:\n"+
		"  - {series: 'dashcam_test_gauge{name=\"a\",instance=\"db-01\",job=\"dashcam\"}', values: '%s'}\n"+
		"  - {series: 'dashcam_test_gauge{name=\"b\",instance=\"db-01\",job=\"dashcam\"}', values: '%s'}\n"+
		"  alert_rule_test:\n%s", strings.Join(values[0], " "), strings.Join(values[1], " "), checks.String())
	for name, text := range map[string]string{"rules.yaml": comparedRules, "test.yaml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(file string) (string, error) {
		cmd := exec.CommandContext(t.Context(), promtool, "test", "rules", file)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("test.yaml"); err != nil {
		t.Errorf("promtool: %v\n%.4000s", err, out)
	}
	// That it would see a difference is known, too.
	wrong := strings.Replace(text, "eval_time: 900s, alertname: High, exp_alerts: [", "eval_time: 900s, alertname: High, exp_alerts: [{exp_labels: {x: y}},", 1)
	if err := os.WriteFile(filepath.Join(dir, "wrong.yaml"), []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run("wrong.yaml"); err == nil || wrong == text {
		t.Error("promtool takes what is wrong")
	}
}

func yamlOf(m map[string]string) string {
	var parts []string
	for name, v := range m {
		parts = append(parts, fmt.Sprintf("%s: %q", name, v))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
