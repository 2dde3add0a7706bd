package fleet

import (
	"math"
	"slices"
)

const (
	// stepMs is the time that one cell of a strip stands for.
	stepMs = 10_000
	// chunkCells and chunks make 24 hours: 16 bytes a cell, about 138 KB a host.
	chunkCells = 360
	chunks     = 24
)

// cell is what a host said in one step: the worst level, the largest use and the largest
// saturation of each resource.
type cell struct {
	step   uint32
	levels uint16 // 3 bits a resource: the level + 1, 0 where it was not known
	use    [len(Resources)]uint8
	sat    [len(Resources)]uint8
}

// unknownPercent is what is not known in percent, maxCell the most that is remembered.
const (
	unknownPercent = 255
	maxCell        = 254
)

// newCell is one of which nothing is known.
func newCell(step uint32) cell {
	c := cell{step: step}
	for r := range c.use {
		c.use[r], c.sat[r] = unknownPercent, unknownPercent
	}
	return c
}

// largest keeps the larger one of two.
func largest(kept *uint8, v float64, most float64) {
	if math.IsNaN(v) {
		return
	}
	if percent := uint8(min(max(math.Round(v), 0), most)); *kept == unknownPercent || percent > *kept {
		*kept = percent
	}
}

// strips remember a host's summaries for 24 hours, in steps of 10 s. The zero value holds
// nothing.
type strips struct {
	chunks [chunks]*[chunkCells]cell
	// first is the first step of all, 0 for none.
	first uint32
}

func (s *strips) at(step uint32) *cell {
	i := step % (chunks * chunkCells)
	c := s.chunks[i/chunkCells]
	if c == nil {
		return nil
	}
	return &c[i%chunkCells]
}

// cell returns that of a step, which is new where there was an older one.
func (s *strips) cell(step uint32) *cell {
	i := step % (chunks * chunkCells)
	if s.chunks[i/chunkCells] == nil {
		s.chunks[i/chunkCells] = new([chunkCells]cell)
	}
	if s.first == 0 {
		s.first = step
	}
	c := s.at(step)
	if c.step != step {
		*c = newCell(step)
	}
	return c
}

// add takes a summary that came at a time.
func (s *strips) add(m *Summary, nowMs int64) {
	c := s.cell(uint32(nowMs / stepMs))
	for r, st := range m.States {
		shift := 3 * r
		if level := uint16(st.Level + 1); level > c.levels>>shift&7 {
			c.levels = c.levels&^(7<<shift) | level<<shift
		}
		largest(&c.use[r], st.Use, 100)
		largest(&c.sat[r], st.Saturation, maxCell)
	}
}

// levels returns a character for each of n steps: 0, 1, 2 or "-" where nothing is known.
func (s *strips) levels(resource int, from uint32, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = '-'
		if c := s.at(from + uint32(i)); c != nil && c.step == from+uint32(i) {
			if level := c.levels >> (3 * resource) & 7; level > 0 {
				out[i] = '0' + byte(level) - 1
			}
		}
	}
	return string(out)
}

// uses returns the largest use of each of n steps in percent, nil where nothing is known.
func (s *strips) uses(resource int, from uint32, n int) []*int {
	out := make([]*int, n)
	for i := range out {
		if c := s.at(from + uint32(i)); c != nil && c.step == from+uint32(i) && c.use[resource] != unknownPercent {
			v := int(c.use[resource])
			out[i] = &v
		}
	}
	return out
}

// Strips are the last steps of all hosts.
type Strips struct {
	StepMs int64 `json:"stepMs"`
	// FromMs is when the first step begins.
	FromMs int64                       `json:"fromMs"`
	Steps  int                         `json:"steps"`
	Hosts  map[string]map[string]Strip `json:"hosts"`
}

// Strip is one resource of a host: a character for each step, 0, 1, 2 for ok, warn and
// critical, and "-" where nothing is known; and the largest use of each step in percent.
type Strip struct {
	Levels string `json:"levels"`
	Use    []*int `json:"use,omitempty"`
}

// Strips returns n steps that begin with the one of a time. Use is left out unless it is
// asked for; only names hosts, nil all.
func (w *Wall) Strips(fromMs int64, n int, use bool, only []string) Strips {
	from := uint32(max(0, fromMs) / stepMs)
	out := Strips{StepMs: stepMs, FromMs: int64(from) * stepMs, Steps: n, Hosts: make(map[string]map[string]Strip)}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, h := range w.hosts {
		if only != nil && !slices.Contains(only, id) {
			continue
		}
		of := make(map[string]Strip, len(Resources))
		for r, name := range Resources {
			strip := Strip{Levels: h.strips.levels(r, from, n)}
			if use {
				strip.Use = h.strips.uses(r, from, n)
			}
			of[name] = strip
		}
		out.Hosts[id] = of
	}
	return out
}
