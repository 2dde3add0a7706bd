package notify

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors/alert"
	"dashcam/collectors/collectortest/need"
)

func testMessage() *Message {
	n := firing("n1")
	return &Message{ID: "n1", Kind: n.Kind, Level: n.Level, AtMs: n.AtMs, Host: "db-01", Subject: "CRITICAL db-01: little memory", Lines: []string{"memory is full"}, Verdict: "memory is full", Link: "https://h/#at=x", Alerts: n.Alerts}
}

// sendTo sends a message to an address.
func sendTo(ctx context.Context, t *testing.T, address string) error {
	t.Helper()
	all, err := targets([]string{address}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return all[0].sender.Send(ctx, testMessage())
}

// TestWebhook_SendsTheDocumentedJSON holds the fields that README and ALERTS name.
func TestWebhook_SendsTheDocumentedJSON(t *testing.T) {
	var body []byte
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header = req.Header
		body, _ = io.ReadAll(req.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	if err := sendTo(t.Context(), t, strings.Replace(server.URL, "http://", "http://user:pass@", 1)+"/hook?a=b"); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	alerts, _ := got["alerts"].([]any)
	delete(got, "alerts")
	want := map[string]any{
		"version": 1.0, "id": "n1", "kind": "firing", "status": "firing", "level": "critical", "atMs": 1.8e12, "host": "db-01", "verdict": "memory is full",
		"subject": "CRITICAL db-01: little memory", "text": "CRITICAL db-01: little memory\nmemory is full", "link": "https://h/#at=x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(alerts) != 1 || alerts[0].(map[string]any)["id"] != "a-n1" {
		t.Errorf("alerts %v", alerts)
	}
	if header.Get("Idempotency-Key") != "n1" || header.Get("Authorization") != "Basic dXNlcjpwYXNz" || header.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", header)
	}
}

// TestWebhook_TellsHowItFailed asks real servers that fail in every way.
func TestWebhook_TellsHowItFailed(t *testing.T) {
	release := make(chan struct{})
	read := make(chan struct{}, 1)
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another address was asked") }))
	t.Cleanup(evil.Close)
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    SendError
		cancel  bool
	}{
		"fails":                                  {status(500), SendError{Text: "answers 500"}, false},
		"is overloaded":                          {status(503, "Retry-After", "120"), SendError{Text: "answers 503", After: 2 * time.Minute}, false},
		"asks to wait a year":                    {status(429, "Retry-After", "31536000"), SendError{Text: "answers 429", After: maxAfter}, false},
		"does not understand":                    {status(400), SendError{Text: "answers 400", Refused: true}, false},
		"stands behind one that does not answer": {status(504), SendError{Text: "answers 504", Lost: true}, false},
		"redirects to another host":              {status(307, "Location", evil.URL+"/x"), SendError{Text: "answers 307, a redirect: expected the address that it leads to"}, false},
		"redirects to itself":                    {status(301, "Location", "/elsewhere"), SendError{Text: "answers 301, a redirect: expected the address that it leads to"}, false},
		"cuts the connection": {func(_ http.ResponseWriter, req *http.Request) {
			_, _ = io.Copy(io.Discard, req.Body)
			panic(http.ErrAbortHandler)
		}, SendError{Text: "the connection was cut", Lost: true}, false},
		"hangs": {func(_ http.ResponseWriter, req *http.Request) {
			_, _ = io.Copy(io.Discard, req.Body)
			read <- struct{}{}
			<-release
		}, SendError{Text: "stopped", Lost: true}, true},
		"answers without end": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, SendError{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(c.handler)
			server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			server.Start()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.cancel {
				go func() {
					<-read
					cancel()
				}()
			}
			err := sendTo(ctx, t, server.URL+"/s3cr3t")
			if c.cancel {
				close(release)
			}
			server.Close()
			if c.want == (SendError{}) {
				if err != nil {
					t.Errorf("%v", err)
				}
				return
			}
			var failed *SendError
			if !errors.As(err, &failed) {
				t.Fatalf("%v is no SendError", err)
			}
			if diff := cmp.Diff(c.want, *failed); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	for name, address := range map[string]string{"connection refused": refused(t), "there is no host of this name": "http://nobody.invalid/s3cr3t"} {
		var failed *SendError
		if err := sendTo(t.Context(), t, address); !errors.As(err, &failed) || failed.Lost || failed.Text != name && name == "connection refused" || strings.Contains(failed.Text, "s3cr3t") {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// refused is an address at which nobody listens.
func refused(t *testing.T) string {
	t.Helper()
	return "http://127.0.0.1:" + need.Port(t, "127.0.0.1") + "/s3cr3t"
}

// TestWebhook_WaitsForASlowAnswer: one that takes its time is no failure.
func TestWebhook_WaitsForASlowAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		flush := w.(http.Flusher)
		w.WriteHeader(http.StatusOK)
		for range 20 {
			_, _ = io.WriteString(w, "x")
			flush.Flush()
		}
	}))
	t.Cleanup(server.Close)
	if err := sendTo(t.Context(), t, server.URL); err != nil {
		t.Error(err)
	}
}

// TestMail_EndsWhereTheServerHangs connects to servers that say nothing, or stop to at some
// step: the library that sends to other channels would wait for ever.
func TestMail_EndsWhereTheServerHangs(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string
		lost    bool
	}{
		"at the greeting": {nil, false},
		"after hello":     {[]string{"220 hi"}, false},
		"at the sender":   {[]string{"220 hi", "250 hello"}, false},
		"after the data":  {[]string{"220 hi", "250 hello", "250 ok", "250 ok", "354 go on"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			address, silent := scripted(t, c.answers)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-silent
				cancel()
			}()
			var failed *SendError
			err := sendTo(ctx, t, "smtp://"+address+"/?from=a@b.example&to=c@d.example&encryption=none")
			if !errors.As(err, &failed) || failed.Lost != c.lost {
				t.Errorf("%+v, want lost %v", err, c.lost)
			}
		})
	}
}

