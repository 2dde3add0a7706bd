package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
)

// hurting is a second of a host of many services in which some hurt themselves with next to
// nothing of the host's resources.
var hurting = map[string]map[string]float64{
	"throttled": {"cpu": 0.5, "throttled": 62.5, "cpuLimit": 1},
	"killed":    {"cpu": 0.25, "oom": 2, "memory": 4096, "memoryLimit": 8192},
	"restarted": {"cpu": 0.125, "restarts": 3},
	"writer":    {"cpu": 1, "io": 200 << 20, "write": 200 << 20, "read": 0},
}

// servicesAt is an observation of sixty services; some of them hurt where they do.
func servicesAt(hurt bool) *collectors.TableData {
	rows := collectors.NewRows(collectors.Services)
	add := func(name string, cells map[string]float64) {
		w := rows.Add(name)
		w.Text(collectors.Services.Column("name"), name)
		w.Text(collectors.Services.Column("kind"), "docker")
		for column, v := range cells {
			w.Number(collectors.Services.Column(column), v)
		}
	}
	for i := range 56 {
		n := float64(i + 1)
		add(fmt.Sprint("busy-", i), map[string]float64{"cpu": n, "memory": n * (1 << 20), "io": n * 4096, "throttled": 0, "oom": 0, "restarts": 0})
	}
	for name, cells := range hurting {
		if !hurt {
			cells = map[string]float64{"cpu": 0, "memory": 4096}
		}
		add(name, cells)
	}
	return rows.Data()
}

// storeOfServices is a history of two minutes on disk. At its sixtieth second some services
// hurt themselves.
func storeOfServices(t *testing.T, begin time.Time) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	store, err := store.Open(store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	ring := history.New(history.Config{Store: store, Tables: []*collectors.Table{collectors.Services}})
	id, err := ring.Intern(collectors.Series{Family: collectors.ServiceThrottled, Labels: collectors.LabelsOf("throttled")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(120) {
		row := collectors.Row{T: begin.UnixMilli() + i*1000, IDs: []collectors.SeriesID{id}, Q: []int64{0}}
		if i == 60 {
			row.Q[0] = collectors.ServiceThrottled.Quantize(62.5)
		}
		ring.Append(history.Commit{Row: row, Tables: []*collectors.TableData{servicesAt(i == 60)}})
	}
	keep(t, store, ring)
	return dir
}

// TestProgram_RemembersWhichServiceHurtADayAgo starts dashcam on a history of yesterday and
// asks for the second in which services hurt themselves, little as they used.
func TestProgram_RemembersWhichServiceHurtADayAgo(t *testing.T) {
	begin := time.Now().Add(-25 * time.Hour).Truncate(time.Second)
	p := start(t, binary(t), "--state-dir", storeOfServices(t, begin))
	at := func(second int) map[string]map[string]any {
		t.Helper()
		moment := begin.Add(time.Duration(second) * time.Second).UTC().Format(time.RFC3339)
		var got struct {
			Observations []struct {
				T      int64
				Others int
				Rows   []map[string]any
			}
		}
		if err := p.object("/api/v2/tables/services?from="+moment+"&to="+moment, &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Observations) != 1 || got.Observations[0].Others == 0 || got.Observations[0].T != begin.UnixMilli()+int64(second)*1000 {
			t.Fatalf("second %d: %+v, want one observation of it with others", second, got)
		}
		rows := map[string]map[string]any{}
		for _, row := range got.Observations[0].Rows {
			rows[row["name"].(string)] = row
		}
		return rows
	}
	bad, calm := at(60), at(59)
	for name, cells := range hurting {
		for column, want := range cells {
			if got := bad[name][column]; got != want {
				t.Errorf("%s of %s is remembered as %v, want %v", column, name, got, want)
			}
		}
		if calm[name] != nil {
			t.Errorf("in calm %s is remembered as %v", name, calm[name])
		}
	}
	// Version 1 has it as the socket does, and the chart of that second, too.
	moment := begin.Add(time.Minute).UTC().Format(time.RFC3339)
	body, err := p.ask("/api/v1/tables/services?from="+moment+"&to="+moment, time.Minute)
	if err != nil || !strings.Contains(body, `"throttled"`) {
		t.Errorf("version 1 says %v, %.300s", err, body)
	}
	body, err = p.ask("/api/v2/history?match=service.throttled&from="+moment+"&to="+begin.Add(61*time.Second).UTC().Format(time.RFC3339)+"&points=1", time.Minute)
	if err != nil || !strings.Contains(body, "62.5") {
		t.Errorf("the chart says %v, %.600s", err, body)
	}
}

func TestExport_WritesServices(t *testing.T) {
	begin := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	dir := storeOfServices(t, begin)
	args := []string{"export", "--state-dir", dir, "--table", "services", "--from", "2026-11-26T03:01:00Z", "--to", "2026-11-26T03:01:01Z"}
	records, err := csv.NewReader(strings.NewReader(ran(t, nil, args...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	place := map[string]int{}
	for i, name := range records[0] {
		place[name] = i
	}
	found := 0
	for _, record := range records[1:] {
		cells := hurting[record[place["name"]]]
		if cells == nil {
			continue
		}
		found++
		for column, unit := range map[string]string{"cpu": " (percent)", "throttled": " (percent)", "oom": "", "restarts": "", "write": " (bytes/s)"} {
			text := record[place[column+unit]]
			got, err := strconv.ParseFloat(text, 64)
			if want, known := cells[column]; known && (err != nil || got != want) || !known && text != "" {
				t.Errorf("%s of %s is written as %q, want %v", column, record[place["name"]], text, want)
			}
		}
	}
	if found != len(hurting) {
		t.Errorf("%d of those who hurt themselves are written, want %d", found, len(hurting))
	}
	var line struct {
		Rows []map[string]any
	}
	if err := json.Unmarshal([]byte(ran(t, nil, append(args, "--format", "json")...)), &line); err != nil || len(line.Rows) != len(records)-1 {
		t.Errorf("%d rows as JSON, %v; in CSV there are %d", len(line.Rows), err, len(records)-1)
	}
}
