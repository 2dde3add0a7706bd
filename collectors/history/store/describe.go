package store

import (
	"slices"

	"dashcam/collectors"
)

// describe writes the series that are new or have changed.
func (w *recorder) describe(s *collectors.Schema) error {
	if s.Rev == w.rev {
		return nil
	}
	if err := w.describeSeries(s.Series); err != nil {
		return err
	}
	w.rev = s.Rev
	return w.flush(w.blocks)
}

// describeListed writes what a block or a row lists and the schema does not name any more.
func (w *recorder) describeListed(ids []collectors.SeriesID) error {
	var series []collectors.Series
	for _, id := range ids {
		if w.described[id] != nil {
			continue
		}
		if i := slices.IndexFunc(w.left, func(s collectors.Series) bool { return s.ID == id }); i >= 0 {
			series = append(series, w.left[i])
		}
	}
	return w.describeSeries(series)
}

// describeRestored writes what a block of an earlier instance lists.
func (w *recorder) describeRestored(l *loaded, ids []collectors.SeriesID) error {
	var series []collectors.Series
	for _, id := range ids {
		if s := l.find(id); s != nil {
			series = append(series, s.Series)
		}
	}
	return w.describeSeries(series)
}

func (w *recorder) describeSeries(series []collectors.Series) error {
	var added []*collectors.Series
	for i := range series {
		s := &series[i]
		if have := w.described[s.ID]; have == nil || !sameDescription(have, s) {
			own := *s // not all of the schema
			added = append(added, &own)
			w.described[s.ID] = &own
		}
	}
	if len(added) == 0 {
		return nil
	}
	_, err := w.blocks.Append(recordCatalog, describe(added))
	return err
}

// defineTable makes sure that the file of table blocks says what the cells of a table are.
func (w *recorder) defineTable(def *collectors.Table) error {
	if _, err := w.tableNumber(def); err != nil {
		return err
	}
	return w.flush(w.tables)
}

// tableNumber returns the number of a table in the file of table blocks, to which what its cells
// are is added where the file does not say it yet.
func (w *recorder) tableNumber(def *collectors.Table) (int, error) {
	have := w.tables.index.tables
	if n := slices.IndexFunc(have, func(t *collectors.Table) bool { return sameTable(t, def) }); n >= 0 {
		return n, nil
	}
	if _, err := w.tables.Append(recordCatalog, appendTable(nil, def)); err != nil {
		return 0, err
	}
	w.tables.index.tables = append(slices.Clip(have), def)
	return len(have), nil
}

// sameTable reports whether rows of both tables have the same cells.
func sameTable(a, b *collectors.Table) bool {
	return a == b || a.Name == b.Name && slices.Equal(a.Columns, b.Columns)
}
