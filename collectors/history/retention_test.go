package history

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"dashcam/collectors"
)

// diskUse is what the files of a directory take.
func diskUse(t *testing.T, dir string) int64 {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for _, e := range entries {
		if e.Name() == "lock" {
			continue
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

// feed appends rows of a host, with processes, and writes them.
func (r *rig) feed(rows [][]int64, ids []collectors.SeriesID, observed []*collectors.TableData) {
	r.t.Helper()
	for i, q := range rows {
		r.now += 1000
		d := *observed[i%len(observed)]
		r.ring.Append(Commit{Row: collectors.Row{T: r.now, IDs: ids, Q: q}, Tables: []*collectors.TableData{&d}})
		if i%16 == 0 {
			r.step()
		}
	}
}

// intern gives a ring the series of a host.
func (r *rig) intern(series int) []collectors.SeriesID {
	r.t.Helper()
	ids := make([]collectors.SeriesID, series)
	for i := range ids {
		s := r.seriesOf(1)
		s.Labels = collectors.LabelsOf(string(rune('a'+i%26)) + string(rune('a'+i/26)))
		ids[i] = mustIntern(r.t, r.ring, s)
	}
	return ids
}

// TestStore_StaysBelowItsLimit looks at the directory after every write.
func TestStore_StaysBelowItsLimit(t *testing.T) {
	r := newRig(t, 1, Config{Memory: 4 << 20})
	r.kill()
	r.store.Limit = MinDisk
	r.start()
	r.w.now = func() time.Time { return time.UnixMilli(r.now) }
	ids := r.intern(300)
	p := newProcesses(60)
	var observed []*collectors.TableData
	for range 64 {
		observed = append(observed, p.observe())
	}
	rows := hostRows(512, 300, false)
	largest, thinned := int64(0), false
	for range 90 {
		r.feed(rows, ids, observed)
		use := diskUse(t, r.dir)
		largest = max(largest, use)
		if use > r.store.Limit {
			t.Fatalf("%d bytes on disk, the limit is %d", use, r.store.Limit)
		}
		if got := r.w.bytes(); got != use {
			t.Fatalf("the store counts %d bytes, the directory has %d", got, use)
		}
		for _, f := range r.on.past.Load().tables {
			thinned = thinned || f.thinned
		}
	}
	b := r.ring.Bounds()
	if b.Oldest == 1 || largest < r.store.Limit*9/10 {
		t.Errorf("the oldest row is %d and at most %d bytes were used: nothing was forgotten", b.Oldest, largest)
	}
	if !thinned {
		t.Error("no observations of processes were thinned before rows were forgotten")
	}
	got := tablesOf(r.ring, "processes", b.Oldest, b.Newest)
	if len(got) == 0 || got[0].Seq < b.Oldest || got[len(got)-1].Seq != b.Newest {
		t.Errorf("%d observations from the oldest row %d to the newest %d", len(got), b.Oldest, b.Newest)
	}
	buckets, err := ask(r.ring, collectors.Query{Points: 100})
	if err != nil || len(buckets.Gaps) > 0 || buckets.FirstSeq[0] != b.Oldest {
		t.Errorf("first row %d, gaps %v, error %v; want %d, none", buckets.FirstSeq[0], buckets.Gaps, err, b.Oldest)
	}
}

// TestStore_ForgetsWhatIsOlderThanItsRetention moves the clock on.
func TestStore_ForgetsWhatIsOlderThanItsRetention(t *testing.T) {
	r := newRig(t, 1, Config{Memory: 4 << 20, Age: time.Hour})
	r.kill()
	r.store.Limit, r.store.Retention = MinDisk, 3*time.Hour
	r.start()
	r.w.now = func() time.Time { return time.UnixMilli(r.now) }
	ids := r.intern(300)
	observed := []*collectors.TableData{newProcesses(20).observe()}
	rows := hostRows(512, 300, false)
	for range 40 { // 5.7 hours
		r.feed(rows, ids, observed)
	}
	b := r.ring.Bounds()
	if age := time.Duration(b.NewestT-b.OldestT) * time.Millisecond; age < 3*time.Hour || age > 3*time.Hour+30*time.Minute {
		t.Errorf("%s are remembered, want 3h and at most a segment more", age)
	}
	if err := r.w.sync(true); err != nil { // files whose rows are in blocks go when those are on the disk
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(r.dir, "*"))
	if err != nil || len(files) > 60 {
		t.Errorf("%d files (%v)", len(files), err)
	}
}

// A segment ends when it is large, which took hours: with a retention of an hour 8 to 16
// were kept. Here it has to hold all the time, and after a night in which nothing ran.
func TestStore_HoldsAShortRetention(t *testing.T) {
	const retention, slack = time.Hour, 6 * time.Minute
	r := newRig(t, 1, Config{Age: 10 * time.Minute})
	r.kill()
	r.store.Retention = retention
	r.start()
	c := newChurner(t, r.ring, 3)
	clock := func() { r.w.now = func() time.Time { return time.UnixMilli(1_795_186_288_000 + int64(c.rows)*1000) } }
	clock()
	c.replace(0)
	longest := time.Duration(0)
	for range 4 * 3600 {
		c.row()
		r.step()
		b := r.ring.Bounds()
		longest = max(longest, time.Duration(b.NewestT-b.OldestT)*time.Millisecond)
	}
	if longest > retention+slack || longest < retention {
		t.Errorf("%s were remembered, want %s and at most %s more", longest, retention, slack)
	}
	r.stop()
	r.start()
	c = &churner{t: t, ring: r.ring, rows: c.rows + 3*3600}
	clock()
	c.stay = []collectors.SeriesID{mustIntern(t, r.ring, gauge("stays 0"))}
	c.replace(0)
	for range 2 {
		c.row()
		r.step()
	}
	if b := r.ring.Bounds(); b.NewestT-b.OldestT > (retention + slack).Milliseconds() {
		t.Errorf("after 3 hours without a dashcam %s are remembered", time.Duration(b.NewestT-b.OldestT)*time.Millisecond)
	}
}
