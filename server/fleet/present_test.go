package fleet

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

func exampleAlert(id string, phase alert.Phase) Alert {
	return Alert{Alert: alert.Alert{ID: id, Rule: "io-stalled", Phase: phase, Level: alert.Critical, Labels: map[string]string{"device": "sda"}, SinceMs: 1795186257000, Text: "sda stalls", Value: 61, Peak: 70, Notify: true}}
}

// told are the alerts of a wall, by host, id and state.
func told(t *testing.T, w *Wall, query string) (all []string) {
	t.Helper()
	var got struct{ Alerts []HostAlert }
	if status := ask(t, &API{Wall: w}, http.MethodGet, "hosts/alerts"+query, "", &got); status != http.StatusOK {
		t.Fatal(status)
	}
	for _, a := range got.Alerts {
		all = append(all, a.Host+" "+a.Name+" "+a.ID+" "+string(a.Phase))
	}
	return all
}

// TestPresent_ReachesTheHubWhateverIsCut has alerts come, end while the hub is gone, and
// others begin.
func TestPresent_ReachesTheHubWhateverIsCut(t *testing.T) {
	dir := t.TempDir()
	hub := startHub(t, dir, "")
	host := newHost(t)
	host.rows(1) // cpu is in state warn
	host.wrong("sda is saturated", exampleAlert("a1", alert.Firing), exampleAlert("a2", alert.Pending))
	host.agent(t, hub.join(t, "own"))
	var is []string
	shows := func(w *Wall, want ...string) func() bool {
		return func() bool { is = told(t, w, ""); return cmp.Equal(is, want) }
	}
	eventually(t, "both alerts", shows(hub.wall, "own db-01 a1 firing", "own db-01 a2 pending"))
	eventually(t, "the verdict", func() bool { h, _ := hub.wall.Host("own"); return h.Verdict == "sda is saturated" })
	hub.stop()
	over := exampleAlert("a1", alert.Resolved)
	over.EndMs = time.Now().UnixMilli()
	host.wrong("", over, exampleAlert("a3", alert.Firing))
	again := startHub(t, dir, hub.addr)
	eventually(t, "the one that is over and the new one", shows(again.wall, "own db-01 a3 firing", "own db-01 a1 resolved"))
	again.stop()
	again = startHub(t, dir, hub.addr)
	eventually(t, "the same, of which nothing has changed", shows(again.wall, "own db-01 a3 firing", "own db-01 a1 resolved"))
	if got := told(t, again.wall, "?state=firing&host=own"); !cmp.Equal(got, []string{"own db-01 a3 firing"}) {
		t.Errorf("of what is firing: %q", got)
	}
	if got := told(t, again.wall, "?host=other"); got != nil {
		t.Errorf("of another host: %q", got)
	}
}

func TestPresent_IsNotSentByAHostThatSharesItsMatrixAlone(t *testing.T) {
	hub := startHub(t, "", "")
	host := newHost(t)
	host.share = ShareMatrix
	host.wrong("sda is saturated", exampleAlert("a1", alert.Firing))
	host.row(collectors.Event{Kind: "mark", Text: "secret"})
	host.agent(t, hub.join(t, "own"))
	eventually(t, "two summaries", func() bool { h, _ := hub.wall.Host("own"); host.row(); return h.Seq > 3 && h.Alerts == 1 })
	if h, _ := hub.wall.Host("own"); h.Verdict != "" || len(told(t, hub.wall, "")) > 0 || len(eventsOf(hub.wall)) > 0 {
		t.Errorf("%+v %v %v", h, told(t, hub.wall, ""), eventsOf(hub.wall))
	}
}

// TestPresent_IsSentUntilItIsAcknowledgedAndJudgedSeldom follows a presenter for an hour.
func TestPresent_IsSentUntilItIsAcknowledgedAndJudgedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alerts, judged := []Alert{exampleAlert("a1", alert.Firing)}, 0
		p := presenter{alerts: func() []Alert { return alerts }, verdict: func(context.Context, int64) (collectors.Verdict, error) {
			judged++
			return collectors.Verdict{Level: collectors.VerdictWarn, Text: "busy"}, nil
		}}
		wrong := [len(Resources)]Level{Warn}
		tick := func(levels [len(Resources)]Level) *Present {
			time.Sleep(time.Second)
			p.look(t.Context(), levels, 1, time.Now())
			synctest.Wait()
			return p.due(time.Now())
		}
		if tick(wrong) != nil {
			t.Error("sent before a hub has said what it has")
		}
		p.ack(0, true)
		sent, last := 0, (*Present)(nil)
		for range 60 {
			if m := tick(wrong); m != nil {
				sent, last = sent+1, m
			}
		}
		if last == nil || last.Verdict != "busy" || sent < 3 || sent > 5 {
			t.Fatalf("sent %d times in a minute without an acknowledgement: %+v", sent, last)
		}
		p.ack(last.Rev, true)
		for range 600 {
			if m := tick(wrong); m != nil {
				t.Fatalf("sent again: %+v", m)
			}
		}
		if judged < 9 || judged > 13 {
			t.Errorf("%d verdicts in 11 minutes, expected one a minute", judged)
		}
		alerts = []Alert{exampleAlert("a1", alert.Firing)}
		alerts[0].Value = 99
		if m := tick(wrong); m == nil || m.Alerts[0].Value != 99 {
			t.Errorf("a value of long ago is not refreshed: %+v", m)
		}
		p.ack(p.now.Rev, true)
		if m := tick([len(Resources)]Level{}); m == nil || m.Verdict != "" {
			t.Errorf("when all is well: %+v", m)
		}
		p.wait()
	})
}

func TestPresent_FitsIntoAMessage(t *testing.T) {
	p := Present{Rev: 1}
	for i := range maxAlerts {
		a := exampleAlert(strings.Repeat("i", i+1), alert.Firing)
		a.Text = strings.Repeat("\x01", 5000)
		p.Alerts = append(p.Alerts, a)
	}
	text := p.message("01JABC")
	m, err := ParseEvents(text)
	if err != nil || len(m.Now.Alerts) == 0 || len(m.Now.Alerts[0].Text) > maxAlertText {
		t.Errorf("%d bytes: %v", len(text), err)
	}
}
