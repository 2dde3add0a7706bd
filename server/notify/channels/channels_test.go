package channels

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/alert"
	"dashcam/server/notify"
)

// secretText is in every address below, and must be in no error.
const secretText = "s3cr3tS3cr3tS3cr3tS3cr3t"

// addresses are one for each channel.
var addresses = map[string]string{
	"discord":  "discord://" + secretText + "@123456789",
	"gotify":   "gotify://gotify.example/A" + "s3cr3t.S3cr3tS",
	"matrix":   "matrix://:" + secretText + "@matrix.example/?rooms=!room:matrix.example",
	"ntfy":     "ntfy://user:" + secretText + "@ntfy.example/topic",
	"pushover": "pushover://:" + secretText + "@user/",
	"slack":    "slack://hook:T00000000-B00000000-" + secretText + "@webhook",
	"teams":    "teams://11111111-4444-4444-8444-cccccccccccc@22222222-4444-4444-8444-cccccccccccc/33333333012222222222333333333344/44444444-4444-4444-8444-cccccccccccc/" + secretText + "?host=contoso.webhook.office.com",
	"telegram": "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1@telegram?chats=-100123456",
	"generic":  "generic://hook.example/" + secretText + "?template=json",
}

// wire is the internet of a test: it notes what is sent to it, and answers.
type wire struct {
	answer func(n int, req *http.Request) (int, http.Header, string)
	bodies []string
	urls   []*url.URL
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	w.bodies, w.urls = append(w.bodies, string(body)), append(w.urls, req.URL)
	status, header, text := w.answer(len(w.urls), req)
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: req}, nil
}

// pleased answers as each service does.
func pleased(_ int, req *http.Request) (int, http.Header, string) {
	switch {
	case strings.Contains(req.URL.Host, "slack"):
		return 200, nil, "ok"
	case strings.Contains(req.URL.Host, "discord"):
		return 204, nil, ""
	case strings.Contains(req.URL.Host, "telegram"):
		return 200, nil, `{"ok":true,"result":{}}`
	case strings.Contains(req.URL.Host, "matrix"):
		return 200, nil, `{"room_id":"!room:matrix.example","event_id":"$1"}`
	}
	return 200, nil, `{"id":1}`
}

// on has everything of this test's process go over a wire.
func on(t *testing.T, w http.RoundTripper) *Channels {
	t.Helper()
	before := http.DefaultTransport
	c := through(w, before)
	http.DefaultTransport = c.guard
	t.Cleanup(func() { http.DefaultTransport = before })
	return c
}

func message() *notify.Message {
	return &notify.Message{ID: "n1", Kind: alert.NoticeFiring, Level: alert.Critical, Host: "db-01", Subject: "CRITICAL db-01: disk full", Lines: []string{"postgres", "https://db-01:7272/#at=2026-11-29T18:02:44Z"}}
}

// TestSender_EveryChannelGoesThroughTheGuard sends by the real service of each channel and
// sees on the wire that all went through the guard, once, with the whole message.
func TestSender_EveryChannelGoesThroughTheGuard(t *testing.T) {
	if len(addresses) != len(channels) {
		t.Fatalf("%d addresses for %d channels", len(addresses), len(channels))
	}
	for scheme := range channels {
		t.Run(scheme, func(t *testing.T) {
			w := &wire{answer: pleased}
			s, err := on(t, w).Sender(addresses[scheme])
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Send(t.Context(), message()); err != nil {
				t.Fatal(err)
			}
			told := 0
			for _, body := range w.bodies {
				if strings.Contains(body, "postgres") {
					told++
				}
			}
			if told != 1 {
				t.Errorf("the message went out %d times in %d requests: %q", told, len(w.urls), w.bodies)
			}
		})
	}
}

// TestSender_TellsHowItFailed has every service refuse, redirect and break off. Nothing is
// tried again, no other host is asked, and no error holds what is secret.
func TestSender_TellsHowItFailed(t *testing.T) {
	cut := func(int, *http.Request) (int, http.Header, string) { return 0, nil, "" }
	for scheme := range channels {
		for name, c := range map[string]struct {
			answer func(int, *http.Request) (int, http.Header, string)
			want   string
			lost   bool
		}{
			"unauthorized": {func(int, *http.Request) (int, http.Header, string) { return 401, nil, secretText }, "answers 401", false},
			"overloaded": {func(int, *http.Request) (int, http.Header, string) {
				return 503, http.Header{"Retry-After": {"30"}}, "{}"
			}, "answers 503", false},
			"too many": {func(int, *http.Request) (int, http.Header, string) {
				return 429, http.Header{"Retry-After": {"30"}}, `{"retry_after":30}`
			}, "answers 429", false},
			"redirects": {func(int, *http.Request) (int, http.Header, string) {
				return 307, http.Header{"Location": {"https://evil.example/" + secretText}}, ""
			}, "redirect", false},
			"breaks off": {cut, "the connection was cut", true},
		} {
			t.Run(scheme+" "+name, func(t *testing.T) {
				began := time.Now()
				w := &wire{answer: c.answer}
				var through http.RoundTripper = w
				if c.lost {
					through = broken(t)
				}
				s, err := on(t, through).Sender(addresses[scheme])
				if err != nil {
					t.Fatal(err)
				}
				err = s.Send(t.Context(), message())
				var failed *notify.SendError
				if !errors.As(err, &failed) || !strings.Contains(failed.Text, c.want) || failed.Lost != c.lost {
					t.Errorf("%+v, want %q, lost %v", err, c.want, c.lost)
				}
				if err != nil && (strings.Contains(err.Error(), secretText) || strings.Contains(err.Error(), "example")) {
					t.Errorf("the error tells too much: %v", err)
				}
				for _, u := range w.urls {
					if strings.Contains(u.Host, "evil") {
						t.Errorf("another host was asked: %s", u.Host)
					}
				}
				if !c.lost && len(w.urls) != 1 {
					t.Errorf("%d requests, want one", len(w.urls))
				}
				// Those that ask to wait ask for 30 s.
				if d := time.Since(began); d > 20*time.Second {
					t.Errorf("it took %s: something slept", d)
				}
			})
		}
	}
}

