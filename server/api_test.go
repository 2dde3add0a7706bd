package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// object decodes an answer.
func object(t *testing.T, res *http.Response, body string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%d %q: %v", res.StatusCode, body, err)
	}
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q, want no-store", got)
	}
	return m
}

func TestAPI_BeforeTheFirstRow(t *testing.T) {
	r := newRig(t, nil)
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 503, "/api/v1/host": 200, "/api/v1/health": 200,
		"/api/v1/series": 503, "/api/v1/history": 503, "/api/v1/processes": 503, "/api/v1/explain?id=0": 503,
		"/api/v1/row?seq=1": 503,
	} {
		if res, body := r.get(path); res.StatusCode != want {
			t.Errorf("GET %s: %d %s, want %d", path, res.StatusCode, body, want)
		}
	}
	r.commit(1)
	if res, _ := r.get("/readyz"); res.StatusCode != 200 {
		t.Errorf("/readyz after a row: %d", res.StatusCode)
	}
}

func TestAPI_Host(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1, 2)
	res, body := r.get("/api/v1/host")
	m := object(t, res, body)
	host, _ := m["host"].(map[string]any)
	if host["hostname"] != "db-01" || m["instance"] != "test" || m["newest"] != 2.0 || m["build"] != r.srv.Build() || m["intervalMs"] != 1000.0 {
		t.Errorf("%s", body)
	}
}

