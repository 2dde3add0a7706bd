package server

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// answer asks and decodes.
func (r *rig) answer(path string) map[string]any {
	r.t.Helper()
	res, body := r.get(path)
	if res.StatusCode != 200 {
		r.t.Fatalf("GET %s: %d %s", path, res.StatusCode, body)
	}
	return object(r.t, res, body)
}

// TestUnits_HistoryHasNamesAndUnits would fail if a reader had to multiply with quanta or
// to look ids up.
func TestUnits_HistoryHasNamesAndUnits(t *testing.T) {
	r := newRig(t, nil)
	r.commit(10, 31) // in steps of 0.5 percent
	for _, path := range []string{"/api/v2/history", "/api/v1/history?values=real"} {
		got := r.answer(path)
		want := []any{map[string]any{
			"id": 0.0, "name": "disk.busy", "labels": map[string]any{"device": "sda"}, "unit": "percent",
			"min": []any{5.0, 15.5}, "max": []any{5.0, 15.5}, "mean": []any{5.0, 15.5}, "last": []any{5.0, 15.5}, "n": []any{1.0, 1.0}, "maxSeq": []any{1.0, 2.0},
		}}
		if diff := cmp.Diff(want, got["series"]); diff != "" || len(got["t"].([]any)) != 2 {
			t.Errorf("%s (-want +got)\n%s", path, diff)
		}
	}
	got := r.answer("/api/v2/history?only=max&match=disk.busy")
	want := []any{map[string]any{"id": 0.0, "name": "disk.busy", "labels": map[string]any{"device": "sda"}, "unit": "percent", "max": []any{5.0, 15.5}}}
	if diff := cmp.Diff(want, got["series"]); diff != "" || got["rows"] != nil {
		t.Errorf("only the largest (-want +got)\n%s", diff)
	}
}

