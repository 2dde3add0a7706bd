package sampler

import (
	"slices"
	"time"

	"dashcam/collectors"
)

// logged is what the log says about a collector's health.
type logged struct {
	state  collectors.HealthState
	reason string
	at     time.Time
}

// judge closes the row for this collector: values it did not give are repeated or
// missing, and its health is decided.
func (r *runner) judge(now time.Time) {
	answered, missed := r.answered, r.expected
	r.answered, r.expected = false, false
	if missed {
		r.lateCount++
	}
	switch {
	case r.running && now.Sub(r.startedAt) >= r.stuckAfter():
		r.lose()
		r.setHealth(now, collectors.HealthStuck, "has not answered since "+r.startedAt.UTC().Format(time.RFC3339))
	case answered && r.outcome.err != nil:
		r.setHealth(now, collectors.HealthFailing, r.outcome.err.Error())
	case answered:
		r.judgeAnswer(now)
	case missed:
		r.lose()
		r.setHealth(now, collectors.HealthLate, "missed its row")
	default:
		r.repeat()
	}
}

// fills reports whether the collector has values: one that only tells events has none.
func (r *runner) fills() bool {
	return len(r.describe.Families) > 0 || len(r.describe.Tables) > 0 || r.describe.Open
}

func (r *runner) judgeAnswer(now time.Time) {
	if !slices.Equal(r.unavailable, r.health.Unavailable) {
		r.health.Unavailable = slices.Clone(r.unavailable)
		r.healthChanged = true
	}
	switch {
	case r.fills() && r.empty() && len(r.health.Unavailable) > 0:
		r.setHealth(now, collectors.HealthOff, r.health.Unavailable[0].Reason)
	case r.failing != "":
		r.setHealth(now, collectors.HealthFailing, r.failing)
	case r.onTime:
		r.setHealth(now, collectors.HealthOK, "")
	default:
		r.setHealth(now, collectors.HealthLate, "missed its row")
	}
}

// empty reports whether the last observation gave nothing at all.
func (r *runner) empty() bool {
	for i := range r.tracks {
		if r.tracks[i].last.valid {
			return false
		}
	}
	return !r.gaveTables
}

// stuckAfter is how long an observation may take before the collector counts as stuck.
func (r *runner) stuckAfter() time.Duration {
	return min(max(3*r.cadence(), time.Second), 10*time.Second)
}

func (r *runner) setHealth(now time.Time, state collectors.HealthState, reason string) {
	if r.health.State == state && r.health.Reason == reason {
		return
	}
	if r.health.State != state {
		r.health.SinceMs = now.UnixMilli()
	}
	r.health.State, r.health.Reason = state, reason
	r.healthChanged = true
}

const (
	// logEvery and logReasonEvery bound how often the log follows a health that
	// changes back and forth, and a reason that is another one each time.
	logEvery       = 10 * time.Second
	logReasonEvery = 10 * time.Minute
)

// toLog reports whether the log should say how the collector is doing now.
func (r *runner) toLog(now time.Time) bool {
	every := logEvery
	if r.health.State == r.logged.state {
		every = logReasonEvery
		if r.health.Reason == r.logged.reason || r.health.State == collectors.HealthOK {
			return false
		}
	}
	if !r.logged.at.IsZero() && now.Sub(r.logged.at) < every {
		return false
	}
	r.logged = logged{r.health.State, r.health.Reason, now}
	return true
}
