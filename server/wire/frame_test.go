package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"dashcam/collectors"

	"github.com/google/go-cmp/cmp"
)

func TestAppendFrame_Text(t *testing.T) {
	prev := rowOf(811, 4, 0, 112, 1, 7, 3, 5, 4, 9)
	row := rowOf(812, 4, 0, 118, 1, 7, 3, 0, 4, missing)
	row.Missed, row.Why = 2, `late "`
	got := string(AppendFrame([]byte("x"), prev, row))
	want := `x{"type":"frame","rev":4,"seq":812,"t":1795187100000,"missed":2,"why":"late \"","d":[1,118,3,0,1,null]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// randomRows returns n rows in which series come, go, keep and change their values.
// Rows of one schema share their ids, as those of the sampler do.
func randomRows(r *rand.Rand, n int) []*collectors.Row {
	var rows []*collectors.Row
	ids := []collectors.SeriesID{0}
	for seq := range n {
		if seq%3 == 0 {
			ids = nil
			for id := range collectors.SeriesID(r.IntN(12)) {
				if r.IntN(3) > 0 {
					ids = append(ids, id*id)
				}
			}
		}
		row := &collectors.Row{Seq: uint64(seq) + 1, T: int64(seq) * 1000, Rev: 1, IDs: ids, Q: make([]int64, len(ids))}
		for i := range row.Q {
			row.Q[i] = r.Int64N(4) - 1
			if row.Q[i] < 0 {
				row.Q[i] = missing
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func TestAppendFrame_LeadsFromAnyRowToTheNext(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		s := NewState()
		s.Rev = 1
		var prev *collectors.Row
		for _, row := range randomRows(r, 12) {
			text := AppendFrame(nil, prev, row)
			if err := s.Apply(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if diff := cmp.Diff(stateRow(row), s.Rows[row.Seq]); diff != "" {
				t.Fatalf("%s (-want +got)\n%s", text, diff)
			}
			prev = row
		}
	}
}

func TestAppendFrame_NamesOnlyWhatChanged(t *testing.T) {
	row := rowOf(2, 1, 0, 1, 1, missing, 9, 3)
	for name, prev := range map[string]*collectors.Row{
		"the same ids":       {IDs: row.IDs, Q: slices.Clone(row.Q)},
		"equal ids":          rowOf(1, 1, 0, 1, 1, missing, 9, 3),
		"without missing":    rowOf(1, 1, 0, 1, 9, 3),
		"other ones missing": rowOf(1, 1, 0, 1, 4, missing, 9, 3, 12, missing),
	} {
		if got, want := string(AppendFrame(nil, prev, row)), `{"type":"frame","rev":1,"seq":2,"t":1795186290000,"d":[]}`; got != want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestAppendFrame_DoesNotAllocate(t *testing.T) {
	prev, row := hostRows(500)
	dst := make([]byte, 0, 1<<16)
	if n := testing.AllocsPerRun(100, func() { dst = AppendFrame(dst[:0], prev, row) }); n != 0 {
		t.Errorf("%v allocations with shared ids", n)
	}
	prev.IDs = slices.Clone(prev.IDs)[:400]
	prev.Q = prev.Q[:400]
	if n := testing.AllocsPerRun(100, func() { dst = AppendFrame(dst[:0], prev, row) }); n != 0 {
		t.Errorf("%v allocations with other ids", n)
	}
}

// hostRows returns two rows of n series of which 40 % changed, with values as a host
// has them: mostly small, some of them byte rates.
func hostRows(n int) (prev, row *collectors.Row) {
	r := rand.New(rand.NewPCG(3, 3))
	prev = &collectors.Row{Seq: 811, T: 1795186287004, Rev: 4}
	row = &collectors.Row{Seq: 812, T: 1795186288004, Rev: 4}
	for id := range n {
		q := r.Int64N(1600)
		if id%5 == 0 {
			q = r.Int64N(4 << 20)
		}
		prev.IDs, prev.Q = append(prev.IDs, collectors.SeriesID(id)), append(prev.Q, q)
		if r.IntN(10) < 4 {
			q += 1 + r.Int64N(q/10+1)
		}
		row.Q = append(row.Q, q)
	}
	row.IDs = prev.IDs
	return prev, row
}

// frameOf is the delta of AppendFrame as a struct, for encoding/json.
func frameOf(prev, row *collectors.Row) Frame {
	f := Frame{Type: TypeFrame, Rev: row.Rev, Seq: row.Seq, T: row.T, D: []*int64{}}
	last := collectors.SeriesID(-1)
	for i, id := range row.IDs {
		if row.Q[i] == prev.Q[i] {
			continue
		}
		gap := int64(id - last)
		f.D = append(f.D, &gap, &row.Q[i])
		last = id
	}
	return f
}

func TestAppendFrame_IsWhatEncodingJSONWrites(t *testing.T) {
	prev, row := hostRows(500)
	want, err := json.Marshal(frameOf(prev, row))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(AppendFrame(nil, prev, row))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAppendFrame_IsATenthOfTheNamedSnapshot(t *testing.T) {
	prev, row := hostRows(500)
	frame, snapshot := AppendFrame(nil, prev, row), namedSnapshot(row)
	if len(frame)*10 > len(snapshot) {
		t.Errorf("frame of %d bytes, named snapshot of %d: more than a tenth", len(frame), len(snapshot))
	}
	if small := deflated(t, frame); small*22 > len(snapshot) {
		t.Errorf("deflated frame of %d bytes, named snapshot of %d: more than 1/22", small, len(snapshot))
	}
}

// namedSnapshot is what a protocol without ids and differences would send: every
// series with its name, its labels and its value.
func namedSnapshot(row *collectors.Row) []byte {
	values := make(map[string]float64, len(row.IDs))
	for i, id := range row.IDs {
		values[fmt.Sprintf("cpu.core.usage.%d.softirq", id)] = float64(row.Q[i]) * 0.0625
	}
	text, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	return text
}

func TestAppendInt_IsStrconv(t *testing.T) {
	check := func(v int64) {
		t.Helper()
		if got, want := string(appendInt([]byte("x"), v)), "x"+strconv.FormatInt(v, 10); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, edge := range []int64{0, math.MaxInt64, math.MinInt64} {
		check(edge)
	}
	for p := int64(1); p > 0 && p <= math.MaxInt64/10; p *= 10 {
		for _, v := range []int64{p - 1, p, p + 1, 9 * p, -p, 1 - p} {
			check(v)
		}
	}
	for shift := range 63 {
		check(1<<shift - 1)
		check(1 << shift)
		check(-1 << shift)
	}
}

func TestAppendList_IsWhatEncodingJSONWrites(t *testing.T) {
	for want, list := range map[string][]int64{
		"[]": nil, "[7]": {7}, "[0,null,-12]": {0, collectors.Missing, -12},
		"[9223372036854775807,-9223372036854775807,null]": {math.MaxInt64, math.MinInt64 + 1, collectors.Missing},
	} {
		if got := string(AppendList([]byte("x"), list)); got != "x"+want {
			t.Errorf("got %s, want x%s", got, want)
		}
	}
	if got := string(AppendList(nil, []int{3, 10_000, 99})); got != "[3,10000,99]" {
		t.Errorf("got %s", got)
	}
}
