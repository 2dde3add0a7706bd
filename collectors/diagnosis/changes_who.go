package diagnosis

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"dashcam/collectors"
)

const (
	// looks is how many times the tables of a stretch are looked at, lookFor how long: a
	// stretch of an hour has thousands of observations that tell the same.
	looks   = 6
	lookFor = 10_000
)

// measures are what is compared of processes and services, with what is worth a word of
// one that is new or gone, and of one that changed.
var measures = []struct {
	column, what string
	unit         collectors.Unit
	least        float64
}{
	{"cpu", "CPU", collectors.Percent, 20},
	{"memory", "memory", collectors.Bytes, 128 << 20},
	{"io", "I/O", collectors.BytesPerSecond, 2 << 20},
	{"throttled", "time held back by its limit", collectors.Percent, 25},
	{"oom", "kills at its memory limit", collectors.Count, 0.1}, // a mean over a stretch in which there was one
	{"restarts", "restarts", collectors.Count, 1},
	{"threads", "threads", collectors.Count, 100},
}

// actorChange is a change of a process or a service, of a column.
type actorChange struct {
	Change
	part     string // the service that it is or is part of
	column   string
	distance float64
}

// changedActors compares processes and services.
func changedActors(ctx context.Context, source collectors.Source, w collectors.Window, from int64) ([]Change, error) {
	services, err := newestOf(ctx, source, collectors.Services.Name, collectors.Window{From: max(from, w.To-stale.Milliseconds()), To: w.To})
	if err != nil {
		return nil, err
	}
	u := make(units)
	for _, d := range services {
		u.add(d)
	}
	processes, err := changedRows(ctx, source, "process", collectors.Processes, u, w, from)
	if err != nil {
		return nil, err
	}
	units, err := changedRows(ctx, source, "service", collectors.Services, u, w, from)
	if err != nil {
		return nil, err
	}
	var all []Change
	for i := range processes {
		all = append(all, processes[i].Change)
	}
	for i := range units {
		if !toldBy(&units[i], processes) {
			all = append(all, units[i].Change)
		}
	}
	byScore(all)
	return all, nil
}

// toldBy reports whether what changed of a service is for the most part what changed of a
// process in it: it would tell the same once more.
func toldBy(s *actorChange, processes []actorChange) bool {
	return slices.ContainsFunc(processes, func(p actorChange) bool {
		return p.part == s.part && p.column == s.column && p.distance >= mostOf*s.distance
	})
}

// changedRows compares the rows of one table.
func changedRows(ctx context.Context, source collectors.Source, kind string, table *collectors.Table, u units, w collectors.Window, from int64) ([]actorChange, error) {
	before, _, err := meanActors(ctx, source, table, u, w.From, from)
	if err != nil || before == nil {
		return nil, err
	}
	after, first, err := meanActors(ctx, source, table, u, from, w.To)
	if err != nil || after == nil {
		return nil, err
	}
	keys := maps.Clone(after)
	maps.Copy(keys, before)
	var all []actorChange
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		was, is := before[key], after[key]
		who := is
		if who == nil {
			who = was
		}
		if who.ofKernel() {
			continue // it works for others
		}
		var best actorChange
		for _, m := range measures {
			c := actorChange{Change: Change{Kind: kind, Name: who.name, Unit: m.unit, Since: from}, part: who.unit, column: m.column}
			if kind == "service" {
				c.part = who.name
			}
			if t := first[key]; t > 0 {
				c.Since = t
			}
			if who.service != "" {
				c.Labels = map[string]string{"service": who.service}
			}
			var old, now float64
			if was != nil {
				old = was.values[m.column]
				c.Before = &old
			}
			if is != nil {
				now = is.values[m.column]
				c.After = &now
			}
			c.distance = max(now-old, old-now)
			if c.distance < m.least || c.distance < mostOf*max(now, old) {
				continue
			}
			c.Score = round2(c.distance / m.least)
			switch {
			case was == nil:
				c.Text = who.called() + " is new: " + m.what + " " + valueText(now, m.unit)
			case is == nil:
				c.Text = who.called() + " is gone: " + m.what + " was " + valueText(old, m.unit)
			default:
				c.Text = m.what + " of " + who.called() + ": " + valueText(old, m.unit) + " → " + valueText(now, m.unit)
			}
			if c.Score > best.Score {
				best = c
			}
		}
		if best.Score > 0 {
			all = append(all, best)
		}
	}
	return all, nil
}

// leastSeen is at how many looks somebody is there at least, to be told of.
const leastSeen = 3

// meanActors is what those of a stretch had on average while they were there, nil where nothing is remembered,
// and when each was seen first.
func meanActors(ctx context.Context, source collectors.Source, table *collectors.Table, u units, from, to int64) (map[string]*actor, map[string]int64, error) {
	n := 0
	sums, first, seen := make(map[string]*actor), make(map[string]int64), make(map[string]int)
	step := max((to-from)/looks, 1)
	for at := from; at < to; at += step {
		w := collectors.Window{From: at, To: min(at+min(step, lookFor), to)}
		for d, err := range source.Tables(ctx, table.Name, w) {
			if err != nil {
				return nil, nil, err
			}
			n++
			for _, a := range actors(d, u) {
				key := a.key()
				have := sums[key]
				if have == nil {
					one := a
					one.values = make(map[string]float64)
					have = &one
					sums[key], first[key] = have, d.T
				}
				seen[key]++
				if a.n > have.n {
					have.n, have.pid = a.n, 0
				}
				for c, v := range a.values {
					have.values[c] += v
				}
			}
		}
	}
	if n < leastSeen {
		return nil, nil, nil // too little is known
	}
	for key, a := range sums {
		if seen[key] < leastSeen {
			delete(sums, key)
			continue
		}
		for c := range a.values {
			a.values[c] /= float64(seen[key])
		}
	}
	return sums, first, nil
}

// changedEvents are those that matter, the worst first, and programs that ran for the
// first time.
func changedEvents(ctx context.Context, source collectors.Source, w collectors.Window, from int64) ([]Change, error) {
	usual := make(map[[2]string]bool)
	var all []Change
	for e, err := range source.Events(ctx, w) {
		if err != nil {
			return nil, err
		}
		key := [2]string{e.Kind, e.About.Name}
		if e.T < from {
			usual[key] = true
			continue
		}
		score := eventScore(&e)
		if e.Kind == "exec" || e.Kind == "exit" {
			if usual[key] {
				continue
			}
			usual[key] = true // told once
		}
		if score == 0 {
			continue
		}
		all = append(all, Change{Kind: "event", Name: e.Kind, Score: score, Since: e.T, Text: e.Text})
	}
	slices.SortStableFunc(all, func(a, b Change) int { return cmp.Compare(b.Score, a.Score) })
	return all, nil
}

// tellingEvent is the score from which on an event comes before who takes something.
const tellingEvent = 400

// eventScore is how much an event says, 0 for nothing: states are what the series say.
func eventScore(e *collectors.Event) float64 {
	switch e.Kind {
	case collectors.EventState, collectors.EventGovernor, collectors.EventLate, "pressure":
		return 0
	case collectors.EventMark, "package", "boot", "settings":
		return 400
	}
	switch e.Level {
	case collectors.LevelCritical:
		return 1000
	case collectors.LevelWarning:
		return 500
	}
	if e.Kind == "exec" {
		return 0 // a program that matters is one that takes something
	}
	return 50
}
