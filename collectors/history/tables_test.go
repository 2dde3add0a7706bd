package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

var testTable = &collectors.Table{
	Name: "processes", Title: "Processes", Help: "What runs.",
	Columns: []collectors.Column{
		{Name: "pid", Title: "PID", Kind: collectors.ColumnNumber, Quantum: 1},
		{Name: "name", Title: "Name", Kind: collectors.ColumnText},
		{Name: "user", Title: "User", Kind: collectors.ColumnText},
		{Name: "state", Title: "State", Kind: collectors.ColumnText},
		{Name: "cpu", Title: "CPU", Kind: collectors.ColumnNumber, Unit: collectors.Percent, Quantum: 1.0 / 64, Sum: true},
		{Name: "memory", Title: "Memory", Kind: collectors.ColumnNumber, Unit: collectors.Bytes, Quantum: 4096, Sum: true},
		{Name: "threads", Title: "Threads", Kind: collectors.ColumnNumber, Quantum: 1, Sum: true},
		{Name: "read", Title: "Read", Kind: collectors.ColumnNumber, Unit: collectors.BytesPerSecond, Quantum: 16, Sum: true},
		{Name: "write", Title: "Written", Kind: collectors.ColumnNumber, Unit: collectors.BytesPerSecond, Quantum: 16, Sum: true},
		{Name: "cgroup", Title: "Group", Kind: collectors.ColumnText},
	},
	Rank: []string{"cpu", "memory", "write"},
	Top:  10,
}

// processes is a host on which processes come and go; most do nothing.
type processes struct {
	rnd  *rand.Rand
	next int
	list []process
}

type process struct {
	pid, start  int
	memory, cpu float64
}

func newProcesses(n int) *processes {
	p := &processes{rnd: rand.New(rand.NewPCG(3, 4))}
	for range n {
		p.start()
	}
	return p
}

func (p *processes) start() {
	p.next++
	p.list = append(p.list, process{pid: p.next, start: p.next * 37, memory: p.rnd.ExpFloat64() * 50e6, cpu: max(0, p.rnd.ExpFloat64()*2-3)})
}

func (p *processes) observe() *collectors.TableData {
	if p.rnd.IntN(5) == 0 {
		i := p.rnd.IntN(len(p.list))
		p.list = slices.Delete(p.list, i, i+1)
		p.start()
	}
	rows := collectors.NewRows(testTable)
	for i := range p.list {
		x := &p.list[i]
		w := rows.Add(fmt.Sprintf("%d.%d", x.pid, x.start))
		w.Number(0, float64(x.pid))
		w.Text(1, fmt.Sprintf("process-%d", x.pid%60))
		w.Text(2, []string{"root", "www-data", "postgres"}[x.pid%3])
		w.Text(3, []string{"S", "R"}[p.rnd.IntN(20)/19])
		cpu := 0.0
		if x.cpu > 0 || p.rnd.IntN(30) == 0 {
			cpu = x.cpu + float64(p.rnd.IntN(3))
		}
		w.Number(4, cpu)
		if cpu > 0 {
			x.memory += float64(p.rnd.IntN(5)) * 4096
		}
		w.Number(5, x.memory)
		w.Number(6, float64(1+x.pid%9))
		if x.pid%4 > 0 { // the others may not be read
			w.Number(7, 0)
			w.Number(8, max(0, p.rnd.NormFloat64()*1e5-1.5e5))
		}
		w.Text(9, fmt.Sprintf("/system.slice/service-%d", x.pid%20))
	}
	if p.rnd.IntN(50) == 0 {
		rows.Partial("2 processes may not be read")
	}
	return rows.Data()
}

