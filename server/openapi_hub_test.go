package server

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nkeys"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/server/fleet"
	"dashcam/server/prom"
	"dashcam/server/promql"
	"dashcam/server/wire"
)

// hubRig is a server that is a hub with two hosts, one of them with all that can be known of
// one.
type hubRig struct {
	*rig
	hub *fleet.Hub
}

func newHubRig(t *testing.T) *hubRig {
	t.Helper()
	wall := fleet.NewWall("1", nil)
	hub, err := fleet.NewHub(fleet.HubConfig{Wall: wall, Hello: func() wire.Hello { return wire.Hello{} }})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- hub.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-hub.Ready():
	case <-time.After(time.Minute):
		t.Fatal("the registry was not read")
	}
	now := time.Now()
	for _, id := range []string{"db", "new"} {
		wall.Set(fleet.Record{ID: id, Name: id, JoinedMs: 1, CloneOf: "web"}, now)
	}
	wall.Introduced("db", fleet.About{Instance: "i", Name: "db-01", OS: "Debian", Version: "0", Labels: map[string]string{"role": "db"}, BootMs: 1, NowMs: now.UnixMilli() + 9000, Share: "all"}, now)
	summary := fleet.Summary{Instance: "i", Seq: 1, T: 1, Process: "p", Service: "s", Alerts: 1, Version: "0"}
	summary.States[0] = fleet.State{Level: fleet.Warn, SinceMs: 1, Use: 99, Saturation: 1}
	wall.Summarized("db", summary, now)
	wall.Happened("db", fleet.Events{
		Instance: "i",
		Events: []collectors.Event{{
			Seq: 1, T: now.UnixMilli(), ID: "1.1", Kind: "oom", Text: "killed", Level: collectors.LevelCritical, Count: 2, Source: "/proc/vmstat", Resolves: "1.0",
			About: collectors.About{Kind: "process", Name: "java", PID: 7, Service: "tomcat"},
		}},
		Now: &fleet.Present{Rev: 1, Verdict: "cpu saturated", Alerts: []fleet.Alert{{Alert: alert.Alert{
			ID: "a", Rule: "cpu", Phase: alert.Firing, Level: alert.Critical, Labels: map[string]string{}, SinceMs: 1, FiredMs: 1, Text: "busy", Value: 99, Peak: 99, Unit: "percent", Notify: true,
		}, SilencedBy: "s1"}}},
	})
	r := newRig(t, func(c *Config) {
		exporter, err := prom.New(prom.Config{Ring: c.Ring})
		if err != nil {
			t.Fatal(err)
		}
		c.Metrics, c.Fleet = exporter, hub
		if c.Questions, err = promql.New(promql.Config{Source: c.Ring, Metrics: exporter.Remembered, Instance: "db-01"}); err != nil {
			t.Fatal(err)
		}
	})
	return &hubRig{r, hub}
}

// send asks with a body, as the hub's own page does.
func (r *hubRig) send(method, path, contentType, body string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+r.addr+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Origin", "http://"+r.addr)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res, string(text)
}

// hubMethods are the routes of a hub as the packages that answer them list them, with their
// methods.
func hubMethods(t *testing.T, r *rig) map[string][]string {
	t.Helper()
	behind := map[string]map[string][]string{"/api/v1/hosts/*": {}, questionsPath + "*": {}}
	for _, route := range fleet.Routes {
		routes, path := behind["/api/v1/hosts/*"], "/api/v1/"+route.Path
		routes[path] = append(routes[path], strings.ToLower(route.Method))
	}
	for _, path := range promql.Paths() {
		behind[questionsPath+"*"][questionsPath+path] = []string{"get", "post"}
	}
	base := openAPIOf(false, false)()
	var had struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal(base, &had); err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]string)
	for _, route := range r.srv.app.GetRoutes() {
		path := strings.Replace(route.Path, ":name", "{name}", 1)
		switch {
		case path == "/*", strings.HasPrefix(path, "/h/:host"), had.Paths[path] != nil: // the page, the second server of the description, what every server has
		case behind[path] != nil:
			for path, methods := range behind[path] {
				slices.Sort(methods)
				all[path] = methods
			}
		case all[path] == nil:
			all[path] = []string{"get"}
		}
	}
	return all
}

