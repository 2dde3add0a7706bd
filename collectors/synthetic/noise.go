package synthetic

import "math"

// hash returns bits that depend on the seed, a name and a number (FNV-1a, then the
// finalizer of splitmix64).
func (h *Host) hash(name string, n int) uint64 {
	x := 14695981039346656037 ^ h.seed
	for i := range len(name) {
		x = (x ^ uint64(name[i])) * 1099511628211
	}
	x ^= uint64(n) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// uniform returns a number in [0, 1).
func (h *Host) uniform(name string, n int) float64 { return float64(h.hash(name, n)>>11) / (1 << 53) }

// wave returns a smooth curve between −1 and 1 that forgets itself after a period.
func (h *Host) wave(name string, t, period float64) float64 {
	x := t / period
	n := math.Floor(x)
	f := x - n
	f = f * f * (3 - 2*f)
	a, b := h.uniform(name, int(n)), h.uniform(name, int(n)+1)
	return 2*(a+(b-a)*f) - 1
}

// vary returns a factor around 1: slow tides, minutes of work, seconds of chance.
// It stays within 1 ± amount.
func (h *Host) vary(name string, t, amount float64) float64 {
	return 1 + amount*(0.35*h.wave(name, t, 1300)+0.4*h.wave(name, t, 47)+0.25*h.wave(name, t, 1.7))
}

// incident is something that comes back.
type incident struct{ first, period, length, ramp float64 }

// The incidents; doc.go describes them.
var (
	dump  = incident{first: 100, period: 240, length: 40, ramp: 3}
	burn  = incident{first: 45, period: 210, length: 35, ramp: 1}
	leak  = incident{first: 200, period: 900, length: 90, ramp: 90}
	flaky = incident{first: 520, period: 900, length: 24}
)

// at returns how strong the incident is, from 0 to 1, and how often it has begun.
func (i incident) at(t float64) (strength float64, begun int) {
	if t < i.first {
		return 0, 0
	}
	n := math.Floor((t - i.first) / i.period)
	in := t - i.first - n*i.period
	switch {
	case in >= i.length:
		return 0, int(n) + 1
	case in < i.ramp:
		return (in + 1) / (i.ramp + 1), int(n) + 1
	}
	return 1, int(n) + 1
}

// ended returns how often the incident has come to its end.
func (i incident) ended(t float64) int {
	return max(0, int(math.Floor((t-i.first-i.length)/i.period))+1)
}

// ends says whether the incident is in its last second.
func (i incident) ends(t float64) bool {
	now, _ := i.at(t)
	next, _ := i.at(t + 1)
	return now > 0 && next == 0
}
