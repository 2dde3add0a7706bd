package events

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestStates_TellsWhenOneChanges(t *testing.T) {
	v := &virtual{}
	s := States{Post: v.post}
	disk := &collectors.Family{Name: "state.disk", Kind: collectors.KindState, States: []string{"ok", "warn", "critical"}}
	other := &collectors.Family{Name: "disk.busy", Kind: collectors.KindGauge}
	var got []string
	for _, now := range []float64{0, 0, 1, math.NaN(), 1, 2, 0} {
		s.Derive(collectors.View{Layout: 1, Values: []collectors.ViewValue{{Family: other, V: 50}, {Family: disk, V: now}}}, nil)
		for _, e := range v.posted {
			if e.Kind != collectors.EventState || e.About != (collectors.About{Kind: "resource", Name: "disk"}) {
				t.Errorf("%+v", e)
			}
			got = append(got, string(e.Level)+" "+e.Text)
		}
		v.posted = nil
	}
	if diff := cmp.Diff([]string{"warning disk: warn, was ok", "critical disk: critical, was warn", "info disk: ok, was critical"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
