package sampler

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"dashcam/collectors"
)

// deriver is a [collectors.Deriver] with what it gave.
type deriver struct {
	collectors.Deriver
	*source
	broken bool // it panicked at the last row
}

func newDeriver(d collectors.Deriver, place int, interval time.Duration) (*deriver, error) {
	if d == nil {
		return nil, fmt.Errorf("deriver %d is nil", place)
	}
	for _, f := range d.Families() {
		if err := f.Validate(); err != nil {
			return nil, fmt.Errorf("deriver %T: %w", d, err)
		}
	}
	// Health calls it by its package.
	name, _, _ := strings.Cut(strings.TrimLeft(fmt.Sprintf("%T", d), "*"), ".")
	return &deriver{Deriver: d, source: newSource(name, interval)}, nil
}

// derive lets a deriver compute its part of the row. Collectors that are not ours decide
// what it sees, so that a panic is a row without that part and not the end of the program.
func (s *Sampler) derive(d *deriver, v collectors.View, now time.Time) {
	d.batch.Begin(now)
	defer func() {
		r := recover()
		if r != nil {
			d.lose()
		}
		if d.broken == (r != nil) {
			return
		}
		d.broken = r != nil
		h := collectors.Health{Collector: d.name, Title: strings.ToUpper(d.name[:1]) + d.name[1:], State: collectors.HealthOK, SinceMs: v.T, CadenceMs: s.interval.Milliseconds()}
		if d.broken {
			h.State, h.Reason = collectors.HealthFailing, errPanicked.Error()
			s.log.Error("deriver panicked", "deriver", d.name, "panic", r, "stack", string(debug.Stack()))
		}
		s.ring.SetHealth(h)
	}()
	d.Derive(v, d.batch)
	d.consume(false)
}
