package server

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/diagnosis"
	"dashcam/collectors/history"
)

// diskStorm makes five minutes of calm and then of a disk that is written to, up to now.
func diskStorm(t *testing.T, r *rig) (began int64) {
	t.Helper()
	id := func(f *collectors.Family, labels ...string) collectors.SeriesID {
		id, err := r.ring.Intern(collectors.Series{Family: f, Labels: collectors.LabelsOf(labels...)})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	now := time.Now().Unix() * 1000
	began = now - 300_000
	for at := now - 600_000; at <= now; at += 1000 {
		bad, written := int64(0), int64(1<<16)
		if at >= began {
			bad, written = 2, 1<<24
		}
		ids := []collectors.SeriesID{id(collectors.StateDisk), id(collectors.SinceDisk), id(collectors.DiskBytes, "sda", "write")}
		r.ring.Append(history.Commit{Row: collectors.Row{T: at, IDs: ids, Q: []int64{bad, began / 1000, written}}})
	}
	return began
}

func TestVerdict_IsOfTheMomentThatIsAskedFor(t *testing.T) {
	r := newRig(t, nil)
	began := diskStorm(t, r)
	verdict := func(query string) (v diagnosis.Verdict) {
		t.Helper()
		res, body := r.get("/api/v1/verdict" + query)
		if err := json.Unmarshal([]byte(body), &v); err != nil || res.StatusCode != 200 {
			t.Fatalf("%s: %d %s %v", query, res.StatusCode, body, err)
		}
		return v
	}
	for range 2 { // the second one is kept
		if v := verdict(""); v.Resource != "disk" || v.Level != "critical" || v.SinceMs != began || !strings.HasPrefix(v.Text, "disk") {
			t.Errorf("now: %+v", v)
		}
	}
	if v := verdict(fmt.Sprint("?at=", began-10_000)); v.Resource != "none" || v.At > began-10_000 || v.At < began-11_000 {
		t.Errorf("before: %+v", v)
	}
	if v := verdict("?at=2020-01-01T00:00:00Z"); v.At != 0 {
		t.Errorf("long ago: %+v", v)
	}
}

func TestChanges_AreOfTheStretchThatIsAskedFor(t *testing.T) {
	r := newRig(t, nil)
	began := diskStorm(t, r)
	res, body := r.get(fmt.Sprintf("/api/v1/changes?from=%d", began))
	var a struct {
		Base, From int64
		Changes    []diagnosis.Change
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || res.StatusCode != 200 {
		t.Fatalf("%d %s %v", res.StatusCode, body, err)
	}
	if len(a.Changes) != 1 || a.Changes[0].Labels["device"] != "sda" || a.Base > began-300_000 || a.From != began {
		t.Errorf("%s", body)
	}
	for query, want := range map[string]string{"": "from", "?from=1h&to=2h": "to", "?from=1h&base=30m": "base", "?form=1h": "did you mean from?"} {
		if res, body := r.get("/api/v1/changes" + query); res.StatusCode != 400 || !strings.Contains(body, want) {
			t.Errorf("%q: %d %s", query, res.StatusCode, body)
		}
	}
}
