package services

import (
	"math"
	"time"
)

const (
	// restAfter readings in a row that found a unit idle let it rest.
	restAfter = 5
	// restEvery is how many observations a resting unit has for one reading of all its
	// files, and probeEvery for one of its processor time, which tells that it woke.
	restEvery, probeEvery = 8, 2
	// Beyond so many units those at rest have restEveryOfMany observations.
	manyUnits, restEveryOfMany = 400, 32
	// slowEvery is from where on the files of a source are slow to change or to read.
	slowEvery = 10
	// killedFor is how long an OOM kill and a restart are shown.
	killedFor = 5 * time.Minute
)

// usage is one unit of the tree with what is remembered of it between readings.
type usage struct {
	identity
	path  string
	key   string
	files []kept // as the sources of its version
	// shownPath and shownParent are where it is, as the table shows it.
	shownPath, shownParent string

	latest numbers
	last   [whatCount]reading
	// readings counts those of this unit; idle those in a row that found it idle.
	readings uint64
	idle     int
	rest     uint64 // in which of the restEvery observations it is read when it rests
	// woke asks for every file but the slow ones at the next reading.
	woke bool

	named naming
	// title is what the unit is called in the table.
	title   string
	network network
	// kills and restarts are those of the last five minutes, of all units of this title.
	kills, restarts []time.Time
	// throttle and full say whether it is held at its limits.
	throttle, full trouble
}

// reading is the last reading of a counter and the rate that it led to.
type reading struct {
	value uint64
	at    time.Time
	rate  float64 // per second; NaN is unknown
	step  uint64  // how much it rose
}

// turns is how many observations a resting unit has for one reading of all its files.
func turns(units int) uint64 {
	if units > manyUnits {
		return restEveryOfMany
	}
	return restEvery
}

// rests reports whether an observation may leave the unit alone.
func (u *usage) rests(round, every uint64, sources []source, buf *[]byte) bool {
	turn := round + u.rest
	if u.woke || u.idle < restAfter || turn%every == 0 {
		return false
	}
	if turn%probeEvery == 0 {
		u.woke = u.stirred(&sources[0], buf)
	}
	return !u.woke
}

// stirred reads the first source, which is the processor time in both versions: a group
// in which nothing runs asks for no memory and writes nothing.
func (u *usage) stirred(s *source, buf *[]byte) bool {
	text, state := u.files[0].read(buf)
	if state != fileRead {
		return state == fileGone
	}
	var n numbers
	s.parse(text, &n)
	return n.value[cpuTime] != u.last[cpuTime].value
}

// read reads the files that are due and computes rates. It reports whether the control
// group is still there.
func (u *usage) read(sources []source, now time.Time, buf *[]byte) bool {
	alive, absent := false, -1
	for i := range sources {
		s := &sources[i]
		if u.readings > 1 && (u.readings+u.rest)%s.every != 0 && (!u.woke || s.every >= slowEvery) {
			continue
		}
		text, state := u.files[i].read(buf)
		switch state {
		case fileGone:
			absent = i
			continue
		case fileAbsent:
			alive = true
			continue
		}
		alive = true
		for _, w := range s.tells {
			u.latest.known[w] = false
		}
		s.parse(text, &u.latest)
		for _, w := range s.tells {
			if w.counter() {
				u.last[w].next(u.latest.value[w], u.latest.known[w], now)
			}
		}
	}
	if alive && absent >= 0 {
		u.files[absent].absent = true // this kernel has no such file
	}
	u.readings++
	u.woke = false
	if k := &u.last[oomKills]; k.step > 0 && k.at.Equal(now) {
		u.killed(k.step, now)
	}
	switch {
	case u.last[cpuTime].step > 0 || u.last[ioRead].step > 0 || u.last[ioWritten].step > 0:
		u.idle = 0
	case u.idle < restAfter:
		u.idle++
	case u.files[0].allow.scarce():
		// The files of those at work stay open, and of those at rest the one that tells.
		for i := range u.files[1:] {
			u.files[1+i].close()
		}
	}
	return alive
}

// killed notes OOM kills.
func (u *usage) killed(n uint64, now time.Time) {
	for range min(n, 100) {
		u.kills = append(u.kills, now)
	}
}

// recent drops the moments of a list, oldest first, that are longer ago than five minutes.
func recent(moments []time.Time, now time.Time) []time.Time {
	for len(moments) > 0 && now.Sub(moments[0]) >= killedFor {
		moments = moments[1:]
	}
	return moments
}

// next takes a new reading. The first one and one that falls give no rate.
func (r *reading) next(v uint64, known bool, now time.Time) {
	span := now.Sub(r.at).Seconds()
	switch {
	case !known:
		*r = reading{rate: math.NaN()}
		return
	case r.at.IsZero() || v < r.value || span <= 0:
		r.rate, r.step = math.NaN(), 0
	default:
		r.step = v - r.value
		r.rate = float64(r.step) / span
	}
	r.value, r.at = v, now
}

// rate returns the rate of a counter per second, NaN where it is not known.
func (u *usage) rate(w what) float64 {
	if u.last[w].at.IsZero() {
		return math.NaN()
	}
	return u.last[w].rate
}

func (u *usage) gauge(w what) float64 {
	if !u.latest.known[w] {
		return math.NaN()
	}
	return float64(u.latest.value[w])
}

// limited is a gauge whose 0 means that there is no limit, as unlimited does in version 1.
func (u *usage) limited(w what) float64 {
	if v := u.gauge(w); v != 0 && v < unlimited {
		return v
	}
	return math.NaN()
}

// memoryMost is the smallest memory limit on the way up: its own, or that of a group it is
// in. NaN is none.
func (u *usage) memoryMost() float64 {
	own, around := u.limited(memoryLimit), u.limited(memoryAround)
	if math.IsNaN(own) || around < own {
		return around
	}
	return own
}

// workingSet is the memory that cannot be taken back at once: what container engines
// and kubelets show.
func (u *usage) workingSet() float64 {
	current, inactive := u.gauge(memoryCurrent), u.gauge(memoryInactive)
	if math.IsNaN(inactive) {
		return current
	}
	return max(0, current-inactive)
}

// throttledShare is the percentage of periods in which the quota was used up.
func (u *usage) throttledShare() float64 {
	p, t := u.last[periods], u.last[throttled]
	if p.at.IsZero() || t.at.IsZero() || math.IsNaN(p.rate) || math.IsNaN(t.rate) || p.step == 0 {
		return math.NaN()
	}
	return 100 * float64(t.step) / float64(p.step)
}
