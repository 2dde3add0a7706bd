package sampler

import (
	"math"
	"testing"
	"time"

	"dashcam/collectors"
)

var (
	testGauge   = &collectors.Family{Name: "test.gauge", Help: "A gauge.", Kind: collectors.KindGauge, Quantum: 1}
	testCounter = &collectors.Family{Name: "test.counter", Help: "A counter.", Kind: collectors.KindCounter, Quantum: 1.0 / 16}
	testScaled  = &collectors.Family{Name: "test.scaled", Help: "A scaled counter.", Kind: collectors.KindCounter, Quantum: 1.0 / 16, Scale: 0.1}
	testRatio   = &collectors.Family{Name: "test.ratio", Help: "A ratio.", Kind: collectors.KindCounter, Quantum: 1.0 / 16, Scale: 100}
	testLabels  = &collectors.Family{Name: "test.labels", Help: "A labelled counter.", Kind: collectors.KindCounter, Quantum: 1, Labels: []string{"dev"}}
)

// observation sets readings at a moment, in seconds after the first one.
type observation struct {
	after float64
	set   func(b *collectors.Batch)
}

func counter(f *collectors.Family, v uint64) func(*collectors.Batch) {
	return func(b *collectors.Batch) { b.Counter(b.Slot(f), v) }
}

func ratio(num, den uint64) func(*collectors.Batch) {
	return func(b *collectors.Batch) { b.Ratio(b.Slot(testRatio), num, den) }
}

// written gives a counter that was read by somebody else at another moment.
func written(at float64, v uint64) func(*collectors.Batch) {
	return func(b *collectors.Batch) {
		b.CounterAt(b.Slot(testCounter), v, time.Unix(1795186000, 0).Add(time.Duration(at*float64(time.Second))))
	}
}

func TestRates(t *testing.T) {
	missing := math.NaN()
	cases := map[string]struct {
		observations []observation
		want         float64
	}{
		"the first reading of a counter is missing": {[]observation{{0, counter(testCounter, 50)}}, missing},
		"a rate is the rise over the time between the two stamps": {
			[]observation{{0, counter(testCounter, 50)}, {2.5, counter(testCounter, 150)}}, 40},
		"a counter that stands still has the rate 0": {
			[]observation{{0, counter(testCounter, 50)}, {1, counter(testCounter, 50)}}, 0},
		"a counter that went back is missing, not a spike": {
			[]observation{{0, counter(testCounter, math.MaxUint32-5)}, {1, counter(testCounter, 10)}}, missing},
		"the reading after a reset counts from the reset": {
			[]observation{{0, counter(testCounter, 1000)}, {1, counter(testCounter, 10)}, {2, counter(testCounter, 30)}}, 20},
		"the scale turns milliseconds busy into percent": {
			[]observation{{0, counter(testScaled, 0)}, {1, counter(testScaled, 500)}}, 50},
		"no time between two readings is missing": {
			[]observation{{0, counter(testCounter, 1)}, {0, counter(testCounter, 2)}}, missing},
		"a ratio divides the two rises": {
			[]observation{{0, ratio(10, 100)}, {1, ratio(35, 200)}}, 25},
		"a ratio does not depend on the time between": {
			[]observation{{0, ratio(10, 100)}, {7, ratio(35, 200)}}, 25},
		"a ratio of nothing is missing, not zero": {
			[]observation{{0, ratio(10, 100)}, {1, ratio(10, 100)}}, missing},
		"a ratio whose part went back is missing": {
			[]observation{{0, ratio(10, 100)}, {1, ratio(9, 200)}}, missing},
		"a ratio whose whole went back is missing": {
			[]observation{{0, ratio(10, 100)}, {1, ratio(11, 90)}}, missing},
		"a series that was away counts from its return": {
			[]observation{{0, counter(testCounter, 10)}, {1, func(*collectors.Batch) {}}, {2, counter(testCounter, 900)}}, missing},
		"the first reading of somebody else is missing, however often it is seen": {
			[]observation{{0, written(0, 50)}, {1, written(0, 50)}}, missing},
		"the rate of somebody else's readings is over the time between them": {
			[]observation{{0, written(0, 50)}, {1, written(20, 150)}}, 5},
		"and holds until there is a newer one": {
			[]observation{{0, written(0, 50)}, {1, written(20, 150)}, {2, written(20, 150)}, {3, written(20, 150)}}, 5},
		"and is 0 when the newer one says the same": {
			[]observation{{0, written(0, 50)}, {1, written(20, 150)}, {2, written(40, 150)}}, 0},
		"somebody else's reading that is older than the last is missing": {
			[]observation{{0, written(20, 50)}, {1, written(0, 150)}}, missing},
		"somebody else's counter that went back is missing": {
			[]observation{{0, written(0, 50)}, {1, written(20, 10)}, {2, written(20, 10)}}, missing},
		"a gauge is stored as read": {
			[]observation{{0, func(b *collectors.Batch) { b.Gauge(b.Slot(testGauge), 7) }}}, 7},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := newSource("test", time.Second)
			begin := time.Unix(1795186288, 0)
			for _, o := range c.observations {
				s.batch.Begin(begin.Add(time.Duration(o.after * float64(time.Second))))
				o.set(s.batch)
				s.consume(false)
			}
			got := s.tracks[0].value
			if got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("value %v, want %v", got, c.want)
			}
		})
	}
}

func TestRates_OneDeviceGoneLeavesTheOtherAlone(t *testing.T) {
	s := newSource("test", time.Second)
	at := time.Unix(1795186288, 0)
	observe := func(second int, readings map[string]uint64) {
		s.batch.Begin(at.Add(time.Duration(second) * time.Second))
		for dev, v := range readings {
			s.batch.Counter(s.batch.Slot(testLabels, dev), v)
		}
		s.consume(false)
	}
	observe(0, map[string]uint64{"a": 10, "b": 100})
	observe(1, map[string]uint64{"a": 20, "b": 200})
	observe(2, map[string]uint64{"a": 30})
	observe(3, map[string]uint64{"a": 40, "c": 5})
	got := map[string]float64{}
	for i := range s.tracks {
		got[s.tracks[i].series.Labels.At(0)] = s.tracks[i].value
	}
	if got["a"] != 10 {
		t.Errorf("a has the rate %v, want 10", got["a"])
	}
	if !math.IsNaN(got["b"]) || !math.IsNaN(got["c"]) {
		t.Errorf("gone b is %v and new c is %v, want both missing", got["b"], got["c"])
	}
}
