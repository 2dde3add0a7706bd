package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
)

// storeDir is a history on disk of 200 rows, the first at the given time.
func storeDir(t *testing.T, begin time.Time) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	store, err := store.Open(store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	ring := history.New(history.Config{Store: store, Tables: []*collectors.Table{collectors.Processes}})
	var ids []collectors.SeriesID
	for _, label := range []string{"1m", "5m"} {
		id, err := ring.Intern(collectors.Series{Family: collectors.LoadAverage, Labels: collectors.LabelsOf(label)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for i := range int64(200) {
		row := collectors.Row{T: begin.UnixMilli() + i*1000, IDs: ids, Q: []int64{i, collectors.Missing}}
		if i == 50 {
			row.Missed, row.Why = 3, "late"
		}
		if i >= 100 {
			row.Q[1] = 64
		}
		rows := collectors.NewRows(collectors.Processes)
		for pid := range 12 {
			w := rows.Add(strconv.Itoa(pid))
			w.Number(collectors.Processes.Column("pid"), float64(pid))
			w.Number(collectors.Processes.Column("cpu"), float64(pid)/2)
			w.Text(collectors.Processes.Column("name"), "=cmd"+strconv.Itoa(pid))
		}
		c := history.Commit{Row: row, Tables: []*collectors.TableData{rows.Data()}}
		if i%20 == 0 {
			c.Events = []collectors.Event{{Kind: []string{"oom", "link"}[i/20%2], Text: "=event " + strconv.Itoa(int(i)), About: collectors.About{Kind: "process", Name: "java", PID: 7}}}
		}
		ring.Append(c)
	}
	keep(t, store, ring)
	return dir
}

// keep writes all rows of a ring to its store, and closes that.
func keep(t *testing.T, s *store.Store, ring *history.Ring) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // all rows are there
	if err := s.Run(ctx, ring); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestExport_WritesWhatWasRecorded(t *testing.T) {
	begin := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	dir := storeDir(t, begin)
	records, err := csv.NewReader(strings.NewReader(ran(t, nil, "export", "--state-dir", dir))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(records[0], "|"); got != `time|seq|missed|why|load.average{window="1m"}|load.average{window="5m"}` || len(records) != 201 {
		t.Errorf("%d records, the first %s", len(records), got)
	}
	for line, want := range map[int]string{
		1:   "2026-11-26T03:00:00.000Z|1|0||0|",
		51:  "2026-11-26T03:00:50.000Z|51|3|late|0.390625|",
		101: "2026-11-26T03:01:40.000Z|101|0||0.78125|0.5",
	} {
		if got := strings.Join(records[line], "|"); got != want {
			t.Errorf("record %d is %s, want %s", line, got, want)
		}
	}

	out := ran(t, nil, "export", "--state-dir", dir, "--from", "2026-11-26T03:00:50Z", "--to", "2026-11-26T03:00:52Z", "--format", "json", "load")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 {
		t.Fatalf("lines %q, want 2", lines)
	}
	var got struct {
		T, Seq uint64
		Missed int
		Why    string
		Values map[string]float64
	}
	if err := json.Unmarshal([]byte(lines[0]), &got); err != nil {
		t.Fatal(err)
	}
	if got.Seq != 51 || got.Missed != 3 || got.Why != "late" || len(got.Values) != 1 || got.Values[`load.average{window="1m"}`] != 0.390625 {
		t.Errorf("line %+v", got)
	}
}

// TestExport_TakesTheMatcher would fail if the API and the command selected otherwise.
func TestExport_TakesTheMatcher(t *testing.T) {
	dir := storeDir(t, time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC))
	for names, columns := range map[string]int{
		"load": 2, "load.average": 2, "*average": 2, "load.average{window=5m}": 1, `load.average{window="1m"}`: 1, "load.*{window=*m}": 2, "cpu,load": 2,
	} {
		records, err := csv.NewReader(strings.NewReader(ran(t, nil, "export", "--state-dir", dir, names))).ReadAll()
		if err != nil || len(records[0]) != 4+columns {
			t.Errorf("%s: %q, %v; want %d series", names, records[0], err, columns)
		}
	}
}

// TestExport_HasTheLayoutOfBefore is for the scripts that were written for it.
func TestExport_HasTheLayoutOfBefore(t *testing.T) {
	dir := storeDir(t, time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC))
	at := []string{"export", "--state-dir", dir, "--layout", "v1", "--from", "2026-11-26T03:00:50Z", "--to", "2026-11-26T03:00:51Z"}
	for _, c := range []struct {
		more []string
		want string
	}{
		{nil, "t,seq,missed,why,load.average{window=1m},load.average{window=5m}\n1795662050000,51,3,late,0.390625,\n"},
		{[]string{"--format", "json"}, `{"t":1795662050000,"seq":51,"missed":3,"why":"late","values":{"load.average{window=1m}":0.390625}}` + "\n"},
	} {
		if got := ran(t, nil, append(at, c.more...)...); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	first, _, _ := strings.Cut(ran(t, nil, append(at, "--table", "processes")...), "\n")
	if want := "t,seq,others,partial,key,pid,ppid,start,name,user,state,cpu,memory,io,read,write,threads,cgroup"; first != want {
		t.Errorf("a table begins with %q, want %q", first, want)
	}
}

// TestExport_WritesTables would fail if a process could be called by a formula, or if an
// observation outside of the time was written.
func TestExport_WritesTables(t *testing.T) {
	begin := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	dir := storeDir(t, begin)
	at := []string{"export", "--state-dir", dir, "--table", "processes", "--from", "2026-11-26T03:00:50Z", "--to", "2026-11-26T03:00:52Z"}
	records, err := csv.NewReader(strings.NewReader(ran(t, nil, at...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	// Of each of the two observations the top ten by processor, in the order they were in.
	if len(records) != 21 {
		t.Fatalf("%d records, want 21", len(records))
	}
	for line, want := range map[int]string{
		0:  "time|seq|others|partial|key|pid|ppid|start (timestamp)|name|user|state|cpu (percent)|memory (bytes)|io (bytes/s)|read (bytes/s)|write (bytes/s)|threads|cgroup",
		1:  "2026-11-26T03:00:50.000Z|51|2||2|2|||'=cmd2|||1||||||",
		11: "2026-11-26T03:00:51.000Z|52|2||2|2|||'=cmd2|||1||||||",
	} {
		if got := strings.Join(records[line], "|"); got != want {
			t.Errorf("record %d is %s, want %s", line, got, want)
		}
	}

	lines := strings.Split(strings.TrimSpace(ran(t, nil, append(at, "--format", "json")...)), "\n")
	if len(lines) != 2 {
		t.Fatalf("lines %q, want 2", lines)
	}
	var got struct {
		T, Seq uint64
		Rows   []map[string]any
		Others int
		Sums   map[string]float64 `json:"othersSums"`
	}
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"key": "2", "pid": 2.0, "cpu": 1.0, "name": "=cmd2", "user": "", "state": "", "cgroup": ""}
	if diff := cmp.Diff(want, got.Rows[0]); diff != "" || got.Seq != 52 || len(got.Rows) != 10 || got.Others != 2 || got.Sums["cpu"] != 0.5 {
		t.Errorf("line %+v; the first row (-want +got):\n%s", got, diff)
	}
}

// TestExport_TakesTimesAsPeopleWriteThem would fail if a command read fewer forms than
// the API does.
func TestExport_TakesTimesAsPeopleWriteThem(t *testing.T) {
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	dir := storeDir(t, begin)
	end := begin.Add(10 * time.Second)
	for _, to := range []string{
		strconv.FormatInt(end.UnixMilli(), 10), strconv.FormatInt(end.Unix(), 10), end.UTC().Format(time.RFC3339), end.Format("2006-01-02 15:04:05"),
		"ago",
	} {
		asked := time.Now()
		if to == "ago" {
			to = asked.Sub(end).Round(time.Second).String() + " ago"
		}
		records, err := csv.NewReader(strings.NewReader(ran(t, nil, "export", "--state-dir", dir, "--from", "now-2h", "--to", to))).ReadAll()
		// Counted back from now, a row more or less may be in it, and one for each second until
		// the command looked at its clock.
		most := 12
		if strings.HasSuffix(to, " ago") {
			most += int(time.Since(asked) / time.Second)
		}
		if err != nil || len(records) < 10 || len(records) > most {
			t.Errorf("--to %s: %d records, %v; want a head and 10 rows", to, len(records), err)
		}
	}
}

func TestExport_SaysWhatIsWrong(t *testing.T) {
	dir := storeDir(t, time.Now().Add(-time.Hour))
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no directory":    {[]string{"export"}, exitUsage, "--state-dir is empty: expected the directory of a history"},
		"not a history":   {[]string{"export", "--state-dir", t.TempDir()}, exitError, "nothing of it is in"},
		"no moment":       {[]string{"export", "--state-dir", dir, "--from", "yesterday"}, exitUsage, `--from: "yesterday" does not say which time of that day: expected Unix milliseconds`},
		"to before from":  {[]string{"export", "--state-dir", dir, "--from", "1h", "--to", "2h"}, exitUsage, `--to is "2h": expected a moment after --from`},
		"another format":  {[]string{"export", "--state-dir", dir, "--format", "xml"}, exitUsage, "expected csv or json"},
		"no such series":  {[]string{"export", "--state-dir", dir, "cpu"}, exitError, "no series called cpu has a value"},
		"no pattern":      {[]string{"export", "--state-dir", dir, "load{a"}, exitUsage, "expected the beginning of a name, or patterns like"},
		"another layout":  {[]string{"export", "--state-dir", dir, "--layout", "wide"}, exitUsage, "expected v2 or v1"},
		"no such table":   {[]string{"export", "--state-dir", dir, "--table", "disks"}, exitError, `no table "disks" in this history: expected one of processes`},
		"table and names": {[]string{"export", "--state-dir", dir, "--table", "processes", "cpu"}, exitUsage, "expected one or the other"},
		"nothing inspect": {[]string{"inspect"}, exitUsage, "--state-dir is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			cli := cli{stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
			if status := cli.run(c.args); status != c.status || out.Len() > 0 || !strings.Contains(errs.String(), c.want) {
				t.Errorf("status %d, said %q %q; want %d, %q", status, out.String(), errs.String(), c.status, c.want)
			}
		})
	}
}

func TestInspect_SaysWhetherItIsWhole(t *testing.T) {
	dir := storeDir(t, time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC))
	said := ran(t, nil, "inspect", "--state-dir", dir)
	for _, want := range []string{"200 (1 to 200)", "3 rows: late", "the last one ended by itself", "whole: every checksum fits"} {
		if !strings.Contains(said, want) {
			t.Errorf("said\n%s\nwant %q in it", said, want)
		}
	}
	name := filepath.Join(dir, "00000001.seg")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte("late"))
	b[at] ^= 1
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cli := cli{stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	if status := cli.run([]string{"inspect", "--state-dir", dir}); status != exitError || !strings.Contains(errs.String(), "records that cannot be read: 1") || !strings.Contains(out.String(), "bytes do not fit their checksum") {
		t.Errorf("status %d, said %q %q", status, out.String(), errs.String())
	}
}
