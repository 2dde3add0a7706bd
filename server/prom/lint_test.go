package prom

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// everything adds a series of every family of the catalog in every form that its readings
// may have, under every name that node_exporter has for it.
func everything(r *rig) {
	node := newNodeNames(0.01)
	for _, f := range collectors.Families() {
		forms := []collectors.Form{collectors.FormGauge}
		if f.Kind == collectors.KindCounter {
			forms = append(forms, collectors.FormCounter, collectors.FormRatio)
		}
		keys := []string{"other"}
		for key := range node[f.Name].names {
			keys = append(keys, key)
		}
		carried := make(map[string]bool)
		for _, c := range node[f.Name].carry {
			carried[c[0]] = true
		}
		for _, key := range keys {
			for i, form := range forms {
				var labels []string
				rest := strings.Fields(key)
				for _, name := range f.Labels {
					if !carried[name] && len(rest) > 0 {
						labels, rest = append(labels, rest[0]), rest[1:]
						continue
					}
					labels = append(labels, "device"+string(rune('0'+i)))
				}
				if len(f.Labels) == 0 && (i > 0 || key != "") && len(keys) > 1 {
					continue // one series, which is node_exporter's
				}
				r.add(f, 1, collectors.Reading{Form: form, Gauge: 1, Num: 1, Den: 1}, nil, labels...)
			}
		}
	}
}

// theirOwn are names that the linters do not like and that are node_exporter's.
func theirOwn(name string) bool {
	return strings.HasPrefix(name, "node_memory_") || strings.HasPrefix(name, "node_netstat_") || strings.HasPrefix(name, "node_sockstat_")
}

func TestExporter_PleasesTheLinters(t *testing.T) {
	for _, mode := range []Mode{ModeNode, ModeNative} {
		t.Run(string(mode), func(t *testing.T) {
			r := newRig(t)
			everything(r)
			e := r.exporter(func(c *Config) {
				c.Mode = mode
				c.Host = func() collectors.Host { return collectors.Host{BootMs: 1} }
			})
			problems, err := testutil.GatherAndLint(e)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems {
				if !theirOwn(p.Metric) || !strings.Contains(p.Text, "camelCase") {
					t.Errorf("%s: %s", p.Metric, p.Text)
				}
			}
			if mode == ModeNative && len(problems) > 0 {
				t.Error("our own names are not excused")
			}
			promtool(t, e)
		})
	}
}

// promtool lets Prometheus' own tool read the text.
func promtool(t *testing.T, e *Exporter) {
	t.Helper()
	tool := need.Program(t, "promtool")
	_, body, err := e.Answer("")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool, "check", "metrics")
	cmd.Stdin = bytes.NewReader(body)
	out, err := cmd.CombinedOutput() // its status is 3 where it has only remarks
	for line := range strings.Lines(string(out)) {
		if !theirOwn(line) || !strings.Contains(line, "camelCase") {
			t.Errorf("promtool: %s", line)
		}
	}
	if err != nil && len(out) == 0 {
		t.Errorf("promtool: %v", err)
	}
}
