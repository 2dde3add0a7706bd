package wire

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"dashcam/collectors"

	"github.com/google/go-cmp/cmp"
)

func TestAppendHistory_Text(t *testing.T) {
	a, b, c := rowOf(10, 3, 0, 112, 1, 7, 4, missing), rowOf(11, 4, 0, 118, 1, 7, 4, missing), rowOf(12, 4, 0, missing, 1, 7, 4, missing)
	b.Missed, b.Why = 3, "late"
	span := spanOf(a, b, c)
	span.Columns = append(span.Columns, Column{9, []int64{missing, missing, missing}})
	span.Gap, span.More = &Gap{From: 1, To: 9}, true
	got, n := AppendHistory([]byte("x"), span)
	want := `x{"type":"history","rev":4,"seq":[10,11,12],"t":[1795186298000,1795186299000,1795186300000],"columns":[[0,112,[6,null]],[1,7]],` +
		`"missed":[{"seq":11,"count":3,"why":"late"}],"gap":{"from":1,"to":9},"more":true}`
	if n != 3 || string(got) != want {
		t.Errorf("%d rows\ngot  %s\nwant %s", n, got, want)
	}
}

func TestAppendHistory_PiecesHoldEveryRow(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 100 {
		rows := randomRows(r, 1+r.IntN(30))
		s := NewState()
		s.Rev = 1
		for from := 0; from < len(rows); {
			// The ring may give more rows than a batch takes.
			text, n := AppendHistory(nil, spanOf(rows[from:min(len(rows), from+1+r.IntN(10))]...))
			if err := s.Apply(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			from += n
		}
		for _, row := range rows {
			if diff := cmp.Diff(stateRow(row), s.Rows[row.Seq]); diff != "" {
				t.Fatalf("row %d (-want +got)\n%s", row.Seq, diff)
			}
		}
	}
}

func TestAppendHistory_WritesTheShorterForm(t *testing.T) {
	const big = 1 << 53
	cases := map[string]struct {
		q    []int64
		want string
	}{
		"constant":                         {[]int64{7, 7, 7}, `[0,7]`},
		"always missing":                   {[]int64{missing, missing}, ``},
		"short numbers":                    {[]int64{1, 5, 2}, `[0,[1,5,2]]`},
		"large numbers close together":     {[]int64{100000, 100001, 99999, 99999}, `[0,100000,[1,-2,0]]`},
		"missing rows keep what is before": {[]int64{100000, missing, 100002, missing}, `[0,100000,[null,2,null]]`},
		"missing at first":                 {[]int64{missing, missing, 100000, 100001, 100002, 100003}, `[0,null,[null,100000,1,1,1]]`},
		"differences no page can hold":     {[]int64{-big, big, big - 1}, `[0,[-9007199254740992,9007199254740992,9007199254740991]]`},
		"the largest difference":           {[]int64{0, big, big - 1, big - 1}, `[0,0,[9007199254740992,-1,0]]`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := &Span{First: 1, Columns: []Column{{ID: 0, Q: c.q}}}
			for i := range c.q {
				s.T = append(s.T, int64(1000*i))
			}
			text, _ := AppendHistory(nil, s)
			var m struct{ Columns json.RawMessage }
			if err := json.Unmarshal(text, &m); err != nil {
				t.Fatal(err)
			}
			if got := string(m.Columns); got != "["+c.want+"]" {
				t.Errorf("got %s, want [%s]", got, c.want)
			}
			state := NewState()
			if err := state.Apply(text); err != nil {
				t.Fatal(err)
			}
			for i, q := range c.q {
				got, ok := state.Rows[uint64(1+i)].Values[0]
				if ok != (q != missing) || ok && got != q {
					t.Errorf("row %d: got %d, %v, want %d", 1+i, got, ok, q)
				}
			}
		})
	}
}

