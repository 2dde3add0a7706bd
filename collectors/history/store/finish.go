package store

import (
	"maps"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

// target is how large a segment may grow.
func (w *recorder) target() int64 {
	limit := w.store.cfg.Limit
	return min(max(limit/segmentsPerStore, min(minSegment, limit/enoughSegments)), maxSegment)
}

// finishLarge finishes the files that have reached their size or their span. New ones
// begin with the next step.
func (w *recorder) finishLarge() error {
	if w.blocks != nil {
		b := w.blocks.index.blocks
		if w.blocks.Size() >= w.target() || len(b) > 0 && w.outlived(b[0].FirstT) {
			if err := w.finishBlocks(); err != nil {
				return err
			}
		}
	}
	if w.tables != nil {
		k := w.tables.index.tableBlocks
		if w.tables.Size() >= w.target() || len(k) > 0 && w.outlived(k[0].lastT) {
			if err := w.finishTables(); err != nil {
				return err
			}
		}
	}
	return w.retain()
}

// finishBlocks writes summaries and index behind the blocks.
func (w *recorder) finishBlocks() error {
	f := w.blocks
	var own *Segment
	w.publish(func(p *Snapshot) { own = w.ownSegment(p) })
	r := Reader{}
	sums, dir := buildSums(len(own.blocks), func(i int) *block.Sealed {
		b, _ := r.Block(own, i, nil) // without a context nothing stops it
		return b
	})
	r.Close()
	series := slices.SortedFunc(maps.Values(w.described), func(a, b *collectors.Series) int { return int(a.ID - b.ID) })

	for _, part := range []struct {
		kind    byte
		payload []byte
		at      *place
	}{
		{recordSums, sums, &f.index.sums},
		{recordSumsDir, dir, &f.index.sumsDir},
		{recordCatalog, describe(series), &f.index.catalog},
	} {
		offset, err := f.Append(part.kind, part.payload)
		if err != nil {
			return err
		}
		*part.at = place{offset, len(part.payload)}
	}
	if err := finishIndex(f); err != nil {
		return err
	}
	if err := w.flush(f); err != nil {
		return err
	}
	w.publish(func(p *Snapshot) {
		s := w.ownSegment(p)
		s.finished = true
		s.sums, s.sumsDir = f.index.sums, f.index.sumsDir
	})
	w.retired = append(w.retired, f.file)
	w.blocks = nil
	return nil
}

func (w *recorder) finishTables() error {
	f := w.tables
	if err := finishIndex(f); err != nil {
		return err
	}
	if err := w.flush(f); err != nil {
		return err
	}
	w.publish(func(p *Snapshot) { w.ownTables(p).finished = true })
	w.retired = append(w.retired, f.file)
	w.tables = nil
	return nil
}

// finishIndex appends the index and the trailer that names it.
func finishIndex(f *outFile) error {
	offset, err := f.Append(recordIndex, f.index.append(nil))
	if err != nil {
		return err
	}
	f.Finish(offset)
	return nil
}
