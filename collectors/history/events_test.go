package history

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history/store"
)

// A host with much going on fills the memory for events within hours: the store holds
// them for a month.
func TestStore_RemembersAHundredThousandEvents(t *testing.T) {
	t.Parallel()
	need.Undetected(t)
	const rows, perRow = 1000, 100
	r := newRig(t, 1, Config{Memory: 8 << 20})
	var want []collectors.Event
	row := func() {
		r.now += 26_000 // 30 days are 2,592,000 s
		c := Commit{Row: collectors.Row{T: r.now}}
		for i := range perRow {
			c.Events = append(c.Events, collectors.Event{
				Kind: "process", Text: fmt.Sprint("backup ended with 1, number ", len(want)), Level: collectors.LevelWarning,
				About: collectors.About{Kind: "process", Name: "backup", PID: i}, Source: "netlink",
			})
			got := c.Events[i]
			got.Seq, got.T, got.ID = r.ring.Bounds().Newest+1, r.now, fmt.Sprintf("%d.%d", r.ring.Bounds().Newest+1, i)
			want = append(want, got)
		}
		r.ring.Append(c)
	}
	for i := range rows {
		row()
		r.step()
		switch i {
		case 300:
			r.kill()
			r.start()
		case 600:
			r.stop()
			r.start()
		}
	}
	row() // in memory alone
	if held := len(r.ring.HeadEvents(0)); held >= len(want)/10 {
		t.Fatalf("%d events are in memory: the store is not needed", held)
	}
	all, err := collectors.All(r.ring.Events(context.Background(), collectors.Window{}))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(want, all) {
		t.Fatalf("%d events, want %d (-want +got)\n%.2000s", len(all), len(want), cmp.Diff(want, all))
	}
	for _, w := range []collectors.Window{
		{First: 10, Last: 11}, {From: want[5000].T, To: want[5200].T}, {From: want[len(want)-150].T}, {First: want[len(want)-1].Seq}, {To: 1},
	} {
		var expected []collectors.Event
		for _, e := range want {
			if w.Holds(e.Seq, e.T) {
				expected = append(expected, e)
			}
		}
		got, err := collectors.All(r.ring.Events(context.Background(), w))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(expected, got) {
			t.Errorf("%+v (-want +got)\n%.1000s", w, cmp.Diff(expected, got))
		}
	}
	files, err := filepath.Glob(filepath.Join(r.dir, "*.evt"))
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size == 0 || size > 32<<20 {
		t.Errorf("they take %d bytes", size)
	}
}

// What is thrown away with the directory is not told again, and what the ring holds is
// written once more.
func TestStore_BeginsAnEmptyLogOfEventsWithANewDirectory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1, Config{})
		row := func(events ...collectors.Event) {
			r.now += 1000
			r.ring.Append(Commit{Row: collectors.Row{T: r.now}, Events: events})
			r.step()
		}
		row(collectors.Event{Kind: "test", Text: "before"})
		if err := os.RemoveAll(r.dir); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second) // it is looked for at every sync
		row()
		row()
		r.stop()
		a, err := store.OpenArchive(r.dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = a.Events(0, math.MaxInt64, func(e *collectors.Event) error { got = append(got, e.Text); return nil })
		if diff := cmp.Diff([]string{"before"}, got); diff != "" || err != nil {
			t.Errorf("events in the new directory, %v (-want +got):\n%s", err, diff)
		}
	})
}
