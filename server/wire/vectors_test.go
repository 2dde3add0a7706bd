package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dashcam/collectors"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden vectors")

// A vector is a sequence of messages with the state they must lead to. The messages
// are what the encoders write; the state is computed from the rows and tables that the
// scenario encoded, never from the messages. Vitest reads the same files.
type vector struct {
	About string      `json:"about"`
	Steps []step      `json:"steps"`
	State vectorState `json:"state"`
}

type step struct {
	// Refused messages do not apply and leave the state as it was.
	Refused bool            `json:"refused,omitempty"`
	Message json.RawMessage `json:"message"`
}

type vectorState struct {
	Instance string                            `json:"instance"`
	Rev      uint64                            `json:"rev"`
	Series   []collectors.SeriesID             `json:"series"`
	Rows     map[uint64]StateRow               `json:"rows"`
	Gaps     []Gap                             `json:"gaps"`
	Tables   map[string]*StateTable            `json:"tables"`
	Health   map[string]collectors.HealthState `json:"health"`
	Events   []collectors.Event                `json:"events"`
	Verdict  *Verdict                          `json:"verdict,omitempty"`
	Bye      ByeReason                         `json:"bye,omitempty"`
}

func TestVectors_EncodersWriteThemAndStateReadsThem(t *testing.T) {
	seen := make(map[string]bool)
	for name, build := range scenarios() {
		seen[name+".json"] = true
		t.Run(name, func(t *testing.T) {
			want := newScenario(t)
			build(want)
			path := filepath.Join("testdata", "vectors", name+".json")
			text := want.text()
			if *update {
				if err := os.WriteFile(path, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text), string(file)); diff != "" {
				t.Errorf("%s is not what the encoders write; go test -update and review (-want +got)\n%s", path, diff)
			}
			replay(t, file)
		})
	}
	files, err := filepath.Glob("testdata/vectors/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, f := range files {
		if !seen[filepath.Base(f)] {
			t.Errorf("%s belongs to no scenario", f)
		}
	}
}

