package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"dashcam/collectors/alert"
	"dashcam/server/auth"
)

// tries is a deliverer that counts test messages.
type tries struct {
	told
	n int
}

func (d *tries) Try(context.Context) []alert.Tried {
	d.n++
	return []alert.Tried{{Receiver: "mail"}, {Receiver: "hook", Problem: "it answered 500"}}
}

// TestTrial_TellsTheConfiguredAlone has test messages sent: few at a time, by who may, and
// with nothing of the request in them, so that no request can name another address.
func TestTrial_TellsTheConfiguredAlone(t *testing.T) {
	p := planner(t, alert.PlannerConfig{})
	sent := &tries{told: told{becameReadOnly(p)}}
	r := newRig(t, func(c *Config) { c.Planner, c.Deliveries = p, sent })
	r.commit(1)
	own := map[string]string{"Origin": "http://" + r.addr, "Content-Type": "application/json"}
	for _, c := range []struct {
		body, origin string
		want         int
		code         string
	}{
		{`{"test":true,"to":"http://127.0.0.1:1/"}`, own["Origin"], 400, "bad_body"},
		{`{"test":"http://127.0.0.1:1/"}`, own["Origin"], 400, "bad_body"},
		{`{"test":true,"arm":true}`, own["Origin"], 400, "bad_body"},
		{`{"test":false}`, own["Origin"], 400, "bad_body"},
		{`{"test":true}`, "https://evil.example", 403, "origin"},
		{`{"test":true}`, "", 403, "origin"},
		{`{"test":true}`, own["Origin"], 200, `{"receiver":"mail"},{"receiver":"hook","problem":"it answered 500"}`},
		{`{"test":true}`, own["Origin"], 200, "hook"},
		{`{"test":true}`, own["Origin"], 429, "too_many_tests"},
	} {
		res, body := r.ask("POST", "/api/v1/alerts", c.body, map[string]string{"Origin": c.origin, "Content-Type": "application/json"})
		if res.StatusCode != c.want || !strings.Contains(body, c.code) {
			t.Errorf("%s from %q: %d %s: expected %d %s", c.body, c.origin, res.StatusCode, body, c.want, c.code)
		}
	}
	if sent.n != 2 {
		t.Errorf("%d test messages were sent: expected 2", sent.n)
	}
	if p.Learning().Armed {
		t.Error("a test message armed")
	}
}

// TestWrites_FromElsewhereNeedASignIn: where nobody signs in, what is told is changed from
// this machine alone.
func TestWrites_FromElsewhereNeedASignIn(t *testing.T) {
	p := planner(t, alert.PlannerConfig{})
	sent := &tries{told: told{becameReadOnly(p)}}
	r := newRig(t, func(c *Config) {
		c.Planner, c.Deliveries = p, sent
		var err error
		if c.Proxy, err = auth.NewProxy([]string{"127.0.0.0/8"}, ""); err != nil {
			t.Fatal(err)
		}
	})
	r.commit(1)
	for path, body := range map[string]string{
		"/api/v1/alerts": `{"test":true}`, "/api/v1/alerts#": `{"arm":true}`, "/api/v1/silences": `{"matchers":{"rule":"*"},"untilWell":true,"reason":"x"}`,
	} {
		path = strings.TrimSuffix(path, "#")
		for from, want := range map[string]int{"192.0.2.7": http.StatusForbidden, "::ffff:192.0.2.7": http.StatusForbidden, "2001:db8::1": http.StatusForbidden} {
			res, answer := r.ask("POST", path, body, map[string]string{"Origin": "http://" + r.addr, "Content-Type": "application/json", "X-Forwarded-For": from})
			if res.StatusCode != want || !strings.Contains(answer, "sign_in_needed") {
				t.Errorf("%s %s from %s: %d %s", path, body, from, res.StatusCode, answer)
			}
		}
	}
	if sent.n != 0 || p.Learning().Armed || len(p.Silences(0)) != 0 {
		t.Error("it was refused, and done all the same")
	}
}
