package fleet

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dashcam/collectors/alert"
)

// TestKeep_AHostThatIsGoneIsShownAsItWasAfterARestart ends a hub with a host that speaks and
// one that is silent, and begins another on its directory.
func TestKeep_AHostThatIsGoneIsShownAsItWasAfterARestart(t *testing.T) {
	dir := t.TempDir()
	hub := startHub(t, dir, "")
	for _, id := range []string{"speaks", "gone", "removed"} {
		hub.join(t, id)
	}
	seen := time.Now().Add(-10 * time.Minute)
	s := exampleSummary()
	for i := range 30 {
		s.Seq++
		hub.wall.Summarized("gone", s, seen.Add(time.Duration(i-30)*10*time.Second))
		hub.wall.Summarized("removed", s, seen.Add(time.Duration(i-30)*10*time.Second))
	}
	hub.wall.Introduced("gone", About{Instance: s.Instance, Name: "db-07", OS: "Debian 12", NowMs: 1, IntervalMs: 1000, Labels: map[string]string{"role": "db"}}, seen)
	hub.wall.Happened("gone", Events{Instance: s.Instance, Now: &Present{Rev: 3, Verdict: "sda is saturated", Alerts: []Alert{exampleAlert("a1", alert.Firing)}}})
	eventually(t, "both are unreachable", func() bool { return len(hub.wall.Unreachable()) == 2 })
	from := seen.UnixMilli() - 400_000
	before, _ := hub.wall.Host("gone")
	strips := hub.wall.Strips(from, 90, true, []string{"gone"})
	was := hub.wall.Unreachable()
	hub.stop()
	if info, err := os.Stat(filepath.Join(dir, "fleet", wallFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: expected a file that only its owner reads", info, err)
	}
	again := startHub(t, dir, hub.addr)
	after, _ := again.wall.Host("gone")
	if diff := cmp.Diff(before, after, cmpopts.EquateNaNs()); diff != "" || after.Online || after.LastSeenMs == 0 || after.Verdict == "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
	if diff := cmp.Diff(strips, again.wall.Strips(from, 90, true, []string{"gone"})); diff != "" || !strings.Contains(strips.Hosts["gone"]["disk"].Levels, "2222") {
		t.Errorf("strips (-before +after)\n%s", diff)
	}
	if diff := cmp.Diff(was, again.wall.Unreachable()); diff != "" {
		t.Errorf("alerts (-before +after)\n%s", diff)
	}
	if h, _ := again.wall.Host("speaks"); h.LastSeenMs != 0 {
		t.Errorf("of one that never spoke: %+v", h)
	}
}

// TestKeep_OfARemovedHostNothingIsLeft has a host removed while the hub was not there.
func TestKeep_OfARemovedHostNothingIsLeft(t *testing.T) {
	w := newWatchedWall(t, 2)
	w.run(10)
	w.run(60, "id1")
	text, err := w.state()
	if err != nil {
		t.Fatal(err)
	}
	next := newWatchedWall(t, 0)
	if err := next.restore(text); err != nil {
		t.Fatal(err)
	}
	if got := next.Unreachable(); len(got) != 1 || got[0].Phase != alert.Firing {
		t.Errorf("before the registry has told: %+v", got)
	}
	next.Set(Record{ID: "id0", Name: "db-0"}, w.now)
	next.forget(w.now)
	if len(next.changes) != 1 || next.changes[0].Alert.Phase != alert.Resolved || len(next.IDs()) != 1 {
		t.Errorf("%+v", next.changes)
	}
	next.now = w.now
	next.run(60, "id0")
	if len(next.changes) != 1 {
		t.Errorf("within the grace of a start: %+v", next.changes)
	}
	next.run(90, "id0")
	if len(next.changes) != 2 {
		t.Errorf("behind it: %+v", next.changes)
	}
	for _, text := range []string{"", "{", `{"version":2}`, `[]`} {
		if err := next.restore([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	h := host{summary: Summary{States: unknownStates()}}
	h.restore(&keptHost{Summary: []byte(`{}`), SeenMs: 1, Cells: []byte{1}}, time.Now())
	if !h.seen.IsZero() || !math.IsNaN(h.summary.States[0].Use) {
		t.Errorf("a host that is not understood: %+v", h)
	}
}
