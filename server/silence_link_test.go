package server

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/server/auth"
	"dashcam/server/notify"
)

// linked are the links of a notifier that tells one receiver.
func linked(t *testing.T, source collectors.Source) *notify.Notifier {
	t.Helper()
	n, err := notify.New(notify.Config{Receivers: []string{"https://hook.example/s3cr3t"}, Source: source})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSilenceLink_AsksAndSilences follows the link of a message without being signed in:
// looking at it changes nothing, the button silences that alert for so long.
func TestSilenceLink_AsksAndSilences(t *testing.T) {
	a, err := auth.NewAuthenticator(auth.AuthenticatorConfig{Mode: auth.ModeToken, Token: auth.NewToken()})
	if err != nil {
		t.Fatal(err)
	}
	p := planner(t, alert.PlannerConfig{})
	engine := becameReadOnly(p)
	p.Tick(time.Now().UnixMilli())
	var n *notify.Notifier
	r := newRig(t, func(c *Config) {
		n = linked(t, c.Ring)
		c.Alerts, c.Planner, c.Deliveries, c.Authenticator = engine, p, n, a
	})
	now := time.Now()
	readOnly := engine.Alerts()[0]
	hostile := alert.Alert{Rule: "filesystem-*", Labels: map[string]string{"mount": "</p><script>alert(1)</script>"}}
	ask := func(method, token, origin string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+r.addr+silencePath+"?t="+url.QueryEscape(token), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			req.Header.Set("Origin", origin)
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
		if res.StatusCode == http.StatusOK && (res.Header.Get("Content-Type") != "text/html; charset=utf-8" || res.Header.Get("Referrer-Policy") != "same-origin" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'")) {
			t.Errorf("headers %v", res.Header)
		}
		return res.StatusCode, string(body)
	}
	silences := func() []alert.Silence { return p.Silences(time.Now().UnixMilli()) }
	token := n.Signer().Token(&readOnly, "8h", now)
	for range 3 {
		if status, body := ask("GET", token, ""); status != 200 || !strings.Contains(body, "filesystem-readonly, mount /data, for 8 h") || !strings.Contains(body, `<form method="post">`) {
			t.Errorf("%d %s", status, body)
		}
	}
	for name, origin := range map[string]string{"another page": "https://evil.example", "no page": "", "a page without a name": "null"} {
		if status, _ := ask("POST", token, origin); status != 403 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if got := silences(); len(got) != 0 {
		t.Fatalf("it is silenced without the button: %+v", got)
	}
	for range 2 { // who presses twice means it once
		if status, body := ask("POST", token, "http://"+r.addr); status != 200 || !strings.Contains(body, "Silenced: filesystem-readonly, mount /data, for 8 h.") {
			t.Errorf("%d %s", status, body)
		}
	}
	got := silences()
	if len(got) != 1 || got[0].EndMs < now.Add(8*time.Hour).UnixMilli() || got[0].EndMs > now.Add(8*time.Hour+time.Minute).UnixMilli() || !got[0].Matchers.Match(&readOnly) {
		t.Fatalf("%+v", got)
	}
	if status, _ := ask("POST", n.Signer().Token(&readOnly, "well", now), "http://"+r.addr); status != 200 || len(silences()) != 2 || !silences()[1].UntilWell {
		t.Errorf("%d %+v", status, silences())
	}
	other := linked(t, r.ring)
	for name, token := range map[string]string{
		"nothing": "", "another dashcam's": other.Signer().Token(&readOnly, "8h", now), "an old one": n.Signer().Token(&readOnly, "8h", now.Add(-25*time.Hour)), "a forged one": "e30" + token,
	} {
		for _, method := range []string{"GET", "POST"} {
			if status, _ := ask(method, token, "http://"+r.addr); status != 403 {
				t.Errorf("%s %s: %d", method, name, status)
			}
		}
	}
	if status, body := ask("GET", n.Signer().Token(&hostile, "1h", now), ""); status != 200 || strings.Contains(body, "<script>") || !strings.Contains(body, "&lt;script&gt;") {
		t.Errorf("%d %s", status, body)
	}
}

// TestHealth_TellsHowReceiversAre without what is secret of them.
func TestHealth_TellsHowReceiversAre(t *testing.T) {
	p := planner(t, alert.PlannerConfig{})
	r := newRig(t, func(c *Config) { c.Planner, c.Deliveries = p, linked(t, c.Ring) })
	r.commit(1)
	res, body := r.get("/api/v1/health")
	if err := description(t, r).check("/api/v1/health", res, body); err != nil {
		t.Error(err)
	}
	if !strings.Contains(body, `"receivers":[{"name":"https hook.example","state":"unknown","waiting":0}]`) || strings.Contains(body, "s3cr3t") {
		t.Errorf("%s", body)
	}
}
