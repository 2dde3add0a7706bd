package history

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/store"
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

// feed appends rows of a host, with processes, one a second by the virtual clock, and
// writes them.
func (r *rig) feed(rows [][]int64, ids []collectors.SeriesID, observed []*collectors.TableData) {
	r.t.Helper()
	for i, q := range rows {
		time.Sleep(time.Second)
		r.now = time.Now().UnixMilli()
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
		ids[i] = mustIntern(r.t, r.ring, gauge(strconv.Itoa(i)))
	}
	return ids
}

// TestStore_StaysBelowItsLimit looks at the directory after every write.
func TestStore_StaysBelowItsLimit(t *testing.T) {
	t.Parallel()
	need.Undetected(t)
	synctest.Test(t, func(t *testing.T) {
		const limit = store.MinLimit
		r := newRigOn(t, 1, Config{Memory: 4 << 20}, store.Config{Limit: limit})
		ids := r.intern(300)
		p := newProcesses(60)
		var observed []*collectors.TableData
		for range 64 {
			observed = append(observed, p.observe())
		}
		rows := hostRows(512, 300, false)
		largest := int64(0)
		for range 90 {
			r.feed(rows, ids, observed)
			use := diskUse(t, r.dir)
			largest = max(largest, use)
			if use > limit {
				t.Fatalf("%d bytes on disk, the limit is %d", use, limit)
			}
			if got := r.on.Stats().Bytes; got != use {
				t.Fatalf("the store counts %d bytes, the directory has %d", got, use)
			}
		}
		b := r.ring.Bounds()
		if b.Oldest == 1 || largest < limit*9/10 {
			t.Errorf("the oldest row is %d and at most %d bytes were used: nothing was evicted", b.Oldest, largest)
		}
		got := tablesOf(r.ring, "processes", b.Oldest, b.Newest)
		if len(got) == 0 || got[0].Seq < b.Oldest || got[len(got)-1].Seq != b.Newest {
			t.Errorf("%d observations from the oldest row %d to the newest %d", len(got), b.Oldest, b.Newest)
		}
		if len(got) < 2 || got[1].Seq-got[0].Seq != block.ThinKeep {
			t.Error("no observations of processes were thinned before rows were evicted")
		}
		buckets, err := ask(r.ring, collectors.Query{Points: 100})
		if err != nil || len(buckets.Gaps) > 0 || buckets.FirstSeq[0] != b.Oldest {
			t.Errorf("first row %d, gaps %v, error %v; want %d, none", buckets.FirstSeq[0], buckets.Gaps, err, b.Oldest)
		}
	})
}

// TestStore_EvictsWhatIsOlderThanItsRetention moves the clock on.
func TestStore_EvictsWhatIsOlderThanItsRetention(t *testing.T) {
	t.Parallel()
	need.Undetected(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRigOn(t, 1, Config{Memory: 4 << 20, Age: time.Hour}, store.Config{Limit: store.MinLimit, Retention: 3 * time.Hour})
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
		r.stop() // files whose rows are in blocks go when those are on the disk
		files, err := filepath.Glob(filepath.Join(r.dir, "*"))
		if err != nil || len(files) > 60 {
			t.Errorf("%d files (%v)", len(files), err)
		}
	})
}

// A segment ends when it is large, which took hours: with a retention of an hour 8 to 16
// were kept. Here it has to hold all the time, and after a night in which nothing ran.
func TestStore_HoldsAShortRetention(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const retention, slack = time.Hour, 6 * time.Minute
		r := newRigOn(t, 1, Config{Age: 10 * time.Minute}, store.Config{Retention: retention})
		age := func() time.Duration {
			b := r.ring.Bounds()
			return time.Duration(b.NewestT-b.OldestT) * time.Millisecond
		}
		row := func(ids []collectors.SeriesID) {
			time.Sleep(time.Second)
			q := []int64{1, 2, time.Now().Unix() % 7}[:len(ids)]
			r.ring.Append(Commit{Row: collectors.Row{T: time.Now().UnixMilli(), IDs: ids, Q: q}})
			r.step()
		}
		longest := time.Duration(0)
		ids := r.intern(3)
		for range 4 * 3600 {
			row(ids)
			longest = max(longest, age())
		}
		if longest > retention+slack || longest < retention {
			t.Errorf("%s were remembered, want %s and at most %s more", longest, retention, slack)
		}
		r.stop()
		time.Sleep(3 * time.Hour)
		r.start()
		ids = r.intern(1)
		row(ids)
		row(ids)
		if got := age(); got > retention+slack {
			t.Errorf("after 3 hours without a dashcam %s are remembered", got)
		}
	})
}
