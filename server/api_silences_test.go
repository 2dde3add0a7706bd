package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/server/auth"
)

// becameReadOnly is an engine whose one alert is firing, and tells a planner of it.
func becameReadOnly(p *alert.Planner) *alert.Engine {
	engine := alert.New(alert.Config{Changed: p.Change})
	series := collectors.Series{ID: 1, Family: collectors.FilesystemReadOnly, Labels: collectors.LabelsOf("/data")}
	span := collectors.Span{First: 1, Columns: []collectors.SeriesColumn{{ID: 1}}}
	for i := range int64(400) {
		span.T = append(span.T, 1_795_186_288_000+i*1000)
		span.Columns[0].Q = append(span.Columns[0].Q, min(i/200, 1))
	}
	engine.Feed(&collectors.Schema{Rev: 1, Series: []collectors.Series{series}}, &span)
	return engine
}

func planner(t *testing.T, cfg alert.PlannerConfig) *alert.Planner {
	t.Helper()
	p, err := alert.NewPlanner(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// told is a deliverer that knows of one delivery of every alert.
type told struct{ engine *alert.Engine }

func (d told) Deliveries() map[string][]alert.Delivery {
	out := make(map[string][]alert.Delivery)
	for _, a := range d.engine.Alerts() {
		out[a.ID] = []alert.Delivery{{Notice: "n1", Kind: alert.NoticeFiring, Receiver: "mail", State: alert.DeliveryDelivered, AtMs: 1}}
	}
	return out
}

func TestSilences_BeginAndEnd(t *testing.T) {
	p := planner(t, alert.PlannerConfig{Silences: []alert.Silence{{Matchers: alert.Matchers{Rule: "never"}, Reason: "known"}}})
	p.Tick(time.Now().UnixMilli())
	engine := becameReadOnly(p)
	r := newRig(t, func(c *Config) { c.Alerts, c.Planner, c.Deliveries = engine, p, told{engine} })
	r.commit(1)
	d := description(t, r)
	read := func(path string, v any) {
		t.Helper()
		res, body := r.get(path)
		if err := d.check(path, res, body); err != nil {
			t.Errorf("GET %s: %v\n%s", path, err, body)
		}
		if err := json.Unmarshal([]byte(body), v); err != nil {
			t.Fatal(err)
		}
	}
	var alerts struct {
		Alerts []struct {
			Silenced   any
			Deliveries []alert.Delivery
		}
		Learning struct {
			UntilMs int64
			Armed   bool
		}
	}
	read("/api/v1/alerts", &alerts)
	if a := alerts.Alerts[0]; a.Silenced != false || len(a.Deliveries) != 1 || alerts.Learning.Armed || alerts.Learning.UntilMs < time.Now().UnixMilli() {
		t.Errorf("%+v: expected one that is not silenced and was delivered, while learning", alerts)
	}

	end := time.Now().Add(time.Hour).UnixMilli()
	good := fmt.Sprintf(`{"matchers":{"rule":"filesystem-*","labels":{"mount":"/data"}},"endMs":%d,"reason":"being replaced"}`, end)
	own := map[string]string{"Origin": "http://" + r.addr, "Content-Type": "application/json"}
	with := func(name, value string) map[string]string {
		return map[string]string{"Origin": own["Origin"], "Content-Type": own["Content-Type"], name: value}
	}
	for name, c := range map[string]struct {
		method, query, body string
		headers             map[string]string
		want                int
		code                string
	}{
		"another site":         {"POST", "", good, with("Origin", "https://evil.example"), 403, "origin"},
		"no origin":            {"POST", "", good, with("Origin", ""), 403, "origin"},
		"another port":         {"POST", "", good, with("Origin", "http://127.0.0.1:1"), 403, "origin"},
		"a form":               {"POST", "", good, with("Content-Type", "text/plain"), 415, "content_type"},
		"no JSON":              {"POST", "", "{", own, 400, "bad_body"},
		"more":                 {"POST", "", `{"until":1}`, own, 400, "bad_body"},
		"everything":           {"POST", "", fmt.Sprintf(`{"matchers":{},"endMs":%d,"reason":"x"}`, end), own, 400, "bad_silence"},
		"no reason":            {"POST", "", fmt.Sprintf(`{"matchers":{"rule":"x"},"endMs":%d}`, end), own, 400, "bad_silence"},
		"over already":         {"POST", "", `{"matchers":{"rule":"x"},"endMs":1,"reason":"x"}`, own, 400, "bad_silence"},
		"no end":               {"POST", "", `{"matchers":{"rule":"x"},"reason":"x"}`, own, 400, "bad_silence"},
		"two ends":             {"POST", "", fmt.Sprintf(`{"matchers":{"rule":"x"},"endMs":%d,"untilWell":true,"reason":"x"}`, end), own, 400, "bad_silence"},
		"no level":             {"POST", "", fmt.Sprintf(`{"matchers":{"level":"bad"},"endMs":%d,"reason":"x"}`, end), own, 400, "bad_silence"},
		"ends nothing":         {"DELETE", "?id=none", "", own, 404, "not_found"},
		"ends a configured":    {"DELETE", "?id=configured-1", "", own, 409, "configured"},
		"ends from elsewhere":  {"DELETE", "?id=configured-1", "", with("Origin", "https://evil.example"), 403, "origin"},
		"ends what":            {"DELETE", "", "", own, 400, "bad_parameter"},
		"begins with an id":    {"POST", "?id=1", good, own, 400, "bad_parameter"},
		"a method of no route": {"PUT", "", good, own, 405, "method"},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := r.ask(c.method, "/api/v1/silences"+c.query, c.body, c.headers)
			if res.StatusCode != c.want || !strings.Contains(body, `"code":"`+c.code+`"`) {
				t.Errorf("%d %s: expected %d %s", res.StatusCode, body, c.want, c.code)
			}
		})
	}
	var list struct{ Silences []alert.Silence }
	if read("/api/v1/silences", &list); len(list.Silences) != 1 {
		t.Errorf("%+v: expected the one of the configuration", list)
	}

	res, body := r.ask("POST", "/api/v1/silences", good, own)
	var begun alert.Silence
	if err := json.Unmarshal([]byte(body), &begun); err != nil || res.StatusCode != 201 || begun.ID == "" || begun.EndMs != end {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	if read("/api/v1/silences", &list); len(list.Silences) != 2 {
		t.Errorf("%+v: expected two", list)
	}
	if read("/api/v1/alerts", &alerts); alerts.Alerts[0].Silenced != begun.ID {
		t.Errorf("%+v: expected it to be silenced by %s", alerts, begun.ID)
	}
	if res, body := r.ask("DELETE", "/api/v1/silences?id="+begun.ID, "", own); res.StatusCode != 204 {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if read("/api/v1/alerts", &alerts); alerts.Alerts[0].Silenced != false {
		t.Errorf("%+v: expected that it is not silenced any more", alerts)
	}
	for _, c := range []struct {
		body string
		want int
	}{{`{"arm":false}`, 400}, {`{"arm":true,"seen":"x"}`, 400}, {`{"arm":true}`, 204}} {
		if res, body := r.ask("POST", "/api/v1/alerts", c.body, own); res.StatusCode != c.want {
			t.Errorf("%s: %d %s, expected %d", c.body, res.StatusCode, body, c.want)
		}
	}
	if read("/api/v1/alerts", &alerts); !alerts.Learning.Armed {
		t.Error("it was armed, and is learning")
	}
}

// TestSilences_NeedSignIn holds that a cookie alone silences nothing: a forged request of
// another page of the same host has it, but not the key.
func TestSilences_NeedSignIn(t *testing.T) {
	p := planner(t, alert.PlannerConfig{})
	r := newRig(t, func(c *Config) {
		c.Planner = p
		withSignIn(t, auth.AuthenticatorConfig{})(c)
	})
	r.commit(1)
	cookie, key := r.signIn(testToken)
	body := fmt.Sprintf(`{"matchers":{"rule":"x"},"endMs":%d,"reason":"x"}`, time.Now().Add(time.Hour).UnixMilli())
	for name, c := range map[string]struct {
		headers map[string]string
		want    int
	}{
		"nothing":                 {nil, http.StatusUnauthorized},
		"the cookie alone":        {map[string]string{"Cookie": cookie}, http.StatusUnauthorized},
		"a made-up key":           {map[string]string{"Cookie": cookie, keyHeader: "x" + key}, http.StatusUnauthorized},
		"the cookie and its key":  {map[string]string{"Cookie": cookie, keyHeader: key}, http.StatusCreated},
		"the token, as a program": {map[string]string{"Authorization": "Bearer " + testToken}, http.StatusCreated},
	} {
		headers := map[string]string{"Origin": "http://" + r.addr, "Content-Type": "application/json"}
		for k, v := range c.headers {
			headers[k] = v
		}
		if res, answer := r.ask("POST", "/api/v1/silences", body, headers); res.StatusCode != c.want {
			t.Errorf("%s: %d %s, expected %d", name, res.StatusCode, answer, c.want)
		}
	}
	if n := len(p.Silences(time.Now().UnixMilli())); n != 2 {
		t.Errorf("%d silences, expected those of the two who may", n)
	}
}
