package diagnosis

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// noisy makes a busy host whose readings vary for as many seconds.
func noisy(s *scene, r *rand.Rand, seconds int, then func(s *scene)) {
	for range seconds {
		vary := func(v float64) float64 { return v * (1 + 0.3*(r.Float64()-0.5)) }
		for i := range 20 {
			s.is(collectors.DiskBytes, vary(float64(i)*mib), "sd"+string(rune('a'+i)), "write")
			s.is(collectors.NetBytes, vary(float64(i)*100*1024), "eth"+strconv.Itoa(i), "in")
			s.is(collectors.CPUUsage, vary(float64(i)), "mode"+strconv.Itoa(i))
		}
		s.is(collectors.CPUForks, vary(3))
		s.is(collectors.DiskErrors, 0, "sda")
		s.is(collectors.MemoryBytes, vary(10*gib), "available")
		if then != nil {
			then(s)
		}
		s.run(1)
	}
}

func changesOf(t *testing.T, s *scene, from int64) []Change {
	t.Helper()
	all, err := Changes(t.Context(), s.ring, from, s.now, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The stretch before says what is usual; a host that is busy as ever has not changed.
func TestChanges_OfACalmStretchAreNone(t *testing.T) {
	need.Undetected(t)
	found, tries := 0, 20
	for seed := range tries {
		s := newScene(t)
		s.proc = append(idle, process{name: "java", cpu: 300, memory: 4 * gib, write: 10 * mib})
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		noisy(s, r, 300, nil)
		from := s.now
		noisy(s, r, 300, nil)
		if all := changesOf(t, s, from); len(all) > 0 {
			found++
			t.Logf("seed %d: %+v", seed, all[0])
		}
	}
	if found > tries/20 {
		t.Errorf("%d of %d calm stretches have changes", found, tries)
	}
}

func TestChanges_TellWhatChangedAndSince(t *testing.T) {
	need.Undetected(t)
	for name, c := range map[string]struct {
		then  func(s *scene)
		event *collectors.Event
		want  []string // each in one of the first five
		since bool
		never string // none begins so
	}{
		"a disk writes": {then: func(s *scene) {
			s.is(collectors.DiskBytes, 150*mib, "sdb", "write")
			s.is(collectors.DiskWait, 0.05, "sdb", "write")
		}, want: []string{`series disk.bytes{device="sdb",dir="write"}: 1 MiB/s → 150 MiB/s`}, since: true},
		"from nothing": {then: func(s *scene) { s.is(collectors.DiskErrors, 40, "sda") }, want: []string{`series disk.errors{device="sda"}: 0/s → 40/s`}, since: true},
		"to nothing":   {then: func(s *scene) { s.is(collectors.NetBytes, 0, "eth19", "in") }, want: []string{`series net.bytes{dir="in",interface="eth19"}: 1.9 MiB/s → 0 B/s`}},
		"a process is new": {then: func(s *scene) { s.proc = append(idle, process{name: "xmrig", cpu: 800, memory: 2 * gib}) },
			want: []string{"process xmrig (pid 104) is new: CPU 800 %"}},
		"one failure": {then: once(func(s *scene, first bool) {
			s.is(collectors.DiskErrors, 0, "sda")
			if first {
				s.is(collectors.DiskErrors, 1, "sda")
			}
		}), want: []string{`series disk.errors{device="sda"}: none before, up to 1/s`}, since: true},
		"a service and its process": {then: func(s *scene) {
			s.proc = append(idle, process{name: "pg_dump", cgroup: "/system.slice/backup.service", cpu: 800})
			s.serv = []service{{"backup.service", map[string]float64{"cpu": 800, "memory": 1 * gib}}}
		}, want: []string{"process pg_dump (backup.service) is new: CPU 800 %"}, never: "service backup.service"},
		"a service that is held back": {then: func(s *scene) {
			s.serv = []service{{"api.service", map[string]float64{"cpu": 5, "throttled": 90}}}
		}, want: []string{"service api.service is new: time held back by its limit 90 %"}},
		"a process is gone": {then: func(s *scene) { s.proc = idle[:2] }, want: nil},
		"an event":          {then: func(*scene) {}, event: &collectors.Event{Kind: "mark", Text: "deploy 4711"}, want: []string{"event deploy 4711"}},
		"memory goes":       {then: func(s *scene) { s.is(collectors.MemoryBytes, 1*gib, "available") }, want: []string{`series memory.bytes{kind="available"}: 10 GiB → 1 GiB`}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.proc = idle
			r := rand.New(rand.NewPCG(7, 7))
			noisy(s, r, 600, nil)
			from := s.now
			noisy(s, r, 120, nil)
			began := s.now
			if c.event != nil {
				s.run(1, *c.event)
			}
			noisy(s, r, 480, c.then)
			all := changesOf(t, s, from)
			if len(all) > MaxChanges || c.want == nil && len(all) > 0 {
				t.Errorf("%d changes: %+v", len(all), all)
			}
			for _, want := range c.want {
				found := false
				for _, change := range all[:min(5, len(all))] {
					if text := change.Kind + " " + change.Text; strings.HasPrefix(text, want) || similar(text, want) {
						found = true
						if c.since && (change.Since < began-10_000 || change.Since > began+10_000) {
							t.Errorf("since %d, want about %d", change.Since, began)
						}
					}
				}
				if !found {
					t.Errorf("no %q in the first five of %+v", want, all)
				}
			}
			for _, change := range all {
				if text := change.Kind + " " + change.Text; c.never != "" && strings.HasPrefix(text, c.never) {
					t.Errorf("%q is told, too", text)
				}
			}
			if strings.Contains(name, "nothing") && len(all) > 0 && len(all) > 3 {
				t.Errorf("%d changes where one thing changed: %+v", len(all), all)
			}
		})
	}
}

// once tells a function whether it is called for the first time.
func once(f func(s *scene, first bool)) func(s *scene) {
	called := false
	return func(s *scene) {
		f(s, !called)
		called = true
	}
}

// similar compares a change with noise in its first value.
func similar(got, want string) bool {
	name, values, found := strings.Cut(want, ": ")
	_, after, arrow := strings.Cut(values, " → ")
	return found && arrow && strings.HasPrefix(got, name+": ") && strings.HasSuffix(got, " → "+after)
}

// BenchmarkChanges is what comparing an hour with the hour before takes, of 2000 series.
func BenchmarkChanges(b *testing.B) {
	ring, from, to := benchRing(b, 2000, 7200)
	for b.Loop() {
		if _, err := Changes(b.Context(), ring, from, to, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJudge is what a verdict takes, of 500 series.
func BenchmarkJudge(b *testing.B) {
	ring, _, to := benchRing(b, 500, 1200)
	for b.Loop() {
		if v, err := Judge(b.Context(), ring, to); err != nil || v.At == 0 {
			b.Fatal(v, err)
		}
	}
}
