package promql

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"dashcam/collectors/alert"
)

// BenchmarkRules is one evaluation of 30 rules of the kind that people have, as there is one
// every 15 s, beside their expressions alone, and beside half an hour of the built-in rules:
// 120 evaluations. share-% is that of one core where there is one in 15 s.
func BenchmarkRules(b *testing.B) {
	w := watched(b, 30*time.Minute, nil)
	text := "groups:\n- name: thirty\n  rules:\n"
	for i := range 6 {
		for n, expr := range []string{
			fmt.Sprintf(`node_load1 > %d`, 1000+i),
			fmt.Sprintf(`1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes > 0.9%d`, i),
			fmt.Sprintf(`1 - avg without (cpu, mode) (rate(node_cpu_seconds_total{mode="idle"}[5m])) > 1.%d`, i),
			fmt.Sprintf(`node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.00%d`, i),
			fmt.Sprintf(`rate(node_network_receive_bytes_total[1m]) > %de12`, i+1),
		} {
			text += fmt.Sprintf("  - {alert: A%d%d, expr: '%s', for: 5m}\n", i, n, expr)
		}
	}
	rules, err := parseRules("thirty.yaml", []byte(text))
	if err != nil {
		b.Fatal(err)
	}
	h, err := New(Config{
		Source: w.ring, Metrics: w.exporter.Remembered, Counted: w.exporter.Counted, Newest: func() int64 { return w.ring.Bounds().NewestT }, Instance: "db-01", Rules: rules,
	})
	if err != nil {
		b.Fatal(err)
	}
	at := w.end.UnixMilli() / 15_000 * 15_000
	measure := func(b *testing.B, evaluate func()) {
		used := cpuTime(b)
		for b.Loop() {
			evaluate()
		}
		b.ReportMetric(100*(cpuTime(b)-used).Seconds()/float64(b.N)/15, "share-%")
	}
	b.Run("30 rules", func(b *testing.B) { measure(b, func() { h.Ruler().Evaluate(b.Context(), at) }) })
	for one := range rules.each {
		if err := h.Ruler().health[one].err; err != nil || h.Ruler().health[one].at != at {
			b.Fatalf("%s: %v", one.alert, err)
		}
	}
	b.Run("30 questions alone", func(b *testing.B) {
		measure(b, func() {
			for one := range rules.each {
				if _, err := h.vector(b.Context(), one.expr.String(), at); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	seen, schema := w.ring.ReadHead(0, 1<<20), w.ring.Latest().Schema
	b.Run("built-in rules, half an hour", func(b *testing.B) {
		measure(b, func() { alert.New(alert.Config{}).Feed(schema, &seen) })
	})
}

// cpuTime is the processor time of this program.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
