package store

import (
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// recorder writes what the ring gets to the store. It belongs to one goroutine.
//
// A row goes to the write-ahead log at once. When the ring has sealed its block, the
// block is appended to a segment, and a new log is begun; the old one is removed when the segment is on the disk for certain. So every row is in a file from
// the moment it was handed over, and on the disk after syncEvery.
type recorder struct {
	store *Store
	ring  Ring
	now   func() time.Time

	instance instanceRecord
	pending  *loaded // what an earlier instance left unsealed; nil once it is written
	next     uint64  // number of the next file
	// resume are the files that were being written, at the start or before a failure.
	resume resumed

	// sealed is the last row in a block on the store, cursor the last one in write-ahead
	// logs, event the last row whose events are written.
	sealed, cursor, event uint64
	// missing is why rows could not be written, since when they could not.
	missing string

	blocks, tables, wal *outFile
	described           map[collectors.SeriesID]*collectors.Series // in blocks
	rev                 uint64                                     // of the schema that is described
	left                []collectors.Series                        // what the schema does not name any more
	prev                *collectors.Row                            // last row in wal
	grown               map[string]block.Table                     // open table blocks as they are in wal
	tabled              map[string]uint64                          // last row in a table block on the store, by table
	logs                []walFile                                  // earlier write-ahead logs
	retired             []segment.File                             // to be synced and closed

	syncing  bool
	synced   chan syncResult
	lastSync time.Time
	retained time.Time // when it was last looked for what is too old
	newestT  int64     // time of the newest row
	scratch  []byte
	sealer   block.Sealer
}

func newRecorder(t *Store, ring Ring) *recorder {
	l, h := t.loaded, ring.Head()
	w := &recorder{
		store: t, ring: ring, now: time.Now, pending: l, next: l.next, logs: l.logs, resume: l.resume,
		instance: instanceRecord{
			ID: h.Instance, T: time.Now().UnixMilli(), After: h.After, Boot: t.cfg.Boot, Version: t.cfg.Version,
			IntervalMs: h.Interval.Milliseconds(), Why: t.why,
		},
		cursor: h.After, event: h.After, tabled: make(map[string]uint64), synced: make(chan syncResult, 1),
		sealer: block.NewSealer(h.Interval.Milliseconds(), 0),
	}
	for _, s := range l.segments {
		if n := len(s.blocks); n > 0 && s.path != "" {
			w.sealed = s.blocks[n-1].Last()
		}
		if s.rename != nil && s.path == w.resume.blocks.path {
			w.resume.blocks = unfinished{} // its ids are not ours
		}
	}
	return w
}

// step writes what is in v and not yet on the store.
func (w *recorder) step(h *Head) error {
	if err := w.collectSync(); err != nil {
		return err
	}
	w.announce(h)
	w.left, w.newestT = h.Gone, h.NewestT
	if err := w.begin(h); err != nil {
		return err
	}
	if err := w.writePending(); err != nil {
		return err
	}
	if err := w.describe(h.Schema); err != nil {
		return err
	}
	sealed := w.sealed
	for _, b := range h.Blocks {
		if b.First > w.sealed {
			if err := w.writeBlock(b); err != nil {
				return err
			}
		}
	}
	if err := w.writeTableBlocks(h); err != nil {
		return err
	}
	if w.sealed > sealed && w.wal != nil {
		w.rotate()
	}
	if err := w.writeWAL(h); err != nil {
		return err
	}
	if err := w.finishLarge(); err != nil {
		return err
	}
	return w.sync(false)
}

// announce tells readers when the instance began, which they need even when nothing
// can be written.
func (w *recorder) announce(h *Head) {
	p := w.store.held.Load()
	n := len(p.instances)
	if n > 0 && p.instances[n-1].ID == w.instance.ID && p.instances[n-1].FirstT > 0 {
		return
	}
	in := collectors.Instance{
		ID: w.instance.ID, After: w.instance.After, StartT: w.instance.T, IntervalMs: w.instance.IntervalMs,
		Boot: w.instance.Boot, Version: w.instance.Version, Why: w.instance.Why,
	}
	if h.FirstT > 0 {
		in.FirstT = h.FirstT
	}
	next := *p
	if n > 0 && p.instances[n-1].ID == in.ID {
		n--
	}
	next.instances = append(slices.Clip(p.instances[:n]), in)
	w.store.held.Store(&next)
}

// writePending writes what an earlier instance had not sealed, and removes its files
// write-ahead logs.
func (w *recorder) writePending() error {
	if w.pending == nil {
		return nil
	}
	for _, s := range w.pending.segments {
		if s.path != "" {
			continue
		}
		for i := range s.blocks {
			if b := s.blocks[i].mem; b.First > w.sealed { // else it was written before a failure
				if err := w.describeRestored(w.pending, b.IDs); err != nil {
					return err
				}
				if err := w.appendBlock(b); err != nil {
					return err
				}
			}
		}
	}
	for _, t := range w.pending.tables {
		for i := range t.blocks {
			if k := &t.blocks[i]; k.mem != nil && k.last > w.tabled[t.defs[k.table].Name] {
				if err := w.appendTableBlock(t.defs[k.table], k.mem); err != nil {
					return err
				}
			}
		}
	}
	w.pending = nil
	w.store.loaded = nil
	w.publish(func(p *Snapshot) {
		p.segments = slices.DeleteFunc(p.segments, func(s *Segment) bool { return s.path == "" })
		p.tables = slices.DeleteFunc(p.tables, func(t *tableFile) bool { return t.path == "" })
	})
	return nil
}

// writeBlock writes a block of this instance, and says when rows before it are
// missing.
func (w *recorder) writeBlock(b *block.Sealed) error {
	if from := max(w.sealed, w.instance.After) + 1; b.First > from {
		gap := gapRecord{from, b.First - 1, whyNotWritten}
		if w.missing != "" {
			gap.Why += ": " + w.missing
		}
		if _, err := w.blocks.Append(recordGap, gap.record()); err != nil {
			return err
		}
		w.blocks.index.lost = append(w.blocks.index.lost, gap)
		w.publish(func(p *Snapshot) { s := w.ownSegment(p); s.lost = append(slices.Clip(s.lost), gap) })
	}
	w.missing = ""
	if err := w.describeListed(b.IDs); err != nil {
		return err
	}
	return w.appendBlock(b)
}

func (w *recorder) appendBlock(b *block.Sealed) error {
	w.scratch = block.Append(w.scratch[:0], b)
	offset, err := w.blocks.Append(recordBlock, w.scratch)
	if err != nil {
		return err
	}
	if err := w.flush(w.blocks); err != nil {
		return err
	}
	x := w.blocks.index
	x.blocks = append(x.blocks, indexBlock(b, place{offset, len(w.scratch)}))
	w.sealed = b.Last()
	// What readers see of the list never changes, though it is added to behind it.
	w.publish(func(p *Snapshot) { w.ownSegment(p).blocks = slices.Clip(x.blocks) })
	w.store.mu.Lock()
	w.store.stats.Rows += int64(b.Rows)
	w.store.mu.Unlock()
	return nil
}

// writeTableBlocks writes the table blocks of tables that were sealed.
func (w *recorder) writeTableBlocks(h *Head) error {
	for i := range h.Tables {
		t := &h.Tables[i]
		for _, k := range t.Blocks {
			if k.First <= w.tabled[t.Table.Name] {
				continue
			}
			if err := w.appendTableBlock(t.Table, k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *recorder) appendTableBlock(def *collectors.Table, k *block.Table) error {
	number, err := w.tableNumber(def)
	if err != nil {
		return err
	}
	w.scratch = block.AppendTable(w.scratch[:0], number, k)
	offset, err := w.tables.Append(recordTableBlock, w.scratch)
	if err != nil {
		return err
	}
	if err := w.flush(w.tables); err != nil {
		return err
	}
	x := w.tables.index
	x.tableBlocks = append(x.tableBlocks, indexTableBlock(number, k, place{offset, len(w.scratch)}))
	w.tabled[def.Name] = k.Last
	w.publish(func(p *Snapshot) { w.ownTables(p).blocks = slices.Clip(x.tableBlocks) })
	return nil
}
