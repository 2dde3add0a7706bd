package promql

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testFleet has hosts that are handlers of their own, by id, and counts what they are asked.
type testFleet struct {
	members []Member
	hosts   map[string]*Handler
	end     int64

	mu    sync.Mutex
	asked map[string]int
}

func (f *testFleet) Members() []Member { return slices.Clone(f.members) }
func (f *testFleet) Names() []string   { return []string{"up", "dashcam_fleet_level"} }

func (f *testFleet) Held(id string, from, to int64, want func(string) bool) (out []Held) {
	up := Held{Name: "up"}
	level := Held{Name: "dashcam_fleet_level", Labels: [][2]string{{"resource", "disk"}}}
	for t := f.end - 60_000; t <= min(f.end, to); t += heldStep {
		if t < from {
			continue
		}
		v, l := 1.0, 2.0
		if id == "gone" && t > f.end-30_000 {
			v, l = 0, math.NaN()
		}
		up.T, up.V = append(up.T, t), append(up.V, v)
		level.T, level.V = append(level.T, t), append(level.V, l)
	}
	for _, h := range []Held{up, level} {
		if want(h.Name) {
			out = append(out, h)
		}
	}
	return out
}

func (f *testFleet) Ask(ctx context.Context, id, path string, form url.Values) (int, []byte, error) {
	f.mu.Lock()
	f.asked[id]++
	f.mu.Unlock()
	if f.hosts[id] == nil {
		return 0, nil, errors.New("it does not answer")
	}
	status, body := f.hosts[id].Answer(ctx, path, form)
	return status, body, nil
}

// newFleet is a hub, db-01, with two hosts of whom one is called like the hub, one that
// breaks off and one that is silent.
func newFleet(t *testing.T) (hub *world, f *testFleet) {
	t.Helper()
	hub, other := watched(t, 2*time.Minute, nil), watched(t, 2*time.Minute, nil)
	other.handler.cfg.Instance = "db-02"
	twin := watched(t, 2*time.Minute, nil)
	f = &testFleet{
		members: []Member{
			{ID: "own", Instance: "db-01", Name: "db-01", Own: true}, {ID: "b", Instance: "db-02", Name: "db-02"}, {ID: "c", Instance: "c", Name: "db-01"},
			{ID: "broken", Instance: "db-04", Name: "db-04"}, {ID: "gone", Instance: "db-05", Name: "db-05", Silent: "it is silent since 12:00"},
		},
		hosts: map[string]*Handler{"b": other.handler, "c": twin.handler}, end: hub.end.UnixMilli(), asked: make(map[string]int),
	}
	hub.handler.cfg.Fleet = f
	return hub, f
}

// answered is an answer as the tests read it.
type answered struct {
	Data struct {
		Result []struct {
			Metric map[string]string
			Value  []any
			Values [][]any
		}
	}
	Warnings []string
}

func (w *world) answer(t *testing.T, path, form string) (a answered) {
	t.Helper()
	values, err := url.ParseQuery(form)
	if err != nil {
		t.Fatal(err)
	}
	status, body := w.ask(t.Context(), path, values)
	if status != http.StatusOK || json.Unmarshal([]byte(body), &a) != nil {
		t.Fatalf("%s?%s: %d %s", path, form, status, body)
	}
	return a
}

