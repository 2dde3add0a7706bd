package sampler

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/signs"
	"dashcam/collectors/synthetic"
)

// steady is a collector of n gauges and counters that itself allocates nothing.
type steady struct {
	name             string
	gauges, counters *collectors.Family
	labels           []string
	n                uint64
}

func newSteady(name string, n int) *steady {
	c := &steady{
		name:     name,
		gauges:   &collectors.Family{Name: name + ".gauge", Help: "A test.", Kind: collectors.KindGauge, Quantum: 1, Labels: []string{"n"}},
		counters: &collectors.Family{Name: name + ".counter", Help: "A test.", Kind: collectors.KindCounter, Quantum: 1, Labels: []string{"n"}, Window: time.Second},
	}
	for i := range n / 2 {
		c.labels = append(c.labels, fmt.Sprint(i))
	}
	return c
}

func (c *steady) Describe() collectors.Description {
	return collectors.Description{Name: c.name, Title: c.name, Families: []*collectors.Family{c.gauges, c.counters}}
}

func (c *steady) Sample(_ context.Context, b *collectors.Batch) error {
	c.n++
	for i, l := range c.labels {
		b.Gauge(b.Slot(c.gauges, l), float64(c.n)+float64(i))
		b.Counter(b.Slot(c.counters, l), 3*c.n)
	}
	return nil
}

// ticker makes rows back to back, each an interval after the one before as the clock
// sees it.
func ticker(tb testing.TB, interval time.Duration, s *signs.Signs, cs ...collectors.Collector) (tick func(), ring *history.Ring) {
	tb.Helper()
	ring = history.New(history.Config{Interval: interval})
	k, err := New(Config{Collectors: cs, Ring: ring, Derivers: []collectors.Deriver{s}, Thresholds: s.Thresholds().For, Interval: interval})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	k.begin()
	tb.Cleanup(func() {
		cancel()
		k.join()
	})
	now := time.Unix(1795186288, 0)
	return func() {
		k.makeRow(ctx, now, now)
		now = now.Add(interval)
	}, ring
}

// The row that the ring keeps is the one allocation of a tick; the ring's own work
// (sealing a block every 128 rows) is its tests' matter.
func TestTick_AllocatesNothingButTheRow(t *testing.T) {
	for name, interval := range map[string]time.Duration{"every second": time.Second, "ten times a second": 100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			tick, _ := ticker(t, interval, signs.New(signs.Config{}), newSteady("a", 100), newSteady("b", 100), newSteady("c", 100))
			const perBlock = 128
			for range 5 * perBlock {
				tick()
			}
			// On a busy machine collectors are late, which is told, and so allocates. What a
			// tick needs itself is the least of several counts: of as many as it takes until
			// all were in time in one.
			least := math.Inf(1)
			for limit := time.Now().Add(time.Minute); least > 1 && time.Now().Before(limit); {
				least = min(least, testing.AllocsPerRun(perBlock/4, tick))
			}
			if least > 1 {
				t.Errorf("%v allocations per tick, want the row's", least)
			}
		})
	}
}

// One tick of the sampler with a ring and signs, the synthetic host's own cost
// included.
func BenchmarkTick_SyntheticHost(b *testing.B) {
	now := time.Unix(1795186288, 0)
	h := synthetic.New(synthetic.Config{Seed: 1, Start: now})
	tick, ring := ticker(b, time.Second, signs.New(signs.Config{}), h.Collectors()...)
	step := func() {
		h.At(now)
		tick()
		now = now.Add(time.Second)
	}
	for range 200 {
		step()
	}
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(len(ring.Latest().Row.IDs)), "series")
}

// The sampler, the ring and the signs alone: 300 series in ten collectors that only
// set them.
func BenchmarkTick_300Series(b *testing.B) {
	var cs []collectors.Collector
	for i := range 10 {
		cs = append(cs, newSteady(fmt.Sprint("c", i), 30))
	}
	tick, ring := ticker(b, time.Second, signs.New(signs.Config{}), cs...)
	for range 200 {
		tick()
	}
	b.ReportAllocs()
	for b.Loop() {
		tick()
	}
	b.ReportMetric(float64(len(ring.Latest().Row.IDs)), "series")
}
