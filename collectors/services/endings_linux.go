package services

import (
	"cmp"
	"slices"
	"time"
)

const (
	// mostEnded bounds how many units are remembered after their end, and mostShown how
	// many of them have a row because they were killed.
	mostEnded, mostShown = 1000, 20
)

// endings remembers units for five minutes after their end: what ran under the same name
// goes on with their kills and restarts, and who was killed for its memory is shown although
// its control group is gone.
type endings struct {
	now    time.Time
	units  map[string]ending
	ending []*usage // in this observation
	// killed is how many processes of the host were killed since the observation before.
	killed uint64
}

type ending struct {
	at   time.Time
	unit *usage
}

func newEndings() endings { return endings{units: map[string]ending{}} }

// begin begins an observation.
func (e *endings) begin(now time.Time, killed uint64) {
	e.now, e.killed, e.ending = now, killed, e.ending[:0]
	for title, each := range e.units {
		if now.Sub(each.at) >= killedFor {
			delete(e.units, title)
		}
	}
}

// add takes a unit that has ended.
func (e *endings) add(u *usage) {
	e.ending = append(e.ending, u)
	if len(e.units) < mostEnded {
		e.units[u.title] = ending{e.now, u}
	}
}

// resume lets a unit go on with what is remembered of the one before it of the same kind
// and title.
func (e *endings) resume(u *usage, now time.Time) {
	before, known := e.units[u.title]
	if !known || before.unit.kind != u.kind || before.unit == u {
		return
	}
	delete(e.units, u.title)
	u.kills = append(slices.Clone(before.unit.kills), u.kills...)
	u.restarts = append(slices.Clone(before.unit.restarts), now)
}

// explain looks for who the killed of this observation were, where no unit's own file tells
// it any more: a container whose first process is killed ends at once. It is the one with a
// limit that ended; where several did, it is not known which.
func (e *endings) explain(units map[string]*usage, now time.Time) {
	if e.killed == 0 {
		return
	}
	unexplained := e.killed
	for _, u := range units {
		if k := &u.last[oomKills]; k.at.Equal(now) {
			unexplained -= min(unexplained, k.step)
		}
	}
	var limited []*usage
	for _, u := range e.ending {
		if u.limited(memoryLimit) > 0 {
			limited = append(limited, u)
		}
	}
	if unexplained == 0 || len(limited) != 1 {
		return
	}
	u := limited[0]
	u.killed(unexplained, now)
	// It may have been started again within the same observation.
	for _, next := range units {
		if next.title == u.title && next.kind == u.kind && len(next.restarts) > 0 && next.restarts[len(next.restarts)-1].Equal(now) {
			next.killed(unexplained, now)
		}
	}
}

// shown are the units that were killed and have not come back, by their titles.
func (e *endings) shown() []*usage {
	var out []*usage
	for _, each := range e.units {
		if each.unit.kills = recent(each.unit.kills, e.now); len(each.unit.kills) > 0 {
			out = append(out, each.unit)
		}
	}
	slices.SortFunc(out, func(a, b *usage) int { return cmp.Compare(a.title, b.title) })
	return out[:min(len(out), mostShown)]
}