// The lengths that are compared are those that are written.
func TestDifferencesLen_IsWhatIsWritten(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 5000 {
		q := make([]int64, 1+r.IntN(6))
		for i := range q {
			switch r.IntN(4) {
			case 0:
				q[i] = missing
			case 1:
				q[i] = r.Int64N(1<<40) - 1<<39
			default:
				q[i] = r.Int64N(21) - 10
			}
		}
		if got, text := differencesLen(q), appendDifferences(nil, q); len(q) > 1 && got != len(text) {
			t.Fatalf("%v: said %d, wrote %q", q, got, text)
		}
	}
}

// hostSpan is rows of changing series, every fifth of them wide.
func hostSpan(series, rows int) *Span {
	r := rand.New(rand.NewPCG(4, 4))
	s := &Span{Rev: 4, First: 1000}
	for i := range rows {
		s.T = append(s.T, 1795186288000+int64(i)*1000)
	}
	for id := range series {
		c := Column{ID: collectors.SeriesID(id), Q: make([]int64, rows)}
		for i := range c.Q {
			switch {
			case id%2 == 1: // constant
				c.Q[i] = int64(id)
			case id%10 == 0:
				c.Q[i] = r.Int64N(4 << 20)
			default:
				c.Q[i] = r.Int64N(1600)
			}
		}
		s.Columns = append(s.Columns, c)
	}
	return s
}

func TestAppendHistory_KeepsPiecesSmall(t *testing.T) {
	cases := map[string]struct {
		series, rows   int
		more, wantMore bool
		wantRows       int // 0: fewer than all
	}{
		"all of a short span":    {10, 600, false, false, 600},
		"more follows":           {10, 600, true, true, 600},
		"more rows than a batch": {10, 700, false, true, 600},
		"more bytes than a batch": {
			series: 2000, rows: 600, wantMore: true,
		},
		"a few more bytes than a batch": {
			series: 300, rows: 600, wantMore: true,
		},
		"a single row may be large": {60_000, 1, false, false, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			span := hostSpan(c.series, c.rows)
			span.More = c.more
			text, n := AppendHistory(nil, span)
			if c.wantRows == 0 && (n < 1 || n >= c.rows) || c.wantRows > 0 && n != c.wantRows {
				t.Errorf("took %d of %d rows, want %d", n, c.rows, c.wantRows)
			}
			if len(text) > MaxBatchBytes && n > 1 {
				t.Errorf("batch of %d bytes", len(text))
			}
			if c.wantRows == 0 && len(text) < MaxBatchBytes/2 {
				t.Errorf("batch of only %d bytes", len(text))
			}
			var m History
			if err := json.Unmarshal(text, &m); err != nil {
				t.Fatal(err)
			}
			if len(m.Seq) != n || len(m.T) != n || m.More != c.wantMore {
				t.Errorf("message has %d rows, %d times, more %v; took %d, want more %v", len(m.Seq), len(m.T), m.More, n, c.wantMore)
			}
		})
	}
}

func TestAppendHistory_NamesWhatTheAPIHas(t *testing.T) {
	span := spanOf(rowOf(9, 1, 0, 5))
	span.Gap, span.Older = &Gap{From: 1, To: 2}, &Older{From: 3, To: 8}
	text, _ := AppendHistory(nil, span)
	if want := `{"type":"history","rev":1,"seq":[9],"t":[1795186297000],"columns":[[0,5]],"gap":{"from":1,"to":2},"older":{"from":3,"to":8}}`; string(text) != want {
		t.Errorf("got %s", text)
	}
	s := NewState()
	s.Rev = 1
	if err := s.Apply(text); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Older{{From: 3, To: 8}}, s.Older); diff != "" {
		t.Errorf("older (-want +got)\n%s", diff)
	}
}

