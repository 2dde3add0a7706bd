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

// changedActors compares processes or services.
func changedActors(ctx context.Context, source collectors.Source, kind string, table *collectors.Table, w collectors.Window, from int64) ([]Change, error) {
	before, _, err := meanActors(ctx, source, table, w.From, from)
	if err != nil || before == nil {
		return nil, err
	}
	after, first, err := meanActors(ctx, source, table, from, w.To)
	if err != nil || after == nil {
		return nil, err
	}
	keys := maps.Clone(after)
	maps.Copy(keys, before)
	var all []Change
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		was, is := before[key], after[key]
		who := is
		if who == nil {
			who = was
		}
		var best Change
		for _, m := range measures {
			c := Change{Kind: kind, Name: who.name, Unit: m.unit, Since: from}
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
			distance := max(now-old, old-now)
			if distance < m.least || distance < mostOf*max(now, old) {
				continue
			}
			c.Score = round2(distance / m.least)
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
func meanActors(ctx context.Context, source collectors.Source, table *collectors.Table, from, to int64) (map[string]*actor, map[string]int64, error) {
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
			for _, a := range actors(d) {
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

// eventScore is how much an event says, 0 for nothing: states are what the series say.
func eventScore(e *collectors.Event) float64 {
	switch e.Kind {
	case collectors.EventState, collectors.EventGovernor, collectors.EventLate, "pressure":
		return 0
	case collectors.EventMark, "package", "boot":
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
