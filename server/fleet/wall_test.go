package fleet

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func ask(t *testing.T, a *API, method, path, body string, into any) int {
	t.Helper()
	where, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	status, text := a.Answer(t.Context(), method, where, values, []byte(body), netip.Addr{})
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return status
}

func eventsOf(w *Wall) []HostEvent {
	events, _ := w.Events(EventQuery{Limit: 10})
	return events
}

var start = time.UnixMilli(1795186288000)

func TestWall_ShowsTheWorstFirstAndNoSilentHostAsWell(t *testing.T) {
	w := NewWall("0.1.0", nil)
	for _, id := range []string{"calm", "bad", "gone"} {
		w.Set(Record{ID: id, Name: id, Labels: map[string]string{"role": id}}, start)
	}
	s := exampleSummary()
	s.States[2].Level = OK
	w.Summarized("calm", s, start)
	w.Summarized("gone", s, start)
	for i := range 60 {
		now := start.Add(time.Duration(i) * time.Second)
		s.Seq++
		w.Summarized("calm", s, now)
		w.Summarized("bad", exampleSummary(), now)
		w.Watch(now)
		gone, _ := w.Host("gone")
		if want := i <= silentPaces; gone.Online != want {
			t.Errorf("after %d s: online %v, expected %v", i, gone.Online, want)
		}
	}
	var got struct{ Hosts []HostInfo }
	if status := ask(t, &API{Wall: w}, http.MethodGet, "hosts", "", &got); status != http.StatusOK {
		t.Fatal(status)
	}
	var order []string
	for _, h := range got.Hosts {
		order = append(order, h.Name)
	}
	if diff := cmp.Diff([]string{"bad", "gone", "calm"}, order); diff != "" {
		t.Error(diff)
	}
	if h := got.Hosts[1]; h.LastSeenMs != start.UnixMilli() || h.Labels["role"] != "gone" {
		t.Errorf("%+v", h)
	}
}

func TestWall_ToldEventsOnceAndInOrder(t *testing.T) {
	w := NewWall("", nil)
	w.Set(Record{ID: "A"}, start)
	e := func(seq uint64) collectors.Event { return collectors.Event{Seq: seq, T: int64(seq), Kind: "mark"} }
	for _, m := range [][]collectors.Event{{e(1), e(2)}, {e(1), e(2)}, {e(2), e(3)}} {
		w.Happened("A", Events{Instance: "I", Events: m})
	}
	if seq, known := w.Happened("A", Events{Instance: "I"}); seq != 3 || !known {
		t.Errorf("up to %d, %v", seq, known)
	}
	var got []uint64
	for _, e := range eventsOf(w) {
		got = append(got, e.Seq)
	}
	if diff := cmp.Diff([]uint64{1, 2, 3}, got); diff != "" {
		t.Error(diff)
	}
	w.Happened("A", Events{Instance: "J", Events: []collectors.Event{e(1)}}) // another instance counts anew
	if n := len(eventsOf(w)); n != 4 {
		t.Errorf("%d events, expected 4", n)
	}
}

func TestAPI_TellsWhatCameSinceItWasAskedBefore(t *testing.T) {
	w := NewWall("", nil)
	a := &API{Wall: w}
	happened := func(id string, seq uint64, ms int64) {
		w.Happened(id, Events{Instance: "I", Events: []collectors.Event{{Seq: seq, T: ms, Kind: "mark"}}})
	}
	for _, id := range []string{"A", "B"} {
		w.Set(Record{ID: id}, start)
		happened(id, 1, 100)
	}
	var got struct {
		Events []HostEvent
		Came   int64
	}
	since := func(query string) (found []string) {
		t.Helper()
		if status := ask(t, a, http.MethodGet, "hosts/events?"+query, "", &got); status != http.StatusOK {
			t.Fatal(status)
		}
		for _, e := range got.Events {
			found = append(found, fmt.Sprintf("%s %d", e.Host, e.T))
		}
		return found
	}
	if diff := cmp.Diff([]string{"A 100", "B 100"}, since("")); diff != "" {
		t.Error(diff)
	}
	// What a host tells late is older than what others told, and new all the same.
	before := got.Came
	happened("B", 2, 50)
	if diff := cmp.Diff([]string{"B 50"}, since(fmt.Sprint("after=", before))); diff != "" {
		t.Error(diff)
	}
	if got := since(fmt.Sprint("after=", got.Came)); got != nil {
		t.Errorf("%v, expected nothing new", got)
	}
	if diff := cmp.Diff([]string{"A 100"}, since("host=A")); diff != "" {
		t.Error(diff)
	}
	for i := range maxHostEvents + 5 {
		happened("A", uint64(i+2), 200)
	}
	if got := since(fmt.Sprint("limit=10000&after=", got.Came+8)); len(got) != maxHostEvents-3 {
		t.Errorf("%d events after those that are forgotten, expected %d", len(got), maxHostEvents-3)
	}
}

func TestAPI_SplitsACloneOfASimulation(t *testing.T) {
	w := NewWall("", nil)
	w.Set(Record{ID: "A-2", CloneOf: "A"}, start)
	a := &API{Wall: w}
	for body, want := range map[string]int{`{"cloneOf":"B"}`: http.StatusBadRequest, `{"clone":""}`: http.StatusBadRequest, `{"labels":{"role":"db"}}`: http.StatusMethodNotAllowed} {
		if got := ask(t, a, http.MethodPatch, "hosts/A-2", body, nil); got != want {
			t.Errorf("%s: %d, expected %d", body, got, want)
		}
	}
	if h, _ := w.Host("A-2"); h.CloneOf != "A" {
		t.Errorf("a clone of %q after what was refused", h.CloneOf)
	}
	if got := ask(t, a, http.MethodPatch, "hosts/nobody", `{"cloneOf":""}`, nil); got != http.StatusNotFound {
		t.Errorf("of nobody: %d", got)
	}
	if got := ask(t, a, http.MethodPatch, "hosts/A-2", `{"cloneOf":""}`, nil); got != http.StatusOK {
		t.Error(got)
	}
	if h, _ := w.Host("A-2"); h.CloneOf != "" {
		t.Errorf("still a clone of %q", h.CloneOf)
	}
}

