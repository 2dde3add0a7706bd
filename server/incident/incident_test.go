package incident

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/diagnosis"
)

// value is what a row has of a series, by name and labels: ids are those of a run.
type value struct {
	T    int64
	Name string
	Q    int64
}

func valuesOf(t *testing.T, s collectors.Source, w collectors.Window) (all []value) {
	t.Helper()
	schema, err := s.Schema(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	for span, err := range s.Columns(t.Context(), collectors.Query{Window: w}) {
		if err != nil {
			t.Fatal(err)
		}
		at := make(map[string][]int64)
		for _, c := range span.Columns {
			x := schema.Find(c.ID)
			at[x.Family.Name+"{"+x.Labels.String()+"}"] = c.Q
		}
		for i, when := range span.T {
			for name, q := range at {
				if q[i] != collectors.Missing {
					all = append(all, value{when, name, q[i]})
				}
			}
		}
	}
	return all
}

func sorted(all []value) map[value]bool {
	out := make(map[value]bool, len(all))
	for _, v := range all {
		out[v] = true
	}
	return out
}

// TestRead_GivesBackWhatWasMade compares everything that a source tells.
func TestRead_GivesBackWhatWasMade(t *testing.T) {
	need.Undetected(t)
	ring := simulated(t, 15)
	o := stretchOf(ring)
	o.From, o.To = o.From+10*60_000, o.To-30_000
	r, err := Read(bytes.NewReader(file(t, ring, o)))
	if err != nil {
		t.Fatal(err)
	}
	w := o.window()
	want, got := valuesOf(t, ring, w), valuesOf(t, r, collectors.Window{})
	if len(want) < 50_000 || !reflect.DeepEqual(sorted(want), sorted(got)) {
		t.Errorf("%d values came back, %d were there", len(got), len(want))
	}
	for _, table := range []string{"processes", "services"} {
		wantTables, err := collectors.All(ring.Tables(t.Context(), table, w))
		if err != nil || len(wantTables) < 50 {
			t.Fatalf("%d observations (%v)", len(wantTables), err)
		}
		gotTables, err := collectors.All(r.Tables(t.Context(), table, collectors.Window{}))
		if err != nil || len(gotTables) != len(wantTables) {
			t.Fatalf("%d observations of %s, want %d (%v)", len(gotTables), table, len(wantTables), err)
		}
		for i := range wantTables {
			a, b := wantTables[i], gotTables[i]
			if a.T != b.T || a.Others != b.Others || !reflect.DeepEqual(byKey(a), byKey(b)) || a.Others > 0 && !reflect.DeepEqual(a.OthersSums, b.OthersSums) {
				t.Fatalf("observation %d of %s:\n%s", i, table, cmp.Diff(byKey(a), byKey(b)))
			}
		}
	}
	if diff := cmp.Diff(host, r.Info()); diff != "" {
		t.Errorf("host (-want +got):\n%s", diff)
	}
	b, had := r.Bounds(), r.Head
	if had.Rows != 270 || b.Newest-b.Oldest != 269 || had.Version != "0.1.0" || had.Format != 1 || had.Series != b.Series || len(had.SHA256) != 64 {
		t.Errorf("head %+v, bounds %+v", had, b)
	}
}

func byKey(d *collectors.TableData) map[string][]collectors.Cell {
	out := make(map[string][]collectors.Cell)
	for _, row := range d.Rows {
		out[row.Key] = row.Cells
	}
	return out
}

// TestRead_KnowsTheVerdictsOfTheSource asks for moments at which the source was asked.
func TestRead_KnowsTheVerdictsOfTheSource(t *testing.T) {
	need.Undetected(t)
	ring := simulated(t, 15)
	o := stretchOf(ring)
	o.From += 5 * 60_000
	r, err := Read(bytes.NewReader(file(t, ring, o)))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.verdicts) < 5 {
		t.Fatalf("%d verdicts: expected those of ten minutes", len(r.verdicts))
	}
	bad := 0
	for _, got := range r.verdicts {
		want, err := diagnosis.Judge(t.Context(), ring, got.At)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Text, got.Text); diff != "" {
			t.Errorf("at %d (-source +file):\n%s", got.At, diff)
		}
		if got.Level != "ok" {
			bad++
		}
		if again, ok := r.Verdict(got.At + 400); !ok || again.Text != got.Text {
			t.Errorf("between two verdicts: %q", again.Text)
		}
	}
	if bad == 0 {
		t.Error("nothing was ever wrong with the simulated host: this proves little")
	}
	if _, ok := r.Verdict(o.From - 1); ok {
		t.Error("there is a verdict before the first row")
	}
	want, err := diagnosis.Changes(t.Context(), ring, o.From, o.To, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, base, ok := r.Changes(o.From, o.To)
	if !ok || base != diagnosis.BaseOf(o.From, o.To) || len(got) != len(want) {
		t.Errorf("%d changes since %d, want %d", len(got), base, len(want))
	}
}

// TestMake_IsSmall is the promise of 3 MB for 15 minutes of 300 series, with the page's
// share taken off.
func TestMake_IsSmall(t *testing.T) {
	need.Undetected(t)
	const most, pages = 3 << 20, 600 << 10
	for name, ring := range map[string]collectors.Live{"a real host, 300 series": real(t, 15), "the simulated host": simulated(t, 15)} {
		b := ring.Bounds()
		made, err := Make(t.Context(), ring, Options{From: b.OldestT, To: b.NewestT + 1})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := made.Write(&out, page(t)); err != nil {
			t.Fatal(err)
		}
		h := &made.Head
		t.Logf("%s: %d series, %d rows, %d observations, %d events: %d KiB of lines, %d KiB packed, %d KiB in a file without its page",
			name, h.Series, h.Rows, h.Observations, h.Events, h.Bytes>>10, len(made.packed)>>10, out.Len()>>10)
		if h.Rows < 895 || h.Series < 300 || h.Observations < 500 {
			t.Errorf("%s: %+v is no 15 minutes", name, h)
		}
		if out.Len()+pages > most {
			t.Errorf("%s: %d bytes and a page: expected at most %d", name, out.Len(), most)
		}
	}
}

func TestMake_RefusesWhatItCannotHold(t *testing.T) {
	ring := simulated(t, 1)
	o := stretchOf(ring)
	for name, c := range map[string]struct {
		o    Options
		want error
	}{
		"a day":         {Options{From: o.From, To: o.From + 24*time.Hour.Milliseconds()}, ErrTooLong},
		"an empty time": {Options{From: o.From - 90_000, To: o.From - 60_000}, ErrNothing},
	} {
		if _, err := Make(t.Context(), ring, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if _, err := Preview(t.Context(), ring, c.o); !errors.Is(err, c.want) {
			t.Errorf("preview of %s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Make(t.Context(), ring, Options{From: 2, To: 1}); err == nil {
		t.Error("a time that ends before it begins was taken")
	}
}

func TestMake_IsTheSameEveryTime(t *testing.T) {
	need.Undetected(t)
	ring := simulated(t, 2)
	o := stretchOf(ring)
	o.Mask = MaskAll
	if !bytes.Equal(file(t, ring, o), file(t, ring, o)) {
		t.Error("two files of one time differ")
	}
}
