package sampler

import (
	"fmt"
	"time"
)

// DefaultBudget is what the collectors may take, in percent of one core.
const DefaultBudget = 1.0

const (
	// governEvery is the span over which the cost is averaged, and the time
	// between two steps.
	governEvery = 30 * time.Second
	// slowest is the longest cadence that the governor gives.
	slowest = 30 * time.Second
	// calmFor is how long the cost has to stay below half the budget before a step
	// is taken back. It doubles, up to calmForMost, whenever that turned out to be
	// too early.
	calmFor     = 5 * time.Minute
	calmForMost = 4 * time.Hour
	// worthwhile is the part of the budget that a collector has to take for a
	// slower cadence of it to be of any use.
	worthwhile = 0.05
)

// governor keeps the collectors within a budget of processor time by making optional
// ones slower. A step at least halves the cost of one collector, so that what was
// over the budget is not below half of it because of the step itself: it is taken
// back only when the host has become quieter.
type governor struct {
	budget float64 // in percent of one core; none where it is not above 0

	began    time.Time // the present span
	steps    []step    // in force, oldest first
	calm     time.Duration
	wait     time.Duration // how long it has to be calm
	undone   time.Time     // when a step was last taken back
	helpless bool          // over budget, and nothing left to make slower
}

// step is a collector that was made slower.
type step struct {
	runner *runner
	before uint64 // its cadence, in ticks
}

// govern ends a span when it is over. It returns what it did, for an event.
func (g *governor) govern(now time.Time, runners []*runner) string {
	if g.budget <= 0 {
		return ""
	}
	if g.began.IsZero() {
		g.begin(now, runners)
		g.wait = calmFor
		return ""
	}
	span := now.Sub(g.began)
	if span < governEvery {
		return ""
	}
	cost := 0.0
	for _, r := range runners {
		cost += r.cost(span)
	}
	defer g.begin(now, runners)
	if cost > g.budget {
		g.calm = 0
		return g.slowDown(now, runners, cost, span)
	}
	g.helpless = false
	if cost >= g.budget/2 {
		g.calm = 0
		return ""
	}
	g.calm += span
	if g.calm < g.wait || len(g.steps) == 0 {
		return ""
	}
	return g.takeBack(now, cost)
}

func (g *governor) begin(now time.Time, runners []*runner) {
	g.began = now
	for _, r := range runners {
		r.spent, r.observations = 0, 0
	}
}

// slowDown doubles the cadence of the optional collector that costs most.
func (g *governor) slowDown(now time.Time, runners []*runner, cost float64, span time.Duration) string {
	var worst *runner
	for _, r := range runners {
		if r.describe.Optional && r.slower() > r.every && (worst == nil || r.cost(span) > worst.cost(span)) {
			worst = r
		}
	}
	if worst == nil || worst.cost(span) < worthwhile*g.budget {
		if g.helpless {
			return ""
		}
		g.helpless = true
		return fmt.Sprintf("the collectors took %.3g %% of a core, the budget is %.3g %%, and there is none left to make slower", cost, g.budget)
	}
	g.helpless = false
	if !g.undone.IsZero() {
		// A step back that did not last as long as it had been waited for was
		// too early.
		if now.Sub(g.undone) < g.wait {
			g.wait = min(2*g.wait, calmForMost)
		} else {
			g.wait = calmFor
		}
		g.undone = time.Time{}
	}
	before := worst.cadence()
	g.steps = append(g.steps, step{worst, worst.every})
	worst.setCadence(worst.slower())
	return fmt.Sprintf("%s every %g s instead of %g s: the collectors took %.3g %% of a core, the budget is %.3g %%",
		worst.describe.Title, worst.cadence().Seconds(), before.Seconds(), cost, g.budget)
}

// takeBack undoes the newest step.
func (g *governor) takeBack(now time.Time, cost float64) string {
	last := g.steps[len(g.steps)-1]
	g.steps = g.steps[:len(g.steps)-1]
	last.runner.setCadence(last.before)
	text := fmt.Sprintf("%s every %g s again: the collectors took %.3g %% of a core, after %s below half the budget",
		last.runner.describe.Title, last.runner.cadence().Seconds(), cost, short(g.calm))
	g.calm, g.undone = 0, now
	return text
}

// cost is what the collector took in a span, in percent of one core: what its
// observations took on average, as often as they are made. Counting what fell into the
// span would make a cadence of 16 s look cheap and dear in turns.
func (r *runner) cost(span time.Duration) float64 {
	each := r.lastSpent
	switch {
	case r.observations > 0:
		each = r.spent / time.Duration(r.observations)
	case r.cadence() < span:
		return 0 // it does not answer
	}
	return 100 * each.Seconds() / r.cadence().Seconds()
}

// slower returns the next longer cadence that the governor may give, in ticks.
func (r *runner) slower() uint64 { return min(2*r.every, uint64(slowest/r.interval)) }

// setCadence changes how often the collector is asked, in ticks.
func (r *runner) setCadence(every uint64) {
	r.every, r.phase = every, r.place%every
	r.health.CadenceMs = r.cadence().Milliseconds()
	r.healthChanged = true
}
