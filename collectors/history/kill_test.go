//go:build unix

package history

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
)

// The rows of the program that is killed are made from their number alone, so that
// whoever reads the store knows what has to be on it.

const (
	killSeries = 30
	// killSchema is after how many rows a series is replaced by another.
	killSchema = 300
	killBegin  = 1_795_186_288_000
)

// killNames are the labels of the series of a row.
func killNames(seq uint64) []string {
	names := make([]string, killSeries)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	names[killSeries-1] = fmt.Sprint("generation ", seq/killSchema)
	return names
}

func killValue(seq uint64, series int) int64 {
	r := rand.New(rand.NewPCG(seq, uint64(series)))
	switch series % 4 {
	case 0:
		return 7
	case 1:
		return int64(seq) * 16
	case 2:
		if r.IntN(9) == 0 {
			return collectors.Missing
		}
		return r.Int64N(1000)
	default:
		return r.Int64N(1<<40) - 1<<39
	}
}

func killTable(seq uint64) *collectors.TableData {
	rows := collectors.NewRows(testTable)
	for pid := range uint64(12) {
		w := rows.Add(fmt.Sprintf("%d.%d", pid, seq/40))
		w.Number(0, float64(pid))
		w.Text(1, fmt.Sprint("process ", (seq+pid)%50))
		w.Number(4, float64((seq*pid)%100)+1)
	}
	return rows.Data()
}

// TestKilled_Program is the program that is killed: it writes rows as fast as it can
// and says on file 3 which are handed over.
func TestKilled_Program(t *testing.T) {
	dir := os.Getenv("DASHCAM_TEST_KILLED")
	if dir == "" {
		return // it is a test for those below only
	}
	on, err := store.Open(store.Config{Dir: dir, Limit: 4 * store.MinLimit})
	if err != nil {
		t.Fatal(err)
	}
	ring := New(Config{Store: on, Memory: 2 << 20})
	steps, _ := write(t, on, ring)
	told := os.NewFile(3, "told")
	var ids []collectors.SeriesID
	for {
		seq := ring.Bounds().Newest + 1
		if ids == nil || seq%killSchema == 0 {
			ids = make([]collectors.SeriesID, killSeries)
			for i, name := range killNames(seq) {
				ids[i] = mustIntern(t, ring, gauge(name))
			}
		}
		row := collectors.Row{T: killBegin + int64(seq)*1000, Q: make([]int64, killSeries)}
		order, values := sortedByID(ids, func(i int) int64 { return killValue(seq, i) })
		row.IDs, row.Q = order, values
		ring.Append(Commit{Row: row, Tables: []*collectors.TableData{killTable(seq)}})
		steps.step()
		if problem := on.Stats().Problem; problem != "" {
			t.Fatal(problem)
		}
		if _, err := told.Write(binary.LittleEndian.AppendUint64(nil, seq)); err != nil {
			t.Fatal(err)
		}
	}
}

func sortedByID(ids []collectors.SeriesID, value func(i int) int64) ([]collectors.SeriesID, []int64) {
	type pair struct {
		id collectors.SeriesID
		q  int64
	}
	pairs := make([]pair, len(ids))
	for i, id := range ids {
		pairs[i] = pair{id, value(i)}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return int(a.id - b.id) })
	order, values := make([]collectors.SeriesID, len(ids)), make([]int64, len(ids))
	for i, p := range pairs {
		order[i], values[i] = p.id, p.q
	}
	return order, values
}

