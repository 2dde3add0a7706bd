package server

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	type write struct{ idle, busy time.Duration }
	repeat := func(n int, w ...write) (out []write) {
		for range n {
			out = append(out, w...)
		}
		return out
	}
	const s = time.Second
	for name, c := range map[string]struct {
		writes []write
		// at is the write from which the viewer is too slow, -1 for never.
		at int
	}{
		"always in time":                        {repeat(1000, write{s, 50 * time.Microsecond}), -1},
		"half of the time waiting":              {repeat(1000, write{s / 2, s / 2}), -1},
		"a stall that almost reached its bound": {append(repeat(3, write{s, 0}), repeat(50, write{0, 4900 * time.Millisecond}, write{5 * s, 0})...), -1},
		"every write takes four seconds":        {append(repeat(3, write{s, 0}), repeat(10, write{0, 4 * s})...), 5},
		"never up to date, a long past":         {repeat(100, write{10 * time.Microsecond, 4 * s}), -1},
		"slowly worse and worse":                {append(repeat(1, write{s, 0}), repeat(100, write{100 * time.Millisecond, 600 * time.Millisecond})...), 21},
	} {
		t.Run(name, func(t *testing.T) {
			p := pace{backlog: 10 * s}
			got := -1
			for i, w := range c.writes {
				if p.wrote(w.idle, w.busy) {
					got = i
					break
				}
			}
			if got != c.at {
				t.Errorf("too slow at write %d, want %d", got, c.at)
			}
		})
	}
}
