package history

import (
	"context"
	"iter"
	"math"
	"sort"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/store"
)

// spanCells bounds rows times series of one span of Columns, at 8 bytes each.
const spanCells = 1 << 19

// ReadSince returns at most limit rows after seq as columns. The span is empty (no
// T) when there are none.
func (r *Ring) ReadSince(ctx context.Context, seq uint64, limit int) (collectors.Span, error) {
	v := r.snapshot()
	rd := r.reader(ctx)
	defer rd.Close()
	return v.span(rd, seq, limit, v.Newest, nil)
}

// ReadHead is ReadSince of what is in memory: it never waits for a disk. Rows that are
// only there are in the gap.
func (r *Ring) ReadHead(seq uint64, limit int) collectors.Span {
	v := r.head()
	s, _ := v.span(nil, seq, limit, v.Newest, nil) // without a disk there is no error
	return s
}

// Columns yields the rows of a window, of which it reads as many at a time as fit into
// 4 MB.
func (r *Ring) Columns(ctx context.Context, q collectors.Query) iter.Seq2[*collectors.Span, error] {
	return func(yield func(*collectors.Span, error) bool) {
		v := r.snapshot()
		wanted, width := v.wanted(q.Match)
		rd := r.reader(ctx)
		defer rd.Close()
		left := q.Rows
		if left == 0 {
			left = int(v.Newest)
		}
		size := max(block.MaxRows, spanCells/max(1, width))
		for seq := max(q.First, 1) - 1; left > 0; {
			first, last := v.within(seq+1, size, &q.Window)
			if first == 0 {
				return
			}
			if q.From > 0 || q.To > 0 {
				seq = first - 1 // what lies before is of another time, and no gap
			}
			s, err := v.span(rd, seq, min(size, left), last, wanted)
			if err != nil {
				yield(nil, err)
				return
			}
			for one := range parts(&s, &q.Window) {
				if n := len(one.T); n > left {
					return
				} else if left -= n; !yield(one, nil) {
					return
				}
			}
			if len(s.T) == 0 {
				if seq = last; s.Gap == nil {
					return
				}
				continue
			}
			seq = s.First + uint64(len(s.T)) - 1
		}
	}
}

// wanted returns the ids that match, ascending, nil for all, and their number.
func (v *view) wanted(m *collectors.Matcher) (ids []collectors.SeriesID, n int) {
	if m == nil {
		return nil, len(v.Schema.Series)
	}
	ids = []collectors.SeriesID{}
	for _, s := range v.all() {
		if m.Match(s) {
			ids = append(ids, s.ID)
		}
	}
	return ids, len(ids)
}

// within returns the rows from seq on up to where a block does not touch the window, or
// there are enough of them, 0 where there are none.
func (v *view) within(seq uint64, enough int, w *collectors.Window) (first, last uint64) {
	end := v.Newest
	if w.Last > 0 {
		end = min(end, w.Last)
	}
	if seq > end {
		return 0, 0
	}
	if w.From == 0 && w.To == 0 {
		return seq, end
	}
	for e := range v.extents(seq) {
		touches := e.touches(w)
		if first > 0 && !touches {
			break
		}
		if touches && first == 0 {
			first = max(seq, e.first)
		}
		if last = min(e.last, end); first > 0 && last-first >= uint64(enough) {
			break
		}
	}
	if first == 0 {
		return 0, 0
	}
	return first, last
}

// parts cuts a span to the rows of a time.
func parts(s *collectors.Span, w *collectors.Window) iter.Seq[*collectors.Span] {
	return func(yield func(*collectors.Span) bool) {
		if w.From == 0 && w.To == 0 {
			if len(s.T) > 0 || s.Gap != nil {
				yield(s)
			}
			return
		}
		for i := 0; i < len(s.T); {
			j := i
			for j < len(s.T) && w.Holds(w.First, s.T[j]) {
				j++
			}
			if j > i && !yield(cut(s, i, j)) {
				return
			}
			i = j + 1
		}
	}
}

// cut returns the rows from i to j of a span.
func cut(s *collectors.Span, i, j int) *collectors.Span {
	out := &collectors.Span{Rev: s.Rev, First: s.First + uint64(i), T: s.T[i:j], More: s.More || j < len(s.T)}
	if i == 0 {
		out.Gap = s.Gap
	}
	if s.Missed != nil {
		out.Missed, out.Why = s.Missed[i:j], s.Why[i:j]
	}
	for _, c := range s.Columns {
		if q := c.Q[i:j:j]; hasValue(q) {
			out.Columns = append(out.Columns, collectors.SeriesColumn{ID: c.ID, Q: q})
		}
	}
	return out
}

// Schema describes the series with a value near the window, to about a block. One that
// bounds nothing is that of everything remembered.
func (r *Ring) Schema(ctx context.Context, w collectors.Window) (*collectors.Schema, error) {
	v := r.snapshot()
	out := *v.Schema
	all := v.all()
	out.Series = make([]collectors.Series, 0, len(all))
	if w == (collectors.Window{}) {
		for _, s := range all {
			out.Series = append(out.Series, *s)
		}
		return &out, nil
	}
	rd := r.reader(ctx)
	defer rd.Close()
	seen := make(map[collectors.SeriesID]bool)
	for e := range v.extents(w.First) {
		if !e.touches(&w) {
			continue
		}
		if err := e.ids(rd, &w, func(id collectors.SeriesID) { seen[id] = true }); err != nil {
			return nil, err
		}
	}
	for _, s := range all {
		if seen[s.ID] {
			out.Series = append(out.Series, *s)
		}
	}
	return &out, nil
}

// Tables yields the remembered observations of a table. They hold the top rows only;
// Others and OthersSums stand for the rest. Under pressure only every 5th observation
// older than an hour is remembered.
func (r *Ring) Tables(ctx context.Context, name string, w collectors.Window) iter.Seq2[*collectors.TableData, error] {
	return func(yield func(*collectors.TableData, error) bool) {
		v := r.snapshot()
		oldest, _ := v.oldest()
		rd := r.reader(ctx)
		defer rd.Close()
		// Only the blocks that touch a time are read.
		for first, last := v.within(max(w.First, oldest), math.MaxInt, &w); first > 0; first, last = v.within(last+1, math.MaxInt, &w) {
			of := w
			of.First, of.Last = first, last
			for d, err := range v.observations(rd, name, of) {
				if !yield(d, err) || err != nil {
					return
				}
			}
		}
	}
}

// observations yields those of a table in a window that names its rows.
func (v *view) observations(rd *store.Reader, name string, w collectors.Window) iter.Seq2[*collectors.TableData, error] {
	return func(yield func(*collectors.TableData, error) bool) {
		give := func(all []*collectors.TableData) bool {
			for _, d := range all {
				if w.First = d.Seq + 1; !yield(d, nil) {
					return false
				}
			}
			return true
		}
		if held := v.heldTables(name); v.stored != nil && w.First < held {
			older := w
			older.Last = min(w.Last, held-1)
			for all, err := range rd.Tables(v.stored, name, older) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !give(all) {
					return
				}
			}
		}
		for i := range v.Tables {
			t := &v.Tables[i]
			if t.Table.Name != name {
				continue
			}
			from := sort.Search(len(t.Blocks), func(i int) bool { return t.Blocks[i].Last >= w.First })
			for _, k := range t.Blocks[from:] {
				if k.First > w.Last {
					break
				}
				if !give(k.Read(t.Table, w)) {
					return
				}
			}
			if !give(t.Open.Read(t.Table, w)) {
				return
			}
		}
	}
}
