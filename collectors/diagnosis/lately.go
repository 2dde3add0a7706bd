package diagnosis

import (
	"context"
	"time"

	"dashcam/collectors"
)

// writeBack is how long the disk may be busy with what was written before: files are
// written to memory first, in a moment, and to the disk behind that.
const writeBack = 30 * time.Second

// lately reads what processes wrote since something began, and shortly before.
func (f *facts) lately(ctx context.Context, source collectors.Source, since int64) error {
	const before = 5000 // a state is entered some samples after it began
	w := collectors.Window{From: max(since-before, f.seen-writeBack.Milliseconds()), To: f.seen + 1}
	sums := make(map[string]*actor)
	all := &observed{t: f.seen, total: make(map[string]float64)}
	n := 0
	for d, err := range source.Tables(ctx, collectors.Processes.Name, w) {
		if err != nil {
			return err
		}
		n++
		o := observe(d, f.units)
		all.total["write"] += o.total["write"]
		for i := range o.actors {
			x := &o.actors[i]
			have := sums[x.key()]
			if have == nil {
				one := *x
				one.values = map[string]float64{"memory": x.values["memory"]}
				have = &one
				sums[x.key()] = have
			}
			have.values["write"] += x.values["write"]
		}
	}
	if n == 0 {
		return nil
	}
	all.total["write"] /= float64(n)
	for _, x := range sums {
		x.values["write"] /= float64(n)
		all.actors = append(all.actors, *x)
	}
	f.wrote, f.wroteFrom = all, w.From
	return nil
}

// wroteMost names who wrote most of what the disk is busy with, where nobody does so now.
// It reports whether somebody was named.
func (a *answer) wroteMost(series string) bool {
	if a.wrote == nil {
		return false
	}
	whole := a.wrote.total["write"]
	x, share, _ := a.first([]*observed{a.wrote}, "write", whole)
	if x == nil || share < mostOf {
		return false
	}
	a.say(x.called()+" wrote most of it, "+partOf(x.values["write"], whole, "/s")+" in the last "+span(time.Duration(a.seen-a.wroteFrom)*time.Millisecond), series)
	a.name(x, share)
	return true
}
