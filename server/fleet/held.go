package fleet

import (
	"math"
	"slices"
	"time"
)

// HeldSeries is a series that a hub knows of a host from its summaries alone. A value that
// is not known is NaN.
type HeldSeries struct {
	Name   string
	Labels [][2]string
	T      []int64 // Unix milliseconds
	V      []float64
}

// The names of what a hub holds of every host, in Prometheus' form: over 24 h in steps of
// 10 s, the last three of now alone.
const (
	heldUp         = "up"
	heldLevel      = "dashcam_fleet_level"
	heldUse        = "dashcam_fleet_use_ratio"
	heldSaturation = "dashcam_fleet_saturation_ratio"
	heldAlerts     = "dashcam_fleet_alerts"
	heldTop        = "dashcam_fleet_top_info"
	heldInfo       = "dashcam_fleet_host_info"
)

// HeldNames are the names of what a hub holds of every host.
func HeldNames() []string {
	return []string{heldUp, heldLevel, heldUse, heldSaturation, heldAlerts, heldTop, heldInfo}
}

// Held returns what is known of a host from one time to another, of the names that are
// wanted.
func (w *Wall) Held(id string, fromMs, toMs int64, now time.Time, want func(name string) bool) (out []HeldSeries) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[id]
	if h == nil {
		return nil
	}
	nowMs := now.UnixMilli()
	if late := nowMs - toMs; late > 0 && late < stepMs { // who asked a moment ago meant now
		nowMs = toMs
	}
	online := !h.seen.IsZero() && !h.silent
	span := h.strips.span(max(fromMs, nowMs-int64(chunks*chunkCells-1)*stepMs), min(toMs, nowMs), nowMs, online)
	if want(heldUp) {
		up := HeldSeries{Name: heldUp, T: slices.Clone(span.t), V: make([]float64, len(span.t))}
		for i, c := range span.cells {
			if c != nil {
				up.V[i] = 1
			}
		}
		out = append(out, up)
	}
	for r, name := range Resources {
		labels := [][2]string{{"resource", name}}
		add := func(name string, of func(c *cell) float64) {
			if want(name) {
				out = append(out, span.series(name, labels, of))
			}
		}
		add(heldLevel, func(c *cell) float64 {
			if level := c.levels >> (3 * r) & 7; level > 0 {
				return float64(level - 1)
			}
			return math.NaN()
		})
		add(heldUse, func(c *cell) float64 { return ratio(c.use[r]) })
		add(heldSaturation, func(c *cell) float64 { return ratio(c.sat[r]) })
	}
	if nowMs < fromMs || nowMs > toMs {
		return out
	}
	point := func(name string, v float64, labels ...[2]string) {
		if want(name) {
			out = append(out, HeldSeries{Name: name, Labels: labels, T: []int64{nowMs}, V: []float64{v}})
		}
	}
	if online { // of a silent host nothing is known
		point(heldAlerts, float64(h.summary.Alerts))
		point(heldTop, 1, [2]string{"process", h.summary.Process}, [2]string{"service", h.summary.Service})
	}
	labels := [][2]string{{"host", h.record.ID}, {"os", h.about.OS}, {"version", h.summary.Version}}
	for name, value := range h.labels() {
		labels = append(labels, [2]string{"label_" + labelName(name), value})
	}
	point(heldInfo, 1, labels...)
	return out
}

func ratio(percent uint8) float64 {
	if percent == unknownPercent {
		return math.NaN()
	}
	return float64(percent) / 100
}

// labelName is a name of a host's label as Prometheus takes it.
func labelName(name string) string {
	out := []byte(name)
	for i, c := range out {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			out[i] = '_'
		}
	}
	return string(out)
}

// cellSpan are the cells of a time, nil where nothing came, each at its end.
type cellSpan struct {
	t     []int64
	cells []*cell
}

// span returns the cells between two times, from the first one on that there is. The step
// that is not over counts as the host is now: online, or not.
func (s *strips) span(fromMs, toMs, nowMs int64, online bool) (out cellSpan) {
	cellOf := func(step int64) *cell {
		if c := s.at(uint32(step)); c != nil && c.step == uint32(step) {
			return c
		}
		return nil
	}
	for step := max(fromMs, int64(s.first)*stepMs) / stepMs; step*stepMs <= nowMs && s.first > 0; step++ {
		at, c := (step+1)*stepMs-1, cellOf(step)
		if at > nowMs {
			switch at = nowMs; {
			case !online:
				c = nil
			case c == nil:
				c = cellOf(step - 1)
			}
		}
		if at > toMs {
			break
		}
		if at >= fromMs {
			out.t, out.cells = append(out.t, at), append(out.cells, c)
		}
	}
	return out
}

func (s *cellSpan) series(name string, labels [][2]string, of func(c *cell) float64) HeldSeries {
	out := HeldSeries{Name: name, Labels: labels, T: slices.Clone(s.t), V: make([]float64, len(s.t))}
	for i, c := range s.cells {
		out.V[i] = math.NaN()
		if c != nil {
			out.V[i] = of(c)
		}
	}
	return out
}
