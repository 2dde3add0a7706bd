package sampler

import (
	"testing"
	"testing/synctest"

	"dashcam/collectors"
)

// doubled is a deriver that doubles the values of a family.
type doubled struct {
	from, to *collectors.Family
	breaks   bool
	layouts  []int
}

func (d *doubled) Families() []*collectors.Family { return []*collectors.Family{d.to} }

func (d *doubled) Derive(v collectors.View, b *collectors.Batch) {
	if d.breaks {
		panic("broken")
	}
	d.layouts = append(d.layouts, v.Layout)
	for i := range v.Values {
		if v.Values[i].Family == d.from {
			b.Gauge(b.Slot(d.to), 2*v.Values[i].V)
		}
	}
}

func TestDerivers_SeeWhatStandsBeforeTheirs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, twice, fourfold := named("a"), named("twice"), named("fourfold")
		first, second := &doubled{from: f, to: twice}, &doubled{from: twice, to: fourfold}
		early := &doubled{from: fourfold, to: named("early")} // sees nothing of what comes behind
		r := newRig(t, Config{Collectors: []collectors.Collector{count("a", f)}, Derivers: []collectors.Deriver{early, first, second}})
		r.ticks(5)
		equal(t, []float64{2, 4, 6, 8, 10}, values(r.ring, twice))
		equal(t, []float64{4, 8, 12, 16, 20}, values(r.ring, fourfold))
		if got := values(r.ring, early.to); len(got) > 0 {
			t.Errorf("the first one was shown what the last one gave: %v", got)
		}
		// A layout changes when there is something new, and not with every row.
		for _, d := range []*doubled{early, first, second} {
			for i := 2; i < len(d.layouts); i++ {
				if d.layouts[i] != d.layouts[1] {
					t.Errorf("layouts %v of rows that have the same series", d.layouts)
				}
			}
		}
	})
}

func TestTick_PanicOfADeriverIsARowWithoutIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, twice := named("a"), named("twice")
		d := &doubled{from: f, to: twice}
		r := newRig(t, Config{Collectors: []collectors.Collector{count("a", f)}, Derivers: []collectors.Deriver{d}})
		r.ticks(1)
		d.breaks = true
		r.ticks(1)
		if h := health(r.ring, "sampler"); h.State != collectors.HealthFailing || h.Reason != errPanicked.Error() || h.Title != "Sampler" {
			t.Errorf("health of the deriver is %+v", h)
		}
		d.breaks = false
		r.ticks(1)
		if h := health(r.ring, "sampler"); h.State != collectors.HealthOK {
			t.Errorf("health of the deriver is %q after recovery", h.State)
		}
		equal(t, []float64{1, 2, 3}, values(r.ring, f))
		equal(t, []float64{2, nan, 6}, values(r.ring, twice))
	})
}

func TestNew_RefusesWrongDerivers(t *testing.T) {
	for name, d := range map[string]collectors.Deriver{"none": nil, "a family without a name": &doubled{to: &collectors.Family{}}} {
		if _, err := New(Config{Collectors: []collectors.Collector{count("a", named("a"))}, Ring: newRing(), Derivers: []collectors.Deriver{d}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