// scripted is a server that gives some answers, one for each line it reads but within data,
// and then says that it is silent.
func scripted(t *testing.T, answers []string) (address string, silent <-chan struct{}) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var serving sync.WaitGroup
	serving.Go(func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		lines := bufio.NewScanner(conn)
		for i, answer := range answers {
			if i > 0 && !lines.Scan() {
				return
			}
			_, _ = fmt.Fprintf(conn, "%s\r\n", answer)
		}
		if len(answers) > 1 {
			for lines.Scan() && len(answers) > 4 && lines.Text() != "." {
			}
		}
		close(done)
		for lines.Scan() {
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		serving.Wait()
	})
	return ln.Addr().String(), done
}

// TestMail_DoesNotSendInTheClear: what does not encrypt gets nothing, unless it is this
// machine or the address says so.
func TestMail_DoesNotSendInTheClear(t *testing.T) {
	for host, want := range map[string]string{"mail.example": "the server does not encrypt", "127.0.0.1": "the sender: the connection was cut"} {
		address, _ := scripted(t, []string{"220 hi", "250 hello"})
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c, err := smtp.NewClient(conn, host)
		if err != nil {
			t.Fatal(err)
		}
		m := &mailer{host: host}
		if err = m.prepare(c); err == nil {
			_ = conn.(*net.TCPConn).CloseWrite()
			_ = conn.(*net.TCPConn).CloseRead()
			err = mailError("the sender", c.Mail("a@b.example"))
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", host, err, want)
		}
		_ = conn.Close()
	}
}

// TestReceivers_MistakesSayWhatAndNotWhich: an address that is wrong is told by its number.
func TestReceivers_MistakesSayWhatAndNotWhich(t *testing.T) {
	const secret = "s3cr3t"
	for address, want := range map[string]string{
		"":                                 "receiver 2: is no address",
		secret:                             "receiver 2: is no address",
		"https:///" + secret:               "receiver 2: has no host: expected https://host/path",
		"https://h/%zz" + secret:           "receiver 2: is no address",
		"slack://" + secret:                `receiver 2: scheme "slack": this program sends to`,
		"smtp://u:" + secret + "@h":        "receiver 2: from is no mail address: expected smtp://",
		"smtp://h/?from=a@b&to=" + secret:  "receiver 2: to is no list of mail addresses",
		"smtp://h/?from=a@b&to=c@d&tls=on": `receiver 2: there is no parameter "tls"`,
		"https://first.example/":           "receiver 2: is the same as receiver 1",
		"https://h/" + strings.Repeat("x", maxAddress): "receiver 2: has 2058 bytes: expected at most 2048",
	} {
		err := Check([]string{"https://first.example/", address}, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%.60s: %v, want %q", address, err, want)
		}
	}
	if err := Check(make([]string, mostReceivers+1), nil); err == nil || !strings.Contains(err.Error(), "at most 20") {
		t.Errorf("%v", err)
	}
}

// TestNotifier_SaysNoSecret lets everything fail that can, and looks for the secret of the
// addresses in all that a notifier says: errors, log, state, journal, events, messages.
func TestNotifier_SaysNoSecret(t *testing.T) {
	const secret = "s3cr3tW0rd"
	closed := strings.TrimSuffix(strings.TrimPrefix(refused(t), "http://"), "/s3cr3t")
	var said safeBuffer
	log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	dir := files{t.TempDir()}
	ring := lived(t, time.Minute)
	n, err := New(Config{
		Receivers: []string{
			"http://u:" + secret + "@" + closed + "/" + secret + "?k=" + secret, "smtp://u:" + secret + "@" + closed + "/?from=a@b.example&to=" + secret + "@d.example",
			"alertmanager+http://u:" + secret + "@" + closed + "/" + secret, "heartbeat+http://" + closed + "/" + secret,
		},
		Files: dir, Source: ring, Log: log, Alerts: func() []alert.Alert { return firing("1").Alerts },
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := running(t, n)
	defer stop()
	take(t, n, firing("1"))
	eventually(t, "all four are failing", func() bool {
		failed := 0
		for _, r := range n.Receivers() {
			if r.State == "failing" && r.Error != "" {
				failed++
			}
		}
		return failed == 4
	})
	stop()
	text, err := json.Marshal([]any{n.Receivers(), n.Deliveries()})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = said.Write(text)
	_, _ = fmt.Fprintf(&said, "%v", n.Receivers())
	for _, name := range []string{journalFile, keyFile} {
		f, err := dir.Open(name, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(&said, f)
		_ = f.Close()
	}
	if got := said.String(); strings.Contains(got, secret) || !strings.Contains(got, "connection refused") {
		t.Errorf("it says %s", got)
	}
}

// safeBuffer may be written to by several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
