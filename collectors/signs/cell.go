package signs

import (
	"slices"

	"dashcam/collectors"
)

// resource is a cell of the matrix.
type resource uint8

const (
	cpu resource = iota
	memory
	disk
	network
	limits
	resources
)

// role is what a line says of its resource: the value of a cause family.
type role uint8

const (
	use role = iota + 1
	saturation
	failure
)

// families are what is emitted of a cell beside its numbers.
type families struct {
	errors, state, cause, reason, since, now *collectors.Family
}

var cellFamilies = [resources]families{
	cpu:     {collectors.ErrCPU, collectors.StateCPU, collectors.CauseCPU, collectors.ReasonCPU, collectors.SinceCPU, collectors.NowCPU},
	memory:  {collectors.ErrMemory, collectors.StateMemory, collectors.CauseMemory, collectors.ReasonMemory, collectors.SinceMemory, collectors.NowMemory},
	disk:    {collectors.ErrDisk, collectors.StateDisk, collectors.CauseDisk, collectors.ReasonDisk, collectors.SinceDisk, collectors.NowDisk},
	network: {collectors.ErrNetwork, collectors.StateNetwork, collectors.CauseNetwork, collectors.ReasonNetwork, collectors.SinceNetwork, collectors.NowNetwork},
	limits:  {collectors.ErrLimits, collectors.StateLimits, collectors.CauseLimits, collectors.ReasonLimits, collectors.SinceLimits, collectors.NowLimits},
}

// cell is the state of one resource.
type cell struct {
	emits  families
	errors errorCount

	// Of this row:
	known     bool   // at least one line could be compared
	counted   bool   // a source of errors was read
	now       level  // of this sample alone
	going     int    // errors that go on, beside those that are counted
	saturated sample // how this sample stands to the warning of saturation
	levels    [failure + 1]level
	reasons   [failure + 1]uint8

	started bool
	level   level
	entered int64 // Unix milliseconds
}

func (c *cell) begin() {
	c.known, c.counted, c.now, c.going, c.saturated = false, false, ok, 0, unknown
	c.levels, c.reasons = [failure + 1]level{}, [failure + 1]uint8{}
}

// raise notes the level of a line; the first of the worst is the reason.
func (c *cell) raise(r role, l level, reason uint8) {
	if l > c.levels[r] {
		c.levels[r], c.reasons[r] = l, reason
	}
}

// reasonOf returns the value of the reason family that stands for a name. A name that is
// missing is a mistake in the table, which a test finds.
func (c *cell) reasonOf(name string) uint8 {
	return uint8(max(slices.Index(c.emits.reason.States, name), 0))
}

// deriveCell sets state, cause, reason, since and now. Of several causes of the same
// state the first is named: errors, saturation, use.
func (s *Signs) deriveCell(c *cell) {
	n, worst, reason := c.errors.sum(s.second)
	if c.counted || n > 0 || c.going > 0 {
		s.set(c.emits.errors, n+float64(c.going))
		c.raise(failure, worst, reason)
		c.known = true
	}
	worst = max(c.levels[use], c.levels[saturation], c.levels[failure])
	if !c.known && worst == ok {
		return
	}
	if !c.started || worst != c.level {
		c.started, c.level, c.entered = true, worst, s.row.T
	}
	cause := role(0)
	if worst > ok {
		for cause = failure; c.levels[cause] != worst; cause-- {
		}
	}
	s.set(c.emits.state, float64(worst))
	s.set(c.emits.cause, float64(cause))
	s.set(c.emits.reason, float64(c.reasons[cause]))
	s.set(c.emits.since, float64(c.entered/1000))
	if c.known {
		s.set(c.emits.now, float64(c.now))
	}
}
