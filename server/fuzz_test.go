package server

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/auth"
	"dashcam/server/stream"
)

// fuzzed returns what answers requests, with a few rows behind it.
func fuzzed(f *testing.F, authenticator *auth.Authenticator) fasthttp.RequestHandler {
	f.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	ring := history.New(history.Config{Instance: "fuzz", Tables: []*collectors.Table{top}})
	id, err := ring.Intern(collectors.Series{Family: busy, Labels: collectors.LabelsOf("sda"), Max: 100})
	if err != nil {
		f.Fatal(err)
	}
	for i := range int64(300) {
		rows := collectors.NewRows(top)
		rows.Add("1.100").Number(1, float64(i))
		ring.Append(history.Commit{Row: collectors.Row{T: 1_795_186_288_000 + 1000*i, IDs: []collectors.SeriesID{id}, Q: []int64{i}}, Tables: []*collectors.TableData{rows.Data()}})
	}
	s, err := New(Config{
		Assets: page(), Ring: ring, Stream: stream.New(stream.Config{Ring: ring, Log: log}), Log: log, Authenticator: authenticator,
		Host: func() collectors.Host { return collectors.Host{ID: "9f"} },
	})
	if err != nil {
		f.Fatal(err)
	}
	return s.app.Handler()
}

// FuzzQuery asks the API with any parameters: the answer is one of the described statuses,
// and JSON.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{
		"", "from=1&to=2", "points=10&match=disk.busy", "match=*{device=\"s*\"}&match=!x", "seq=1", "at=1795186288000", "id=0", "id=-1", "from=99999999999999999999", "points=0",
		"match=%00%ff", "from=%2B1&to=1e9", "seq=1&at=1", "match=" + strings.Repeat("*a", 200), "&&==;%zz",
	} {
		for i := range routesOfQueries {
			f.Add(uint8(i), query)
		}
	}
	answer := fuzzed(f, nil)
	f.Fuzz(func(t *testing.T, route uint8, query string) {
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetHost("localhost")
		ctx.Request.SetRequestURI(routesOfQueries[int(route)%len(routesOfQueries)])
		ctx.Request.URI().SetQueryString(query)
		answer(&ctx)
		body := ctx.Response.Body()
		switch status := ctx.Response.StatusCode(); status {
		case 200, 400, 404, 503:
		default:
			t.Errorf("%s: %d %s", ctx.Request.URI(), status, body)
		}
		if len(ctx.Response.Header.ContentEncoding()) == 0 && !json.Valid(body) {
			t.Errorf("%s: not JSON: %.200q", ctx.Request.URI(), body)
		}
	})
}

var routesOfQueries = []string{"/api/v1/history", "/api/v1/row", "/api/v1/processes", "/api/v1/explain", "/api/v1/series"}

// FuzzSignIn sends any body and type to where one signs in: nobody is let in by accident.
func FuzzSignIn(f *testing.F) {
	for _, body := range []string{`{"secret":"x"}`, `{"secret":null}`, `{}`, `[]`, `{"secret":"x"}{}`, "", "{", `{"secret":"` + strings.Repeat("x", 5000) + `"}`, `{"SECRET":"x"}`} {
		f.Add("application/json", []byte(body))
		f.Add("application/json; charset=utf-8", []byte(body))
		f.Add("text/plain", []byte(body))
	}
	authenticator, err := auth.NewAuthenticator(auth.AuthenticatorConfig{Mode: auth.ModeToken, Token: testToken})
	if err != nil {
		f.Fatal(err)
	}
	answer := fuzzed(f, authenticator)
	f.Fuzz(func(t *testing.T, media string, body []byte) {
		if strings.Contains(string(body), testToken) {
			return
		}
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetMethod("POST")
		ctx.Request.Header.SetHost("localhost")
		ctx.Request.Header.Set("Origin", "http://localhost")
		ctx.Request.SetRequestURI(sessionPath)
		ctx.Request.Header.SetContentType(media)
		ctx.Request.SetBody(body)
		answer(&ctx)
		switch status := ctx.Response.StatusCode(); status {
		case 400, 401, 415, 429:
		default:
			t.Errorf("%q %q: %d", media, body, status)
		}
		if cookie := ctx.Response.Header.Peek("Set-Cookie"); len(cookie) > 0 || !json.Valid(ctx.Response.Body()) {
			t.Errorf("%q %q: cookie %q, %.200q", media, body, cookie, ctx.Response.Body())
		}
	})
}
