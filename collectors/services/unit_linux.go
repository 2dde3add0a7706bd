package services

import (
	"math"
	"time"
)

const (
	// restAfter readings in a row that found a unit idle let it rest.
	restAfter = 5
	// restEvery is how many observations a resting unit has for one reading.
	restEvery = 8
	// killedFor is how long an OOM kill is shown.
	killedFor = 5 * time.Minute
)

// usage is one unit of the tree with what is remembered of it between readings.
type usage struct {
	identity
	path   string
	key    string
	parent string
	files  []kept // as the sources of its version

	latest numbers
	last   [whatCount]reading
	// readings counts those of this unit; idle those in a row that found it idle.
	readings uint64
	idle     int
	rest     uint64 // in which of the restEvery observations it is read when it rests

	named   naming
	network network
	kills   []time.Time
}

// reading is the last reading of a counter and the rate that it led to.
type reading struct {
	value uint64
	at    time.Time
	rate  float64 // per second; NaN is unknown
	step  uint64  // how much it rose
}

// rests reports whether an observation may leave the unit alone.
func (u *usage) rests(round uint64) bool {
	return u.idle >= restAfter && (round+u.rest)%restEvery != 0
}

// read reads the files that are due and computes rates. It reports whether the control
// group is still there.
func (u *usage) read(sources []source, now time.Time, buf *[]byte) bool {
	alive, absent := false, -1
	for i := range sources {
		s := &sources[i]
		if u.readings > 1 && (u.readings+u.rest)%s.every != 0 {
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
	if step := u.last[oomKills].step; step > 0 && u.last[oomKills].at.Equal(now) {
		for range min(step, 100) {
			u.kills = append(u.kills, now)
		}
	}
	for len(u.kills) > 0 && now.Sub(u.kills[0]) >= killedFor {
		u.kills = u.kills[1:]
	}
	if u.last[cpuTime].step == 0 && u.last[ioRead].step == 0 && u.last[ioWritten].step == 0 {
		u.idle = min(u.idle+1, restAfter)
	} else {
		u.idle = 0
	}
	return alive
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

// limited is a gauge whose 0 means that there is no limit.
func (u *usage) limited(w what) float64 {
	if v := u.gauge(w); v != 0 {
		return v
	}
	return math.NaN()
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
