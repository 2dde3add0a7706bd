package synthetic

import (
	"context"

	"dashcam/collectors"
)

// collector gives some series of a host.
type collector struct {
	host        *Host
	description collectors.Description
	unavailable []collectors.Unavailable
	gauges      []gauge
	counters    []counter
	ratios      []ratio
	// offset is where its counters begin in those of the host.
	offset int
	// fill adds what a list of series cannot say: rows of a table.
	fill func(b *collectors.Batch, m *moment)
}

// key is a series with its unchanging facts.
type key struct {
	family *collectors.Family
	labels []string
	info   []string // names and values in turn
	max    float64
}

// gauge is a series whose value is read as it is.
type gauge struct {
	key
	value func(m *moment) float64
}

// counter is a reading that only rises, by rate in each second.
type counter struct {
	key
	rate func(m *moment) float64
	// hidden counters are only parts of a ratio.
	hidden bool
}

// ratio is made of counters of the same collector, by index. The lower part may be
// the sum of several.
type ratio struct {
	key
	num, den []int
}

func (c *collector) Describe() collectors.Description { return c.description }

// Sample reads the host at its present moment.
func (c *collector) Sample(ctx context.Context, b *collectors.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	t := c.host.clock(b.At())
	s := c.host.reach(t)
	within := t - float64(s.number)
	for i := range c.gauges {
		g := &c.gauges[i]
		b.Gauge(g.slot(b), g.value(&s.moment))
	}
	for i := range c.counters {
		if v := &c.counters[i]; !v.hidden {
			b.Counter(v.slot(b), s.count(c.offset+i, within))
		}
	}
	for i := range c.ratios {
		r := &c.ratios[i]
		b.Ratio(r.slot(b), c.sum(s, r.num, within), c.sum(s, r.den, within))
	}
	for _, u := range c.unavailable {
		b.Unavailable(u.Source, u.Reason)
	}
	if c.fill != nil {
		c.fill(b, &s.moment)
	}
	return nil
}

func (c *collector) sum(s *second, parts []int, within float64) (n uint64) {
	for _, i := range parts {
		n += s.count(c.offset+i, within)
	}
	return n
}

// count returns a counter as an integer.
func (s *second) count(i int, within float64) uint64 {
	return uint64(s.before[i] + within*s.rise[i])
}

func (k *key) slot(b *collectors.Batch) collectors.Slot {
	s := b.Slot(k.family, k.labels...)
	for i := 0; i < len(k.info); i += 2 {
		b.Info(s, k.info[i], k.info[i+1])
	}
	if k.max > 0 {
		b.Max(s, k.max)
	}
	return s
}

// Shorthands for the lists of series.

func (c *collector) gauge(f *collectors.Family, value func(*moment) float64, labels ...string) *gauge {
	c.gauges = append(c.gauges, gauge{key{family: f, labels: labels}, value})
	return &c.gauges[len(c.gauges)-1]
}

func (c *collector) constant(f *collectors.Family, v float64, labels ...string) *gauge {
	return c.gauge(f, func(*moment) float64 { return v }, labels...)
}

func (c *collector) counter(f *collectors.Family, rate func(*moment) float64, labels ...string) *counter {
	c.counters = append(c.counters, counter{key: key{family: f, labels: labels}, rate: rate})
	return &c.counters[len(c.counters)-1]
}

// part adds a counter that only ratios show, and returns its index.
func (c *collector) part(rate func(*moment) float64) int {
	c.counters = append(c.counters, counter{rate: rate, hidden: true})
	return len(c.counters) - 1
}

func (c *collector) ratio(f *collectors.Family, num, den []int, labels ...string) *ratio {
	c.ratios = append(c.ratios, ratio{key{family: f, labels: labels}, num, den})
	return &c.ratios[len(c.ratios)-1]
}