func TestUnits_SeriesHaveTheirNewestValue(t *testing.T) {
	r := newRig(t, nil)
	fillForDescription(r) // ends with a row in which sda has 1, sdb nothing, and the state is 1
	got := r.answer("/api/v2/series")
	var values []any
	for _, s := range got["series"].([]any) {
		s := s.(map[string]any)
		values = append(values, []any{s["name"], s["value"], s["state"], s["kind"]})
	}
	want := []any{[]any{"disk.busy", 0.5, nil, "gauge"}, []any{"disk.busy", nil, nil, "gauge"}, []any{"state.x", 1.0, "warn", "state"}}
	if diff := cmp.Diff(want, values); diff != "" || got["seq"] != 4.0 {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := r.answer("/api/v2/series?match=state.*"); len(got["series"].([]any)) != 1 {
		t.Errorf("states alone: %v", got)
	}
}

func TestUnits_RowAndExplain(t *testing.T) {
	r := newRig(t, nil)
	r.commit(10, 31)
	for _, path := range []string{"/api/v2/row?seq=2", "/api/v1/row?at=1795186289000&values=real"} {
		want := map[string]any{
			"seq": 2.0, "t": 1795186289000.0,
			"series": []any{map[string]any{"id": 0.0, "name": "disk.busy", "labels": map[string]any{"device": "sda"}, "unit": "percent", "value": 15.5}},
		}
		if diff := cmp.Diff(want, r.answer(path)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", path, diff)
		}
	}
	for path, value := range map[string]float64{
		"/api/v1/explain?id=0": 31, "/api/v1/explain?id=disk.busy{device=sda}": 31, `/api/v1/explain?id=disk.busy{device="sda"}`: 31,
		"/api/v2/explain?id=0": 15.5, `/api/v2/explain?id=disk.busy{device="sda"}`: 15.5, "/api/v1/explain?id=0&values=real": 15.5,
	} {
		at, query, _ := strings.Cut(path, "?id=")
		id, rest, _ := strings.Cut(query, "&")
		got := r.answer(at + "?id=" + url.QueryEscape(id) + "&" + rest)
		series, _ := got["series"].(map[string]any)
		if got["value"] != value || series["id"] != 0.0 || len(got["readings"].([]any)) != 2 {
			t.Errorf("%s: %v, want %v of series 0", path, got, value)
		}
	}
}

func TestUnits_Tables(t *testing.T) {
	r := newRig(t, nil)
	r.commit(10, 30, 20)
	columns := []any{
		map[string]any{"name": "name", "title": "Name", "kind": "text"}, map[string]any{"name": "cpu", "title": "CPU", "kind": "number"},
	}
	live := map[string]any{
		"table": "processes", "columns": columns, "t": 1795186290000.0, "seq": 3.0, "others": 0.0,
		"rows": []any{map[string]any{"key": "1.100", "name": "init</script>", "cpu": 20.0}, map[string]any{"key": "2.200", "name": "", "cpu": 1.0}},
	}
	for _, path := range []string{"/api/v2/tables/processes", "/api/v1/tables/processes?values=real", "/api/v1/processes?values=real"} {
		if diff := cmp.Diff(live, r.answer(path)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", path, diff)
		}
	}
	// Numbers of rows and times are the same rows.
	for _, window := range []string{
		"from=1&to=2", "from=1795186288000&to=1795186289000", "from=1795186288&to=1795186289", "from=2026-11-20T14:51:28Z&to=2026-11-20T14:51:29.5Z",
		"from=2026-11-20T14:00:00Z&to=2",
	} {
		got := r.answer("/api/v2/tables/processes?" + window)
		observations := got["observations"].([]any)
		if len(observations) != 2 {
			t.Errorf("%s: %d observations, want 2", window, len(observations))
			continue
		}
		want := map[string]any{
			"t": 1795186289000.0, "seq": 2.0, "others": 1.0, "othersSums": map[string]any{"cpu": 1.0},
			"rows": []any{map[string]any{"key": "1.100", "name": "init</script>", "cpu": 30.0}},
		}
		if diff := cmp.Diff(want, observations[1]); diff != "" {
			t.Errorf("%s (-want +got)\n%s", window, diff)
		}
	}
	for window, want := range map[string]int{"from=2026-11-20T14:00:00Z&to=2026-11-20T14:30:00Z": 0, "from=2026-11-21&to=now": 0, "from=2026-11-20&to=now": 3} {
		if got := r.answer("/api/v1/tables/processes?" + window); len(got["observations"].([]any)) != want {
			t.Errorf("%s: %v, want %d observations", window, got, want)
		}
	}
	_, v1 := r.get("/api/v1/processes?from=1&to=2")
	if _, alias := r.get("/api/v1/tables/processes?from=1&to=2"); alias != v1 {
		t.Errorf("tables/processes is %s, processes %s", alias, v1)
	}
}

// TestUnits_Rows reads more rows than are read at a time, and a gap.
func TestUnits_Rows(t *testing.T) {
	r := newRig(t, nil)
	fillForDescription(r) // rows 1 to 4, a gap of a minute before the last one
	got := r.answer("/api/v2/rows?match=disk.busy{device=sda}")
	want := map[string]any{
		"series": []any{map[string]any{"id": 0.0, "name": "disk.busy", "labels": map[string]any{"device": "sda"}, "unit": "percent"}},
		"rows": []any{
			map[string]any{"t": 1795186288000.0, "seq": 1.0, "values": []any{5.0}}, map[string]any{"t": 1795186289000.0, "seq": 2.0, "values": []any{5.0}},
			map[string]any{"t": 1795186290000.0, "seq": 3.0, "values": []any{15.0}},
			map[string]any{"t": 1795186351000.0, "seq": 4.0, "missed": 59.0, "why": "late", "values": []any{0.5}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for window, rows := range map[string]int{
		"from=2&to=3": 2, "from=3": 2, "to=1": 1, "from=1795186290": 2, "to=2026-11-20T14:51:29Z": 2, "from=2026-11-21": 0, "to=2026-11-19": 0, "from=4&to=9": 1,
	} {
		if got := r.answer("/api/v2/rows?" + window); len(got["rows"].([]any)) != rows {
			t.Errorf("%s: %v, want %d rows", window, got["rows"], rows)
		}
	}
	if res, body := r.get("/api/v2/rows?from=3&to=2"); res.StatusCode != 400 || !strings.Contains(body, "not before from") {
		t.Errorf("to before from: %d %s", res.StatusCode, body)
	}
	long := newRig(t, nil)
	fillLong(long)
	_, body := long.do("GET", "/api/v2/rows?match=disk.busy{device=sd7}", map[string]string{"Accept": "text/csv"})
	records := csvOf(t, body)
	if len(records) != 301 || strings.Join(records[0], "|") != `time|seq|missed|why|disk.busy{device="sd7"} (percent)` {
		t.Fatalf("%d lines, the first %q", len(records), records[0])
	}
	for i, record := range records[1:] {
		want := strconv.FormatFloat(float64((i*7919+7*104729)%200)/2, 'g', -1, 64)
		if record[1] != strconv.Itoa(i+1) || record[4] != want {
			t.Errorf("line %d is %q, want row %d and %s", i+1, record, i+1, want)
		}
	}
}

// TestUnits_CSVIsOneLayout asks for more cells than are computed at a time, and compares
// each with the answer in JSON.
func TestUnits_CSVIsOneLayout(t *testing.T) {
	r := newRig(t, nil)
	fillLong(r)
	res, body := r.do("GET", "/api/v2/history?points=2000", map[string]string{"Accept": "text/csv"})
	if got := res.Header.Get("Content-Type"); got != csvType {
		t.Errorf("Content-Type is %s", got)
	}
	records := csvOf(t, body)
	if len(records) != 301 || len(records[0]) != 2+400*3 || records[0][2] != `disk.busy{device="sd0"} min (percent)` || records[0][4] != `disk.busy{device="sd0"} max (percent)` {
		t.Fatalf("%d lines of %d columns, the first %.200v", len(records), len(records[0]), records[0])
	}
	var answer struct {
		T      []int64
		Series []struct {
			Labels         map[string]string
			Min, Mean, Max []float64
		}
	}
	_, text := r.get("/api/v2/history?points=2000")
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	for i, s := range answer.Series {
		column := 2 + 3*i
		if want := `disk.busy{device="` + s.Labels["device"] + `"} mean (percent)`; records[0][column+1] != want {
			t.Fatalf("column %d is %s, want %s", column+1, records[0][column+1], want)
		}
		for j := range answer.T {
			for k, want := range []float64{s.Min[j], s.Mean[j], s.Max[j]} {
				if got, err := strconv.ParseFloat(records[1+j][column+k], 64); err != nil || got != want {
					t.Fatalf("line %d column %d is %s, want %v", 1+j, column+k, records[1+j][column+k], want)
				}
			}
		}
	}
	for path, want := range map[string][][]string{
		"/api/v2/history?only=max&points=1&match=disk.busy{device=sd7}": {{"time", "rows", `disk.busy{device="sd7"} max (percent)`}, nil},
		"/api/v2/row?seq=1&match=disk.busy{device=sd0}": {
			{"time", "seq", "missed", "why", `disk.busy{device="sd0"} (percent)`}, {"2026-11-20T14:51:28.000Z", "1", "0", "", "0"},
		},
		"/api/v2/tables/processes?from=2&to=2":             {{"time", "seq", "others", "partial", "key", "name", "cpu"}, {"2026-11-20T14:51:29.000Z", "2", "39", "", "39", "", "40"}},
		"/api/v1/tables/processes?from=2&to=2&values=real": {{"time", "seq", "others", "partial", "key", "name", "cpu"}, {"2026-11-20T14:51:29.000Z", "2", "39", "", "39", "", "40"}},
	} {
		_, body := r.do("GET", path, map[string]string{"Accept": "text/csv"})
		got := csvOf(t, body)
		if len(got) != len(want) || cmp.Diff(want[0], got[0]) != "" || want[1] != nil && cmp.Diff(want[1], got[1]) != "" {
			t.Errorf("%s: %.600q, want %q", path, got, want)
		}
	}
}

// TestCSV_CleansNames has a device that is called by an order to a terminal.
func TestCSV_CleansNames(t *testing.T) {
	r := newRig(t, nil)
	id, err := r.ring.Intern(collectors.Series{Family: busy, Labels: collectors.LabelsOf("sd\x1b[2Ja"), Max: 100})
	if err != nil {
		t.Fatal(err)
	}
	rows := collectors.NewRows(top)
	rows.Add("1").Text(0, "\x1b]0;pwned\x07")
	r.ring.Append(history.Commit{Row: collectors.Row{T: r.now, IDs: []collectors.SeriesID{id}, Q: []int64{1}}, Tables: []*collectors.TableData{rows.Data()}})
	for _, path := range []string{"/api/v1/history", "/api/v2/history", "/api/v2/row?seq=1", "/api/v2/tables/processes"} {
		if _, body := r.do("GET", path, map[string]string{"Accept": "text/csv"}); strings.ContainsAny(body, "\x1b\x07") || !strings.Contains(body, `\x1b`) {
			t.Errorf("%s: %q", path, body)
		}
	}
}
