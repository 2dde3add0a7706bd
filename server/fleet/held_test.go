package fleet

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestWall_HoldsWhatPrometheusAsksOfEveryHost has a host speak, be silent and speak again.
func TestWall_HoldsWhatPrometheusAsksOfEveryHost(t *testing.T) {
	w := NewWall("0.1.0", nil)
	begin := start.Truncate(10 * time.Second)
	w.Set(Record{ID: "A", Name: "db-01", Labels: map[string]string{"role.x": "db"}}, begin)
	now := begin
	speak := func(seconds int, speaks bool) {
		for range seconds {
			s := exampleSummary()
			s.Seq += uint64(now.Unix())
			if speaks {
				w.Summarized("A", s, now)
			}
			w.Watch(now)
			now = now.Add(time.Second)
		}
	}
	held := func() map[string][]float64 {
		out := make(map[string][]float64)
		for _, s := range w.Held("A", 0, now.UnixMilli(), now.Add(time.Second), func(string) bool { return true }) {
			key := s.Name
			if len(s.Labels) > 0 && s.Labels[0][0] == "resource" {
				key += " " + s.Labels[0][1]
			}
			out[key] = s.V
		}
		return out
	}
	speak(20, true)
	speak(20, false)
	if got := held(); !cmp.Equal(got["up"], []float64{1, 1, 0, 0, 0}) || got["dashcam_fleet_top_info"] != nil {
		t.Errorf("of a silent host: %v", got)
	}
	speak(5, true)
	got := held()
	nan := math.NaN()
	for name, want := range map[string][]float64{
		"up": {1, 1, 0, 0, 1}, "dashcam_fleet_level disk": {2, 2, nan, nan, 2}, "dashcam_fleet_use_ratio cpu": {0.13, 0.13, nan, nan, 0.13},
		"dashcam_fleet_saturation_ratio disk": {nan, nan, nan, nan, nan}, "dashcam_fleet_alerts": {2}, "dashcam_fleet_top_info": {1}, "dashcam_fleet_host_info": {1},
	} {
		if diff := cmp.Diff(want, got[name], cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got, want := labelName("role.x"), "role_x"; got != want {
		t.Errorf("%s, expected %s", got, want)
	}
}

func TestWall_InstancesAreOneForEachHost(t *testing.T) {
	w := NewWall("", nil)
	for i, id := range []string{"z", "a", "b"} {
		w.Set(Record{ID: id, Name: map[string]string{"z": "db", "a": "db", "b": "web"}[id], JoinedMs: int64(i)}, start)
	}
	if diff := cmp.Diff(map[string]string{"z": "db", "a": "a", "b": "web"}, w.Instances()); diff != "" {
		t.Error(diff)
	}
}
