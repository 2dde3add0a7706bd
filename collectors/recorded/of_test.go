package recorded_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/recorded"
)

// What a ring remembers of a window becomes a recording, with series that begin and end
// in it, and without dashcam's own.
func TestOf_TakesAWindowOfASource(t *testing.T) {
	ring := history.New(history.Config{Tables: []*collectors.Table{collectors.Processes}, Info: func() collectors.Host { return collectors.Host{CPUs: 3} }})
	id := func(f *collectors.Family) collectors.SeriesID {
		i, err := ring.Intern(collectors.Series{Family: f})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	forks, own, online := id(collectors.CPUForks), id(collectors.SelfGoroutines), id(collectors.CPUOnline)
	for row := range int64(6) {
		c := history.Commit{Row: collectors.Row{T: 1000 * (row + 1), IDs: []collectors.SeriesID{forks, own}, Q: []int64{row, 7}}}
		if row >= 4 {
			c.Row.IDs, c.Row.Q = append(c.Row.IDs, online), append(c.Row.Q, 2)
		}
		if row%2 == 1 {
			rows := collectors.NewRows(collectors.Processes)
			rows.Add("1.2").Text(collectors.Processes.Column("name"), "init")
			c.Tables = []*collectors.TableData{rows.Data()}
		}
		c.Events = []collectors.Event{{Kind: "exec", Text: "something", ID: string(rune('a' + row))}}
		ring.Append(c)
	}
	r, err := recorded.Of(t.Context(), ring, collectors.Window{First: 3}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	const missing = collectors.Missing
	got := make(map[string][]int64)
	for i, s := range r.Series {
		got[s.Family.Name] = r.Q[i]
	}
	if diff := cmp.Diff(map[string][]int64{"cpu.forks": {2, 3, 4, 5}, "cpu.online": {missing, missing, 2, 2}}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{3000, 4000, 5000, 6000}, r.T); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
	var tables, events []uint64
	for _, d := range r.Tables {
		tables = append(tables, d.Seq)
	}
	for _, e := range r.Events {
		events = append(events, e.Seq)
	}
	if diff := cmp.Diff([][]uint64{{1, 3}, {0, 1, 2, 3}}, [][]uint64{tables, events}); diff != "" {
		t.Errorf("rows of tables and events (-want +got):\n%s", diff)
	}
	if r.Info.CPUs != 3 || r.Interval != time.Second {
		t.Errorf("%+v, %v", r.Info, r.Interval)
	}
	if _, err := recorded.Of(t.Context(), ring, collectors.Window{First: 99}, time.Second); err == nil {
		t.Error("a window without a row gave a recording")
	}
}
