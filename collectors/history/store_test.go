package history

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/store"
)

// rig is a ring with a store that writes when it is told to, and what was fed to it.
type rig struct {
	*driver
	dir   string
	cfg   Config
	store store.Config
	on    *store.Store
	steps *stepped
	// end ends the writer and lets go of the directory.
	end func() error
	// rebooted is counted up for another run of the host.
	rebooted int
}

// stepped is a ring as a store sees it that has been told when there is a row.
type stepped struct {
	*Ring
	next, idle chan struct{}
}

func (s *stepped) Wait(ctx context.Context, _ uint64) error {
	s.idle <- struct{}{}
	select {
	case <-s.next:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write writes ring to a store. Each call of step writes what has come since the last
// one, and end the rest.
func write(t *testing.T, on *store.Store, ring *Ring) (steps *stepped, end func() error) {
	steps = &stepped{ring, make(chan struct{}), make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- on.Run(ctx, steps) }()
	<-steps.idle
	end = sync.OnceValue(func() error {
		cancel()
		return errors.Join(<-done, on.Close())
	})
	t.Cleanup(func() { _ = end() }) // the test looked at it, if it is about that
	return steps, end
}

func (s *stepped) step() {
	s.next <- struct{}{}
	<-s.idle
}

func newRig(t *testing.T, seed uint64, cfg Config) *rig {
	return newRigOn(t, seed, cfg, store.Config{})
}

func newRigOn(t *testing.T, seed uint64, cfg Config, on store.Config) *rig {
	r := &rig{driver: newDriver(t, seed, cfg), dir: fastDir(t), cfg: cfg, store: on}
	r.start()
	return r
}

// start begins an instance on the directory.
func (r *rig) start() {
	r.t.Helper()
	r.store.Dir, r.store.Boot = r.dir, fmt.Sprint("boot ", r.rebooted)
	on, err := store.Open(r.store)
	if err != nil {
		r.t.Fatal(err)
	}
	cfg := r.cfg
	cfg.Store = on
	r.on, r.ring = on, New(cfg)
	r.steps, r.end = write(r.t, on, r.ring)
	r.ids = nil
	for i := range r.model.rows {
		r.model.rows[i].Rev = 1 // revisions of an earlier instance mean nothing
	}
}

// kill goes on with the directory as a kill would leave it now: nothing more is written.
func (r *rig) kill() {
	r.t.Helper()
	left := r.dir
	dir, err := os.MkdirTemp(filepath.Dir(left), "dashcam-test-")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	entries, err := os.ReadDir(left)
	if err != nil {
		r.t.Fatal(err)
	}
	written := map[string]bool{".open": true} // whether the newest file of a kind was seen
	for _, e := range slices.Backward(entries) {
		from, to, ext := filepath.Join(left, e.Name()), filepath.Join(dir, e.Name()), filepath.Ext(e.Name())
		switch {
		case ext == "":
			continue // the lock
		case ext != ".open" && written[ext]:
			err = os.Link(from, to) // it does not change any more
		default:
			written[ext] = true
			var b []byte
			if b, err = os.ReadFile(from); err == nil {
				err = os.WriteFile(to, b, 0o600)
			}
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	if err := errors.Join(r.end(), os.RemoveAll(left)); err != nil {
		r.t.Fatal(err)
	}
	r.dir = dir
}

// stop lets the instance end by itself.
func (r *rig) stop() {
	r.t.Helper()
	if err := r.end(); err != nil {
		r.t.Fatal(err)
	}
}

// step lets the store write what there is.
func (r *rig) step() {
	r.t.Helper()
	r.steps.step()
	if problem := r.on.Stats().Problem; problem != "" {
		r.t.Fatal(problem)
	}
}

// TestStore_AnswersLikeTheModel goes through several lives of dashcam on one directory
// and compares every answer with what was ever committed.
func TestStore_AnswersLikeTheModel(t *testing.T) {
	need.Undetected(t)
	for name, cfg := range map[string]Config{
		"everything in memory":  {},
		"little in memory":      {Memory: 60_000},
		"five rows a second":    {Interval: 200e6, Memory: 60_000},
		"no more than 40 lines": {Memory: 60_000, MaxSeries: 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRigOn(t, 11, cfg, store.Config{Limit: store.MinLimit})
			for n := range 20 {
				r.active[n] = true
			}
			for life := range 7 {
				for i := range 150 + 200*life {
					r.tick(40)
					if r.rnd.IntN(3) > 0 { // a slow disk takes several rows at once
						r.step()
					}
					if i%41 == 0 || i < 3 {
						r.check()
					}
				}
				r.step()
				if r.rnd.IntN(2) == 0 {
					r.kill()
				} else {
					r.stop()
				}
				r.now += 1000 * int64(r.rnd.IntN(100)) * r.interval
				r.start()
				if got, want := r.ring.Bounds().Newest, uint64(len(r.model.rows)); got != want {
					t.Fatalf("life %d goes on behind row %d, %d were committed", life+1, got, want)
				}
				r.check()
			}
			if b := r.ring.Bounds(); b.Oldest != 1 {
				t.Errorf("the oldest row is %d, all fit", b.Oldest)
			}
			if s := r.on.Stats(); s.Damaged > 0 || s.Torn > 0 || len(s.Instances) != 7 {
				t.Errorf("stats %+v, want 7 instances and no damage", s)
			}
		})
	}
}

// TestStore_SaysHowTheLastInstanceEnded looks at the restartGap that each end leaves.
func TestStore_SaysHowTheLastInstanceEnded(t *testing.T) {
	r := newRig(t, 1, Config{})
	r.active[1] = true
	live := func(rows int) {
		for range rows {
			r.tick(2)
			r.step()
		}
	}
	live(10)
	var want []collectors.BucketGap
	for _, c := range []struct {
		why string
		end func()
	}{
		{store.WhyKilled, r.kill},
		{store.WhyStopped, r.stop},
		{store.WhyRebooted, func() { r.kill(); r.rebooted++ }},
		{store.WhyRebooted, func() { r.stop(); r.rebooted++ }},
	} {
		c.end()
		before := r.ring.Bounds().NewestT
		r.now += 60_000
		r.start()
		live(3)
		first := r.model.rows[len(r.model.rows)-3]
		if first.Why != c.why || first.Missed < 59 || first.Missed > 61 {
			t.Errorf("the first row says %d rows are missing, %q; want about 60, %q", first.Missed, first.Why, c.why)
		}
		want = append(want, collectors.BucketGap{From: before + 1000, To: first.T, Why: c.why, Lost: false})
	}
	b, err := ask(r.ring, collectors.Query{})
	if err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(b.Gaps, func(g collectors.BucketGap) bool { return g.To-g.From < 30_000 }) // the driver's own
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

// observe commits a row with an observation, and returns what is to be remembered of that.
func (r *rig) observe(p *processes) *collectors.TableData {
	d := p.observe()
	r.now += 1000
	r.resolve()
	row, _ := r.ring.Append(Commit{Row: collectors.Row{T: r.now, IDs: r.ids, Q: []int64{1}}, Tables: []*collectors.TableData{d}})
	r.model.rows = append(r.model.rows, row)
	r.step()
	return naiveTop(d)
}

// TestStore_KeepsTheProcessesOfTheLastSecond would fail if observations of the open
// table block died with the process.
func TestStore_KeepsTheProcessesOfTheLastSecond(t *testing.T) {
	r := newRig(t, 1, Config{})
	r.active[1] = true
	p := newProcesses(50)
	var want []*collectors.TableData
	live := func(rows int) {
		for range rows {
			want = append(want, r.observe(p))
		}
	}
	check := func() {
		t.Helper()
		got := tablesOf(r.ring, "processes", 1, uint64(len(want)))
		if !reflect.DeepEqual(want, got) { // much faster than cmp
			t.Fatalf("observations (-want +got):\n%s", cmp.Diff(want, got))
		}
	}
	for _, end := range []func(){r.kill, r.stop, r.kill, r.kill} {
		live(150)
		check()
		end()
		r.start()
		check()
		live(5)
		check()
	}
}

// An observation is written before the row that it came with, when it fills a table block.
// Killed in between, dashcam gives that row's number to another row, with an observation of
// its own: on a busy machine one of 780 came twice.
func TestStore_KnowsOneObservationOfARow(t *testing.T) {
	r := newRig(t, 1, Config{})
	r.active[1] = true
	p := newProcesses(50)
	var want []*collectors.TableData
	live := func(rows int) {
		for range rows {
			want = append(want, r.observe(p))
		}
	}
	check := func() {
		t.Helper()
		if got := tablesOf(r.ring, "processes", 1, uint64(len(want))+9); !reflect.DeepEqual(want, got) { // much faster than cmp
			t.Fatalf("observations (-want +got):\n%s", cmp.Diff(want, got))
		}
	}
	// unborn kills dashcam behind the observation of the next row and before the row.
	unborn := func() {
		t.Helper()
		before := make(map[string][]byte)
		entries, err := os.ReadDir(r.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) == ".open" || filepath.Ext(e.Name()) == ".seg" {
				if before[e.Name()], err = os.ReadFile(filepath.Join(r.dir, e.Name())); err != nil {
					t.Fatal(err)
				}
			}
		}
		live(1)
		r.kill()
		for name, b := range before {
			if err := os.WriteFile(filepath.Join(r.dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, r.model.rows = want[:len(want)-1], r.model.rows[:len(r.model.rows)-1]
		r.start()
	}
	live(63)
	unborn()
	check()
	live(1)
	check()
	// The row is there now, and still has the observation that came with it.
	r.kill()
	r.start()
	check()
	live(63)
	unborn()
	// It begins a table block that is written, too, and so is what a kill leaves of one.
	for _, end := range []func(){r.kill, r.stop} {
		live(150)
		end()
		r.start()
		check()
		live(1)
		r.kill()
		r.start()
		live(1)
		r.stop()
		r.start()
		check()
	}
}

// tornAt makes a store whose newest file of a kind is cut at each byte of its last
// records, and starts a ring on every one.
func TestStore_SurvivesACutAtEveryByte(t *testing.T) {
	t.Parallel()
	need.Undetected(t)
	r := newRig(t, 5, Config{})
	for n := range 6 {
		r.active[n] = true
	}
	for range 300 {
		r.tick(6)
		r.step()
	}
	r.kill()
	for _, ext := range []string{".seg", ".open"} {
		names, err := filepath.Glob(filepath.Join(r.dir, "*"+ext))
		if err != nil || len(names) == 0 {
			t.Fatalf("no file ends with %s (%v)", ext, err)
		}
		name := names[len(names)-1]
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dir := fastDir(t)
		if err := os.CopyFS(dir, os.DirFS(r.dir)); err != nil {
			t.Fatal(err)
		}
		for cut := len(whole); cut >= max(0, len(whole)-400); cut-- {
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), whole[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			on, err := store.Open(store.Config{Dir: dir})
			if err != nil {
				t.Fatalf("%s cut at %d of %d: %v", ext, cut, len(whole), err)
			}
			ring := New(Config{Store: on})
			checkPrefix(t, ring, r.model.rows, fmt.Sprintf("%s cut at %d of %d", ext, cut, len(whole)))
			if s := on.Stats(); ext == ".open" && s.Newest < uint64(len(r.model.rows))-12 {
				t.Errorf("%s cut at %d of %d lost rows behind %d", ext, cut, len(whole), s.Newest)
			}
			_ = on.Close()
		}
	}
}

// checkPrefix compares every row on a store with what was committed.
func checkPrefix(t *testing.T, ring *Ring, rows []collectors.Row, what string) {
	t.Helper()
	at := uint64(0)
	for {
		got, _ := rowsSince(ring, at, 1000)
		if len(got) == 0 {
			return
		}
		for i := range got {
			g, w := &got[i], &rows[got[i].Seq-1]
			if g.T != w.T || g.Missed != w.Missed || g.Why != w.Why {
				t.Fatalf("%s: row %d is %+v, want %+v", what, g.Seq, g, w)
			}
			for _, id := range append(slices.Clone(g.IDs), w.IDs...) {
				if g.Value(id) != w.Value(id) {
					t.Fatalf("%s: row %d, series %d: %d, want %d", what, g.Seq, id, g.Value(id), w.Value(id))
				}
			}
			at = g.Seq
		}
	}
}

// TestStore_SkipsADamagedBlock flips a bit in the middle of the third block.
func TestStore_SkipsADamagedBlock(t *testing.T) {
	r := newRig(t, 5, Config{})
	for n := range 20 {
		r.active[n] = true
	}
	for range 1000 {
		r.tick(30)
		r.step()
	}
	r.kill()
	name := filepath.Join(r.dir, "00000001.seg")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for at := 32; blocks < 3; { // FORMAT.md: the header, then records
		head := binary.LittleEndian.Uint32(b[at:])
		size := int(head & 0xffffff)
		if head>>24 == 'B' {
			if blocks++; blocks == 3 {
				b[at+12+size/2] ^= 4
			}
		}
		at += 12 + size
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	if got := r.on.Stats().Damaged; got != 1 {
		t.Errorf("%d records are damaged, want 1", got)
	}
	checkPrefix(t, r.ring, r.model.rows, "behind the damage")
	hit := &collectors.Gap{From: 2*block.MaxRows + 1, To: 3 * block.MaxRows}
	before, after := r.model.rows[hit.From-2], r.model.rows[hit.To]
	rows, gap := rowsSince(r.ring, hit.From-1, 10)
	if diff := cmp.Diff(hit, gap); diff != "" || len(rows) != 10 || rows[0].Seq != after.Seq {
		t.Errorf("gap (-want +got):\n%s%d rows", diff, len(rows))
	}
	buckets, err := ask(r.ring, between(before.T, after.T))
	if err != nil {
		t.Fatal(err)
	}
	if want := (collectors.BucketGap{From: before.T + 1000, To: after.T, Why: store.WhyDamaged, Lost: true}); !slices.Contains(buckets.Gaps, want) {
		t.Errorf("gaps %+v, want %+v among them", buckets.Gaps, want)
	}
}

// TestStore_TellsOfSeriesThatChangedTheirMeaning records a series in steps of 1, then, in a
// later version, in steps of 1/16: neither may be shown as the other, and both log and
// stats say that something is left out, the log once in a life.
func TestStore_TellsOfSeriesThatChangedTheirMeaning(t *testing.T) {
	dir, begin := t.TempDir(), time.Now().UnixMilli()-60_000
	finer := *testGauge
	finer.Quantum = 1.0 / 16
	for life, c := range []struct {
		family  *collectors.Family
		rows    []float64 // shown
		leftOut int
	}{
		{testGauge, []float64{100, 100, 100}, 0},
		{&finer, []float64{6.25, 6.25, 6.25}, 1},                   // found when the series is recorded
		{&finer, []float64{6.25, 6.25, 6.25, 6.25, 6.25, 6.25}, 1}, // found when the store is read
	} {
		var log bytes.Buffer
		on, err := store.Open(store.Config{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		ring := New(Config{Store: on})
		id := mustIntern(t, ring, collectors.Series{Family: c.family, Labels: collectors.LabelsOf("1")})
		other := mustIntern(t, ring, gauge("2"))
		for range 3 {
			now := begin + int64(ring.Bounds().Newest+1)*1000
			ring.Append(Commit{Row: collectors.Row{T: now, IDs: []collectors.SeriesID{min(id, other), max(id, other)}, Q: []int64{100, 100}}})
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // all rows are there
		if err := errors.Join(on.Run(ctx, ring), on.Close()); err != nil {
			t.Fatal(err)
		}
		var shown []float64
		rows, gap := rowsSince(ring, 0, 100)
		for i := range rows {
			if q := rows[i].Value(id); q != collectors.Missing {
				shown = append(shown, c.family.Value(q))
			}
			if rows[i].Value(other) != 100 {
				t.Errorf("life %d: the other series is %d in row %d", life, rows[i].Value(other), rows[i].Seq)
			}
		}
		if diff := cmp.Diff(c.rows, shown); diff != "" || gap != nil || len(rows) != 3*(life+1) {
			t.Errorf("life %d: %d rows, gap %v, shown (-want +got):\n%s", life, len(rows), gap, diff)
		}
		if got := on.Stats().LeftOut; got != c.leftOut {
			t.Errorf("life %d: %d series are left out, want %d", life, got, c.leftOut)
		}
		if got := strings.Count(log.String(), "not shown\" series=1 families=test.gauge"); got != c.leftOut {
			t.Errorf("life %d: the log says it %d times, want %d:\n%s", life, got, c.leftOut, &log)
		}
	}
	archive, err := store.OpenArchive(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := archive.Stats(); got.LeftOut != 1 || got.Damaged != 0 {
		t.Errorf("the archive says %+v", got)
	}
}

func TestOpenStore_RefusesWhatItCannotUse(t *testing.T) {
	used := t.TempDir()
	on, err := store.Open(store.Config{Dir: used})
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	newer, older := t.TempDir(), t.TempDir()
	r := newRig(t, 1, Config{})
	r.tick(1)
	r.step()
	r.kill()
	b, err := os.ReadFile(filepath.Join(r.dir, "00000001.seg"))
	if err != nil {
		t.Fatal(err)
	}
	for dir, version := range map[string]byte{newer: 7, older: 1} {
		b[8] = version
		fixHeader(b)
		if err := os.WriteFile(filepath.Join(dir, "00000001.seg"), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		cfg  store.Config
		want string
	}{
		"a second process": {store.Config{Dir: used}, fmt.Sprintf("is in use by another dashcam (process %d)", os.Getpid())},
		"a file":           {store.Config{Dir: file}, "not a directory"},
		"a newer format":   {store.Config{Dir: newer}, "format 7, written by a newer dashcam: this one reads format 2"},
		"an older format":  {store.Config{Dir: older}, "format 1, written by an older dashcam: this one reads format 2; move the directory elsewhere to begin a new one"},
		"hardly any room":  {store.Config{Dir: used, Limit: 1000}, "at most 1000 bytes on disk: expected at least 8388608"},
	} {
		t.Run(name, func(t *testing.T) {
			on, err := store.Open(c.cfg)
			if err == nil {
				_ = on.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want %q in it", err, c.want)
			}
		})
	}
}

// TestStore_IsForItsOwnerOnly looks at the permissions of what is made.
func TestStore_IsForItsOwnerOnly(t *testing.T) {
	r := &rig{driver: newDriver(t, 1, Config{}), dir: filepath.Join(t.TempDir(), "state")}
	r.start()
	r.tick(1)
	r.step()
	n := 0
	err := filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := os.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if n++; err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has the permissions %o, want %o", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil || n < 4 {
		t.Errorf("looked at %d files (%v)", n, err)
	}
}

// fixHeader makes the checksum of a header fit again.
func fixHeader(b []byte) {
	binary.LittleEndian.PutUint32(b[28:], crc32.Checksum(b[:28], crc32.MakeTable(crc32.Castagnoli)))
}

// What is in memory is had without the disk, right after a restart too, when that is
// nothing.
func TestRing_HeadIsWhatIsInMemory(t *testing.T) {
	r := newRig(t, 3, Config{})
	feed := func(n int) {
		for range n {
			r.tick(20)
			r.step()
		}
	}
	feed(100)
	r.stop()
	r.start()
	if b := r.ring.Bounds(); b.Newest != 100 || b.Head != 0 {
		t.Errorf("after the restart: %+v, want rows up to 100 and none in memory", b)
	}
	if rows, gap := r.ring.Rows(50, 10); len(rows) > 0 || gap != nil {
		t.Errorf("%d rows in memory, gap %v, want none", len(rows), gap)
	}
	feed(20)
	if b := r.ring.Bounds(); b.Oldest != 1 || b.Head != 101 {
		t.Errorf("20 rows later: %+v, want those from 101 on in memory", b)
	}
	for _, seq := range []uint64{50, 100, 110} {
		want := since(r.ring, max(seq, 100), 5)
		if seq < 100 {
			want.Gap = &collectors.Gap{From: seq + 1, To: 100}
		}
		if diff := cmp.Diff(want, r.ring.ReadHead(seq, 5)); diff != "" {
			t.Errorf("in memory after row %d (-want +got)\n%s", seq, diff)
		}
		rows, gap := r.ring.Rows(seq, 5)
		if diff := cmp.Diff(want.Gap, gap); diff != "" || len(rows) != 5 || rows[0].Seq != want.First {
			t.Errorf("rows in memory after row %d: %d, gap %v", seq, len(rows), gap)
		}
	}
}
