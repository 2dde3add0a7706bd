package fleet

import (
	"math"
	"slices"
	"testing"
	"time"
)

// TestDemo_OneIsUnlikeItsSiblings: whenever somebody looks, by the rule that the page has
// (frontend/src/fleet/metrics.ts: four deviations and ten points off the median of those with
// the same role, over half a minute).
func TestDemo_OneIsUnlikeItsSiblings(t *testing.T) {
	begin := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	w := NewWall("0.1.0", nil)
	d := NewDemo(w, 40, 1, "0.1.0", begin)
	smoothed := map[string]float64{}
	for second := range 3600 {
		d.Tick(begin.Add(time.Duration(second) * time.Second))
		var all []float64
		for _, h := range w.hosts {
			if h.about.Labels["role"] != "web" {
				continue
			}
			use := h.summary.States[0].Use
			before, known := smoothed[h.name()]
			if !known {
				before = use
			}
			smoothed[h.name()] = before + (use-before)*(1-math.Exp(-1.0/30))
			all = append(all, smoothed[h.name()])
		}
		usual := median(all)
		off := make([]float64, len(all))
		for i, v := range all {
			off[i] = math.Abs(v - usual)
		}
		if far, least := smoothed["web-07"]-usual, max(10, 4*1.4826*median(off)); len(all) != 10 || far < least {
			t.Fatalf("after %d s web-07 is %.1f points off the median of %d, want at least %.1f", second, far, len(all), least)
		}
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	return (sorted[middle-(1-len(sorted)%2)] + sorted[middle]) / 2
}
