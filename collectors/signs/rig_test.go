package signs

import (
	"math"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
)

// rig is a host of which a test sets the values.
type rig struct {
	s      *Signs
	out    *collectors.Batch
	values []Value
	layout int
	t      int64
	first  bool
	got    map[string]float64
	info   map[string]map[string]string
}

func newRig(cpus int) *rig {
	return &rig{s: New(Config{CPUs: cpus}), out: collectors.NewBatch(), t: 1_700_000_000_000, first: true}
}

// set gives a series a fresh value without a rise.
func (r *rig) set(f *collectors.Family, v float64, labels ...string) *Value {
	l := collectors.LabelsOf(labels...)
	for i := range r.values {
		if e := &r.values[i]; e.Family == f && e.Labels == l {
			e.V, e.Delta, e.Fresh = v, math.NaN(), true
			return e
		}
	}
	r.layout++
	r.values = append(r.values, Value{Family: f, Labels: l, V: v, Delta: math.NaN(), Fresh: true})
	return &r.values[len(r.values)-1]
}

// count gives a counter a rise within one second.
func (r *rig) count(f *collectors.Family, delta float64, labels ...string) *Value {
	v := r.set(f, delta, labels...)
	v.Delta = delta
	return v
}

// tick evaluates rows one second apart.
func (r *rig) tick(rows int) {
	for range rows {
		elapsed := time.Second
		if r.first {
			elapsed, r.first = 0, false
		}
		r.t += elapsed.Milliseconds()
		r.eval(elapsed)
	}
}

func (r *rig) eval(elapsed time.Duration) {
	r.out.Begin(time.UnixMilli(r.t))
	r.s.Derive(View{T: r.t, Elapsed: elapsed, Values: r.values, Layout: r.layout}, r.out)
	r.got, r.info = map[string]float64{}, map[string]map[string]string{}
	for i := range r.out.Len() {
		if s, set := r.out.Series(i); set {
			name := strings.TrimSpace(s.Family.Name + " " + strings.Join(s.Labels.List(len(s.Family.Labels)), " "))
			r.got[name], r.info[name] = s.Gauge, s.Info
		}
	}
}

// value returns a sign; NaN if it was not set.
func (r *rig) value(name string) float64 {
	if v, ok := r.got[name]; ok {
		return v
	}
	return math.NaN()
}

func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-9*math.Abs(b)
}

func (r *rig) want(t *testing.T, name string, want float64) {
	t.Helper()
	if got := r.value(name); !same(got, want) {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

var missing = math.NaN()

// The series that several tests need.

func (r *rig) memory(use float64) {
	r.set(collectors.MemoryBytes, 1000, "total")
	r.set(collectors.MemoryBytes, 1000-10*use, "available")
}

func (r *rig) disk(rotational string, queue, wait, operations float64) {
	class := map[string]string{"class": "physical", "rotational": rotational}
	r.set(collectors.DiskQueue, queue, "sda").Info = class
	r.set(collectors.DiskWait, wait, "sda", "write").Info = class
	r.count(collectors.DiskOperations, operations, "sda", "write").Info = class
}

func (r *rig) link(in, out, speed float64) {
	class := map[string]string{"class": "physical"}
	r.set(collectors.NetBytes, in/8, "eth0", "in").Info = class
	r.set(collectors.NetBytes, out/8, "eth0", "out").Info = class
	r.set(collectors.NetSpeed, speed, "eth0").Info = class
	r.set(collectors.NetLink, 0, "eth0").Info = class
}

func (r *rig) filesystem(total, used float64) {
	info := map[string]string{"device": "/dev/sda1", "fstype": "ext4"}
	r.set(collectors.FilesystemBytes, total, "/", "total").Info = info
	r.set(collectors.FilesystemBytes, used, "/", "used").Info = info
	r.set(collectors.FilesystemBytes, total-used, "/", "available").Info = info
	r.set(collectors.FilesystemReadOnly, 0, "/").Info = info
}
