package wire

import (
	"fmt"
	"maps"

	"dashcam/collectors"
)

func (s *State) history(m *History) error {
	if err := s.described(m.Rev); err != nil {
		return err
	}
	if len(m.T) != len(m.Seq) {
		return fmt.Errorf("history with %d times for %d rows", len(m.T), len(m.Seq))
	}
	rows := make([]StateRow, len(m.Seq))
	for i := range rows {
		rows[i] = StateRow{T: m.T[i], Values: make(map[collectors.SeriesID]int64)}
		first, came := s.Rows[m.Seq[i]]
		switch {
		case m.Part != PartRemaining:
		case !came:
			return fmt.Errorf("%w: the rest of row %d without its first part", ErrSequence, m.Seq[i])
		default:
			rows[i].Missed, rows[i].Why = first.Missed, first.Why
			maps.Copy(rows[i].Values, first.Values)
		}
	}
	for _, c := range m.Columns {
		if err := spread(rows, c); err != nil {
			return err
		}
	}
	for i, seq := range m.Seq {
		for _, x := range m.Missed {
			if x.Seq == seq {
				rows[i].Missed, rows[i].Why = x.Count, x.Why
			}
		}
		s.Rows[seq] = rows[i]
		if m.Part == PartPriority {
			s.partial[seq] = true
		} else {
			delete(s.partial, seq)
		}
	}
	if m.Older != nil {
		s.Older = append(s.Older, *m.Older)
	}
	if m.Gap != nil {
		s.Gaps = append(s.Gaps, *m.Gap)
		for seq := range s.partial {
			if m.Gap.From <= seq && seq <= m.Gap.To { // the rest of it is not to be had
				delete(s.Rows, seq)
				delete(s.partial, seq)
			}
		}
	}
	return nil
}

// spread puts one history column into the rows.
func spread(rows []StateRow, column any) error {
	parts, ok := column.([]any)
	if !ok || len(parts) < 2 || len(parts) > 3 {
		return fmt.Errorf("history column %v is not [id, values] or [id, value, differences]", column)
	}
	id, ok := parts[0].(float64)
	if !ok {
		return fmt.Errorf("history column id %v is not a number", parts[0])
	}
	set := func(i int, q int64) { rows[i].Values[collectors.SeriesID(id)] = q }
	if len(parts) == 3 {
		return spreadDifferences(parts[1], parts[2], len(rows), set)
	}
	switch q := parts[1].(type) {
	case float64:
		for i := range rows {
			set(i, int64(q))
		}
	case []any:
		if len(q) != len(rows) {
			return fmt.Errorf("history column %v has %d values for %d rows", id, len(q), len(rows))
		}
		for i, v := range q {
			if n, ok := v.(float64); ok {
				set(i, int64(n))
			}
		}
	default:
		return fmt.Errorf("history column %v has values %v", id, q)
	}
	return nil
}

func spreadDifferences(first, differences any, rows int, set func(i int, q int64)) error {
	d, ok := differences.([]any)
	if !ok || len(d)+1 != rows {
		return fmt.Errorf("history column with differences %v for %d rows", differences, rows)
	}
	last := int64(0)
	for i, v := range append([]any{first}, d...) {
		if n, ok := v.(float64); ok {
			last += int64(n)
			set(i, last)
		}
	}
	return nil
}