func TestAPI_Series(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1)
	res, body := r.get("/api/v1/series")
	series, _ := object(t, res, body)["series"].([]any)
	if len(series) != 2 {
		t.Fatalf("%s", body)
	}
	want := map[string]any{
		"id": 0.0, "name": "disk.busy", "labels": map[string]any{"device": "sda"}, "unit": "percent", "kind": "gauge", "quantum": 0.5,
		"max": 100.0, "help": "Time the device was busy.", "source": "/proc/diskstats",
	}
	if diff := cmp.Diff(want, series[0]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAPI_History(t *testing.T) {
	r := newRig(t, nil)
	r.commit(10, 30, 20)
	res, body := r.get("/api/v1/history?match=disk.busy{device=sda}&points=300")
	want := map[string]any{
		"rev": 1.0, "stepMs": 1000.0, "t": []any{1795186288000.0, 1795186289000.0, 1795186290000.0}, "rows": []any{1.0, 1.0, 1.0},
		"firstSeq": []any{1.0, 2.0, 3.0}, "lastSeq": []any{1.0, 2.0, 3.0},
		"series": map[string]any{"0": map[string]any{
			"min": []any{10.0, 30.0, 20.0}, "max": []any{10.0, 30.0, 20.0}, "mean": []any{10.0, 30.0, 20.0}, "last": []any{10.0, 30.0, 20.0},
			"n": []any{1.0, 1.0, 1.0}, "maxSeq": []any{1.0, 2.0, 3.0},
		}},
		"gaps": []any{},
	}
	got := object(t, res, body)
	delete(want, "rev")
	delete(got, "rev")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	res, body = r.get("/api/v1/history?match=disk.busy{device=sda}&only=max")
	got = object(t, res, body)
	delete(got, "rev")
	for _, name := range []string{"rows", "firstSeq", "lastSeq"} {
		delete(want, name)
	}
	want["series"] = map[string]any{"0": map[string]any{"max": []any{10.0, 30.0, 20.0}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("only the largest (-want +got)\n%s", diff)
	}
	res, body = r.do("GET", "/api/v1/history?match=*", map[string]string{"Accept-Encoding": "gzip"})
	if res.Header.Get("Content-Encoding") == "gzip" {
		body = decoded(t, "gzip", body)
	}
	series, _ := object(t, res, body)["series"].(map[string]any)
	if missing, ok := series["1"].(map[string]any); ok {
		if diff := cmp.Diff([]any{nil, nil, nil}, missing["max"]); diff != "" {
			t.Errorf("a series without a value (-want +got)\n%s", diff)
		}
	}
}

func TestAPI_Row(t *testing.T) {
	r := newRig(t, nil)
	r.commit(10, 30, 20) // rows 1 to 3, a second apart, from r.now's beginning on
	const t1 = 1_795_186_288_000
	for path, seq := range map[string]float64{
		"/api/v1/row?seq=1": 1, "/api/v1/row?seq=3": 3,
		"/api/v1/row?at=1795186288000": 1, "/api/v1/row?at=1795186288499": 1, "/api/v1/row?at=1795186288501": 2,
		"/api/v1/row?at=1795186280000": 1, "/api/v1/row?at=1795186295000": 3,
		"/api/v1/row?at=1795186289": 2, "/api/v1/row?at=1795186289.6": 3, "/api/v1/row?at=2026-11-20T14:51:29Z": 2,
		"/api/v1/row?at=2026-11-20T15:51:29+01:00": 2, "/api/v1/row?at=2026-11-20T15:51:29%2B01:00": 2, "/api/v1/row?at=2026-11-20%2014:51:29Z": 2,
	} {
		res, body := r.get(path)
		got := object(t, res, body)
		value := map[float64]float64{1: 10, 2: 30, 3: 20}[seq]
		want := map[string]any{
			"type": "history", "rev": got["rev"], "seq": []any{seq}, "t": []any{t1 + 1000*(seq-1)}, "columns": []any{[]any{0.0, value}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", path, diff)
		}
	}
}

// TestAPI_TimesAreByTheClockOfTheHost would fail if a bare clock was that of the one who
// asks or of the machine that the test runs on.
func TestAPI_TimesAreByTheClockOfTheHost(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		need.Missing(t, "no time zones on this machine: "+err.Error())
	}
	r := newRig(t, func(c *Config) { c.Host = func() collectors.Host { return collectors.Host{TZ: "Asia/Kolkata"} } })
	r.now = time.Now().Add(-2 * time.Hour).Truncate(time.Minute).UnixMilli()
	at := time.UnixMilli(r.now).In(zone)
	r.commit(1, 2)
	for _, text := range []string{at.Format("15:04"), at.Format("3:04pm"), at.Format("2006-01-02 15:04"), at.Format("2006-01-02T15:04:05"), at.Format(time.RFC3339)} {
		res, body := r.get("/api/v1/row?at=" + url.QueryEscape(text))
		if seq, _ := object(t, res, body)["seq"].([]any); len(seq) != 1 || seq[0] != 1.0 {
			t.Errorf("at %s: %d %s, want row 1", text, res.StatusCode, body)
		}
	}
	for query, rows := range map[string]int{"from=3h": 2, "from=now-1h": 0, "from=3h&to=2h30m": 0, "from=3h+ago&to=now": 2} {
		res, body := r.get("/api/v1/history?points=2000&" + query)
		counted := 0.0
		counts, _ := object(t, res, body)["rows"].([]any)
		for _, n := range counts {
			counted += n.(float64)
		}
		if int(counted) != rows {
			t.Errorf("%s: %d %s, want %d rows", query, res.StatusCode, body, rows)
		}
	}
}

func TestAPI_HistoryAsCSV(t *testing.T) {
	r := newRig(t, nil)
	r.commit(10, 30)
	want := "t,name,labels,unit,min,max,mean,last,n,max_seq\n" +
		"1795186288000,disk.busy,device=sda,percent,5,5,5,5,1,1\n" +
		"1795186289000,disk.busy,device=sda,percent,15,15,15,15,1,2\n"
	for accept, csv := range map[string]bool{
		"text/csv": true, "text/csv, application/json;q=0.5": true, "application/json, text/csv;q=0.5": false, "*/*": false, "": false,
	} {
		res, body := r.do("GET", "/api/v1/history", map[string]string{"Accept": accept})
		if got := res.Header.Get("Content-Type"); (got == "text/csv; charset=utf-8") != csv {
			t.Errorf("Accept %q: %s", accept, got)
		}
		if csv {
			if diff := cmp.Diff(want, body); diff != "" {
				t.Errorf("Accept %q (-want +got)\n%s", accept, diff)
			}
		}
	}
}

func TestAPI_Processes(t *testing.T) {
	r := newRig(t, nil)
	r.commit(10, 30)
	res, body := r.get("/api/v1/processes")
	live := object(t, res, body)
	want := map[string]any{
		"type": "table", "table": "processes", "seq": 2.0, "t": 1795186289000.0, "base": 0.0, "cols": []any{"name", "cpu"},
		"rows": []any{
			[]any{"1.100", map[string]any{"name": "init</script>", "cpu": 30.0}}, []any{"2.200", map[string]any{"cpu": 1.0}},
		},
	}
	if diff := cmp.Diff(want, live); diff != "" {
		t.Errorf("live (-want +got)\n%s", diff)
	}
	res, body = r.get("/api/v1/processes?from=1&to=2")
	observations, _ := object(t, res, body)["observations"].([]any)
	if len(observations) != 2 {
		t.Fatalf("remembered: %s", body)
	}
	first, _ := observations[0].(map[string]any)
	wantOthers := map[string]any{"count": 1.0, "sums": map[string]any{"cpu": 1.0}}
	if diff := cmp.Diff(wantOthers, first["others"]); diff != "" || first["seq"] != 1.0 {
		t.Errorf("remembered others (-want +got)\n%s\n%s", diff, body)
	}
}

func TestAPI_Explain(t *testing.T) {
	r := newRig(t, nil)
	r.commit(10, 30)
	res, body := r.get("/api/v1/explain?id=0")
	m := object(t, res, body)
	want := []any{
		map[string]any{"atMs": 1795186289000.0, "form": "ratio", "num": 30.0, "den": 1000.0},
		map[string]any{"atMs": 1795186288000.0, "form": "ratio", "num": 10.0, "den": 1000.0},
	}
	if diff := cmp.Diff(want, m["readings"]); diff != "" || m["value"] != 30.0 || m["formula"] != busy.Formula {
		t.Errorf("(-want +got)\n%s\n%s", diff, body)
	}
}

func TestAPI_Health(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1, 2, 3)
	c := r.dial()
	c.until("hello")
	res, body := r.get("/api/v1/health")
	m := object(t, res, body)
	remembered, _ := m["remembered"].(map[string]any)
	stats, _ := m["hub"].(map[string]any)
	if remembered["newest"] != 3.0 || remembered["rows"] != 3.0 || stats["viewers"] != 1.0 {
		t.Errorf("%s", body)
	}
	if diff := cmp.Diff([]any{}, m["collectors"]); diff != "" {
		t.Errorf("collectors (-want +got)\n%s", diff)
	}
	if kept, told := m["tape"]; told {
		t.Errorf("nothing is kept on disk, and it holds %v", kept)
	}
}

func TestAPI_BadParameters(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1, 2)
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/api/v1/history?from=yesterday":                          {400, "from is"},
		"/api/v1/history?from=-1":                                 {400, "Unix milliseconds, RFC 3339 or a duration back such as 2h"},
		"/api/v1/history?from=1.5":                                {400, "from is"},
		"/api/v1/history?to=99999999999999999999":                 {400, "to is"},
		"/api/v1/history?from=20":                                 {400, "too small for Unix milliseconds or seconds"},
		"/api/v1/history?from=1h&to=2h":                           {400, "a time after from, which is 20"},
		"/api/v1/history?from=1h&from=2h":                         {400, "from is given twice"},
		"/api/v1/history?from=1795186288000000":                   {400, "microseconds"},
		"/api/v1/history?form=2h":                                 {400, "did you mean from?"},
		"/api/v1/history?from=2h&point=5":                         {400, "did you mean points?"},
		"/api/v1/history?x=1":                                     {400, "one of from, to, points, match, only"},
		"/api/v1/host?at=1":                                       {400, "no parameters"},
		"/api/v1/series?rev=1":                                    {400, `no parameter \"rev\"`},
		"/api/v1/health?x=%3Cscript%3E":                           {400, `no parameter \"x\"`},
		"/api/v1/session?x":                                       {400, "no parameter"},
		"/api/v1/openapi.json?version=3":                          {400, "no parameter"},
		"/api/v1/processes?at=1m":                                 {400, "one of from, to"},
		"/api/v1/history?only=largest":                            {400, "one of min, max"},
		"/api/v1/history?points=0":                                {400, "from 1 to 2000"},
		"/api/v1/history?points=2001":                             {400, "from 1 to 2000"},
		"/api/v1/history?points=":                                 {400, "points is"},
		"/api/v1/history?match=":                                  {400, "match: "},
		"/api/v1/history?match=disk.busy{device":                  {400, "has a { without a }"},
		"/api/v1/history?match=disk.busy{=sda}":                   {400, "does not begin with label=pattern"},
		"/api/v1/history?match=a,,b":                              {400, "has no name"},
		"/api/v1/history?match=" + strings.Repeat("a,", 40) + "a": {400, "more than 32"},
		"/api/v1/history?match=" + strings.Repeat("a", 300):       {400, "longer than 256"},
		"/api/v1/history?from=%3Cscript%3E":                       {400, `\\u003cscript\\u003e`},
		"/api/v1/processes?from=1":                                {400, "both"},
		"/api/v1/processes?from=0&to=1":                           {400, "from is"},
		"/api/v1/processes?from=5&to=4":                           {400, "to is"},
		"/api/v1/processes?from=1&to=3601":                        {400, "3600 rows"},
		"/api/v1/row":                                             {400, "one of the two"},
		"/api/v1/row?seq=1&at=1":                                  {400, "one of the two"},
		"/api/v1/row?seq=0":                                       {400, "seq is"},
		"/api/v1/row?at=x":                                        {400, "at is"},
		"/api/v1/row?seq=3":                                       {404, "from 1 to 2"},
		"/api/v1/row?at=1795186308000":                            {404, "a time from 2026-11-20T14:51:28Z to 2026-11-20T14:51:29Z"},
		"/api/v1/row?at=1795186308":                               {404, "a time from 2026-11-20T14:51:28Z"},
		"/api/v1/explain":                                         {400, "id is"},
		"/api/v1/explain?id=x":                                    {404, "no series of this name"},
		"/api/v1/explain?id=disk.busy":                            {400, `all labels of one series`},
		"/api/v1/explain?id=disk.busy{device":                     {400, "id is"},
		"/api/v1/explain?id=-1":                                   {400, "id is"},
		"/api/v1/history?values=units":                            {400, "one of quanta, real"},
		"/api/v2/history?values=real":                             {400, "no parameter"},
		"/api/v1/series?match=cpu.*":                              {400, "values=real"},
		"/api/v1/tables/disks":                                    {404, "one of processes"},
		"/api/v1/tables/processes?from=2h&to=3h":                  {400, "not before from"},
		"/api/v1/tables/processes?from=1&to=5000":                 {400, "3600 rows"},
		"/api/v1/explain?id=4294967296":                           {400, "id is"},
		"/api/v1/explain?id=77":                                   {404, "no series"},
	} {
		res, body := r.get(path)
		if res.StatusCode != want.status || !strings.Contains(body, want.text) || !strings.Contains(body, `"expected"`) {
			t.Errorf("GET %.60s: %d %s, want %d %s", path, res.StatusCode, body, want.status, want.text)
		}
	}
}
