package signs

import "math"

// trendStep is the least time between two points of a trend, in seconds: how often
// file systems are looked at.
const trendStep = 10

// trend fits a straight line through the newest points. The fit is made when a
// point is added and kept until the next.
type trend struct {
	at, v []float64 // rings of the same length
	next  int
	n     int
	slope float64 // per second; NaN without a fit
	fit   float64 // R²
	span  float64
}

// add takes a point at a clock in seconds, unless the last one is too near.
func (t *trend) add(clock, v, window float64) {
	if t.at == nil {
		size := int(window/trendStep) + 2
		t.at, t.v, t.slope = make([]float64, size), make([]float64, size), math.NaN()
	}
	// Ticks jitter: a point may come a little early.
	if t.n > 0 && clock-t.point(t.n-1) < 0.95*trendStep {
		return
	}
	t.at[t.next], t.v[t.next] = clock, v
	t.next = (t.next + 1) % len(t.at)
	t.n = min(t.n+1, len(t.at))
	for clock-t.point(0) > window {
		t.n--
	}
	t.solve()
}

// index returns where the i-th oldest point lies.
func (t *trend) index(i int) int { return (t.next - t.n + i + len(t.at)) % len(t.at) }

func (t *trend) point(i int) float64 { return t.at[t.index(i)] }

// solve is least squares around the means, which keeps the digits of values in the
// terabytes.
func (t *trend) solve() {
	var meanX, meanY float64
	for i := range t.n {
		k := t.index(i)
		meanX += t.at[k]
		meanY += t.v[k]
	}
	n := float64(t.n)
	meanX, meanY = meanX/n, meanY/n
	var xx, xy, yy float64
	for i := range t.n {
		k := t.index(i)
		dx, dy := t.at[k]-meanX, t.v[k]-meanY
		xx += dx * dx
		xy += dx * dy
		yy += dy * dy
	}
	t.span = t.point(t.n-1) - t.point(0)
	t.slope, t.fit = math.NaN(), 0
	if xx > 0 && yy > 0 {
		t.slope, t.fit = xy/xx, xy*xy/(xx*yy)
	}
}

// fullIn returns the seconds until left is used up, NaN where the points do not
// fill the window, do not lie on a line or do not rise.
func (t *trend) fullIn(left, window, fit float64) float64 {
	// Two points may be missing at the window's edges.
	if t.n < 3 || t.span < window-2*trendStep || t.fit < fit || !(t.slope > 0) {
		return math.NaN()
	}
	return left / t.slope
}
