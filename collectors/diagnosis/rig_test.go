package diagnosis

import (
	"slices"
	"strconv"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// begin is 2026-11-29 18:00:00 UTC.
const begin = 1_795_975_200_000

// scene is a host of which every second is written by hand.
type scene struct {
	t    *testing.T
	ring *history.Ring
	now  int64
	set  []setValue
	proc []process
	serv []service
}

type setValue struct {
	series collectors.Series
	v      float64
}

// process and service are rows of the tables; fields that are 0 are missing.
type process struct {
	name, cgroup             string
	cpu, memory, read, write float64
	threads                  float64
	n                        int // how many of them, 0 for one
}

type service struct {
	name   string
	values map[string]float64
}

const mib, gib = 1 << 20, 1 << 30

func newScene(t *testing.T) *scene {
	s := &scene{t: t, now: begin, ring: history.New(history.Config{
		Tables: []*collectors.Table{collectors.Processes, collectors.Services},
		Info:   func() collectors.Host { return collectors.Host{CPUs: 16, TZ: "UTC"} },
	})}
	for _, r := range []struct{ state, since, reason *collectors.Family }{
		{collectors.StateCPU, collectors.SinceCPU, collectors.ReasonCPU}, {collectors.StateMemory, collectors.SinceMemory, collectors.ReasonMemory},
		{collectors.StateDisk, collectors.SinceDisk, collectors.ReasonDisk}, {collectors.StateNetwork, collectors.SinceNetwork, collectors.ReasonNetwork},
		{collectors.StateLimits, collectors.SinceLimits, collectors.ReasonLimits},
	} {
		s.is(r.state, 0)
		s.is(r.since, begin/1000)
		s.is(r.reason, 0)
	}
	s.is(collectors.UseCPU, 5)
	s.is(collectors.UseMemory, 40)
	s.is(collectors.MemoryBytes, 16*gib, "total")
	s.is(collectors.MemoryBytes, 10*gib, "available")
	return s
}

// is sets what a series has from now on.
func (s *scene) is(f *collectors.Family, v float64, labels ...string) {
	x := collectors.Series{Family: f, Labels: collectors.LabelsOf(labels...)}
	for i := range s.set {
		if s.set[i].series.Key() == x.Key() {
			s.set[i].v = v
			return
		}
	}
	s.set = append(s.set, setValue{x, v})
}

// bad makes a resource not well from now on.
func (s *scene) bad(state, since, reason *collectors.Family, level float64, why string) {
	s.t.Helper()
	s.is(state, level)
	s.is(since, float64(s.now/1000))
	i := slices.Index(reason.States, why)
	if i < 0 {
		s.t.Fatalf("%s has no %q", reason.Name, why)
	}
	s.is(reason, float64(i))
}

func (s *scene) badCPU(why string) {
	s.bad(collectors.StateCPU, collectors.SinceCPU, collectors.ReasonCPU, 1, why)
}
func (s *scene) badMemory(why string) {
	s.bad(collectors.StateMemory, collectors.SinceMemory, collectors.ReasonMemory, 2, why)
}
func (s *scene) badDisk(why string) {
	s.bad(collectors.StateDisk, collectors.SinceDisk, collectors.ReasonDisk, 1, why)
}
func (s *scene) badNetwork(why string) {
	s.bad(collectors.StateNetwork, collectors.SinceNetwork, collectors.ReasonNetwork, 1, why)
}
func (s *scene) badLimits(why string) {
	s.bad(collectors.StateLimits, collectors.SinceLimits, collectors.ReasonLimits, 1, why)
}

// run lets seconds go by.
func (s *scene) run(seconds int, events ...collectors.Event) {
	s.t.Helper()
	for range seconds {
		c := history.Commit{Row: collectors.Row{T: s.now}, Events: events}
		events = nil
		for _, x := range s.set {
			id, err := s.ring.Intern(x.series)
			if err != nil {
				s.t.Fatal(err)
			}
			c.Row.IDs = append(c.Row.IDs, id)
		}
		c.Row.Q = make([]int64, len(c.Row.IDs))
		slices.Sort(c.Row.IDs)
		for _, x := range s.set {
			id, _ := s.ring.Intern(x.series)
			i, _ := slices.BinarySearch(c.Row.IDs, id)
			c.Row.Q[i] = x.series.Family.Quantize(x.v)
		}
		c.Tables = []*collectors.TableData{s.processes(), s.services()}
		s.ring.Append(c)
		s.now += 1000
	}
}

func (s *scene) processes() *collectors.TableData {
	rows, pid := collectors.NewRows(collectors.Processes), 100
	number := func(w collectors.RowWriter, column string, v float64) {
		w.Number(collectors.Processes.Column(column), v)
	}
	for _, p := range s.proc {
		for range max(1, p.n) {
			pid++
			w := rows.Add(strconv.Itoa(pid) + ".1")
			w.Text(collectors.Processes.Column("name"), p.name)
			w.Text(collectors.Processes.Column("cgroup"), p.cgroup)
			number(w, "pid", float64(pid))
			number(w, "cpu", p.cpu)
			number(w, "memory", p.memory)
			number(w, "io", p.read+p.write)
			number(w, "read", p.read)
			number(w, "write", p.write)
			number(w, "threads", p.threads)
		}
	}
	return rows.Data()
}

func (s *scene) services() *collectors.TableData {
	rows := collectors.NewRows(collectors.Services)
	for _, one := range s.serv {
		w := rows.Add(one.name)
		w.Text(collectors.Services.Column("name"), one.name)
		for column, v := range one.values {
			w.Number(collectors.Services.Column(column), v)
		}
	}
	return rows.Data()
}

func (s *scene) verdict() Verdict {
	s.t.Helper()
	v, err := Judge(s.t.Context(), s.ring, s.now-1)
	if err != nil {
		s.t.Fatal(err)
	}
	again, err := Judge(s.t.Context(), s.ring, s.now-1)
	if err != nil || again.Text != v.Text {
		s.t.Errorf("the same rows gave %q, then %q (%v)", v.Text, again.Text, err)
	}
	return v
}
