package host

import (
	"fmt"
	"strconv"
	"strings"
	"time"

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

func (c *processes) setUnavailable(b *collectors.Batch, s *scan, read int) {
	const refused = "may not be read by this user"
	if text := c.hidden.of(s.began, s.forbidden, read, refused); text != "" {
		b.Unavailable("/proc/[pid]/stat", text)
	}
	if s.failed == 0 {
		c.failing = refusals{}
	} else if text := c.failing.of(s.began, s.failed, read, "could not be read: "+reason(c.scanner.failure)); text != "" {
		b.Unavailable("/proc/[pid]/stat", text)
		b.Failing(text)
	}
	if text := c.hiddenIO.of(s.began, s.ioRefused, s.ioAsked, refused+ioRight); text != "" {
		b.Unavailable("/proc/[pid]/io", text)
	}
}

// refusals says how many processes may not or cannot be read. What it says is part of the collector's
// health, which is sent to every page when it changes, and processes come and go all the time:
// the numbers are those of the last minute at most.
type refusals struct {
	text string
	said time.Time
}

func (r *refusals) of(now time.Time, refused, asked int, why string) string {
	switch {
	case refused == 0:
		r.text = ""
	case r.text == "" || now.Sub(r.said) >= processFactsEvery:
		r.text, r.said = fmt.Sprintf("%d of %d processes %s", refused, asked, why), now
	}
	return r.text
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
