package wire

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"dashcam/collectors"

	"github.com/google/go-cmp/cmp"
)

// The page's types promise lists where they say lists: a nil slice of the catalog must
// not arrive as null.
func TestFullSchema_OfTheCatalogHasNoNull(t *testing.T) {
	s := testSchema(1, 0, 1, 4, 7, 9)
	s.Panels, s.Resources = collectors.Panels(), collectors.Resources()
	s.Panels = append(s.Panels, collectors.Panel{ID: "bare"})
	s.Tables = append(s.Tables, &collectors.Table{Name: "bare"})
	s.Series[0].Max, s.Series[1].Warn = math.NaN(), math.Inf(1)
	text, err := Encode(FullSchema(s))
	if err != nil {
		t.Fatal(err)
	}
	if i := strings.Index(string(text), "null"); i >= 0 {
		t.Errorf("null in %s", text[max(0, i-80):i+4])
	}
}

func TestFullSchema_OfNothingIsStillWhole(t *testing.T) {
	text, err := Encode(FullSchema(&collectors.Schema{Rev: 1}))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"type":"schema","rev":1,"series":[],"panels":[],"resources":[],"tables":[]}`; string(text) != want {
		t.Errorf("got %s", text)
	}
}

func TestSchemaDifference_LeadsToTheWholeSchema(t *testing.T) {
	sets := [][]collectors.SeriesID{{}, {0}, {0, 1, 4}, {1, 9}, {0, 1, 4, 7, 9, 12}, {12}}
	for _, from := range sets {
		for _, to := range sets {
			a, b := testSchema(1, from...), testSchema(2, to...)
			for i := range b.Series {
				if b.Series[i].ID == 9 {
					b.Series[i].Crit = 85
				}
			}
			s := NewState()
			for _, m := range []Schema{ViewerSchema(a), SchemaDifference(a, b)} {
				text, err := Encode(m)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Apply(text); err != nil {
					t.Fatal(err)
				}
			}
			want := make(map[collectors.SeriesID]Series)
			for _, m := range ViewerSchema(b).Series {
				want[m.ID] = m
			}
			if diff := cmp.Diff(want, s.Series); diff != "" {
				t.Errorf("%v to %v (-want +got)\n%s", from, to, diff)
			}
		}
	}
}

// The texts of series stand in the API's catalogue; on a socket they would be a quarter
// of what comes before the first chart.
func TestViewerSchema_LeavesTextsToTheAPI(t *testing.T) {
	s := testSchema(1, 0, 4, 7)
	s.Panels = []collectors.Panel{{ID: "cpu", Families: []string{s.Series[0].Family.Name}}}
	full, terse := FullSchema(s), ViewerSchema(s)
	for i := range full.Series {
		f, v := full.Series[i], terse.Series[i]
		if f.Help == "" || f.Source == "" && f.Kind != collectors.KindState {
			t.Errorf("%s: the API has help %q and source %q, want both", f.Name, f.Help, f.Source)
		}
		// The page makes the chart of a family that stands in no panel, and says its help.
		if keeps := i == 1; v.Source != "" || (v.Help != "") != keeps {
			t.Errorf("%s: on the socket help is %q, source %q", v.Name, v.Help, v.Source)
		}
	}
}

func TestSchemaDifference_NamesOnlyWhatChanged(t *testing.T) {
	a, b := testSchema(1, 0, 1, 4), testSchema(2, 0, 1, 4)
	b.Series[2].Info = maps.Clone(a.Series[2].Info)
	b.Series[1].Warn = 95
	m := SchemaDifference(a, b)
	if len(m.Add) != 1 || m.Add[0].ID != 1 || m.Drop != nil || m.Series != nil {
		t.Errorf("got %+v", m)
	}
}

func TestEncode_RefusesWhatItDoesNotWrite(t *testing.T) {
	for _, m := range []any{Frame{}, &Hello{}, Subscribe{}, "x", nil, Pong{T: math.NaN()}} {
		if text, err := Encode(m); err == nil {
			t.Errorf("%T became %s", m, text)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\n\t\x00\x1f\x7f", "\u2028\u2029\u202e", "bad\xff\xfe", "\xed\xa0\x80", "\U0001F980", "</script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := appendString(nil, s)
		var got string
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%q became %s: %v", s, text, err)
		}
		// encoding/json replaces each invalid byte by U+FFFD as well.
		if want := string([]rune(s)); got != want {
			t.Errorf("%q came back as %q", s, got)
		}
		if strings.ContainsAny(string(text), "\u2028\u2029") || slices.ContainsFunc(text, func(b byte) bool { return b < ' ' || b == 0x7F }) {
			t.Errorf("%q is not escaped: %q", s, text)
		}
	})
}
