package server

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// hostsOf is a fixed list of hosts.
type hostsOf []*Host

func (h hostsOf) List() []*Host { return h }

func (h hostsOf) Lookup(id string) *Host {
	if i := slices.IndexFunc(h, func(x *Host) bool { return x.ID == id }); i >= 0 {
		return h[i]
	}
	return nil
}

// ask returns the status and the body of an answer, without following a redirect.
func ask(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: time.Minute}
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body) + res.Header.Get("Location")
}

func TestHosts_TheLocalOneIsServedByItsIDAsWithout(t *testing.T) {
	r := newRig(t, nil)
	r.commit(3)
	for _, path := range []string{"", "api/v1/series", "api/v1/row?seq=2", "api/v1/host", "api/v1/openapi.json", "assets/app.js", "readyz", "nothing"} {
		status, own := ask(t, "http://"+r.addr+"/"+path)
		got, body := ask(t, "http://"+r.addr+"/h/9f/"+path)
		if path == "api/v1/host" { // it tells the time
			var a, b map[string]any
			if json.Unmarshal([]byte(own), &a) != nil || json.Unmarshal([]byte(body), &b) != nil {
				t.Fatalf("%s is no JSON: %s", path, body)
			}
			delete(a, "nowMs")
			delete(b, "nowMs")
			own, body = mustJSON(t, a), mustJSON(t, b)
		}
		if got != status || body != own {
			t.Errorf("/h/9f/%s is %d %.200s, want %d %.200s as without", path, got, body, status, own)
		}
	}
	if status, to := ask(t, "http://"+r.addr+"/h/9f"); status != 308 || !strings.HasSuffix(to, "./9f/") {
		t.Errorf("without its slash: %d %s, want a redirect", status, to)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestHosts_UnknownOneIsNamedWithThoseThatThereAre(t *testing.T) {
	r := newRig(t, nil)
	for _, path := range []string{"/h/8e", "/h/8e/", "/h/8e/api/v1/host", "/h/8e/ws"} {
		status, body := ask(t, "http://"+r.addr+path)
		want := `{"error":{"code":"no_host","message":"there is no host with the id \"8e\"","expected":"one of 9f"}}`
		if status != http.StatusNotFound || strings.TrimSpace(body) != want {
			t.Errorf("%s: %d %s, want 404 %s", path, status, body, want)
		}
	}
}

// Another host has rows of its own, over the API and over the socket, and mounting changes
// nothing of that.
func TestHosts_EachHasItsOwnRows(t *testing.T) {
	other := newRing("other", nil)
	fan := stream.New(stream.Config{Ring: other, Hello: func() wire.Hello { return wire.Hello{Host: collectors.Host{ID: "8e"}} }})
	second := &Host{ID: "8e", Ring: other, Stream: fan, Info: func() collectors.Host { return collectors.Host{ID: "8e", Hostname: "db-02"} }}
	r := newRig(t, func(c *Config) {
		c.Hosts = hostsOf{{ID: "9f", Ring: c.Ring, Stream: c.Stream, Info: c.Host}, second}
	})
	done := make(chan error, 1)
	go func() { done <- fan.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for i := range 3 {
		r.commit(int64(i))
	}
	id, err := other.Intern(collectors.Series{Family: busy, Labels: collectors.LabelsOf("0")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		other.Append(history.Commit{Row: collectors.Row{T: int64(1795186288000 + i*1000), IDs: []collectors.SeriesID{id}, Q: []int64{int64(i)}}})
	}
	waitFor(t, "the stream of the other to have seen its rows", func() bool { return fan.Stats().Newest == other.Bounds().Newest })
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	r.srv.Mount(app, "/dashcam")
	for path, want := range map[string]string{"/h/9f/api/v1/host": `"newest":3`, "/api/v1/host": `"newest":3`, "/h/8e/api/v1/host": `"newest":7`} {
		if _, body := ask(t, "http://"+r.addr+path); !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", path, body, want)
		}
		req, err := http.NewRequest(http.MethodGet, "http://localhost/dashcam"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := app.Test(req, 60_000)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("mounted, %s: %v %s, want %s", path, err, body, want)
		}
	}
	ws, _, err := fastws.DefaultDialer.Dial("ws://"+r.addr+"/h/8e/ws", http.Header{"Origin": {"http://" + r.addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if err := ws.WriteMessage(fastws.TextMessage, []byte(subscribe)); err != nil {
		t.Fatal(err)
	}
	state := wire.NewState()
	for len(state.Rows) == 0 {
		_, text, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if err := state.Apply(text); err != nil {
			t.Fatal(err)
		}
	}
	if len(state.Rows) != 7 || state.Hello.Instance != "other" || state.Hello.Host.ID != "8e" {
		t.Errorf("the socket of the other host gave %d rows of %+v", len(state.Rows), state.Hello)
	}
}
