package history

import (
	"iter"
	"sort"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/store"
)

// view is what the ring holds between two commits.
type view struct {
	store.Head
	bytes    int64
	tablesIn uint64
	// stored is what is on the store, nil without one.
	stored *store.Snapshot
}

// oldest returns the oldest row and its time, 0 where there is none.
func (v *view) oldest() (seq uint64, t int64) {
	if seq, t = v.stored.Oldest(); seq > 0 {
		return seq, t
	}
	return v.Held()
}

// lastT returns the time of the newest row, 0 where there is none.
func (v *view) lastT() int64 {
	if v.NewestT > 0 {
		return v.NewestT
	}
	_, t := v.stored.Newest()
	return t
}

// extent is a run of consecutive rows: a block on the store, one in memory, or the open
// rows.
type extent struct {
	first, last   uint64
	firstT, lastT int64
	// segment has the block at place at, where it is on the store.
	segment *store.Segment
	at      int
	sealed  *block.Sealed // in memory
	open    []collectors.Row
}

// extents yields what is remembered from the row seq on, in order. Of rows that both hold,
// memory is read and not the store. What cannot be read is left out.
func (v *view) extents(seq uint64) iter.Seq[extent] {
	return func(yield func(extent) bool) {
		head, _ := v.Held()
		for s, i := range v.stored.Blocks(seq) {
			b := s.Block(i)
			if head > 0 && b.First >= head {
				break
			}
			if s.Readable(i) && !yield(extent{first: b.First, last: b.Last(), firstT: b.FirstT, lastT: b.LastT, segment: s, at: i}) {
				return
			}
		}
		from := sort.Search(len(v.Blocks), func(i int) bool { return v.Blocks[i].Last() >= seq })
		for _, b := range v.Blocks[from:] {
			if !yield(extent{first: b.First, last: b.Last(), firstT: b.FirstT, lastT: b.LastT, sealed: b}) {
				return
			}
		}
		if n := len(v.Open); n > 0 && v.Open[n-1].Seq >= seq {
			first, last := &v.Open[0], &v.Open[n-1]
			yield(extent{first: first.Seq, last: last.Seq, firstT: first.T, lastT: last.T, open: v.Open})
		}
	}
}

// touches reports whether rows of e may be in a window.
func (e *extent) touches(w *collectors.Window) bool {
	return e.last >= w.First && (w.Last == 0 || e.first <= w.Last) && e.lastT >= w.From && (w.To == 0 || e.firstT < w.To)
}

// block returns the block of rows that are not open, of which some series are read, all for
// nil; nil where it cannot be read.
func (e *extent) block(rd *store.Reader, wanted []collectors.SeriesID) (*block.Sealed, error) {
	if e.segment == nil {
		return e.sealed, nil
	}
	return rd.Block(e.segment, e.at, wanted)
}

// ids calls f for the ids of the series with a value in a row of the window, to about a
// block; for one as often as it may.
func (e *extent) ids(rd *store.Reader, w *collectors.Window, f func(collectors.SeriesID)) error {
	var ids []collectors.SeriesID
	var err error
	switch {
	case e.segment != nil:
		ids, err = rd.IDs(e.segment, e.at)
	case e.sealed != nil:
		ids = e.sealed.IDs
	}
	for _, id := range ids {
		f(id)
	}
	for i := range e.open {
		row := &e.open[i]
		if !w.Holds(row.Seq, row.T) {
			continue
		}
		for k, id := range row.IDs {
			if row.Q[k] != collectors.Missing {
				f(id)
			}
		}
	}
	return err
}

// times returns the time of each row, in scratch where they fit; nil where they cannot be
// read.
func (e *extent) times(rd *store.Reader, scratch *[block.MaxRows]int64) ([]int64, error) {
	if e.open != nil {
		t := make([]int64, len(e.open))
		for i := range e.open {
			t[i] = e.open[i].T
		}
		return t, nil
	}
	b, err := e.block(rd, []collectors.SeriesID{})
	if b == nil || err != nil {
		return nil, err
	}
	t := scratch[:b.Rows]
	b.Times(t)
	return t, nil
}

// notes says where ticks were missed.
func (e *extent) notes() (notes []store.Note) {
	switch {
	case e.segment != nil:
		return e.segment.Block(e.at).Notes
	case e.sealed != nil:
		return store.NotesOf(e.sealed)
	}
	for i := range e.open {
		if row := &e.open[i]; row.Missed > 0 {
			n := store.Note{T: row.T, Why: row.Why}
			if i > 0 {
				n.Before = e.open[i-1].T
			}
			notes = append(notes, n)
		}
	}
	return notes
}
