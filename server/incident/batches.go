package incident

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// history takes a batch of rows.
func (r *reader) history(m *wire.History) error {
	if err := r.describe(); err != nil {
		return err
	}
	n := len(m.Seq)
	switch {
	case len(m.T) != n || n > wire.MaxBatch:
		return fmt.Errorf("%d times for %d rows: expected one each of at most %d", len(m.T), n, wire.MaxBatch)
	case len(r.rows)+n > MaxRows:
		return fmt.Errorf("more than %d rows", MaxRows)
	case m.Part != "":
		return errors.New("a part of rows")
	}
	if r.cells += n * len(m.Columns); r.cells > maxCells {
		return fmt.Errorf("more than %d values", maxCells)
	}
	ids := make([]collectors.SeriesID, len(m.Columns))
	q := make([]int64, n*len(ids))
	for k, c := range m.Columns {
		id, err := column(c, n, func(i int, v int64) { q[i*len(ids)+k] = v })
		if err != nil {
			return err
		}
		if r.series[id] == nil || k > 0 && id <= ids[k-1] {
			return fmt.Errorf("a column of series %d: expected ascending ids of the schema", id)
		}
		ids[k] = id
	}
	for i := range n {
		if k := len(r.rows); k > 0 && (m.Seq[i] <= r.rows[k-1].seq || m.T[i] <= r.rows[k-1].t) || m.Seq[i] == 0 || m.Seq[i] > 1<<53 {
			return fmt.Errorf("row %d is not behind the one before", m.Seq[i])
		}
		r.rows = append(r.rows, row{seq: m.Seq[i], t: m.T[i], ids: ids, q: q[i*len(ids):][:len(ids):len(ids)]})
	}
	for _, x := range m.Missed {
		if i := slices.Index(m.Seq, x.Seq); i >= 0 && x.Count > 0 {
			at := &r.rows[len(r.rows)-n+i]
			at.missed, at.why = x.Count, collectors.CleanLabel(x.Why)
		}
	}
	return nil
}

// column reads [id, value], [id, [value, …]] or [id, value, [difference, …]].
func column(c any, rows int, set func(i int, q int64)) (collectors.SeriesID, error) {
	parts, ok := c.([]any)
	if !ok || len(parts) < 2 || len(parts) > 3 {
		return 0, errors.New("a column that is none")
	}
	number, ok := parts[0].(float64)
	if !ok || number < 0 || number > math.MaxInt32 || number != math.Trunc(number) {
		return 0, fmt.Errorf("a column of series %v", parts[0])
	}
	id := collectors.SeriesID(number)
	values, list := parts[1].([]any)
	switch {
	case len(parts) == 3:
		differences, ok := parts[2].([]any)
		if !ok {
			return 0, errors.New("a column with differences that are none")
		}
		values = append([]any{parts[1]}, differences...)
	case !list:
		q, err := quanta(parts[1])
		for i := range rows {
			set(i, q)
		}
		return id, err
	}
	if len(values) != rows {
		return 0, fmt.Errorf("a column of %d values for %d rows", len(values), rows)
	}
	last := int64(0)
	for i, v := range values {
		q, err := quanta(v)
		if err != nil {
			return 0, err
		}
		if q != collectors.Missing && len(parts) == 3 {
			if q += last; q > maxQuanta || q < -maxQuanta {
				return 0, errors.New("a value beyond 2^53")
			}
			last = q
		}
		set(i, q)
	}
	return id, nil
}

const maxQuanta = 1 << 53

func quanta(v any) (int64, error) {
	if v == nil {
		return collectors.Missing, nil
	}
	f, ok := v.(float64)
	if !ok || f != math.Trunc(f) || f > maxQuanta || f < -maxQuanta {
		return 0, fmt.Errorf("a value %v: expected a whole number or null", v)
	}
	return int64(f), nil
}
