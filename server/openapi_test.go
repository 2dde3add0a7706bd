package server

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"
)

// described is the description as the tests read it.
type described struct {
	t          *testing.T
	OpenAPI    string                          `json:"openapi"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas   map[string]any      `json:"schemas"`
		Responses map[string]response `json:"responses"`
	} `json:"components"`
	schemas *jsonschema.Compiler
}

type operation struct {
	ID         string              `json:"operationId"`
	Summary    string              `json:"summary"`
	Parameters []parameter         `json:"parameters"`
	Responses  map[string]response `json:"responses"`
}

type parameter struct {
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	Schema   struct {
		Ref     string `json:"$ref"`
		Type    string `json:"type"`
		Minimum *int64 `json:"minimum"`
		Maximum *int64 `json:"maximum"`
	} `json:"schema"`
}

type response struct {
	Ref         string                    `json:"$ref"`
	Description string                    `json:"description"`
	Content     map[string]map[string]any `json:"content"`
}

const schemaURL = "https://dashcam.test/openapi.json"

// description reads the document that a server gives. Its schemas allow members that
// they do not name, because some may be added; here they must name every one.
func description(t *testing.T, r *rig) *described {
	t.Helper()
	res, body := r.get("/api/v1/openapi.json")
	if got := res.Header.Get("Content-Type"); res.StatusCode != 200 || got != "application/json" {
		t.Fatalf("%d %s", res.StatusCode, got)
	}
	d := &described{t: t, schemas: jsonschema.NewCompiler()}
	if err := json.Unmarshal([]byte(body), d); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	forbidOthers(doc)
	d.schemas.DefaultDraft(jsonschema.Draft2020) // what OpenAPI 3.1 uses
	if err := d.schemas.AddResource(schemaURL, doc); err != nil {
		t.Fatal(err)
	}
	return d
}

func forbidOthers(v any) {
	switch v := v.(type) {
	case map[string]any:
		_, open := v["additionalProperties"]
		if _, named := v["properties"]; named && v["type"] == "object" && !open {
			v["additionalProperties"] = false
		}
		for _, inner := range v {
			forbidOthers(inner)
		}
	case []any:
		for _, inner := range v {
			forbidOthers(inner)
		}
	}
}

// schema compiles what a JSON pointer leads to.
func (d *described) schema(pointer ...string) *jsonschema.Schema {
	d.t.Helper()
	for i, p := range pointer {
		pointer[i] = url.PathEscape(strings.ReplaceAll(strings.ReplaceAll(p, "~", "~0"), "/", "~1"))
	}
	s, err := d.schemas.Compile(schemaURL + "#/" + strings.Join(pointer, "/"))
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// check holds an answer against the description of its route and returns the schema's
// verdict.
func (d *described) check(path string, res *http.Response, body string) error {
	d.t.Helper()
	return d.checkMethod("get", path, res, body)
}

func (d *described) checkMethod(method, path string, res *http.Response, body string) error {
	d.t.Helper()
	at := []string{"paths", path, method, "responses", strconv.Itoa(res.StatusCode)}
	answer, known := d.Paths[path][method].Responses[at[4]]
	if !known {
		answer, at[4] = d.Paths[path][method].Responses["default"], "default"
		if !strings.Contains(d.Components.Responses["Refused"].Description, strconv.Itoa(res.StatusCode)+" ") {
			d.t.Errorf("%s %s: status %d is not described", method, path, res.StatusCode)
		}
	}
	if name, is := strings.CutPrefix(answer.Ref, "#/components/responses/"); is {
		answer, at = d.Components.Responses[name], []string{"components", "responses", name}
	}
	media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil {
		d.t.Fatalf("GET %s: %v", path, err)
	}
	if answer.Content[media] == nil {
		d.t.Errorf("%s %s: %d %s is not described", method, path, res.StatusCode, media)
		return nil
	}
	var value any = body
	if media == "application/json" {
		if value, err = jsonschema.UnmarshalJSON(strings.NewReader(body)); err != nil {
			d.t.Fatalf("GET %s: %v", path, err)
		}
	}
	return d.schema(append(at, "content", media, "schema")...).Validate(value)
}

// fillForDescription makes rows with one of everything that an answer may leave out.
func fillForDescription(r *rig) {
	r.commit(10, 10, 30)
	r.now += 60_000 // a gap
	state := &collectors.Family{Name: "state.x", Help: "A state.", Kind: collectors.KindState, Quantum: 1, States: []string{"ok", "warn"}, Formula: "x", Differs: "y"}
	id, err := r.ring.Intern(collectors.Series{Family: state, Info: map[string]string{"class": "a"}, Max: 1, Warn: 1, Crit: 2})
	if err != nil {
		r.t.Fatal(err)
	}
	rows := collectors.NewRows(top)
	rows.Partial("too many")
	for i := range 3 {
		rows.Add(strconv.Itoa(i)).Number(1, float64(i+1))
	}
	at := time.UnixMilli(r.now)
	r.ring.Append(history.Commit{
		Row: collectors.Row{T: r.now, Missed: 59, Why: "late", IDs: append(slices.Clone(r.ids), id), Q: []int64{1, collectors.Missing, 1}},
		Readings: []collectors.Reading{
			{ID: id, Form: collectors.FormGauge, Gauge: 1, At: at}, {ID: r.ids[0], Form: collectors.FormCounter, Num: 1, At: at},
		},
		Tables: []*collectors.TableData{rows.Data()},
		Events: []collectors.Event{
			{Kind: collectors.EventLate, Text: "late"},
			{
				Kind: "oom", Text: "killed", Level: collectors.LevelCritical, Count: 2, Source: "/proc/vmstat", Resolves: "1.0",
				About: collectors.About{Kind: "process", Name: "java", PID: 7, Service: "tomcat"},
			},
		},
	})
	r.now += 1000
	r.ring.SetHealth(collectors.Health{Collector: "cpu", Title: "CPU", State: collectors.HealthOK, SinceMs: 1, CadenceMs: 1000})
	r.ring.SetHealth(collectors.Health{
		Collector: "disk", Title: "Disks", State: collectors.HealthFailing, Reason: "gone",
		Unavailable: []collectors.Unavailable{{Source: "/proc/diskstats", Reason: "not there"}},
	})
}

func TestOpenAPI_RealAnswersAreAsDescribed(t *testing.T) {
	r := newRig(t, func(c *Config) {
		withMetrics(t)(c)
		c.Demo = true
		c.Host = func() collectors.Host {
			return collectors.Host{ID: "9f", IDUnstable: true, Hostname: "db-01", TZ: "UTC", Virtual: "kvm", Model: "Z80"}
		}
	})
	d := description(t, r)
	seen := make(map[string]bool)
	try := func(query, accept string, want int) {
		t.Helper()
		path, _, _ := strings.Cut(query, "?")
		if base, _, is := strings.Cut(path, "/tables/"); is {
			path = base + "/tables/{name}"
		}
		headers := map[string]string{"Accept": accept, "Accept-Encoding": "identity", "Origin": "http://" + r.addr}
		res, body := r.do("GET", query, headers)
		if res.StatusCode != want {
			t.Errorf("GET %s: %d %.200s, want %d", query, res.StatusCode, body, want)
		}
		if err := d.check(path, res, body); err != nil {
			t.Errorf("GET %s: %v\n%.500s", query, err, body)
		}
		seen[path] = true
	}
	for path := range d.Paths { // before the first row
		want := map[string]int{
			"/readyz": 503, "/metrics": 503, "series": 503, "rows": 503, "history": 503, "processes": 503, "tables/{name}": 503,
			"row": 400, "explain": 400, "changes": 400, "incident": 400, "incident/contents": 400, "/ws": 426,
		}[strings.TrimPrefix(strings.TrimPrefix(path, "/api/v1/"), "/api/v2/")]
		if want == 0 {
			want = 200
		}
		try(strings.Replace(path, "{name}", "processes", 1), "", want)
	}
	fillForDescription(r)
	viewer := r.dial()
	viewer.send(`{"type":"subscribe","topics":["metrics"],"window":10}`)
	viewer.until(wire.TypeHistory)
	clear(seen)
	for _, q := range []string{
		"/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/v1/session", "/api/v1/host", "/api/v1/series", "/api/v1/health",
		"/api/v1/history", "/api/v1/history?points=1", "/api/v1/history?match=nothing", "/api/v1/history?match=disk.*&match=state.x&from=1795186288000&to=1795186300000",
		"/api/v1/row?seq=1", "/api/v1/row?seq=4", "/api/v1/row?at=1795186288400",
		"/api/v1/processes", "/api/v1/processes?from=1&to=4", "/api/v1/processes?from=100&to=101",
		"/api/v1/explain?id=0", "/api/v1/explain?id=1", "/api/v1/explain?id=2", "/api/v1/explain?id=disk.busy{device=%22sda%22}",
		"/api/v1/series?values=real", "/api/v1/series?values=real&match=state.*", "/api/v1/history?values=real", "/api/v1/history?values=real&only=n",
		"/api/v1/row?seq=4&values=real", "/api/v1/row?seq=4&values=quanta", "/api/v1/processes?values=real", "/api/v1/processes?from=1&to=4&values=real",
		"/api/v1/explain?id=2&values=real", "/api/v1/tables/processes", "/api/v1/tables/processes?from=1&to=4", "/api/v1/tables/processes?from=1795186288&to=now&values=real",
		"/api/v1/events", "/api/v1/events?from=2h&to=now", "/api/v2/events?kind=oom&limit=1", "/api/v2/events",
		"/api/v1/alerts", "/api/v2/alerts", "/api/v1/silences", "/api/v2/silences", "/api/v1/rules", "/api/v2/rules", "/api/v1/backtest", "/api/v2/backtest?from=2h&to=now",
		"/api/v1/verdict", "/api/v1/verdict?at=1795186288400", "/api/v2/verdict", "/api/v1/changes?from=1795186288&to=1795186300", "/api/v2/changes?from=1795186289&to=1795186300&base=1795186288",
		"/api/v1/incident?from=1795186288&to=1795186300", "/api/v2/incident?from=1795186288&to=1795186300&mask=all", "/api/v1/incident/contents?from=1795186288&to=1795186300", "/api/v2/incident/contents?from=1795186288&to=1795186300",
		"/api/v2/host", "/api/v2/health", "/api/v2/openapi.json", "/api/v2/series", "/api/v2/series?match=state.*", "/api/v2/history", "/api/v2/history?points=1&only=max",
		"/api/v2/row?seq=1", "/api/v2/row?seq=4&match=state.*", "/api/v2/tables/processes", "/api/v2/tables/processes?from=1&to=4",
		"/api/v2/rows", "/api/v2/rows?from=2&to=3&match=state.*", "/api/v2/tables/processes?from=1795186287000&to=1795186289000", "/api/v2/explain?id=0", "/api/v2/explain?id=state.x",
	} {
		try(q, "", 200)
	}
	for _, q := range []string{
		"/api/v1/history", "/api/v2/history", "/api/v2/history?only=max", "/api/v2/rows", "/api/v2/row?seq=1", "/api/v2/tables/processes", "/api/v2/tables/processes?from=1&to=4",
	} {
		try(q, "text/csv", 200)
	}
	try("/metrics", "application/openmetrics-text", 200)
	try("/ws", "", 426)
	for q, want := range map[string]int{
		"/api/v1/history?points=0": 400, "/api/v1/row": 400, "/api/v1/row?seq=99": 404, "/api/v1/processes?from=1": 400,
		"/api/v1/explain": 400, "/api/v1/explain?id=99": 404, "/api/v1/host?x": 400, "/api/v2/health?x": 400, "/api/v1/openapi.json?x": 400, "/metrics?x": 400,
		"/api/v1/events?limit=0": 400, "/api/v2/row?seq=99": 404, "/api/v1/incident?from=1795186288&to=1795186300&mask=moods": 400, "/api/v1/incident?from=1795186288&to=1795986300": 400, "/api/v1/incident/contents?from=1795176288&to=1795176300": 404, "/api/v2/tables/disks": 404, "/api/v2/explain?id=disk.busy": 400, "/api/v1/session?x": 400,
	} {
		try(q, "", want)
	}
	for path := range d.Paths {
		if !seen[path] {
			t.Errorf("%s was not tried", path)
		}
		for _, refused := range []struct {
			status  int
			method  string
			headers map[string]string
		}{
			{421, "GET", map[string]string{"Host": "evil.example"}}, {403, "GET", map[string]string{"Origin": "http://evil.example"}},
			{405, "PUT", nil}, {415, "GET", map[string]string{"Content-Encoding": "br", "Origin": "http://" + r.addr}},
		} {
			res, body := r.do(refused.method, strings.Replace(path, "{name}", "processes", 1), refused.headers)
			if res.StatusCode != refused.status {
				t.Errorf("%s %s: %d, want %d", refused.method, path, res.StatusCode, refused.status)
			}
			if err := d.check(path, res, body); err != nil {
				t.Errorf("%s %s: %v", refused.method, path, err)
			}
		}
	}
}

// TestOpenAPI_SchemasRefuseWhatIsWrong breaks real answers, so that the test above is
// known to see it.
func TestOpenAPI_SchemasRefuseWhatIsWrong(t *testing.T) {
	r := newRig(t, nil)
	d := description(t, r)
	fillForDescription(r)
	for query, change := range map[string][2]string{
		"/api/v1/host":              {`"hostname"`, `"hostName"`},
		"/api/v1/series":            {`"kind":"gauge"`, `"kind":"gouge"`},
		"/api/v1/history":           {`"stepMs":`, `"stepMs":0.`},
		"/api/v1/row?seq=1":         {`"type":"history"`, `"type":"frame"`},
		"/api/v1/processes":         {`"base":0`, `"base":1`},
		"/api/v1/explain?id=0":      {`"atMs"`, `"at"`},
		"/api/v1/health":            {`"late"`, `{}`},
		"/api/v1/explain?id=x":      {`"code"`, `"error"`},
		"/api/v1/processes?from=1":  {`"message":"`, `"why":"","message":"`},
		"/api/v1/history?points=10": {`"gaps":[{`, `"gaps":[{"n":1,`},
		"/api/v2/history?points=10": {`"name":`, `"nom":`},
		"/api/v2/series":            {`"value":`, `"val":`},
		"/api/v2/row?seq=1":         {`"seq":`, `"sequence":`},
		"/api/v2/explain?id=0":      {`"readings"`, `"read"`},
	} {
		res, body := r.get(query)
		broken := strings.ReplaceAll(body, change[0], change[1])
		if broken == body {
			t.Errorf("GET %s has no %s: %.300s", query, change[0], body)
		}
		path, _, _ := strings.Cut(query, "?")
		if err := d.check(path, res, broken); err == nil {
			t.Errorf("GET %s with %s instead of %s is as described", query, change[1], change[0])
		}
	}
}

func TestOpenAPI_DescribesEveryRoute(t *testing.T) {
	r := newRig(t, withMetrics(t))
	d := description(t, r)
	if d.OpenAPI != "3.1.0" {
		t.Errorf("openapi is %q", d.OpenAPI)
	}
	routes := make(map[string]bool)
	for _, route := range r.srv.app.GetRoutes() {
		if route.Path != "/*" && !strings.HasPrefix(route.Path, "/h/:host") { // the page; all of these again, below a host
			routes[strings.Replace(route.Path, ":name", "{name}", 1)] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(routes)), slices.Sorted(maps.Keys(d.Paths))); diff != "" {
		t.Errorf("(-registered +described)\n%s", diff)
	}
	ids := make(map[string]bool)
	for path, item := range d.Paths {
		methods := []string{"get"}
		switch {
		case path == sessionPath, strings.HasSuffix(path, "/silences"):
			methods = []string{"delete", "get", "post"}
		case strings.HasSuffix(path, "/events"), strings.HasSuffix(path, "/alerts"):
			methods = []string{"get", "post"}
		}
		if diff := cmp.Diff(methods, slices.Sorted(maps.Keys(item))); diff != "" {
			t.Errorf("%s (-answered +described)\n%s", path, diff)
		}
		for _, op := range item {
			if op.ID == "" || ids[op.ID] || op.Summary == "" {
				t.Errorf("%s: operationId %q, summary %q", path, op.ID, op.Summary)
			}
			ids[op.ID] = true
			for status, answer := range op.Responses {
				if answer.Description == "" && answer.Ref == "" {
					t.Errorf("%s: %s has no description", path, status)
				}
			}
		}
	}
	for name := range d.Components.Schemas {
		d.schema("components", "schemas", name) // every reference leads somewhere
	}
}

// TestOpenAPI_ParametersAreThoseThatAreRead asks beyond both ends of every range.
func TestOpenAPI_ParametersAreThoseThatAreRead(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1, 2)
	d := description(t, r)
	tried := 0
	for path, item := range d.Paths {
		for _, p := range item["get"].Parameters {
			if p.In == "path" {
				continue
			}
			wrong := []string{"x"}
			if p.Name == "id" { // x may be the name of a series
				wrong = []string{"", "-1", "2147483648", "a{b"}
			}
			if p.Schema.Minimum != nil {
				wrong = append(wrong, strconv.FormatInt(*p.Schema.Minimum-1, 10))
			}
			if p.Schema.Maximum != nil {
				wrong = append(wrong, strconv.FormatInt(*p.Schema.Maximum+1, 10))
			}
			if strings.HasSuffix(p.Schema.Ref, "/Time") {
				wrong = append(wrong, "179518628800") // one digit is missing
			}
			if p.Schema.Type == "array" {
				wrong = []string{""}
			}
			for _, value := range wrong {
				q := url.Values{p.Name: {value}}
				alone := strings.HasSuffix(path, "/history") || strings.HasSuffix(path, "/events") || strings.HasSuffix(path, "/changes") || strings.Contains(path, "/incident")
				for _, other := range item["get"].Parameters { // those that come in pairs
					if (other.Name == "from" || other.Name == "to") && other.Name != p.Name && !alone {
						q.Set(other.Name, "1")
					}
				}
				if p.Schema.Type == "array" || p.Name == "values" {
					for _, other := range item["get"].Parameters {
						if other.Name == "seq" {
							q.Set("seq", "1")
						}
					}
				}
				res, body := r.get(strings.Replace(path, "{name}", "processes", 1) + "?" + q.Encode())
				if res.StatusCode != 400 || !strings.Contains(body, `"bad_parameter"`) || !strings.Contains(body, p.Name) {
					t.Errorf("GET %s?%s: %d %s, want 400 about %s", path, q.Encode(), res.StatusCode, body, p.Name)
				}
				tried++
			}
			if p.Required && p.In == "query" {
				if res, _ := r.get(path); res.StatusCode != 400 {
					t.Errorf("GET %s without %s: %d", path, p.Name, res.StatusCode)
				}
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d values were tried", tried)
	}
}
