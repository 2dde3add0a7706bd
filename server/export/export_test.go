package export

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

var bytesOf = &collectors.Family{
	Name: "disk.bytes", Help: "Bytes.", Unit: collectors.BytesPerSecond, Kind: collectors.KindCounter, Labels: []string{"device", "op"}, Quantum: 16,
}

var stateOf = &collectors.Family{Name: "state.disk", Help: "State.", Kind: collectors.KindState, States: []string{"ok", "busy"}, Quantum: 1}

func seriesOf(f *collectors.Family, id collectors.SeriesID, labels ...string) *collectors.Series {
	return &collectors.Series{ID: id, Family: f, Labels: collectors.LabelsOf(labels...)}
}

// TestName_IsTakenByTheMatcher would fail if what one command prints was not what
// another one takes.
func TestName_IsTakenByTheMatcher(t *testing.T) {
	for value, want := range map[string]string{
		"sda": `sda`, "": ``, `a"b`: `a\"b`, `a\b`: `a\\b`, "a,b}": `a,b}`, "ä=1": `ä=1`, "x\x1b[2J": `x\\x1b[2J`, "\u202egpj": `\\u202egpj`,
	} {
		s := seriesOf(bytesOf, 1, value, "read")
		got := Name(s)
		if want = `disk.bytes{device="` + want + `",op="read"}`; got != want {
			t.Errorf("%q is in %s, want %s", value, got, want)
		}
		if Clean(value) != value {
			continue
		}
		m, err := collectors.ParseMatcher(got)
		if err != nil || !m.Match(s) || m.Match(seriesOf(bytesOf, 2, value+"x", "read")) {
			t.Errorf("%s does not select its series alone: %v", got, err)
		}
	}
	links := &collectors.Family{Name: "net.bytes", Labels: []string{"interface", "dir"}, Quantum: 1}
	if got := Name(seriesOf(links, 1, "eth0", "in")); got != `net.bytes{dir="in",interface="eth0"}` {
		t.Errorf("labels are not in alphabetical order: %s", got)
	}
	if got := Name(seriesOf(stateOf, 1)); got != "state.disk" {
		t.Errorf("without labels: %s", got)
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "nginx: worker": "nginx: worker", "日本": "日本", "a\x1b[31mb": `a\x1b[31mb`, "a\u009bb": `a\u009bb`, "a\nb\tc\x7f": `a\x0ab\x09c\x7f`,
		"a\u202eb\u2066c": `a\u202eb\u2066c`, "a\u2028b": `a\u2028b`,
	} {
		if got := Clean(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		v, quantum float64
		want       string
	}{
		{0.0000457763671875, 1.0 / 65536, "0.000046"}, {12.0625, 1.0 / 16, "12.06"}, {1, 1, "1"}, {0, 1, "0"}, {123456789, 1, "123456789"},
		{1234.5678, 0.0001, "1235"}, {99.9999, 1.0 / 65536, "100"}, {-0.5, 0.5, "-0.5"}, {math.NaN(), 1, "missing"}, {0.390625, 1.0 / 128, "0.3906"},
	} {
		if got := Text(c.v, c.quantum); got != c.want {
			t.Errorf("%v in steps of %v is %s, want %s", c.v, c.quantum, got, c.want)
		}
	}
}

var processes = &collectors.Table{
	Name: "processes", Title: "Processes", Help: "All.", Top: 1, Rank: []string{"cpu"},
	Columns: []collectors.Column{
		{Name: "name", Kind: collectors.ColumnText}, {Name: "cpu", Kind: collectors.ColumnNumber, Unit: collectors.Percent, Quantum: 0.5, Sum: true},
	},
}

func observation() *collectors.TableData {
	rows := collectors.NewRows(processes)
	w := rows.Add("1.10")
	w.Text(0, "=cmd\x1b[2J")
	w.Number(1, 12.5)
	rows.Add("2.20").Text(0, "idle")
	d := rows.Data()
	d.T, d.Seq, d.Others, d.OthersSums = 1_795_662_050_250, 51, 3, []int64{collectors.Missing, 9}
	return d
}

func TestCSV_IsOneLayout(t *testing.T) {
	var out strings.Builder
	w := NewCSV(&out)
	series := []*collectors.Series{seriesOf(bytesOf, 1, "sda", "read"), seriesOf(stateOf, 2)}
	w.RowsHead(series)
	w.Row(&collectors.Row{T: 1_795_662_050_250, Seq: 51, Missed: 3, Why: "late", IDs: []collectors.SeriesID{1, 2}, Q: []int64{3, collectors.Missing}}, series)
	w.BucketsHead(series[:1], Lists)
	w.Bucket(1_795_662_000_000, 60, []float64{16, math.NaN(), 0.5})
	w.TableHead(processes)
	w.Observation(observation(), processes)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	in := csv.NewReader(strings.NewReader(out.String()))
	in.FieldsPerRecord = -1
	got, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"time", "seq", "missed", "why", `disk.bytes{device="sda",op="read"} (bytes/s)`, "state.disk"},
		{"2026-11-26T03:00:50.250Z", "51", "3", "late", "48", ""},
		{"time", "rows", `disk.bytes{device="sda",op="read"} min (bytes/s)`, `disk.bytes{device="sda",op="read"} mean (bytes/s)`, `disk.bytes{device="sda",op="read"} max (bytes/s)`},
		{"2026-11-26T03:00:00.000Z", "60", "16", "", "0.5"},
		{"time", "seq", "others", "partial", "key", "name", "cpu (percent)"},
		{"2026-11-26T03:00:50.250Z", "51", "3", "", "1.10", `'=cmd\x1b[2J`, "12.5"},
		{"2026-11-26T03:00:50.250Z", "51", "3", "", "2.20", "idle", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestCSV_HasTheLayoutOfBefore holds what scripts read that were written for it.
func TestCSV_HasTheLayoutOfBefore(t *testing.T) {
	var out strings.Builder
	w := NewCSVv1(&out)
	series := []*collectors.Series{seriesOf(bytesOf, 1, "sda", "read")}
	w.RowsHead(series)
	w.Row(&collectors.Row{T: 1_795_662_050_250, Seq: 51, IDs: []collectors.SeriesID{1}, Q: []int64{3}}, series)
	w.TableHead(processes)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "t,seq,missed,why,\"disk.bytes{device=sda,op=read}\"\n1795662050250,51,0,,48\nt,seq,others,partial,key,name,cpu\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAppendRow(t *testing.T) {
	series := []*collectors.Series{seriesOf(bytesOf, 1, "sda", "read"), seriesOf(stateOf, 2)}
	row := collectors.Row{T: 1000, Seq: 51, Missed: 3, Why: "late", IDs: []collectors.SeriesID{1, 2}, Q: []int64{3, collectors.Missing}}
	want := `{"t":1000,"seq":51,"missed":3,"why":"late","values":{"a\"b":48}}`
	if got := string(AppendRow(nil, &row, series, []string{`a"b`, "c"})); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestCSV_KeepsTheFirstError(t *testing.T) {
	w := NewCSV(full{})
	w.RowsHead(nil)
	if err := w.Flush(); !errors.Is(err, errFull) {
		t.Errorf("%v, want %v", err, errFull)
	}
}

func TestAppendObservation(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal(AppendObservation(nil, observation()), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"t": 1_795_662_050_250.0, "seq": 51.0, "others": 3.0, "othersSums": map[string]any{"cpu": 4.5},
		"rows": []any{map[string]any{"key": "1.10", "name": "=cmd\x1b[2J", "cpu": 12.5}, map[string]any{"key": "2.20", "name": "idle"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestValueOf(t *testing.T) {
	busy := ValueOf(seriesOf(stateOf, 2), 1)
	missing := ValueOf(seriesOf(bytesOf, 1, "sda", "read"), collectors.Missing)
	if busy.State != "busy" || *busy.Value != 1 || missing.Value != nil || missing.Labels["op"] != "read" || missing.Unit != collectors.BytesPerSecond {
		t.Errorf("%+v, %+v", busy, missing)
	}
}