func TestAppendHistory_GapAlone(t *testing.T) {
	got, n := AppendHistory(nil, &Span{Rev: 1, Gap: &Gap{From: 3, To: 4}})
	if want := `{"type":"history","rev":1,"seq":[],"t":[],"columns":[],"gap":{"from":3,"to":4}}`; n != 0 || string(got) != want {
		t.Errorf("%d rows, %s", n, got)
	}
}

// scans are two observations of n processes of which a fifth changed, two came and two
// went.
func scans(n int) (data, base *collectors.TableData) {
	r := rand.New(rand.NewPCG(5, 5))
	base, data = observation(70), observation(71)
	for i := range n {
		p := process(fmt.Sprintf("%d.%d", i, i*77), int64(i), fmt.Sprintf("worker-%d", i%9), r.Int64N(6400))
		if i > 1 {
			base.Rows = append(base.Rows, p)
		}
		if i == 2 || i == 3 {
			continue
		}
		if i%5 == 0 {
			p = process(p.Key, int64(i), p.Cells[1].Text, r.Int64N(6400))
		}
		data.Rows = append(data.Rows, p)
	}
	return data, base
}

func TestAppendTable_LeadsFromAnyObservationToTheNext(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 200 {
		s := NewState()
		var base *collectors.TableData
		for seq := range uint64(8) {
			data := observation(seq + 1)
			for _, i := range r.Perm(6)[:r.IntN(7)] {
				p := process(fmt.Sprint(i), int64(i), []string{"", "sh", "cat"}[r.IntN(3)], r.Int64N(3))
				if r.IntN(4) == 0 {
					p.Cells[2].Q = missing
				}
				data.Rows = append(data.Rows, p)
			}
			if r.IntN(5) == 0 {
				base = nil
			}
			text := AppendTable(nil, data, base)
			if err := s.Apply(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if diff := cmp.Diff(stateTable(data), s.Tables["processes"]); diff != "" {
				t.Fatalf("%s (-want +got)\n%s", text, diff)
			}
			base = data
		}
	}
}

// FuzzHistory makes columns of whatever bytes it is given, and reads them as they were,
// with no number on the way that a page could not hold.
func FuzzHistory(f *testing.F) {
	f.Add([]byte{}, uint8(1))
	f.Add([]byte("\x01\x02\x03\x04\x05\x06\x07\x08\x00\x00\x00\x00\x00\x00\x00\x80\xff\xff\xff\xff\xff\xff\xff\xff"), uint8(3))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x20\x00\x01\x00\x00\x00\x00\x00\xe0\xff\x00\x00\x00\x00\x00\x00\x00\x80"), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, rows uint8) {
		n := max(1, int(rows))
		s := &Span{First: 7, T: make([]int64, n)}
		var q []int64
		for ; len(data) >= 8; data = data[8:] {
			v := int64(binary.LittleEndian.Uint64(data))
			if v == math.MinInt64 {
				v = missing
			} else { // close together as often as far apart
				v >>= uint(v) % 64
				v = max(-maxSafe, min(v, maxSafe))
			}
			q = append(q, v)
		}
		for id := collectors.SeriesID(0); len(q) >= n; id, q = id+1, q[n:] {
			s.Columns = append(s.Columns, Column{ID: id, Q: q[:n]})
		}
		text, took := AppendHistory(nil, s)
		state := NewState()
		if err := state.Apply(text); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		for _, c := range s.Columns {
			for i, want := range c.Q[:took] {
				got, ok := state.Rows[s.First+uint64(i)].Values[c.ID]
				if ok != (want != missing) || ok && got != want {
					t.Fatalf("series %d, row %d: got %d, %v, want %d: %s", c.ID, i, got, ok, want, text)
				}
			}
		}
		var m struct{ Columns []any }
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		var inside func(v any)
		inside = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, x := range v {
					inside(x)
				}
			case float64:
				if v > maxSafe || v < -maxSafe {
					t.Fatalf("%v is on the wire: %s", v, text)
				}
			}
		}
		inside(m.Columns)
	})
}
