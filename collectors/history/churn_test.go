package history

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// churner commits rows of some series that stay and some that are replaced, as links and
// mounts of containers are.
type churner struct {
	t     *testing.T
	ring  *Ring
	stay  []collectors.SeriesID
	come  []collectors.SeriesID
	ids   []collectors.SeriesID
	rows  int
	names int
}

func newChurner(t *testing.T, ring *Ring, stay int) *churner {
	c := &churner{t: t, ring: ring}
	for i := range stay {
		c.stay = append(c.stay, mustIntern(t, ring, gauge(fmt.Sprint("stays ", i))))
	}
	return c
}

// name is that of the series that came as one of the first, second and so on.
func (c *churner) name(n int) string { return fmt.Sprint("came ", n) }

// replace replaces n series.
func (c *churner) replace(n int) {
	c.come = c.come[:0]
	for range n {
		id, err := c.ring.Intern(gauge(c.name(c.names)))
		if err != nil {
			c.t.Fatalf("row %d: live series %d is refused: %v", c.rows, c.names, err)
		}
		c.names++
		c.come = append(c.come, id)
	}
	c.ids = slices.Concat(c.stay, c.come)
	slices.Sort(c.ids)
}

func (c *churner) row() {
	c.rows++
	q := make([]int64, len(c.ids))
	for i, id := range c.ids {
		q[i] = (int64(c.rows) + int64(id)) % 7
	}
	c.ring.Append(Commit{Row: collectors.Row{T: 1_795_186_288_000 + int64(c.rows)*1000, IDs: c.ids, Q: q}})
}

// Hours of churn at the limit: a host that has fewer series than it may have was refused
// live ones after a minute and a half, because the dead ones counted, and each refusal
// looked through all of them.
func TestRing_ChurnAtTheLimitRefusesNothingLive(t *testing.T) {
	need.Undetected(t)
	const (
		stay, come, every = 380, 60, 5
		memory            = 4 << 20
		hour              = 3600
	)
	ring := New(Config{MaxSeries: stay + 2*come, Memory: memory})
	c := newChurner(t, ring, stay)
	allocated := func(rows int) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rows {
			if c.rows%every == 0 {
				c.replace(come)
			}
			c.row()
			if n := len(ring.Latest().Schema.Series); n > stay+2*come {
				t.Fatalf("row %d: %d series in the schema, want at most %d", c.rows, n, stay+2*come)
			}
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / uint64(rows)
	}
	allocated(hour / 2)
	early := allocated(hour / 2)
	allocated(2 * hour)
	late := allocated(hour / 2)
	if b := ring.Bounds(); b.Refused > 0 || b.Bytes > memory {
		t.Errorf("%d refused, %d bytes, want none and at most %d", b.Refused, b.Bytes, memory)
	}
	if late > early*3/2 {
		t.Errorf("a row allocates %d bytes after 3 hours, %d after one: it should be flat", late, early)
	}
	t.Logf("%d series came; a row allocates %d bytes, then %d; %d remembered", c.names, early, late, len(schemaOf(ring).Series))
}

// What vanished is not in the schema any more, and its past is answered.
func TestRing_ASeriesThatVanishedLeavesTheSchemaAndIsRemembered(t *testing.T) {
	ring := New(Config{})
	c := newChurner(t, ring, 3)
	c.replace(2)
	for range 100 {
		c.row()
	}
	gone := c.come[0]
	left := c.rows + 1
	c.replace(0)
	inSchema := func() bool { return ring.Latest().Schema.Find(gone) != nil }
	for range 30 {
		c.row()
		if !inSchema() {
			t.Fatalf("it left the schema after %d s, want 30", c.rows-left)
		}
	}
	c.row()
	if inSchema() {
		t.Error("it is in the schema after 30 s")
	}
	match, err := collectors.ParseMatcher("test.gauge{n=came 0}")
	if err != nil {
		t.Fatal(err)
	}
	b, err := ask(ring, collectors.Query{Match: match})
	if err != nil || len(b.Series) != 1 || b.Series[0].ID != gone || b.Series[0].N[50] == 0 {
		t.Errorf("its past is %+v, %v", b.Series, err)
	}
	now := collectors.Window{First: uint64(left) + 5}
	if s, err := ring.Schema(t.Context(), now); err != nil || s.Find(gone) != nil || s.Find(c.stay[0]) == nil {
		t.Errorf("the schema of the last rows is %+v, %v", s, err)
	}
	// It returns with its id, and in the schema.
	if id := mustIntern(t, ring, gauge(c.name(0))); id != gone {
		t.Errorf("it returned as %d, want %d", id, gone)
	}
	c.ids = append(slices.Clone(c.stay), gone)
	slices.Sort(c.ids)
	if c.row(); !inSchema() {
		t.Error("it returned and is not in the schema")
	}
	if n := len(schemaOf(ring).Series); n != 5 {
		t.Errorf("%d series are remembered, want 5", n)
	}
}

// What came and went while the disk hung is described on it all the same.
func TestStore_DescribesWhatIsGoneWhenItIsWritten(t *testing.T) {
	r := newRig(t, 1, Config{})
	c := newChurner(t, r.ring, 3)
	c.replace(2)
	for range 100 {
		c.row()
	}
	c.replace(1)
	for range 200 { // the first two left the schema long ago
		c.row()
	}
	r.stop()
	r.start()
	match, err := collectors.ParseMatcher("test.gauge{n=came *}")
	if err != nil {
		t.Fatal(err)
	}
	b, err := ask(r.ring, collectors.Query{Match: match})
	if err != nil || len(b.Series) != 3 {
		t.Errorf("%d series are there after the restart, want 3, %v", len(b.Series), err)
	}
	if n := len(r.ring.Latest().Schema.Series); n > 0 {
		t.Errorf("%d series of an earlier instance are in the schema", n)
	}
}

// At the limit the values of a row are counted for the first series that is refused, and
// for no other: each refusal once looked through everything that is remembered.
func TestRing_ARowIsLookedThroughOnceForAllThatAreRefused(t *testing.T) {
	const most, noCount = 50, 1 << 20
	ring := New(Config{MaxSeries: most})
	c := newChurner(t, ring, most)
	c.replace(0)
	refuse := func(n int) {
		t.Helper()
		for i := range n {
			if _, err := ring.Intern(gauge(fmt.Sprint("refused ", i))); err == nil {
				t.Fatalf("series %d beyond the limit is taken", i)
			}
		}
	}
	for range 3 {
		c.row()
		refuse(1)
		if got := ring.catalog.valued; got != most {
			t.Fatalf("%d values were counted, want %d", got, most)
		}
		ring.catalog.valued = noCount // which another count would set right
		refuse(100)
		if got := ring.catalog.valued; got != noCount {
			t.Errorf("row %d was looked through again: %d values counted", c.rows, got)
		}
	}
}

// At the limit a failed attempt costs no look through what is remembered.
func BenchmarkIntern_Refused(b *testing.B) {
	ring := New(Config{MaxSeries: 5000, Interval: time.Second})
	ids := make([]collectors.SeriesID, 5000)
	for i := range ids {
		ids[i], _ = ring.Intern(gauge(fmt.Sprint(i)))
	}
	ring.Append(Commit{Row: collectors.Row{T: 1000, IDs: ids, Q: make([]int64, len(ids))}})
	one := gauge("one more")
	for b.Loop() {
		if _, err := ring.Intern(one); err == nil {
			b.Fatal("it is taken")
		}
	}
}
