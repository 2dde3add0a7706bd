package server

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dashcam/collectors"
)

// echo is a host that answers with what it is asked.
type echo struct{}

func (echo) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(r.Method + " " + r.URL.String()))}, nil
}

func TestRemote_IsAskedByFormsAndChangedByNobody(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Hosts = hostsOf{{ID: "9f", Ring: c.Ring, Stream: c.Stream, Info: c.Host}, {
			ID: "8e", Ring: c.Ring, Stream: c.Stream, Info: func() collectors.Host { return collectors.Host{Hostname: "db-02"} },
			Remote: func() http.RoundTripper { return echo{} },
		}}
	})
	form := url.Values{"query": {`up{instance="a b"}`}}.Encode()
	const kind = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		method, path, kind, body string
		status                   int
		want                     string
	}{
		"posted":         {"POST", "/h/8e/prometheus/api/v1/query?time=1", kind, form, 200, "GET http://host/prometheus/api/v1/query?query=up%7Binstance%3D%22a+b%22%7D&time=1"},
		"asked":          {"GET", "/h/8e/prometheus/api/v1/query?" + form, "", "", 200, "GET http://host/prometheus/api/v1/query?" + form},
		"no form":        {"POST", "/h/8e/prometheus/api/v1/query", "application/json", "{}", 415, "content_type"},
		"too long":       {"POST", "/h/8e/prometheus/api/v1/query", kind, "query=" + strings.Repeat("x", 8000), 414, "8030 bytes"},
		"deleted series": {"DELETE", "/h/8e/prometheus/api/v1/query", "", "", 405, "GET, HEAD, POST"},
		"mark":           {"POST", "/h/8e/api/v1/events", "application/json", `{"text":"x"}`, 405, `the address of \"db-02\" itself`},
		"silence":        {"POST", "/h/8e/api/v1/silences", "application/json", `{}`, 405, `"code":"read_only"`},
		"alert seen":     {"POST", "/h/8e/api/v1/alerts", "application/json", `{}`, 405, `"code":"read_only"`},
		"end of silence": {"DELETE", "/h/8e/api/v1/silences?id=x", "", "", 405, `"code":"read_only"`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+r.addr+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", "http://"+r.addr)
		req.Header.Set("Content-Type", c.kind)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != c.status || !strings.Contains(string(body), c.want) {
			t.Errorf("%s: %d %.300s (%v), expected %d %s", name, res.StatusCode, body, err, c.status, c.want)
		}
	}
}
