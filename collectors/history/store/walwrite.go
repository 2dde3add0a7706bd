package store

import (
	"errors"

	"dashcam/collectors/history/block"
)

// writeWAL writes the rows of the open block, the open table blocks and events.
func (w *recorder) writeWAL(h *Head) error {
	rows := h.Open
	for len(rows) > 0 && rows[0].Seq <= max(w.cursor, w.sealed) {
		rows = rows[1:]
	}
	if len(rows) == 0 && !w.hasEvents(h) {
		return nil
	}
	if w.wal == nil {
		f, err := w.openFile(&unfinished{}, extWAL, fileWAL)
		if err != nil {
			return err
		}
		w.wal, w.prev, w.grown = f, nil, make(map[string]block.Table)
	}
	for i := range rows {
		row := &rows[i]
		if w.prev != nil && w.prev.Seq+1 != row.Seq {
			w.prev = nil
		}
		if w.prev == nil || !block.SameIDs(w.prev.IDs, row.IDs) {
			if err := w.describeListed(row.IDs); err != nil {
				return err
			}
		}
		w.scratch = block.AppendRow(w.scratch[:0], w.prev, row)
		if _, err := w.wal.Append(recordRow, w.scratch); err != nil {
			return err
		}
		w.prev = row
	}
	if err := w.writeGrowth(h); err != nil {
		return err
	}
	if err := w.writeEvents(h); err != nil {
		return err
	}
	if err := errors.Join(w.flush(w.blocks), w.flush(w.wal)); err != nil {
		return err
	}
	if len(rows) > 0 {
		w.cursor = rows[len(rows)-1].Seq
	}
	return nil
}

func (w *recorder) writeGrowth(h *Head) error {
	for i := range h.Tables {
		t := &h.Tables[i]
		have := w.grown[t.Table.Name]
		if t.Open.Count == 0 || have.First == t.Open.First && have.Count == t.Open.Count {
			continue
		}
		if have.First != t.Open.First {
			have = block.Table{}
		}
		if err := w.defineTable(t.Table); err != nil {
			return err
		}
		w.scratch = block.AppendGrowth(w.scratch[:0], t.Table.Name, &have, &t.Open)
		if _, err := w.wal.Append(recordGrowth, w.scratch); err != nil {
			return err
		}
		w.grown[t.Table.Name] = t.Open
	}
	return nil
}