// naiveTop is what the ring should remember of d.
func naiveTop(d *collectors.TableData) *collectors.TableData {
	keep := map[int]bool{}
	for _, name := range d.Table.Rank {
		col := d.Table.Column(name)
		var order []int
		for i := range d.Rows {
			if d.Rows[i].Cells[col].Q > 0 {
				order = append(order, i)
			}
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return int(d.Rows[b].Cells[col].Q - d.Rows[a].Cells[col].Q)
		})
		for _, i := range order[:min(len(order), d.Table.Top)] {
			keep[i] = true
		}
	}
	out := &collectors.TableData{Table: d.Table, Seq: d.Seq, T: d.T, Partial: d.Partial}
	sums := map[int]int64{}
	for i, row := range d.Rows {
		if keep[i] {
			out.Rows = append(out.Rows, row)
			continue
		}
		out.Others++
		for col, c := range d.Table.Columns {
			if c.Sum && row.Cells[col].Q != collectors.Missing {
				sums[col] += row.Cells[col].Q
			}
		}
	}
	for col := range d.Table.Columns {
		sum, ok := sums[col]
		if !ok {
			sum = collectors.Missing
		}
		out.OthersSums = append(out.OthersSums, sum)
	}
	return out
}

// What another ring left out is counted on: an observation of a recording or of another
// host has its top rows only.
func TestTables_CountOnWhatWasLeftOutBefore(t *testing.T) {
	p := newProcesses(60)
	first, second := New(Config{}), New(Config{})
	first.Append(Commit{Row: collectors.Row{T: 1000}, Tables: []*collectors.TableData{p.observe()}})
	kept := func(r *Ring) *collectors.TableData {
		t.Helper()
		all, err := collectors.All(r.Tables(t.Context(), collectors.Processes.Name, collectors.Window{}))
		if err != nil || len(all) != 1 {
			t.Fatalf("%d observations: %v", len(all), err)
		}
		return all[0]
	}
	want := kept(first)
	again := *want
	second.Append(Commit{Row: collectors.Row{T: 1000}, Tables: []*collectors.TableData{&again}})
	if want.Others == 0 {
		t.Fatal("nothing was left out")
	}
	if diff := cmp.Diff(want, kept(second), cmp.Comparer(func(a, b *collectors.Table) bool { return a == b })); diff != "" {
		t.Errorf("(-once +twice):\n%s", diff)
	}
}

func TestTables_RememberTheTopRows(t *testing.T) {
	p := newProcesses(60)
	ring := New(Config{})
	var want []*collectors.TableData
	for i := range 300 {
		c := Commit{Row: collectors.Row{T: int64(i+1) * 1000}}
		if i%3 > 0 { // rows without an observation are normal
			c.Tables = []*collectors.TableData{p.observe()}
		}
		ring.Append(c)
		if len(c.Tables) > 0 {
			want = append(want, naiveTop(c.Tables[0]))
		}
	}
	for _, span := range [][2]uint64{{1, 300}, {0, 1 << 60}, {5, 5}, {4, 4}, {50, 170}, {290, 300}, {301, 400}, {9, 8}} {
		var expect []*collectors.TableData
		for _, d := range want {
			if d.Seq >= span[0] && d.Seq <= span[1] {
				expect = append(expect, d)
			}
		}
		if got := tablesOf(ring, "processes", span[0], span[1]); !reflect.DeepEqual(expect, got) {
			t.Fatalf("Tables(%d, %d) (-want +got):\n%s", span[0], span[1], cmp.Diff(expect, got))
		}
	}
	if got := tablesOf(ring, "unknown", 1, 300); got != nil {
		t.Errorf("an unknown table has %d observations", len(got))
	}
	if got := ring.Bounds().TablesIn; got != 200 {
		t.Errorf("TablesIn is %d, want 200", got)
	}
	latest := ring.Latest().Tables["processes"]
	if len(latest.Rows) != 60 || latest.Seq != 300 || latest.T != 300_000 {
		t.Errorf("latest has %d rows, seq %d, t %d; want the full 60 of row 300 at 300000", len(latest.Rows), latest.Seq, latest.T)
	}
}

