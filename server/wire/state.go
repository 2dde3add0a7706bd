package wire

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"dashcam/collectors"
)

// ErrSequence says that a message does not apply to the state: it follows a row that
// is not there, or a table observation that was not seen, or it comes before the
// schema that describes it.
var ErrSequence = errors.New("message does not follow the state")

// State is what a viewer knows: the reference for what the messages mean. It keeps
// every row it was ever given. Tests compare it with the ring and with the page's own
// reading of the golden vectors; the server does not need it.
type State struct {
	Hello     *Hello
	Rev       uint64
	Series    map[collectors.SeriesID]Series
	Panels    []collectors.Panel
	Resources []collectors.Resource
	TableInfo []*collectors.Table
	Rows      map[uint64]StateRow
	Tables    map[string]*StateTable
	Health    map[string]collectors.Health
	Events    []collectors.Event
	// Verdict is the newest one, nil before the first.
	Verdict *Verdict
	Gaps    []Gap
	Older   []Older // left to the API
	Bye     *Bye
	// partial are the rows of which only the priority columns came.
	partial map[uint64]bool
}

// StateRow is one row; a value that is missing is not in it.
type StateRow struct {
	T      int64                         `json:"t"`
	Missed int                           `json:"missed,omitempty"`
	Why    string                        `json:"why,omitempty"`
	Values map[collectors.SeriesID]int64 `json:"values"`
}

// StateTable is the newest observation of a table: cells by row key and column. A
// number that is missing and a text that is empty are not in it.
type StateTable struct {
	Seq     uint64                    `json:"seq"`
	T       int64                     `json:"t"`
	Partial string                    `json:"partial,omitempty"`
	Rows    map[string]map[string]any `json:"rows"`
}

// NewState returns the state of a viewer that got nothing yet.
func NewState() *State {
	s := &State{}
	s.reset()
	return s
}

func (s *State) reset() {
	*s = State{
		Series:  make(map[collectors.SeriesID]Series),
		Rows:    make(map[uint64]StateRow),
		Tables:  make(map[string]*StateTable),
		Health:  make(map[string]collectors.Health),
		partial: make(map[uint64]bool),
	}
}

// Apply changes the state by one message of the server. Unknown types are ignored. A
// message that is refused leaves the state as it was.
func (s *State) Apply(data []byte) error {
	var tag struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(data, &tag); err != nil {
		return fmt.Errorf("parse message %.80q: %w", data, err)
	}
	switch tag.Type {
	case TypeHello:
		return with(data, s.hello)
	case TypeSchema:
		return with(data, s.schema)
	case TypeHistory:
		return with(data, s.history)
	case TypeFrame:
		return with(data, s.frame)
	case TypeTable:
		return with(data, s.table)
	case TypeHealth:
		return with(data, func(m *Health) error { s.Health[m.Collector] = m.Health; return nil })
	case TypeEvent:
		return with(data, func(m *Event) error {
			if !slices.Contains(s.Events, m.Event) { // told again after a resume
				s.Events = append(s.Events, m.Event)
				slices.SortStableFunc(s.Events, func(a, b collectors.Event) int { return cmp.Compare(a.Seq, b.Seq) })
			}
			return nil
		})
	case TypeVerdict:
		return with(data, func(m *Verdict) error {
			s.Verdict = m
			return nil
		})
	case TypeBye:
		return with(data, func(m *Bye) error { s.Bye = m; return nil })
	}
	return nil
}

func with[T any](data []byte, apply func(*T) error) error {
	m := new(T)
	if err := json.Unmarshal(data, m); err != nil {
		return fmt.Errorf("parse message %.80q: %w", data, err)
	}
	return apply(m)
}

// hello of another instance ends everything known about the one before.
func (s *State) hello(m *Hello) error {
	if s.Hello != nil && s.Hello.Instance != m.Instance {
		s.reset()
	}
	s.Hello = m
	return nil
}

func (s *State) schema(m *Schema) error {
	s.Rev = m.Rev
	if m.Series != nil {
		s.Series = make(map[collectors.SeriesID]Series)
		s.Panels, s.Resources, s.TableInfo = m.Panels, m.Resources, m.Tables
	}
	for _, list := range [][]Series{m.Series, m.Add} {
		for _, x := range list {
			s.Series[x.ID] = x
		}
	}
	for _, id := range m.Drop {
		delete(s.Series, id)
	}
	return nil
}

// described refuses a message whose schema has not come yet.
func (s *State) described(rev uint64) error {
	if rev > s.Rev {
		return fmt.Errorf("%w: schema %d, message of %d", ErrSequence, s.Rev, rev)
	}
	return nil
}

func (s *State) frame(m *Frame) error {
	if err := s.described(m.Rev); err != nil {
		return err
	}
	before, ok := s.Rows[m.Seq-1]
	if !ok && m.Seq != 1 {
		return fmt.Errorf("%w: frame %d without row %d", ErrSequence, m.Seq, m.Seq-1)
	}
	if len(m.D)%2 != 0 {
		return fmt.Errorf("frame %d has %d numbers, want pairs", m.Seq, len(m.D))
	}
	row := StateRow{T: m.T, Missed: m.Missed, Why: m.Why, Values: make(map[collectors.SeriesID]int64, len(before.Values))}
	for id, q := range before.Values {
		row.Values[id] = q
	}
	id := collectors.SeriesID(-1)
	for i := 0; i < len(m.D); i += 2 {
		if m.D[i] == nil || *m.D[i] < 1 {
			return fmt.Errorf("frame %d has a gap that is not positive", m.Seq)
		}
		id += collectors.SeriesID(*m.D[i])
		if q := m.D[i+1]; q == nil {
			delete(row.Values, id)
		} else {
			row.Values[id] = *q
		}
	}
	s.Rows[m.Seq] = row
	return nil
}

func (s *State) table(m *Table) error {
	old := s.Tables[m.Table]
	next := &StateTable{Seq: m.Seq, T: m.T, Partial: m.Partial, Rows: make(map[string]map[string]any)}
	if m.Base != 0 {
		if old == nil || old.Seq != m.Base {
			return fmt.Errorf("%w: table %s at %d on %d", ErrSequence, m.Table, m.Seq, m.Base)
		}
		for key, cells := range old.Rows {
			next.Rows[key] = cells
		}
	}
	for _, key := range m.Gone {
		delete(next.Rows, key)
	}
	for _, r := range m.Rows {
		pair, ok := r.([]any)
		if !ok || len(pair) != 2 {
			return fmt.Errorf("table row %v is not [key, cells]", r)
		}
		key, okKey := pair[0].(string)
		cells, okCells := pair[1].(map[string]any)
		if !okKey || !okCells {
			return fmt.Errorf("table row %v is not [key, cells]", r)
		}
		next.Rows[key] = merged(next.Rows[key], cells)
	}
	s.Tables[m.Table] = next
	return nil
}

func merged(old, changed map[string]any) map[string]any {
	out := make(map[string]any, len(old)+len(changed))
	for c, v := range old {
		out[c] = v
	}
	for c, v := range changed {
		if v == nil || v == "" {
			delete(out, c)
			continue
		}
		out[c] = v
	}
	return out
}
