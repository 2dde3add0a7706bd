package diagnosis

import (
	"context"
	"maps"
	"sync"
	"time"

	"dashcam/collectors"
)

// calmLook is the stretch before something began that says what was usual, calmEnd how long
// before that it ends.
const (
	calmLook = time.Minute
	calmEnd  = 5 * time.Second
)

// calm remembers what was usual before the last beginning that was asked for: rows of the
// past do not change.
type calm struct {
	mu    sync.Mutex
	since int64
	units units
	usual map[string]map[string]map[string]float64
}

// before returns what processes and services had on average before something began: by
// table, actor and column. A table of which nothing is known is missing.
func (c *calm) before(ctx context.Context, source collectors.Source, since int64, u units) (map[string]map[string]map[string]float64, error) {
	c.mu.Lock()
	if c.since == since && maps.Equal(c.units, u) {
		defer c.mu.Unlock()
		return c.usual, nil
	}
	c.mu.Unlock() // reading may wait for a disk
	usual := make(map[string]map[string]map[string]float64)
	w := collectors.Window{From: since - (calmLook + calmEnd).Milliseconds(), To: since - calmEnd.Milliseconds()}
	for _, table := range []string{collectors.Processes.Name, collectors.Services.Name} {
		sums, err := usualOf(ctx, source, table, w, u)
		if err != nil {
			return nil, err
		}
		if sums != nil {
			usual[table] = sums
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since, c.units, c.usual = since, u, usual
	return usual, nil
}

// usualOf returns the means over the observations of a window; nil where there are none.
func usualOf(ctx context.Context, source collectors.Source, table string, w collectors.Window, u units) (map[string]map[string]float64, error) {
	n := 0
	sums := make(map[string]map[string]float64)
	for d, err := range source.Tables(ctx, table, w) {
		if err != nil {
			return nil, err
		}
		n++
		for _, a := range actors(d, u) {
			have := sums[a.key()]
			if have == nil {
				have = make(map[string]float64)
				sums[a.key()] = have
			}
			for c, v := range a.values {
				have[c] += v
			}
		}
	}
	if n == 0 {
		return nil, nil
	}
	for _, have := range sums {
		for c := range have {
			have[c] /= float64(n)
		}
	}
	return sums, nil
}
