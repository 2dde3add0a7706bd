package prom

import (
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// rig is a ring that a test fills with one row.
type rig struct {
	t        testing.TB
	ring     *history.Ring
	row      collectors.Row
	readings []collectors.Reading
	tables   []*collectors.TableData
}

func newRig(t testing.TB) *rig {
	return &rig{t: t, ring: history.New(history.Config{}), row: collectors.Row{T: 1_795_186_288_250}}
}

// add adds a series with its raw reading; a zero form means that there is none.
func (r *rig) add(f *collectors.Family, q int64, reading collectors.Reading, info map[string]string, labels ...string) {
	r.t.Helper()
	s := collectors.Series{Family: f, Info: info, Labels: collectors.LabelsOf(labels...), Max: f.Max}
	id, err := r.ring.Intern(s)
	if err != nil {
		r.t.Fatal(err)
	}
	r.row.IDs, r.row.Q = append(r.row.IDs, id), append(r.row.Q, q)
	if reading.Form != 0 {
		reading.ID, reading.At = id, time.UnixMilli(r.row.T)
		r.readings = append(r.readings, reading)
	}
}

func (r *rig) gauge(f *collectors.Family, v float64, labels ...string) {
	r.t.Helper()
	r.add(f, f.Quantize(v), collectors.Reading{Form: collectors.FormGauge, Gauge: v}, nil, labels...)
}

// counter adds a counter whose rate is not known yet, as after the first reading.
func (r *rig) counter(f *collectors.Family, n uint64, labels ...string) {
	r.t.Helper()
	r.add(f, collectors.Missing, collectors.Reading{Form: collectors.FormCounter, Num: n}, nil, labels...)
}

func (r *rig) ratio(f *collectors.Family, q int64, num, den uint64, labels ...string) {
	r.t.Helper()
	r.add(f, q, collectors.Reading{Form: collectors.FormRatio, Num: num, Den: den}, nil, labels...)
}

// exporter commits the row.
func (r *rig) exporter(change func(*Config)) *Exporter {
	r.t.Helper()
	r.ring.Append(history.Commit{Row: r.row, Readings: r.readings, Tables: r.tables})
	cfg := Config{Ring: r.ring, Version: "1.2.3", CPUTick: 0.01}
	if change != nil {
		change(&cfg)
	}
	e, err := New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

func native(c *Config) { c.Mode = ModeNative }

// values returns what is given, by name and labels as in the text format.
func values(t *testing.T, e *Exporter) map[string]float64 {
	t.Helper()
	families, err := e.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return flatten(families)
}

func flatten(families []*Family) map[string]float64 {
	out := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := make([]string, len(m.GetLabel()))
			for i, l := range m.GetLabel() {
				labels[i] = l.GetName() + `="` + l.GetValue() + `"`
			}
			name := f.GetName()
			if len(labels) > 0 {
				name += "{" + strings.Join(labels, ",") + "}"
			}
			if s := m.GetSummary(); s != nil {
				out[f.GetName()+"_count"], out[f.GetName()+"_sum"] = float64(s.GetSampleCount()), s.GetSampleSum()
			}
			out[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue()
		}
	}
	return out
}
