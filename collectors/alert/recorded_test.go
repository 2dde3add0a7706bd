package alert

import (
	"slices"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/collectors/recorded"
)

// played is a ring with a recording of a real host, repeated for so long.
func played(t *testing.T, r *recorded.Recording, span time.Duration) *history.Ring {
	t.Helper()
	ring := history.New(history.Config{Memory: 256 << 20, Interval: r.Interval, Tables: []*collectors.Table{collectors.Services, collectors.Processes}})
	play(t, ring, r, begin.UnixMilli(), int(span/r.Interval), func(int) {})
	return ring
}

// play appends so many rows of a recording to a ring, and calls each after every one.
func play(t testing.TB, ring *history.Ring, r *recorded.Recording, from int64, rows int, each func(row int)) {
	t.Helper()
	ids := make([]collectors.SeriesID, len(r.Series))
	for i, s := range r.Series {
		id, err := ring.Intern(s)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	happened := make(map[int][]collectors.Event)
	for _, e := range r.Events {
		happened[int(e.Seq)] = append(happened[int(e.Seq)], e)
	}
	n := 0
	for p := range r.Play(from, rows) {
		ring.Append(history.Commit{Row: collectors.Row{T: p.T, IDs: ids, Q: r.Row(p.Row)}, Tables: p.Tables, Events: slices.Clone(happened[p.Row])})
		n++
		each(n)
	}
}

// TestRules_AreQuietOnCalmHosts plays what real hosts did in ordinary hours, and in
// incidents of which the truth is that nothing was wrong: nobody is told of anything.
func TestRules_AreQuietOnCalmHosts(t *testing.T) {
	need.Undetected(t)
	calm := make(map[string]*recorded.Recording)
	for _, name := range recorded.Names() {
		r, err := recorded.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		calm[name] = r
	}
	troubled := 0
	for _, name := range recorded.Incidents() {
		r, err := recorded.OpenIncident(name)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(r.Truth.Resources, []string{"none"}) {
			calm[name] = r
		} else {
			troubled++
		}
	}
	if len(calm) < 3 || troubled < 20 {
		t.Fatalf("%d calm recordings and %d others: it proves little", len(calm), troubled)
	}
	for name, r := range calm {
		ring := played(t, r, 90*time.Minute)
		planner, err := NewPlanner(PlannerConfig{Armed: true})
		if err != nil {
			t.Fatal(err)
		}
		e := New(Config{Changed: planner.Change})
		for seq := uint64(0); ; {
			span := ring.ReadHead(seq, 512)
			if len(span.T) == 0 {
				break
			}
			latest := ring.Latest()
			e.Observe(nil, latest.Tables[collectors.Services.Name])
			e.Feed(latest.Schema, &span)
			seq = span.First + uint64(len(span.T)) - 1
			for _, n := range planner.Tick(span.T[len(span.T)-1]) {
				t.Errorf("%s (%s): a notice: %s: %s", name, r.During, n.Kind, n.Alerts[0].Text)
			}
		}
		t.Logf("%s: %d alerts for the page alone", name, len(e.Alerts()))
	}
}
