package stream

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"

	"github.com/google/go-cmp/cmp"
)

func inParts(window int) wire.Subscribe {
	return wire.Subscribe{Topics: []string{wire.TopicMetrics, "processes"}, Window: window, Parts: true}
}

// columnsOf returns the ids of the columns of a history message.
func columnsOf(t *testing.T, text string) []collectors.SeriesID {
	t.Helper()
	var m struct{ Columns [][]json.RawMessage }
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	var ids []collectors.SeriesID
	for _, c := range m.Columns {
		var id collectors.SeriesID
		if err := json.Unmarshal(c[0], &id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestPriority_ColumnsComeBeforeTheRemainingOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ring.SetHealth(collectors.Health{Collector: "cpu", State: collectors.HealthOK})
		for range 1500 {
			r.append()
		}
		synctest.Wait()
		v := r.viewer()
		// A page takes what comes before its subscription arrives.
		if diff := cmp.Diff([]string{"hello", "schema"}, v.drain()); diff != "" {
			t.Errorf("before it subscribed (-want +got)\n%s", diff)
		}
		v.feed.Subscribe(inParts(1400))
		want := []string{
			"history first", "history first", "history first", "history", "health",
			"history rest", "history rest", "history rest",
		}
		if diff := cmp.Diff(want, v.drain()); diff != "" {
			t.Errorf("on joining (-want +got)\n%s", diff)
		}
		// a is id 0 and on the panel, b and c are not.
		for i, ids := range map[int][]collectors.SeriesID{2: {0}, 5: {0, 1, 2}, 7: {1, 2}} {
			// A series may be missing in the one row that comes whole.
			if got := columnsOf(t, v.texts[i]); !slices.Equal(got, ids) && (i != 5 || len(got) > 3) {
				t.Errorf("message %d has the columns %v, want %v", i, got, ids)
			}
		}
		v.hasRows(101)
		r.ticks(2)
		if diff := cmp.Diff([]string{"frame", "frame"}, v.drain()); diff != "" {
			t.Errorf("live (-want +got)\n%s", diff)
		}
		v.hasRows(101)
		if got := r.fan.Stats().Ledger; got != (Ledger{Expected: 1402, Frames: 2, Filled: 1400}) {
			t.Errorf("ledger %+v, want 2 frames and 1400 filled rows: partial rows do not count twice", got)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestPriority_RemainingColumnsWaitForWhatIsNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(30)
		v := r.viewer()
		v.feed.Subscribe(inParts(30))
		v.read(4) // up to the row that is whole
		if got := r.fan.List(1)[0].Ledger; got != (Ledger{Expected: 30, Filled: 1}) {
			t.Errorf("ledger %+v, want 30 rows expected, of which partial ones are not filled", got)
		}
		r.tick(func(c *history.Commit) { c.Tables = append(c.Tables, observation("1", 5)) })
		if diff := cmp.Diff([]string{"frame", "table", "history rest"}, v.drain()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		v.hasRows(1)
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestPriority_RowsAreWholeForWhoeverDoesNotAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(30)
		for name, s := range map[string]wire.Subscribe{
			"a window":                 metricsOf(30),
			"one row":                  {Topics: []string{wire.TopicMetrics}, Window: 1, Parts: true},
			"since, of which all came": {Topics: []string{wire.TopicMetrics}, Since: &wire.Since{Instance: "one", Seq: 4}, Parts: true},
		} {
			v := r.viewer()
			v.feed.Subscribe(s)
			for _, typ := range v.drain() {
				if typ != "hello" && typ != "schema" && typ != "history" && typ != "frame" {
					t.Errorf("%s: %s", name, typ)
				}
			}
			v.feed.Leave()
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// A ring that forgets while the batches are in flight.
func TestPriority_PartialRowsThatAreForgottenAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		read int // messages before the ring goes on: hello and schema are two
		gaps func(oldest uint64) []wire.Gap
	}{
		"before anything came":     {2, func(uint64) []wire.Gap { return nil }},
		"between priority columns": {3, func(oldest uint64) []wire.Gap { return []wire.Gap{{From: 1, To: oldest - 1}} }},
		"before the remaining columns": {5, func(oldest uint64) []wire.Gap {
			return []wire.Gap{{From: 901, To: oldest - 1}, {From: 1, To: 899}}
		}},
		"between batches of the remaining columns": {6, func(oldest uint64) []wire.Gap {
			return []wire.Gap{{From: 901, To: oldest - 1}, {From: 601, To: 899}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, 1000*time.Second, Config{})
				for range 900 {
					r.append()
				}
				synctest.Wait()
				v := r.viewer()
				v.feed.Subscribe(inParts(3600))
				v.read(c.read)
				for range 3000 {
					r.append()
				}
				synctest.Wait()
				v.drain()
				oldest := r.ring.Bounds().Oldest
				if oldest <= 902 {
					t.Fatalf("the ring evicted too little: oldest is %d", oldest)
				}
				gaps := c.gaps(oldest)
				first := uint64(1)
				if gaps == nil {
					first = oldest
				}
				v.hasRows(first, gaps...)
				v.feed.Leave()
				if err := r.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// Pages that come at the same tick share their parts.
func TestPriority_BatchesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(100)
		const pages = 20
		for range pages {
			v := r.viewer()
			v.feed.Subscribe(inParts(60))
			v.drain()
			v.hasRows(41)
		}
		// Each of the three messages is made for the first page, and once for all others.
		if got := r.encodes(wire.TypeHistory); got != 6 {
			t.Errorf("%d batches were encoded for %d pages, want 6", got, pages)
		}
		if err := r.stop(); err == nil {
			t.Error("pages that did not leave were not noticed")
		}
	})
}