// broken is a transport to a real server that reads a request and ends the connection.
func broken(t *testing.T) http.RoundTripper {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	return to(t, server)
}

// to sends every request to one server.
func to(t *testing.T, server *httptest.Server) http.RoundTripper {
	t.Helper()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := notify.NewTransport(nil)
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.URL.Scheme, req.URL.Host = "http", u.Host
		return transport.RoundTrip(req)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestSender_EndsWithItsContext has a service that never answers: what waits for it ends
// when its context does, and the message may have arrived.
func TestSender_EndsWithItsContext(t *testing.T) {
	asked, release := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		asked <- struct{}{}
		<-release
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	s, err := on(t, to(t, server)).Sender(addresses["telegram"])
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	var failed *notify.SendError
	if err := s.Send(ctx, message()); !errors.As(err, &failed) || !failed.Lost || failed.Text != "stopped" {
		t.Errorf("%+v, want one that says stopped and lost", err)
	}
}

// TestGuard_LeavesOthersAlone: a program's own requests follow redirects as before.
func TestGuard_LeavesOthersAlone(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/from", http.RedirectHandler("/to", http.StatusFound))
	mux.HandleFunc("/to", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "there") })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	on(t, &wire{answer: pleased})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/from", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if body, _ := io.ReadAll(res.Body); string(body) != "there" {
		t.Errorf("%q, want where the redirect leads", body)
	}
}

func TestSender_RefusesWhatItCannotKeep(t *testing.T) {
	c := on(t, &wire{answer: pleased})
	for address, want := range map[string]string{
		"gotify://h/Atoken.12345678?insecureSkipVerify=yes":          "certificates are always verified",
		"ntfy://h/topic?DisableTLSVerification=yes":                  "certificates are always verified",
		"telegram://110201543:AAHdq@telegram?chats=1&parseMode=HTML": "plain text",
		"telegram://" + secretText + "@telegram":                     "expected telegram://TOKEN@telegram",
		"slack://" + secretText:                                      "expected slack://hook",
		"matrix://host":                                              "expected matrix://",
		"signal://" + secretText + "@h/1/2":                          "its scheme is not known: expected one of",
		"://" + secretText:                                           "is no address",
	} {
		_, err := c.Sender(address)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secretText) {
			t.Errorf("%s: %v, want %q and no secret", address, err, want)
		}
	}
}

// TestSender_NamesOfTheHostAreNoMarkup sends a text that others could choose.
func TestSender_NamesOfTheHostAreNoMarkup(t *testing.T) {
	for scheme, c := range map[string]struct{ field, without string }{
		"slack":   {"text", "<!channel>"},
		"discord": {"description", "@everyone"},
		"teams":   {"text", "[x]("},
	} {
		w := &wire{answer: pleased}
		s, err := on(t, w).Sender(addresses[scheme])
		if err != nil {
			t.Fatal(err)
		}
		m := message()
		m.Lines = append(m.Lines, "<!channel> @everyone [x](http://evil.example) https://evil.example/_a_ is full")
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		for _, body := range w.bodies {
			var v any
			if err := json.Unmarshal([]byte(body), &v); err != nil {
				t.Fatal(err)
			}
			texts(&text, v)
		}
		if got := text.String(); strings.Contains(got, c.without) || !strings.Contains(got, "evil.example") || !strings.Contains(got, "https://db-01:7272/#at=2026-11-29T18:02:44Z") {
			t.Errorf("%s got %q", scheme, got)
		}
	}
}

// texts writes every text of a value of JSON.
func texts(to *bytes.Buffer, v any) {
	switch v := v.(type) {
	case string:
		to.WriteString(v + "\n")
	case []any:
		for _, x := range v {
			texts(to, x)
		}
	case map[string]any:
		for _, x := range v {
			texts(to, x)
		}
	}
}
