package sampler

import (
	"context"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// plant is a governor with collectors whose observations cost what is said, a second
// at a time.
type plant struct {
	governor
	t       *testing.T
	begin   time.Time
	now     time.Time
	tick    uint64
	runners []*runner
	next    []uint64
	cost    map[string]func(p *plant, r *runner) time.Duration // of one observation
	did     []string                                           // with the time since the beginning
	at      []time.Duration
}

func newPlant(t *testing.T, budget float64) *plant {
	begin := time.Unix(1795186288, 0)
	return &plant{governor: governor{budget: budget}, t: t, begin: begin, now: begin, cost: map[string]func(*plant, *runner) time.Duration{}}
}

func (p *plant) add(name string, optional bool, cadence time.Duration, cost func(p *plant, r *runner) time.Duration) *runner {
	d := collectors.Description{Name: name, Title: name, Optional: optional, Cadence: cadence}
	r := newRunner(&scripted{describe: d}, d, time.Second, len(p.runners))
	p.runners, p.next, p.cost[name] = append(p.runners, r), append(p.next, 0), cost
	return r
}

func always(d time.Duration) func(*plant, *runner) time.Duration {
	return func(*plant, *runner) time.Duration { return d }
}

func (p *plant) since() time.Duration { return p.now.Sub(p.begin) }

func (p *plant) run(d time.Duration) {
	for end := p.now.Add(d); p.now.Before(end); p.now = p.now.Add(time.Second) {
		for i, r := range p.runners {
			if p.tick >= p.next[i] {
				p.next[i] = p.tick + r.every
				r.lastSpent = p.cost[r.describe.Name](p, r)
				r.spent += r.lastSpent
				r.observations++
			}
		}
		p.tick++
		if did := p.govern(p.now, p.runners); did != "" {
			p.did, p.at = append(p.did, did), append(p.at, p.since())
		}
	}
}

func (p *plant) want(did ...string) {
	p.t.Helper()
	if diff := cmp.Diff(did, p.did); diff != "" {
		p.t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestGovernor_WithinTheBudgetDoesNothing(t *testing.T) {
	p := newPlant(t, 1)
	p.add("a", true, time.Second, always(9*time.Millisecond))
	p.run(time.Hour)
	p.want()
}

func TestGovernor_MakesTheCostliestOptionalCollectorSlowerOneStepIn30Seconds(t *testing.T) {
	p := newPlant(t, 1)
	p.add("needed", false, 0, always(5*time.Millisecond))
	p.add("cheap", true, time.Second, always(2*time.Millisecond))
	dear := p.add("dear", true, time.Second, always(22*time.Millisecond))
	p.run(10 * time.Minute)
	p.want(
		"dear every 2 s instead of 1 s: the collectors took 2.9 % of a core, the budget is 1 %",
		"dear every 4 s instead of 2 s: the collectors took 1.8 % of a core, the budget is 1 %",
		"dear every 8 s instead of 4 s: the collectors took 1.25 % of a core, the budget is 1 %",
	)
	if diff := cmp.Diff([]time.Duration{30 * time.Second, time.Minute, 90 * time.Second}, p.at); diff != "" {
		t.Errorf("times of the steps (-want +got):\n%s", diff)
	}
	if got := dear.health.CadenceMs; got != 8000 {
		t.Errorf("health says every %d ms, want 8000", got)
	}
}

func TestGovernor_GoesNoSlowerThan30SecondsAndSaysOnceThatItCannotHelp(t *testing.T) {
	p := newPlant(t, 1)
	dear := p.add("dear", true, time.Second, always(time.Second))
	p.add("slow already", true, time.Minute, always(time.Second))
	p.run(time.Hour)
	if got := dear.cadence(); got != slowest {
		t.Errorf("asked every %s, want %s", got, slowest)
	}
	if got := p.runners[1].cadence(); got != time.Minute {
		t.Errorf("a collector of one minute is asked every %s", got)
	}
	if n := len(p.did); n != 6 || !strings.HasSuffix(p.did[5], "none left to make slower") {
		t.Errorf("%d steps: %q", n, p.did)
	}
}

func TestGovernor_LeavesAloneWhatMustBeKnownAndWhatCostsNothing(t *testing.T) {
	p := newPlant(t, 1)
	p.add("needed", false, 0, always(30*time.Millisecond))
	p.add("cheap", true, time.Second, always(100*time.Microsecond))
	p.run(time.Hour)
	p.want("the collectors took 3.01 % of a core, the budget is 1 %, and there is none left to make slower")
}

func TestGovernor_TakesStepsBackOneInFiveMinutesWhenItIsQuiet(t *testing.T) {
	p := newPlant(t, 1)
	dear := p.add("dear", true, time.Second, func(p *plant, _ *runner) time.Duration {
		if p.since() < 2*time.Minute {
			return 35 * time.Millisecond
		}
		return 3 * time.Millisecond
	})
	p.run(time.Hour)
	p.want(
		"dear every 2 s instead of 1 s: the collectors took 3.5 % of a core, the budget is 1 %",
		"dear every 4 s instead of 2 s: the collectors took 1.75 % of a core, the budget is 1 %",
		"dear every 2 s again: the collectors took 0.075 % of a core, after 300 s below half the budget",
		"dear every 1 s again: the collectors took 0.15 % of a core, after 300 s below half the budget",
	)
	if dear.cadence() != time.Second || len(p.steps) != 0 {
		t.Errorf("every %s in the end, %d steps in force", dear.cadence(), len(p.steps))
	}
	if gap := p.at[3] - p.at[2]; gap != calmFor {
		t.Errorf("%s between the steps back, want %s", gap, calmFor)
	}
}

// Whatever a steady load costs, the governor comes to rest.
func TestGovernor_DoesNotOscillateUnderASteadyLoad(t *testing.T) {
	for cost := time.Millisecond; cost < 2*time.Second; cost = cost*5/4 + time.Microsecond {
		p := newPlant(t, 1)
		p.add("needed", false, 0, always(2*time.Millisecond))
		p.add("one", true, time.Second, always(cost))
		p.add("two", true, 5*time.Second, always(cost))
		p.run(10 * time.Minute)
		settled := len(p.did)
		p.run(6 * time.Hour)
		if len(p.did) != settled {
			t.Errorf("at %s an observation it went on after 10 minutes: %q", cost, p.did[settled:])
		}
	}
}

// A collector that is cheap as long as it is asked rarely would be made slower and
// faster for ever. Each step back that did not last waits twice as long.
func TestGovernor_StepBackThatWasTooEarlyWaitsTwiceAsLong(t *testing.T) {
	p := newPlant(t, 1)
	p.add("tricky", true, time.Second, func(_ *plant, r *runner) time.Duration {
		if r.cadence() > time.Second {
			return 2 * time.Millisecond
		}
		return 15 * time.Millisecond
	})
	p.run(24 * time.Hour)
	var waits []time.Duration
	for i := 1; i < len(p.at); i += 2 {
		waits = append(waits, (p.at[i] - p.at[i-1]).Round(time.Minute))
	}
	want := []time.Duration{5, 10, 20, 40, 80, 160, 240, 240, 240, 240}
	for i := range want {
		want[i] *= time.Minute
	}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("quiet before each step back (-want +got):\n%s", diff)
	}
}

func TestGovernor_ForgetsEarlyStepsBackOnceOneHasLasted(t *testing.T) {
	p := newPlant(t, 1)
	busy := map[int]bool{0: true, 6: true, 60: true} // minutes
	p.add("a", true, time.Second, func(p *plant, _ *runner) time.Duration {
		if busy[int(p.since()/time.Minute)] {
			return 15 * time.Millisecond
		}
		return 2 * time.Millisecond
	})
	p.run(2 * time.Hour)
	if len(p.at) != 6 {
		t.Fatalf("steps at %v: %q", p.at, p.did)
	}
	for i, want := range []time.Duration{calmFor, 2 * calmFor, calmFor} {
		if got := p.at[2*i+1] - p.at[2*i]; got < want || got > want+time.Minute {
			t.Errorf("step back %d after %s, want about %s", i+1, got, want)
		}
	}
}

func TestGovernor_NegativeBudgetIsNone(t *testing.T) {
	p := newPlant(t, -1)
	p.add("dear", true, time.Second, always(time.Second))
	p.run(time.Hour)
	p.want()
}

// The whole way: processor time of a collector, an event in a row, a health that says
// the cadence, and fewer observations.
func TestGovernor_StepIsAnEventAndAChangeOfHealth(t *testing.T) {
	for name, c := range map[string]struct {
		budget float64
		want   []string
	}{
		"over the budget": {0, []string{
			"scan every 2 s instead of 1 s: the collectors took 3 % of a core, the budget is 1 %",
			"scan every 4 s instead of 2 s: the collectors took 1.5 % of a core, the budget is 1 %",
		}},
		"within it":  {4, nil},
		"without it": {-1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var spent time.Duration
				f := named("scan")
				scan := script("scan", f, func(_ context.Context, n int, b *collectors.Batch) error {
					spent += 30 * time.Millisecond
					if n == 1 {
						spent += time.Second // the first one finds everything out
					}
					time.Sleep(600 * time.Millisecond)
					b.Gauge(b.Slot(f), float64(n))
					return nil
				})
				scan.describe.Cadence, scan.describe.Optional, scan.describe.Detached = time.Second, true, true
				ring := history.New(history.Config{Interval: time.Second})
				r := newRig(t, Config{Collectors: []collectors.Collector{scan}, Ring: ring, Budget: c.budget})
				r.runners[0].threadTime = func() time.Duration { return spent }
				r.ticks(121)
				var got []string
				for e := range ring.Events(t.Context(), collectors.Window{First: 2}) {
					if e.Kind == collectors.EventGovernor {
						got = append(got, e.Text)
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
				cadence := int64(1000) << len(c.want)
				if h := health(ring, "scan"); h.State != collectors.HealthOK || h.CadenceMs != cadence {
					t.Errorf("health is %q every %d ms, want ok every %d", h.State, h.CadenceMs, cadence)
				}
				// The newest value is the number of the observation it is from.
				v := values(ring, f)
				if n := v[len(v)-1]; math.IsNaN(n) || len(c.want) == 2 && (n < 58 || n > 64) {
					t.Errorf("%v observations in two minutes", n)
				}
			})
		})
	}
}