// TestStore_KilledWhileWriting kills a program with SIGKILL at random moments while it
// writes as fast as it can, and reads back every row that was handed over.
// DASHCAM_KILLS is how often, 12 times by default; make kills does it 200 times.
func TestStore_KilledWhileWriting(t *testing.T) {
	t.Parallel()
	kills := 12
	if s := os.Getenv("DASHCAM_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("DASHCAM_KILLS is %q: expected a number of at least 1", s)
		}
		kills = n
	}
	dir := filepath.Join(t.TempDir(), "state")
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var before, beyond uint64
	var slowest time.Duration
	for kill := range kills {
		told := killedAfter(t, dir, time.Duration(rnd.IntN(120))*time.Millisecond)
		began := time.Now()
		on, err := store.Open(store.Config{Dir: dir, Limit: 4 * store.MinLimit})
		if err != nil {
			t.Fatalf("kill %d: %v", kill, err)
		}
		slowest = max(slowest, time.Since(began))
		ring := New(Config{Store: on})
		b, stats := ring.Bounds(), on.Stats()
		if b.Newest < told || b.Newest > told+1 || b.Newest < before {
			t.Fatalf("kill %d: the newest row is %d, %d were handed over and %d were there before", kill, b.Newest, told, before)
		}
		if stats.Damaged > 0 {
			t.Fatalf("kill %d: %d records are damaged", kill, stats.Damaged)
		}
		beyond += b.Newest - told
		from := max(b.Oldest, before-min(before, 300))
		if kill == kills-1 {
			from = b.Oldest
		}
		checkKilled(t, ring, from, b.Newest)
		before = b.Newest
		if err := on.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d rows: none of those handed over is lost, %d more were found; opened in at most %s", kills, before, beyond, slowest)
	if before < uint64(kills) {
		t.Errorf("only %d rows were written", before)
	}
}

// killedAfter runs the program on dir for a while after its first row, kills it, and
// returns the last row it handed over.
func killedAfter(t *testing.T, dir string, after time.Duration) (told uint64) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command(exe, "-test.run=^TestKilled_Program$", "-test.timeout=1m")
	cmd.Env = append(os.Environ(), "DASHCAM_TEST_KILLED="+dir)
	cmd.ExtraFiles = []*os.File{write}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close() // the program has its own
	var timer *time.Timer
	for {
		var b [8]byte
		if _, err := io.ReadFull(read, b[:]); err != nil {
			break
		}
		told = binary.LittleEndian.Uint64(b[:])
		if timer == nil {
			timer = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	err = cmd.Wait()
	if timer == nil {
		t.Fatalf("the program wrote nothing: %v", err)
	}
	return told
}

// checkKilled compares the rows from first to last, their processes and a summary of
// them with what they have to be.
func checkKilled(t *testing.T, ring *Ring, first, last uint64) {
	t.Helper()
	schema := schemaOf(ring)
	names := make(map[string]collectors.SeriesID)
	for i := range schema.Series {
		names[schema.Series[i].Labels.At(0)] = schema.Series[i].ID
	}
	for at := first - 1; at < last; {
		rows, gap := rowsSince(ring, at, 500)
		if gap != nil || len(rows) == 0 {
			t.Fatalf("behind row %d come %d rows, gap %v", at, len(rows), gap)
		}
		for i := range rows {
			row := &rows[i]
			if row.Seq != at+1 || row.T != killBegin+int64(row.Seq)*1000 || row.Missed > 0 {
				t.Fatalf("row %d behind %d: time %d, missed %d", row.Seq, at, row.T, row.Missed)
			}
			for series, name := range killNames(row.Seq) {
				want := killValue(row.Seq, series)
				id, known := names[name]
				if got := row.Value(id); got != want || !known && want != collectors.Missing {
					t.Fatalf("row %d, series %q: %d, want %d", row.Seq, name, got, want)
				}
			}
			at = row.Seq
		}
	}
	seq := max(first, last-min(last, 200))
	for _, d := range tablesOf(ring, testTable.Name, seq, last) {
		if d.Seq != seq {
			t.Fatalf("observation %d comes instead of %d", d.Seq, seq)
		}
		want := killTable(seq)
		for _, row := range d.Rows {
			i := slices.IndexFunc(want.Rows, func(w collectors.TableRow) bool { return w.Key == row.Key })
			if i < 0 || !slices.Equal(want.Rows[i].Cells, row.Cells) {
				t.Fatalf("observation %d: %+v", seq, row)
			}
		}
		seq++
	}
	if seq != last+1 {
		t.Fatalf("the last observation is %d, want %d", seq-1, last)
	}
}
