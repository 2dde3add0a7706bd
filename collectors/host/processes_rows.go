package host

import (
	"fmt"
	"strconv"
	"strings"

	"dashcam/collectors"
)

// The columns of the table; a test compares them with the catalog.
const (
	columnPID = iota
	columnParent
	columnStart
	columnName
	columnUser
	columnState
	columnCPU
	columnMemory
	columnIO
	columnRead
	columnWrite
	columnThreads
	columnCgroup
	columnCommand // of collectors.ProcessesWithCommands alone
)

// The states that are counted, and the letters of ps that belong to them.
var processStates = [...]struct{ name, letters string }{
	{"running", "R"}, {"sleeping", "SKW"}, {"blocked", "D"}, {"stopped", "Tt"}, {"zombie", "ZXx"}, {"idle", "IP"},
}

// put adds a row for every process that was read or rests.
func (c *processes) put(s *scan) {
	for i := range c.all {
		p := c.all[i].known
		if p == nil || p.read != c.round && p.rested != c.round {
			continue // unreadable, or not reached in time
		}
		r := &p.reading
		s.count(r)
		if p.hidden {
			continue
		}
		w := s.rows.Add(p.key)
		w.Number(columnPID, float64(r.pid))
		w.Number(columnParent, float64(r.ppid))
		if r.startUnix > 0 {
			w.Number(columnStart, r.startUnix)
		}
		w.Text(columnName, p.name)
		w.Text(columnUser, p.facts.user)
		w.Text(columnState, stateText(r.state))
		w.Text(columnCgroup, p.facts.cgroup)
		if p.facts.command != "" {
			w.Text(columnCommand, p.facts.command)
		}
		w.Number(columnThreads, float64(r.threads))
		w.Number(columnCPU, p.percent)
		w.Number(columnMemory, p.memory)
		if r.kernel {
			continue
		}
		s.ioAsked++
		if p.ioLast == ioForbidden {
			s.ioRefused++
		}
		w.Number(columnRead, p.ioRate.read)
		w.Number(columnWrite, p.ioRate.written)
		w.Number(columnIO, p.ioRate.read+p.ioRate.written)
	}
}

func (s *scan) count(r *processReading) {
	s.threads += r.threads
	for i := range processStates {
		if strings.IndexByte(processStates[i].letters, r.state) >= 0 {
			s.states[i]++
			return
		}
	}
}

func (s *scan) setCounts(b *collectors.Batch) {
	for i := range processStates {
		b.Gauge(b.Slot(collectors.ProcessCount, processStates[i].name), float64(s.states[i]))
	}
	b.Gauge(b.Slot(collectors.ProcessThreads), float64(s.threads))
}

func (s *scan) setUnavailable(b *collectors.Batch, read int) {
	if s.forbidden > 0 {
		b.Unavailable("/proc/[pid]/stat", fmt.Sprintf("%d of %d processes may not be read by this user", s.forbidden, read))
	}
	if s.ioRefused > 0 {
		b.Unavailable("/proc/[pid]/io", fmt.Sprintf("%d of %d processes may not be read by this user", s.ioRefused, s.ioAsked))
	}
}

func processKey(pid int32, start uint64) string {
	b := strconv.AppendInt(make([]byte, 0, 24), int64(pid), 10)
	return string(strconv.AppendUint(append(b, '.'), start, 10))
}

// stateText returns the letter of a state without allocating.
func stateText(state byte) string {
	const upper, lower = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
	switch {
	case state >= 'A' && state <= 'Z':
		return upper[state-'A' : state-'A'+1]
	case state >= 'a' && state <= 'z':
		return lower[state-'a' : state-'a'+1]
	}
	return "?"
}
