package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// TestAlerts_AreToldAndSeen makes an alert that lasts until it is seen.
func TestAlerts_AreToldAndSeen(t *testing.T) {
	engine := alert.New(alert.Config{})
	series := collectors.Series{ID: 1, Family: collectors.FilesystemReadOnly, Labels: collectors.LabelsOf("/data")}
	span := collectors.Span{First: 1, Columns: []collectors.SeriesColumn{{ID: 1}}}
	for i := range int64(400) {
		span.T = append(span.T, 1_795_186_288_000+i*1000)
		span.Columns[0].Q = append(span.Columns[0].Q, min(i/200, 1))
	}
	engine.Feed(&collectors.Schema{Rev: 1, Series: []collectors.Series{series}}, &span)
	r := newRig(t, func(c *Config) { c.Alerts = engine })
	r.commit(1)

	var told struct{ Alerts []alert.Alert }
	res, body := r.get("/api/v1/alerts")
	if err := json.Unmarshal([]byte(body), &told); err != nil || res.StatusCode != 200 || len(told.Alerts) != 1 {
		t.Fatalf("%d %s: expected one alert", res.StatusCode, body)
	}
	a := told.Alerts[0]
	if a.Rule != "filesystem-readonly" || a.Phase != alert.Firing || a.Text != "/data became read-only" || a.Labels["mount"] != "/data" {
		t.Errorf("%+v", a)
	}
	say := func(text string, headers map[string]string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.addr+"/api/v1/alerts", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", "http://"+r.addr)
		for k, v := range headers {
			req.Header.Set(k, v)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode, res.Header.Get("Content-Type")
	}
	id := `{"seen":"` + a.ID + `"}`
	for _, c := range []struct {
		text    string
		headers map[string]string
		want    int
	}{
		{id, map[string]string{"Origin": "https://evil.example"}, 403},
		{id, map[string]string{"Origin": ""}, 403},
		{id, map[string]string{"Content-Type": "text/plain"}, 415},
		{`{"seen":"` + a.ID + `","more":1}`, nil, 400}, {`{}`, nil, 400}, {`{"seen":"another"}`, nil, 404},
		{id, nil, 204}, {id, nil, 404},
	} {
		if status, _ := say(c.text, c.headers); status != c.want {
			t.Errorf("%s %v: %d, expected %d", c.text, c.headers, status, c.want)
		}
	}
	if _, body = r.get("/api/v1/alerts"); !strings.Contains(body, `"state":"resolved"`) {
		t.Errorf("after it was seen: %s", body)
	}
}

func TestRules_AreToldWithTheirNumbers(t *testing.T) {
	r := newRig(t, nil)
	r.commit(1)
	var told struct{ Rules []ruleAnswer }
	_, body := r.get("/api/v1/rules")
	if err := json.Unmarshal([]byte(body), &told); err != nil || len(told.Rules) != len(alert.Rules()) {
		t.Fatalf("%s: expected %d rules", body, len(alert.Rules()))
	}
	first := told.Rules[0]
	if first.Name != "filesystem-space" || !first.Notify || first.Warn == nil || first.Warn.At != 90 || first.Warn.Ms != 300_000 || first.Clear.Under != 87 {
		t.Errorf("%+v", first)
	}
	if first.Also == nil || *first.Also != (alsoAnswer{"space left", "bytes", true}) || !slices.Equal(first.Families, []string{"filesystem.bytes"}) {
		t.Errorf("%+v %v: expected the space left in bytes, below", first.Also, first.Families)
	}
	for _, rule := range told.Rules {
		second := rule.Warn != nil && rule.Warn.And != 0 || rule.Crit != nil && rule.Crit.And != 0
		if second != (rule.Also != nil) || (len(rule.Families) == 0) != (rule.Other != "") {
			t.Errorf("%+v: expected a second value where there is a mark for one, and what it reads", rule)
		}
	}
}
