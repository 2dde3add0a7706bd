package server

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/auth"
	"dashcam/server/wire"
)

type eventsAnswer struct {
	Events []collectors.Event `json:"events"`
	More   bool               `json:"more"`
}

func withMarks(c *Config) { c.Post = func(e collectors.Event) { c.Ring.(*history.Ring).Post(e) } }

func (r *rig) events(query string) eventsAnswer {
	r.t.Helper()
	res, body := r.get("/api/v1/events" + query)
	var a eventsAnswer
	if err := json.Unmarshal([]byte(body), &a); err != nil || res.StatusCode != 200 {
		r.t.Fatalf("%s: %d %s %v", query, res.StatusCode, body, err)
	}
	return a
}

func texts(events []collectors.Event) string {
	var all []string
	for _, e := range events {
		all = append(all, e.Text)
	}
	return strings.Join(all, " ")
}

// The events of a month are asked for by time, kind and number; what matters is the newest.
func TestEvents_AreTheNewestOfATime(t *testing.T) {
	r := newRig(t, nil)
	r.now = time.Now().Add(-30 * 24 * time.Hour).UnixMilli()
	r.commit(1)
	begin := r.now
	for i := range 30 {
		kind := "unit"
		if i%3 == 0 {
			kind = "oom"
		}
		r.ring.Append(history.Commit{
			Row:    collectors.Row{T: begin + int64(i)*24*3600*1000/40}, // within the 24 h that a ring remembers
			Events: []collectors.Event{{Kind: kind, Text: fmt.Sprint(i)}},
		})
	}
	at := func(i int) int64 { return begin + int64(i)*24*3600*1000/40 }
	for query, want := range map[string]struct {
		texts string
		more  bool
	}{
		"?limit=3": {"27 28 29", true}, "?limit=2&kind=oom": {"24 27", true}, "?kind=oom,nothing": {"0 3 6 9 12 15 18 21 24 27", false},
		fmt.Sprintf("?from=%d&to=%d", at(4), at(7)):         {"4 5 6", false},
		fmt.Sprintf("?to=%d&kind=oom&kind=unit", at(2)):     {"0 1", false},
		fmt.Sprintf("?from=%d&to=%d&limit=1", at(4), at(7)): {"6", true},
		"?kind=clock":        {"", false},
		"?kind=-oom&limit=3": {"26 28 29", true}, "?kind=-oom,-unit": {"", false}, "?kind=unit,-oom&limit=1": {"29", true},
	} {
		got := r.events(query)
		if texts(got.Events) != want.texts || got.More != want.more || got.Events == nil {
			t.Errorf("%s: %q more %v, want %q %v", query, texts(got.Events), got.More, want.texts, want.more)
		}
	}
	for query, want := range map[string]string{"?limit=0": "limit", "?limit=10001": "limit", "?kind=": "kind", "?from=9&to=8": "to", "?kinds=oom": "did you mean kind?"} {
		if res, body := r.get("/api/v1/events" + query); res.StatusCode != 400 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", query, res.StatusCode, body)
		}
	}
}

func TestMark_EntersWithTheNextRowAndIsToldLive(t *testing.T) {
	r := newRig(t, withMarks)
	r.commit(1)
	viewer := r.dial()
	viewer.send(`{"type":"subscribe","topics":["metrics"],"window":10}`)
	viewer.until(wire.TypeHistory)
	res, body := r.ask("POST", "/api/v1/events", `{"text":"deploy 4711\n<b>","level":"warning","about":{"kind":"service","name":"shop"}}`, nil)
	var id struct{ ID string }
	if err := json.Unmarshal([]byte(body), &id); err != nil || res.StatusCode != 201 || id.ID == "" {
		t.Fatalf("%d %s %v", res.StatusCode, body, err)
	}
	r.commit(2)
	want := collectors.Event{
		Seq: 2, T: r.now - 1000, Kind: "mark", Text: "deploy 4711 <b>", ID: id.ID, Level: collectors.LevelWarning,
		About: collectors.About{Kind: "service", Name: "shop"}, Source: "api",
	}
	got := r.events("").Events
	if diff := cmp.Diff([]collectors.Event{want}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	live := viewer.until(wire.TypeEvent)
	if live["id"] != want.ID || live["text"] != want.Text || live["about"].(map[string]any)["name"] != "shop" {
		t.Errorf("live: %v", live)
	}
}

func TestMark_RefusesWhatItDoesNotKnow(t *testing.T) {
	r := newRig(t, withMarks)
	r.commit(1)
	for body, want := range map[string]string{
		"": "not understood", `{}`: "text is empty", `{"text":" \n"}`: "text is empty", `{"text":"x","kind":"oom"}`: "not understood",
		`{"text":"x","level":"fatal"}`: `level is`, `{"text":"x"}{"text":"y"}`: "not understood", `{"text":"` + strings.Repeat("x", 301) + `"}`: "301 bytes",
	} {
		if res, got := r.ask("POST", "/api/v1/events", body, nil); res.StatusCode != 400 || !strings.Contains(got, want) {
			t.Errorf("%.40s: %d %s, want %s", body, res.StatusCode, got, want)
		}
	}
	for name, c := range map[string]struct {
		header, value string
		status        int
	}{
		"another page": {"Origin", "http://evil.example", 403}, "no page": {"Origin", "", 403}, "a form": {"Content-Type", "text/plain", 415},
	} {
		if res, got := r.ask("POST", "/api/v1/events", `{"text":"x"}`, map[string]string{c.header: c.value}); res.StatusCode != c.status {
			t.Errorf("%s: %d %s, want %d", name, res.StatusCode, got, c.status)
		}
	}
	if res, _ := r.ask("POST", "/api/v1/events?x=1", `{"text":"x"}`, nil); res.StatusCode != 400 {
		t.Errorf("an unknown parameter: %d", res.StatusCode)
	}
	r.commit(2)
	if got := r.events("").Events; len(got) != 0 {
		t.Errorf("events %+v", got)
	}
}

func TestMark_IsBounded(t *testing.T) {
	r := newRig(t, withMarks)
	refused := 0
	for range marksAtOnce + 20 {
		res, body := r.ask("POST", "/api/v1/events", `{"text":"x"}`, nil)
		if res.StatusCode == 429 && strings.Contains(body, "too_many_marks") && res.Header.Get("Retry-After") != "" {
			refused++
		} else if res.StatusCode != 201 {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
	}
	if refused == 0 {
		t.Error("none was refused")
	}
}

func TestMark_NeedsSignIn(t *testing.T) {
	r := newRig(t, func(c *Config) {
		withMarks(c)
		withSignIn(t, auth.AuthenticatorConfig{Mode: auth.ModeToken, Token: testToken})(c)
	})
	r.commit(1)
	if res, body := r.ask("POST", "/api/v1/events", `{"text":"x"}`, nil); res.StatusCode != 401 {
		t.Errorf("signed out: %d %s", res.StatusCode, body)
	}
	token := map[string]string{"Authorization": "Bearer " + testToken, "Origin": ""}
	if res, body := r.ask("POST", "/api/v2/events", `{"text":"x"}`, token); res.StatusCode != 201 {
		t.Errorf("with the token: %d %s", res.StatusCode, body)
	}
}

func TestMark_IsRefusedWhereNobodyTakesOne(t *testing.T) {
	r := newRig(t, nil)
	if res, body := r.ask("POST", "/api/v1/events", `{"text":"x"}`, nil); res.StatusCode != 405 {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}
