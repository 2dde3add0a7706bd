package fleet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors/alert"
)

// watchedWall is a wall whose alerts go to a planner, and a clock that a test moves.
type watchedWall struct {
	*Wall
	planner *alert.Planner
	now     time.Time
	seq     uint64
	changes []alert.Change
	notices []alert.Notice
}

func newWatchedWall(t *testing.T, hosts int) *watchedWall {
	t.Helper()
	planner, err := alert.NewPlanner(alert.PlannerConfig{Armed: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &watchedWall{planner: planner, now: start}
	w.Wall = NewWall("0.1.0", func(c alert.Change) {
		w.changes = append(w.changes, c)
		planner.Change(c)
	})
	for i := range hosts {
		w.Set(Record{ID: fmt.Sprint("id", i), Name: fmt.Sprint("db-", i), Labels: map[string]string{"role": "db"}}, w.now)
	}
	return w
}

// run lets so many seconds pass, in which all hosts but some speak.
func (w *watchedWall) run(seconds int, silent ...string) {
	for range seconds {
		w.now = w.now.Add(time.Second)
		w.seq++
		for _, id := range w.IDs() {
			if !strings.Contains(strings.Join(silent, " ")+" ", id+" ") {
				s := exampleSummary()
				s.Seq = w.seq
				w.Summarized(id, s, w.now)
			}
		}
		w.Watch(w.now)
		w.notices = append(w.notices, w.planner.Tick(w.now.UnixMilli())...)
	}
}

// said are the notices since the last time: kind and texts.
func (w *watchedWall) said() (all []string) {
	for _, n := range w.notices {
		var texts []string
		for _, a := range n.Alerts {
			texts = append(texts, a.Text)
		}
		all = append(all, string(n.Kind)+" "+strings.Join(texts, "; "))
	}
	w.notices = nil
	return all
}

func TestUnreachable_IsToldOnceForAllThatGoTogether(t *testing.T) {
	w := newWatchedWall(t, 5)
	w.run(10)
	last := w.now
	w.run(silentPaces+30, "id1", "id2", "id3")
	if len(w.changes) != 0 {
		t.Fatalf("too soon: %+v", w.changes)
	}
	w.run(40, "id1", "id2", "id3")
	if diff := cmp.Diff([]string{"firing host db-1 is unreachable; host db-2 is unreachable; host db-3 is unreachable"}, w.said()); diff != "" {
		t.Error(diff)
	}
	a := w.changes[0].Alert
	if want := (map[string]string{"host": "db-1", "id": "id1", "role": "db"}); !cmp.Equal(a.Labels, want) || a.SinceMs != last.UnixMilli() || a.Level != alert.Critical {
		t.Errorf("%+v, expected labels %v since %d", a, want, last.UnixMilli())
	}
	if got := told(t, w.Wall, "?host=id2"); !cmp.Equal(got, []string{"id2 db-2 " + w.changes[1].Alert.ID + " firing"}) {
		t.Errorf("in the list of all: %q", got)
	}
	w.run(backSummaries-1, "id2", "id3")
	if len(w.changes) != 3 {
		t.Errorf("back too soon: %+v", w.changes)
	}
	w.run(40, "id3")
	if diff := cmp.Diff([]string{"resolved host db-1 is unreachable; host db-2 is unreachable"}, w.said()); diff != "" {
		t.Error(diff)
	}
	w.Remove("id3")
	w.run(40)
	if diff := cmp.Diff([]string{"resolved host db-3 is unreachable, and was removed"}, w.said()); diff != "" {
		t.Error(diff)
	}
	if got := w.Unreachable(); len(got) != 3 || got[0].Phase != alert.Resolved {
		t.Errorf("%+v", got)
	}
}

func TestUnreachable_IsNotRaised(t *testing.T) {
	for name, happens := range map[string]func(w *watchedWall){
		"for a host that was removed": func(w *watchedWall) { w.Remove("id1"); w.run(90, "id1") },
		"for one that never came":     func(w *watchedWall) { w.Set(Record{ID: "id9"}, w.now); w.run(90, "id9") },
		"where the hub was away":      func(w *watchedWall) { w.now = w.now.Add(time.Hour); w.Watch(w.now); w.run(10) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatchedWall(t, 3)
			w.run(10)
			if happens(w); len(w.changes) != 0 {
				t.Errorf("%+v", w.changes)
			}
		})
	}
}

func TestUnreachable_IsSilencedByTheLabelsOfTheHost(t *testing.T) {
	w := newWatchedWall(t, 3)
	w.run(10)
	if _, err := w.planner.Silence(alert.Silence{Matchers: alert.Matchers{Labels: map[string]string{"role": "db", "host": "db-1"}}, EndMs: w.now.Add(time.Hour).UnixMilli(), Reason: "moved"}, w.now.UnixMilli()); err != nil {
		t.Fatal(err)
	}
	w.run(90, "id1", "id2")
	if diff := cmp.Diff([]string{"firing host db-2 is unreachable"}, w.said()); diff != "" {
		t.Error(diff)
	}
}