// replay applies a vector's messages and compares the outcome with its state.
func replay(t *testing.T, file []byte) {
	t.Helper()
	var v vector
	if err := json.Unmarshal(file, &v); err != nil {
		t.Fatal(err)
	}
	s := NewState()
	for i, st := range v.Steps {
		err := s.Apply(st.Message)
		if st.Refused && !errors.Is(err, ErrSequence) {
			t.Errorf("step %d: got %v, want it refused with ErrSequence", i, err)
		}
		if !st.Refused && err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
	if diff := cmp.Diff(v.State, stateOf(s)); diff != "" {
		t.Errorf("state (-want +got)\n%s", diff)
	}
}

func stateOf(s *State) vectorState {
	out := vectorState{
		Rev: s.Rev, Series: slices.Sorted(maps.Keys(s.Series)), Rows: s.Rows, Tables: s.Tables,
		Health: make(map[string]collectors.HealthState), Gaps: notNil(s.Gaps), Events: notNil(s.Events), Verdict: s.Verdict,
	}
	out.Series = notNil(out.Series)
	if s.Hello != nil {
		out.Instance = s.Hello.Instance
	}
	for name, h := range s.Health {
		out.Health[name] = h.State
	}
	if s.Bye != nil {
		out.Bye = s.Bye.Reason
	}
	return out
}

// scenario collects messages and, apart from them, what they must lead to.
type scenario struct {
	t     *testing.T
	about string
	steps []step
	state vectorState
}

func newScenario(t *testing.T) *scenario {
	s := &scenario{t: t}
	s.clear("")
	return s
}

func (s *scenario) clear(instance string) {
	s.state = vectorState{
		Instance: instance, Series: []collectors.SeriesID{}, Rows: make(map[uint64]StateRow), Gaps: []Gap{},
		Tables: make(map[string]*StateTable), Health: make(map[string]collectors.HealthState), Events: []collectors.Event{},
	}
}

// text is the vector's file: one message a line, exactly as the encoders write it.
func (s *scenario) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"about\": %q,\n\"steps\": [\n", s.about)
	for i, st := range s.steps {
		refused, comma := "", ","
		if st.Refused {
			refused = `"refused": true, `
		}
		if i == len(s.steps)-1 {
			comma = ""
		}
		fmt.Fprintf(&b, "  {%s\"message\": %s}%s\n", refused, st.Message, comma)
	}
	b.WriteString("],\n\"state\": ")
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s.state); err != nil {
		s.t.Fatal(err)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func (s *scenario) raw(text string) { s.steps = append(s.steps, step{Message: json.RawMessage(text)}) }

func (s *scenario) refused(text []byte) {
	s.steps = append(s.steps, step{Refused: true, Message: bytes.Clone(text)})
}

func (s *scenario) encode(m any) {
	text, err := Encode(m)
	if err != nil {
		s.t.Fatal(err)
	}
	s.raw(string(text))
}

func (s *scenario) hello(h Hello) {
	if s.state.Instance != "" && s.state.Instance != h.Instance {
		s.clear(h.Instance)
	}
	s.state.Instance = h.Instance
	s.encode(h)
}

func (s *scenario) schema(x *collectors.Schema) {
	s.encode(ViewerSchema(x))
	s.described(x)
}

func (s *scenario) schemaChange(from, to *collectors.Schema) {
	s.encode(SchemaDifference(from, to))
	s.described(to)
}

func (s *scenario) described(x *collectors.Schema) {
	s.state.Rev = x.Rev
	s.state.Series = []collectors.SeriesID{}
	for i := range x.Series {
		s.state.Series = append(s.state.Series, x.Series[i].ID)
	}
}

func (s *scenario) frame(prev, r *collectors.Row) {
	s.raw(string(AppendFrame(nil, prev, r)))
	s.row(r)
}

func (s *scenario) row(r *collectors.Row) { s.state.Rows[r.Seq] = stateRow(r) }

func stateRow(r *collectors.Row) StateRow {
	out := StateRow{T: r.T, Missed: r.Missed, Why: r.Why, Values: make(map[collectors.SeriesID]int64)}
	for i, q := range r.Q {
		if q != collectors.Missing {
			out.Values[r.IDs[i]] = q
		}
	}
	return out
}

func (s *scenario) history(span *Span, rows ...*collectors.Row) {
	text, n := AppendHistory(nil, span)
	if n != len(rows) {
		s.t.Fatalf("batch took %d rows, want %d", n, len(rows))
	}
	s.raw(string(text))
	for _, r := range rows {
		s.row(r)
	}
	if span.Gap != nil {
		s.state.Gaps = append(s.state.Gaps, *span.Gap)
	}
}

func (s *scenario) table(data, base *collectors.TableData) {
	s.raw(string(AppendTable(nil, data, base)))
	s.state.Tables[data.Table.Name] = stateTable(data)
}

func stateTable(d *collectors.TableData) *StateTable {
	out := &StateTable{Seq: d.Seq, T: d.T, Partial: d.Partial, Rows: make(map[string]map[string]any)}
	for _, r := range d.Rows {
		cells := make(map[string]any)
		for i, c := range d.Table.Columns {
			switch {
			case c.Kind == collectors.ColumnText && r.Cells[i].Text != "":
				cells[c.Name] = r.Cells[i].Text
			case c.Kind == collectors.ColumnNumber && r.Cells[i].Q != collectors.Missing:
				cells[c.Name] = float64(r.Cells[i].Q)
			}
		}
		out.Rows[r.Key] = cells
	}
	return out
}

// spanOf is the span of consecutive rows, as the ring would give it.
func spanOf(rows ...*collectors.Row) *Span {
	if len(rows) == 0 {
		return &Span{}
	}
	s := &Span{First: rows[0].Seq, Rev: rows[len(rows)-1].Rev}
	columns := make(map[collectors.SeriesID][]int64)
	for i, r := range rows {
		s.T = append(s.T, r.T)
		if r.Missed != 0 && s.Missed == nil {
			s.Missed, s.Why = make([]int, len(rows)), make([]string, len(rows))
		}
		if r.Missed != 0 {
			s.Missed[i], s.Why[i] = r.Missed, r.Why
		}
		for j, id := range r.IDs {
			if r.Q[j] == collectors.Missing {
				continue
			}
			if columns[id] == nil {
				columns[id] = slices.Repeat([]int64{collectors.Missing}, len(rows))
			}
			columns[id][i] = r.Q[j]
		}
	}
	for _, id := range slices.Sorted(maps.Keys(columns)) {
		s.Columns = append(s.Columns, Column{id, columns[id]})
	}
	return s
}

const missing = collectors.Missing

// rowOf builds a row from id, value pairs.
func rowOf(seq, rev uint64, pairs ...int64) *collectors.Row {
	r := &collectors.Row{Seq: seq, Rev: rev, T: 1795186288000 + int64(seq)*1000}
	if len(pairs)%2 != 0 {
		panic(fmt.Sprintf("odd pairs %v", pairs))
	}
	for i := 0; i < len(pairs); i += 2 {
		r.IDs = append(r.IDs, collectors.SeriesID(pairs[i]))
		r.Q = append(r.Q, pairs[i+1])
	}
	return r
}