func TestOpenAPI_DescribesEveryRouteOfAHub(t *testing.T) {
	r := newHubRig(t)
	d := description(t, r.rig)
	want := hubMethods(t, r.rig)
	var base struct{ Paths map[string]any }
	if err := json.Unmarshal(openAPI, &base); err != nil {
		t.Fatal(err)
	}
	got, ids := make(map[string][]string), make(map[string]bool)
	for path, item := range d.Paths {
		for method, op := range item {
			if op.ID == "" || ids[op.ID] || op.Summary == "" {
				t.Errorf("%s %s: operationId %q, summary %q", method, path, op.ID, op.Summary)
			}
			ids[op.ID] = true
		}
		if base.Paths[path] == nil {
			got[path] = slices.Sorted(maps.Keys(item))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-answered +described)\n%s", diff)
	}
	for name := range d.Components.Schemas {
		d.schema("components", "schemas", name) // every reference leads somewhere
	}
	_, body := r.get("/h/9f/api/v1/openapi.json")
	if strings.Contains(body, `"/api/v1/hosts"`) || !strings.Contains(body, questionsPath) {
		t.Error("below the path of a host its own routes are not described, or those of the hub are")
	}
}

func TestOpenAPI_AnswersOfAHubAreAsDescribed(t *testing.T) {
	r := newHubRig(t)
	d := description(t, r.rig)
	seen := make(map[string]bool)
	try := func(method, route, query, contentType, body string, want int) string {
		t.Helper()
		res, answer := r.send(method, query, contentType, body)
		if res.StatusCode != want {
			t.Errorf("%s %s: %d %.300s, want %d", method, query, res.StatusCode, answer, want)
		}
		method = strings.ToLower(method)
		if err := d.checkMethod(method, route, res, answer); err != nil {
			t.Errorf("%s %s: %v\n%.500s", method, query, err, answer)
		}
		seen[method+" "+route] = true
		return answer
	}
	get := func(route, query string, want int) string {
		t.Helper()
		return try("GET", route, route+query, "", "", want)
	}
	const q, form = questionsPath, "application/x-www-form-urlencoded"
	fillForDescription(r.rig)
	at := strconv.FormatInt(r.ring.Bounds().NewestT/1000+1, 10)

	for route, queries := range map[string][]string{
		q + "query":        {"?query=1", `?query="a"`, "?query=up&time=" + at, "?query=up[1m]&time=" + at},
		q + "query_range":  {"?query=up&start=" + at + "&end=" + at + "&step=1"},
		q + "series":       {"?match[]={job=%22dashcam%22}"},
		q + "labels":       {"", "?match[]=up&limit=1"},
		q + "metadata":     {"", "?limit=1"},
		q + "format_query": {"?query=1%2B1"}, q + "rules": {"", "?type=alert"}, q + "alerts": {""}, q + "query_exemplars": {""}, q + "status/buildinfo": {""},
		"/api/v1/hosts": {""}, "/api/v1/hosts/alerts": {"", "?state=firing&state=pending&host=db&limit=1"}, "/api/v1/hosts/tokens": {""},
		"/api/v1/hosts/strips": {"", "?steps=2&use=1&host=db"}, "/api/v1/hosts/events": {"", "?from=1&to=2&limit=1&after=0&host=new"},
		"/federate": {"?match[]=node_load1&match[]={__name__=~%22.%2B%22}"},
	} {
		for _, query := range queries {
			get(route, query, 200)
		}
	}
	for route, query := range map[string]string{
		q + "query": "?query=up(", q + "query_range": "?query=up", q + "series": "", q + "labels": "?limit=x", q + "metadata": "?limit=-1", q + "format_query": "", q + "rules": "?type=x",
		"/api/v1/hosts/alerts": "?state=x", "/api/v1/hosts/strips": "?steps=0", "/api/v1/hosts/events": "?limit=10001", "/federate": "",
	} {
		get(route, query, 400)
	}
	get("/federate", "?x", 400)
	get("/fleet", "", 426)
	try("GET", q+"label/{name}/values", q+"label/job/values", "", "", 200)
	for path := range d.Paths {
		if !strings.HasPrefix(path, q) {
			continue
		}
		actual := strings.Replace(path, "{name}", "job", 1)
		try("POST", path, actual, form, "query=1&match[]=up&start="+at+"&end="+at+"&step=1", 200)
		try("POST", path, actual, "text/plain", "x", 415)
	}

	const host, hash, asJSON = "/api/v1/hosts/{id}", "/api/v1/hosts/tokens/{hash}", "application/json"
	try("GET", host, "/api/v1/hosts/db", "", "", 200)
	try("GET", host, "/api/v1/hosts/none", "", "", 404)
	made := try("POST", "/api/v1/hosts/tokens", "/api/v1/hosts/tokens", asJSON, `{"uses":2}`, 201)
	try("POST", "/api/v1/hosts/tokens", "/api/v1/hosts/tokens", asJSON, `{"uses":0}`, 400)
	get("/api/v1/hosts/tokens", "", 200)
	var token struct{ Token, Hash string }
	if err := json.Unmarshal([]byte(made), &token); err != nil {
		t.Fatal(err)
	}
	parsed, err := fleet.ParseToken(token.Token)
	if err != nil {
		t.Fatal(err)
	}
	public, sign := signer(t)
	const join, leave = "/api/v1/join", "/api/v1/leave"
	body := `{"token":"` + parsed.Secret() + `","publicKey":"` + public + `","host":"web","name":"web-01","labels":{"role":"web"},"proof":"` + sign("dashcam join "+parsed.Secret()+" web") + `"}`
	try("POST", join, join, asJSON, body, 200)
	try("POST", join, join, asJSON, "[]", 400)
	try("POST", join, join, asJSON, strings.ReplaceAll(body, parsed.Secret(), "00"), 400)
	try("POST", join, join, asJSON, `{"token":"00","publicKey":"`+public+`","host":"web","name":"","proof":"`+sign("dashcam join 00 web")+`"}`, 403)
	try("PATCH", host, "/api/v1/hosts/web", asJSON, `{"labels":{"role":"db"}}`, 200)
	try("PATCH", host, "/api/v1/hosts/web", asJSON, `{"name":"x"}`, 400)
	try("PATCH", host, "/api/v1/hosts/none", asJSON, `{"labels":{}}`, 404)
	now := strconv.FormatInt(time.Now().UnixMilli(), 10)
	try("POST", leave, leave, asJSON, `{"publicKey":"`+public+`","atMs":`+now+`,"proof":"`+sign("dashcam leave web "+now)+`"}`, 200)
	try("POST", leave, leave, asJSON, `{"publicKey":"`+public+`","atMs":`+now+`,"proof":""}`, 403)
	try("POST", leave, leave, asJSON, "x", 400)
	try("POST", join, join, asJSON, body, 200)
	try("DELETE", host, "/api/v1/hosts/web", "", "", 200)
	try("DELETE", host, "/api/v1/hosts/web", "", "", 404)
	try("POST", "/api/v1/hosts/tokens", "/api/v1/hosts/tokens", asJSON, `{}`, 201)
	made = try("POST", "/api/v1/hosts/tokens", "/api/v1/hosts/tokens", asJSON, `{"validSeconds":60}`, 201)
	if err := json.Unmarshal([]byte(made), &token); err != nil {
		t.Fatal(err)
	}
	try("DELETE", hash, "/api/v1/hosts/tokens/"+token.Hash, "", "", 200)
	try("DELETE", hash, "/api/v1/hosts/tokens/"+token.Hash, "", "", 404)
	if res, answer := r.send("PUT", "/api/v1/hosts/db", "", ""); res.StatusCode != 405 || d.check(host, res, answer) != nil {
		t.Errorf("PUT: %d %s", res.StatusCode, answer)
	}

	for path, methods := range hubMethods(t, r.rig) {
		for _, method := range methods {
			if !seen[method+" "+path] {
				t.Errorf("%s %s was not tried", method, path)
			}
		}
	}
	for path, want := range map[string]int{"/h/9f/api/v2/host": 200, "/h/none/api/v2/host": 404} { // the second server
		try("GET", "/api/v2/host", path, "", "", want)
	}
}

// signer is the key of a host.
func signer(t *testing.T) (public string, sign func(text string) string) {
	t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = key.PublicKey(); err != nil {
		t.Fatal(err)
	}
	return public, func(text string) string {
		sig, err := key.Sign([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(sig)
	}
}
