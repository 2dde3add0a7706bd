package server

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"dashcam/server/auth"
	"dashcam/server/prom"
	"dashcam/server/promql"
)

func withPromQL(t *testing.T) func(*Config) {
	return func(c *Config) {
		exporter, err := prom.New(prom.Config{Ring: c.Ring})
		if err != nil {
			t.Fatal(err)
		}
		c.Questions, err = promql.New(promql.Config{Source: c.Ring, Metrics: exporter.Remembered, Instance: "db-01"})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// post sends a form as a program does, with the headers that are given.
func post(t *testing.T, address string, form url.Values, headers map[string]string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestPromQL_IsAnsweredByGetAndByPost(t *testing.T) {
	r := newRig(t, withPromQL(t))
	r.commit(3)
	base := "http://" + r.addr + questionsPath
	at := strconv.FormatInt(r.ring.Bounds().NewestT/1000+1, 10)
	form := url.Values{"query": {`count({job="dashcam"})`}, "time": {at}}
	const found = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[`
	if status, body := ask(t, base+"query?"+form.Encode()); status != 200 || !strings.HasPrefix(body, found) {
		t.Errorf("GET: %d %s", status, body)
	}
	if status, body := post(t, base+"query", form, nil); status != 200 || !strings.HasPrefix(body, found) {
		t.Errorf("POST: %d %s", status, body)
	}
	if status, body := ask(t, "http://"+r.addr+"/h/9f"+questionsPath+"query?query=up"); status != 200 || !strings.Contains(body, `"success"`) {
		t.Errorf("below h/9f: %d %s", status, body)
	}
	if status, body := ask(t, base+"query?query=up("); status != 400 || !strings.Contains(body, `"errorType":"bad_data"`) {
		t.Errorf("a wrong expression: %d %s", status, body)
	}
}

func TestPromQL_IsGuarded(t *testing.T) {
	r := newRig(t, withPromQL(t))
	r.commit(3)
	address := "http://" + r.addr + questionsPath + "query"
	form := url.Values{"query": {"up"}}
	for _, c := range []struct {
		name    string
		headers map[string]string
		status  int
		says    string
	}{
		{"the page of another site", map[string]string{"Origin": "https://evil.example"}, 403, "origin"},
		{"a page without an origin of its own", map[string]string{"Origin": "null"}, 403, "origin"},
		{"no form", map[string]string{"Content-Type": "application/json"}, 415, "application/x-www-form-urlencoded"},
		{"a packed body", map[string]string{"Content-Encoding": "gzip"}, 415, "content_encoding"},
	} {
		if status, body := post(t, address, form, c.headers); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %s, expected %d with %q", c.name, status, body, c.status, c.says)
		}
	}
	off := newRig(t, nil)
	off.commit(3)
	if status, _ := ask(t, "http://"+off.addr+questionsPath+"query?query=up"); status != 404 {
		t.Errorf("without it: %d, expected 404", status)
	}
	locked := newRig(t, func(c *Config) {
		withPromQL(t)(c)
		withSignIn(t, auth.AuthenticatorConfig{})(c)
	})
	locked.commit(3)
	if status, body := post(t, "http://"+locked.addr+questionsPath+"query", form, nil); status != 401 {
		t.Errorf("without sign-in: %d %s, expected 401", status, body)
	}
	if status, body := post(t, "http://"+locked.addr+questionsPath+"query", form, map[string]string{"Authorization": "Bearer " + testToken}); status != 200 {
		t.Errorf("with the token: %d %s, expected 200", status, body)
	}
}