func TestTables_ThinWhatIsOlderThanAnHour(t *testing.T) {
	p := newProcesses(40)
	const memory = 330_000
	ring := New(Config{Interval: 10 * time.Second, Memory: memory})
	const hours, perHour = 4, 360
	want := map[uint64]*collectors.TableData{}
	for i := range hours * perHour {
		d := p.observe()
		row, _ := ring.Append(Commit{Row: collectors.Row{T: int64(i+1) * 10_000}, Tables: []*collectors.TableData{d}})
		want[row.Seq] = naiveTop(d)
		if got := ring.tables.bytes; got > memory*tablesPercent/100 {
			t.Fatalf("after %d observations tables take %d bytes of %d", i+1, got, memory)
		}
	}
	newest := uint64(hours * perHour)
	got := tablesOf(ring, "processes", 1, newest)
	recent, older := 0, 0
	for i, d := range got {
		if !reflect.DeepEqual(want[d.Seq], d) { // much faster than cmp
			t.Fatalf("observation of row %d (-want +got):\n%s", d.Seq, cmp.Diff(want[d.Seq], d))
		}
		if d.Seq > newest-perHour {
			recent++
		} else if i > 0 && d.Seq-got[i-1].Seq == block.ThinKeep {
			older++
		}
	}
	if recent != perHour {
		t.Errorf("of the last hour %d observations are remembered, want all %d", recent, perHour)
	}
	if older < perHour/block.ThinKeep {
		t.Errorf("%d observations stand at a distance of %d, want an hour of them at least", older, block.ThinKeep)
	}
}

func TestTables_EndWithTheirRows(t *testing.T) {
	p := newProcesses(20)
	ring := New(Config{Age: 10 * time.Minute})
	for i := range 2000 {
		ring.Append(Commit{Row: collectors.Row{T: int64(i+1) * 1000}, Tables: []*collectors.TableData{p.observe()}})
	}
	oldest := ring.Bounds().Oldest
	if oldest == 1 {
		t.Fatal("nothing was evicted")
	}
	got := tablesOf(ring, "processes", 0, 2000)
	if first := got[0].Seq; first != oldest {
		t.Errorf("the first observation belongs to row %d, the oldest row is %d", first, oldest)
	}
	if want := 2000 - int(oldest) + 1; len(got) != want {
		t.Errorf("%d observations are remembered, want %d", len(got), want)
	}
}

// TestTables_ReadOnlyTheBlocksOfATime would fail if a few seconds cost as much as all that
// is remembered, which is unpacked a block at a time.
func TestTables_ReadOnlyTheBlocksOfATime(t *testing.T) {
	const rows = 3600
	p := newProcesses(20)
	ring := New(Config{})
	for i := range rows {
		ring.Append(Commit{Row: collectors.Row{T: int64(i+1) * 1000}, Tables: []*collectors.TableData{p.observe()}})
	}
	for _, first := range []uint64{1, rows / 2, rows - 9} {
		cost := func(w collectors.Window) float64 {
			return testing.AllocsPerRun(5, func() {
				n := 0
				for _, err := range ring.Tables(t.Context(), "processes", w) {
					if err != nil {
						t.Fatal(err)
					}
					n++
				}
				if n != 10 {
					t.Fatalf("%d observations of %+v, want 10", n, w)
				}
			})
		}
		bySeq := cost(collectors.Window{First: first, Last: first + 9})
		byTime := cost(collectors.Window{From: int64(first) * 1000, To: int64(first+10) * 1000})
		// Blocks of rows are longer than those of a table, of which some more are looked into.
		if byTime > 4*bySeq {
			t.Errorf("ten observations from row %d on take %v allocations by their time and %v by their numbers", first, byTime, bySeq)
		}
	}
}

// A window may name a time and the rows in it. Where those ended within a block the block
// was asked for without an end.
func TestTables_EndAtTheLastRowOfATime(t *testing.T) {
	p := newProcesses(2)
	ring := New(Config{})
	for i := range 1000 {
		ring.Append(Commit{Row: collectors.Row{T: int64(i+1) * 1000}, Tables: []*collectors.TableData{p.observe()}})
	}
	var seqs []uint64
	for d, err := range ring.Tables(t.Context(), "processes", collectors.Window{From: 1, To: 301_001, First: 298, Last: 300}) {
		if err != nil {
			t.Fatal(err)
		}
		if seqs = append(seqs, d.Seq); len(seqs) > 3 {
			break
		}
	}
	if want := []uint64{298, 299, 300}; !slices.Equal(seqs, want) {
		t.Errorf("observations of rows %v, want %v", seqs, want)
	}
	none := collectors.Window{From: 1, To: 301_001, First: 301, Last: 300}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for d := range ring.Tables(ctx, "processes", none) {
			t.Errorf("an observation of row %d in %+v", d.Seq, none)
		}
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		t.Error("it looks for observations in a window of no rows for ever")
	}
}