func (a *answered) instances() (all []string) {
	for _, r := range a.Data.Result {
		all = append(all, r.Metric["instance"])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestFleet_AsksEveryHostThatASelectorMeans has three hosts with the same history under
// their own names: what is asked over all of them is for each what it is for one.
func TestFleet_AsksEveryHostThatASelectorMeans(t *testing.T) {
	hub, f := newFleet(t)
	at := "&time=" + stamp(hub.end)
	span := "&start=" + stamp(hub.end.Add(-time.Minute)) + "&end=" + stamp(hub.end) + "&step=7"
	lacking := []string{"db-04: it does not answer", "db-05: it is silent since 12:00"}
	for _, c := range []struct {
		path, query string
		instances   []string
		warnings    []string
	}{
		{"query", "node_load1" + at, []string{"c", "db-01", "db-02"}, lacking},
		{"query", `node_load1{instance=~"db-0[12]"}` + at, []string{"db-01", "db-02"}, nil},
		{"query", `node_load1{instance="c"}` + at, []string{"c"}, nil},
		{"query", `node_load1{instance="db-05"}` + at, nil, lacking[1:]},
		{"query", `node_load1{job="other"}` + at, nil, nil},
		{"query", `rate(node_cpu_seconds_total{mode="user",cpu="0"}[1m])` + at, []string{"c", "db-01", "db-02"}, lacking},
		{"query", `timestamp(node_load1)` + at, []string{"c", "db-01", "db-02"}, lacking},
		{"query_range", "node_load1" + span, []string{"c", "db-01", "db-02"}, lacking},
		{"query_range", "rate(node_forks_total[30s])" + span, []string{"c", "db-01", "db-02"}, lacking},
		{"query_range", "max_over_time(node_load1[20s:3s])" + span, []string{"c", "db-01", "db-02"}, lacking},
		{"query_range", "node_load1 offset 20s" + span, []string{"c", "db-01", "db-02"}, lacking},
		{"query", `up == 0` + at, []string{"db-05"}, nil},
		{"query", `dashcam_fleet_level{resource="disk"}` + at, []string{"c", "db-01", "db-02", "db-04"}, nil},
	} {
		a := hub.answer(t, c.path, "query="+url.QueryEscape(strings.SplitN(c.query, "&", 2)[0])+"&"+strings.SplitN(c.query+"&", "&", 2)[1])
		if diff := cmp.Diff(c.instances, a.instances()); diff != "" {
			t.Errorf("%s: instances %s", c.query, diff)
		}
		if diff := cmp.Diff(c.warnings, a.Warnings); diff != "" {
			t.Errorf("%s: warnings %s", c.query, diff)
		}
		if len(c.instances) < 2 || strings.HasPrefix(c.query, "up") {
			continue
		}
		// The three hosts have lived the same.
		values := make(map[string]string)
		for _, r := range a.Data.Result {
			name := r.Metric["instance"]
			delete(r.Metric, "instance")
			if strings.Contains(c.query, "rate(") && name == "db-01" {
				continue // what is read here begins with 0, what hosts are asked for with what was counted
			}
			key := quoted(r.Metric)
			text := string(quoted(append(r.Values, r.Value)))
			if before, ok := values[string(key)]; ok && before != text {
				t.Errorf("%s of %s: %s, expected %s", c.query, name, text, before)
			}
			values[string(key)] = text
		}
	}
	if f.asked["gone"] > 0 || f.asked["own"] > 0 {
		t.Errorf("asked %v, although one is silent and one is the hub itself", f.asked)
	}
}

func TestFleet_PassesOnWhatIsAboutOneHost(t *testing.T) {
	hub, f := newFleet(t)
	query := `sum by (instance) (rate(node_cpu_seconds_total{instance="db-02"}[1m])) + on (instance) node_load1{instance="db-02"}`
	form := url.Values{"query": {query}, "time": {stamp(hub.end)}}
	_, want := f.hosts["b"].Answer(t.Context(), "query", form)
	_, got := hub.ask(t.Context(), "query", form)
	if got != string(want) || !strings.Contains(got, "db-02") || f.asked["b"] != 1 {
		t.Errorf("%s, asked %v; expected once, and %s", got, f.asked, want)
	}
}

func TestFleet_TellsTheNamesOfAll(t *testing.T) {
	hub, f := newFleet(t)
	for _, c := range []struct{ path, form, says string }{
		{"label/instance/values", "", `["c","db-01","db-02","db-04","db-05"]`},
		{"label/instance/values", "match[]=node_load1", `["c","db-01","db-02"]`},
		{"label/__name__/values", `match[]={__name__=~"node_load.*",instance="db-02"}`, `["node_load1","node_load15","node_load5"]`},
		{"series", `match[]=node_load1{instance!="c"}`, `[{"__name__":"node_load1","instance":"db-01","job":"dashcam"},{"__name__":"node_load1","instance":"db-02","job":"dashcam"}]`},
		{"labels", `match[]=node_load1`, `["__name__","instance","job"]`},
	} {
		form, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := hub.ask(t.Context(), c.path, form); status != http.StatusOK || !strings.HasPrefix(body, `{"status":"success","data":`+c.says) {
			t.Errorf("%s?%s: %d %.300s, expected %s", c.path, c.form, status, body, c.says)
		}
	}
	f.end = time.Now().UnixMilli()
	if _, body := hub.ask(t.Context(), "series", url.Values{"match[]": {`up{instance="db-05"}`}}); !strings.Contains(body, `{"__name__":"up","instance":"db-05","job":"dashcam"}`) {
		t.Errorf("of what the hub holds: %s", body)
	}
}

func TestFleet_IsBounded(t *testing.T) {
	hub, f := newFleet(t)
	query := url.Values{"query": {`avg_over_time(node_load1{instance!="db-01"}[2m]) + avg_over_time(node_load5{instance!="db-01"}[2m])`}, "time": {stamp(hub.end)}}
	hub.handler.cfg.MaxSamples = 200
	if status, body := hub.ask(t.Context(), "query", query); status != http.StatusUnprocessableEntity || !strings.Contains(body, "too many samples") {
		t.Errorf("%d %s", status, body)
	}
	for range maxAsked {
		f.members = append(f.members, Member{ID: "x", Instance: "x"})
	}
	if status, body := hub.ask(t.Context(), "query", url.Values{"query": {"node_load1"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "203 hosts would be asked: expected at most 200") {
		t.Errorf("%d %s", status, body)
	}
	hub.handler.cfg.MaxSamples = 2000
	if status, body := hub.ask(t.Context(), "query", url.Values{"query": {"count(up)"}, "time": {stamp(hub.end)}}); status != http.StatusOK || !strings.Contains(body, `"6"`) {
		t.Errorf("of what the hub holds: %d %s", status, body)
	}
}

// TestFleet_IsFederatedAsPrometheusTakesIt writes what a scrape of all hosts gives.
func TestFleet_IsFederatedAsPrometheusTakesIt(t *testing.T) {
	hub, f := newFleet(t)
	all, err := hub.handler.newest(t.Context(), []string{"node_load1", "up", `{__name__="node_load1",instance="db-01"}`}, hub.end)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range all {
		got = append(got, s.labels.Get("__name__")+" "+s.labels.Get("instance"))
	}
	want := []string{"node_load1 c", "node_load1 db-01", "node_load1 db-02", "up c", "up db-01", "up db-02", "up db-04", "up db-05"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	f.end = time.Now().UnixMilli()
	status, kind, body := hub.handler.Federate(t.Context(), url.Values{"match[]": {"up", "node_load1"}})
	if status != http.StatusOK || kind != federated {
		t.Errorf("%d %s", status, kind)
	}
	at := strconv.FormatInt(f.end, 10)
	text := "# TYPE up untyped\n" +
		`up{instance="c",job="dashcam"} 1 ` + at + "\n" + `up{instance="db-01",job="dashcam"} 1 ` + at + "\n" +
		`up{instance="db-02",job="dashcam"} 1 ` + at + "\n" + `up{instance="db-04",job="dashcam"} 1 ` + at + "\n" +
		`up{instance="db-05",job="dashcam"} 0 ` + at + "\n# db-04: it does not answer\n# db-05: it is silent since 12:00\n"
	if diff := cmp.Diff(text, string(body)); diff != "" {
		t.Error(diff)
	}
	if status, _, body := hub.handler.Federate(t.Context(), nil); status != http.StatusBadRequest {
		t.Errorf("without a selector: %d %s", status, body)
	}
}
