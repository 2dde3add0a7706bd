package recorded

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestOpen_KnowsRealHosts(t *testing.T) {
	if len(Names()) == 0 {
		t.Fatal("there is no recording")
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			r, err := Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.T) < 120 || len(r.Changing()) < 50 || len(r.Tables) < 100 || r.Host == "" || r.During == "" {
				t.Errorf("%d rows, %d series that change, %d observations on %q during %q: want minutes of a host at work",
					len(r.T), len(r.Changing()), len(r.Tables), r.Host, r.During)
			}
			for row := 1; row < len(r.T); row++ {
				if r.T[row] <= r.T[row-1] {
					t.Fatalf("row %d is not after the one before", row)
				}
			}
		})
	}
}

func TestOpen_NamesWhatThereIs(t *testing.T) {
	if _, err := Open("nowhere"); err == nil || !strings.Contains(err.Error(), `"nowhere"`) || !strings.Contains(err.Error(), "busy") {
		t.Errorf("got %v, want the name and those that there are", err)
	}
}

// cellsOf are those of a row in which some numbers are missing.
func cellsOf(t *collectors.Table) []collectors.Cell {
	cells := make([]collectors.Cell, len(t.Columns))
	for i := range cells {
		cells[i].Q = collectors.Missing
		if t.Columns[i].Kind == collectors.ColumnText {
			cells[i].Text = "text"
		} else if i > 3 {
			cells[i].Q = int64(i)
		}
	}
	return cells
}

func sample() *Recording {
	const missing = collectors.Missing
	return &Recording{
		Host: "a host", During: "nothing", Interval: time.Second, T: []int64{5000, 6001, 7000},
		Series: []collectors.Series{
			{Family: collectors.LoadAverage, Labels: collectors.LabelsOf("1m")},
			{Family: collectors.DiskBytes, Labels: collectors.LabelsOf("vda", "read")},
			{Family: collectors.CPUForks, Info: map[string]string{"class": "physical"}, Max: 12},
		},
		Q: [][]int64{{1, 1, 1}, {missing, 1 << 53, -3}, {7, missing, 8}},
		Tables: []*collectors.TableData{
			{Table: collectors.Processes, Seq: 0, T: 5000},
			{Table: collectors.Processes, Seq: 2, T: 7000, Rows: []collectors.TableRow{{Key: "1.2", Cells: cellsOf(collectors.Processes)}}},
			{
				Table: collectors.Services, Seq: 2, T: 7000, Rows: []collectors.TableRow{{Key: "77", Cells: cellsOf(collectors.Services)}},
				Others: 3, OthersSums: sumsOf(collectors.Services), Partial: "two may not be read",
			},
		},
		Events: []collectors.Event{{Seq: 1, T: 6001, Kind: "oom", Text: "hog was killed", Level: collectors.LevelCritical, About: collectors.About{Kind: "process", Name: "hog", PID: 7}}},
		Info:   collectors.Host{CPUs: 4, TZ: "UTC", Memory: 1 << 30},
		Truth:  &Truth{What: "a hog", From: 1, To: 3, Resources: []string{"memory"}, Culprits: []string{"hog*"}, Causes: []string{"process hog*", "event oom"}},
	}
}

// sumsOf are sums of some columns.
func sumsOf(t *collectors.Table) []int64 {
	sums := make([]int64, len(t.Columns))
	for i := range sums {
		sums[i] = collectors.Missing
		if t.Columns[i].Sum {
			sums[i] = int64(1000 + i)
		}
	}
	return sums
}

func TestTruth_KnowsWhoDidIt(t *testing.T) {
	truth := sample().Truth
	for name, want := range map[string]bool{"hog": true, "hog-1": true, "java": false, "": false} {
		if got := truth.Did(name); got != want {
			t.Errorf("%q did it: %v, want %v", name, got, want)
		}
	}
	for _, c := range []struct {
		kind, name string
		want       bool
	}{{"process", "hog", true}, {"event", "oom", true}, {"event", "exec", false}, {"series", "hog", false}} {
		if got := truth.Caused(c.kind, c.name); got != c.want {
			t.Errorf("%s %s is the cause: %v, want %v", c.kind, c.name, got, c.want)
		}
	}
}