func TestStrips_KeepTheWorstOfEachStepForADay(t *testing.T) {
	var s strips
	m := exampleSummary()
	begin := start.UnixMilli() / stepMs * stepMs
	s.add(&m, begin)
	m.States[2] = State{Level: OK, Use: 10}
	s.add(&m, begin+3000) // the same step: the worst stays
	s.add(&m, begin+2*stepMs)
	from := uint32(begin / stepMs)
	if got := s.levels(2, from-1, 5); got != "-2-0-" {
		t.Errorf("levels %q", got)
	}
	if got := s.levels(1, from, 1); got != "-" {
		t.Errorf("of a resource that is not known: %q", got)
	}
	if got := s.uses(2, from, 3); *got[0] != 99 || got[1] != nil || *got[2] != 10 {
		t.Errorf("uses %v", got)
	}
	s.add(&m, begin+chunks*chunkCells*stepMs) // a day later the same cell
	if got := s.levels(2, from, 1); got != "-" {
		t.Errorf("after a day: %q", got)
	}
}

func TestDemo_HasIncidentsAndTheSameOnesEveryTime(t *testing.T) {
	run := func() ([]HostInfo, []HostEvent) {
		w := NewWall("0.1.0", nil)
		begin := start.Truncate(demoCycle)
		d := NewDemo(w, 40, 1, "0.1.0", begin)
		for i := range int(demoCycle / (10 * time.Second)) {
			now := begin.Add(time.Duration(i) * 10 * time.Second)
			d.Tick(now)
			w.Watch(now)
			if i == 60 {
				break
			}
		}
		events, _ := w.Events(EventQuery{Limit: 1000})
		return w.Hosts(), events
	}
	hosts, events := run()
	again, _ := run()
	if diff := cmp.Diff(hosts, again); diff != "" {
		t.Errorf("another time it is different\n%s", diff)
	}
	counts := make(map[string]int)
	for _, h := range hosts {
		counts["online"] += map[bool]int{true: 1}[h.Online]
		counts["well since the burst"] += map[bool]int{true: 1}[h.States["cpu"].Level == OK.String() && h.States["cpu"].SinceMs == start.Truncate(demoCycle).Add(9*time.Minute).UnixMilli()]
		counts["critical"] += map[bool]int{true: 1}[h.badness() == 3]
		counts["old"] += map[bool]int{true: 1}[h.Old]
		counts["clock"] += map[bool]int{true: 1}[h.ClockOffsetMs != 0]
		counts["clone"] += map[bool]int{true: 1}[h.CloneOf != ""]
	}
	if want := map[string]int{"online": 39, "critical": 5, "old": 1, "clock": 1, "clone": 1, "well since the burst": 5}; !cmp.Equal(counts, want) {
		t.Errorf("%v, expected %v", counts, want)
	}
	upgrades := 0
	for _, e := range events {
		upgrades += map[bool]int{true: 1}[e.Kind == "package"]
	}
	if upgrades != 39 {
		t.Errorf("%d hosts tell of the upgrade, expected all but the silent one", upgrades)
	}
}

func TestAPI_RefusesWhatCannotBe(t *testing.T) {
	a := &API{Wall: NewWall("", nil)}
	for path, want := range map[string]int{
		"hosts/nobody": http.StatusNotFound, "hosts/strips?steps=0": http.StatusBadRequest, "hosts/strips?steps=99999": http.StatusBadRequest,
		"hosts/events?limit=x": http.StatusBadRequest, "hosts/strips": http.StatusOK, "hosts/events": http.StatusOK,
	} {
		var refusal struct {
			Error *apiError `json:"error"`
		}
		got := ask(t, a, http.MethodGet, path, "", &refusal)
		if got != want || (refusal.Error == nil) != (want == http.StatusOK) || want != http.StatusOK && refusal.Error.Expected == "" {
			t.Errorf("%s: %d %+v, expected %d", path, got, refusal.Error, want)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodPatch, http.MethodPut} {
		if got := ask(t, a, method, "hosts/x", "{}", nil); got != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, got)
		}
	}
}

// A hub may be told to keep a pace, whatever the number of hosts.
func TestWall_KeepsThePaceThatWasSet(t *testing.T) {
	w := NewWall("0.1.0", nil)
	set := func(n int) {
		for i := range n {
			w.Set(Record{ID: fmt.Sprint("h", i)}, time.Now())
		}
	}
	set(201)
	if got := w.PaceNow(); got != 2*time.Second {
		t.Errorf("pace of 201 hosts %s, want 2s", got)
	}
	w.KeepPace(time.Second)
	if got := w.PaceNow(); got != time.Second {
		t.Errorf("pace that was set %s, want 1s", got)
	}
	set(1001)
	if got := w.PaceNow(); got != time.Second {
		t.Errorf("pace that was set, with more hosts, %s, want 1s", got)
	}
	w.KeepPace(0)
	if got := w.PaceNow(); got != 5*time.Second {
		t.Errorf("pace of 1001 hosts %s, want 5s", got)
	}
}