func TestOpenIncident_KnowsWhatWasDone(t *testing.T) {
	if len(Incidents()) == 0 {
		t.Fatal("there is no incident")
	}
	for _, name := range Incidents() {
		r, err := OpenIncident(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if truth := r.Truth; truth.What == "" || len(truth.Resources) == 0 || truth.To-truth.From < 15 || truth.From < 15 || r.Info.CPUs == 0 || len(r.Tables) < 20 {
			t.Errorf("%s: %d rows, %d observations, %d processors, truth %+v: want calm, trouble, tables and what was done", name, len(r.T), len(r.Tables), r.Info.CPUs, truth)
		}
		for _, s := range r.Series {
			if strings.HasPrefix(s.Family.Name, "self.") {
				t.Errorf("%s has %s, which is about dashcam", name, s.Family.Name)
			}
		}
	}
	if _, err := OpenIncident("nowhere"); err == nil || !strings.Contains(err.Error(), "cpu-one-core") {
		t.Errorf("got %v, want the names that there are", err)
	}
}

func TestRead_GivesBackWhatWasWritten(t *testing.T) {
	want := sample()
	var b bytes.Buffer
	if err := want.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 2}, got.Changing()); diff != "" {
		t.Errorf("changing (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{1, 1 << 53, collectors.Missing}, got.Row(1)); diff != "" {
		t.Errorf("row 1 (-want +got):\n%s", diff)
	}
}

func TestPlay_RepeatsRowsAndTheirTables(t *testing.T) {
	type played struct {
		T      int64
		Row    int
		Tables []uint64
	}
	var got []played
	for p := range sample().Play(1000, 5) {
		one := played{T: p.T, Row: p.Row}
		for _, d := range p.Tables {
			one.Tables = append(one.Tables, d.Seq)
			d.Seq = 99 // it is ours
		}
		got = append(got, one)
	}
	want := []played{{1000, 0, []uint64{0}}, {2000, 1, nil}, {3000, 2, []uint64{2, 2}}, {4000, 0, []uint64{0}}, {5000, 1, nil}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRead_SaysWhatIsWrong(t *testing.T) {
	const head = `{"format":1,"intervalMs":1000,"t":[1],"series":1}` + "\n"
	for name, c := range map[string]struct{ in, want string }{
		"nothing":          {"", "head"},
		"another format":   {`{"format":9,"intervalMs":1000,"t":[1]}`, "format 9"},
		"no rows":          {`{"format":1,"intervalMs":1000}`, "0 rows"},
		"cut short":        {head, "series 0"},
		"an old family":    {head + `{"family":"gone","q":[1]}`, "no such family"},
		"a label too few":  {head + `{"family":"load.average","q":[1]}`, "labels"},
		"a value too many": {head + `{"family":"cpu.forks","q":[1,2]}`, "2 values"},
		"no table":         {`{"format":1,"intervalMs":1000,"t":[1],"tables":1}` + `{"table":"x"}`, `"x"`},
		"a row too far":    {`{"format":1,"intervalMs":1000,"t":[1],"tables":1}` + `{"table":"processes","row":1}`, "row 1"},
		"an event too far": {`{"format":1,"intervalMs":1000,"t":[1],"events":1}` + `{"seq":1}`, "row 1"},
		"truth too far":    {`{"format":1,"intervalMs":1000,"t":[1],"truth":{"from":0,"to":2}}`, "rows 0 to 2"},
		"a sum too few":    {`{"format":1,"intervalMs":1000,"t":[1],"tables":1}` + `{"table":"processes","others":1,"sums":[1]}`, "1 sums"},
		"a short row":      {`{"format":1,"intervalMs":1000,"t":[1],"tables":1}` + `{"table":"processes","rows":[["1.2"]]}`, "row of 1"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write([]byte(c.in))
			_ = z.Close()
			if _, err := Read(&b); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
