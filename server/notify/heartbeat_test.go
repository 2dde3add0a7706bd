package notify

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors/alert"
)

// roundTripper answers requests without a network, so that time can be virtual.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// meter says what a counter rose by since it was last asked, when a span more has passed.
// What happens as soon as something is done, before the span begins, is counted with it.
func meter(n *atomic.Int64) func(span time.Duration) int64 {
	before := n.Load()
	return func(span time.Duration) int64 {
		time.Sleep(span)
		synctest.Wait()
		now := n.Load()
		rose := now - before
		before = now
		return rose
	}
}

// TestHeartbeat_BeatsWhileAllIsWell: every minute, not while there are no rows, and not
// while somebody is not told.
func TestHeartbeat_BeatsWhileAllIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var beats atomic.Int64
		var well, down atomic.Bool
		well.Store(true)
		r := &noted{answer: func(int, *Message) error {
			if down.Load() {
				return &SendError{Text: "connection refused"}
			}
			return nil
		}}
		n := notifier(t, nil, byName{"r": r}, func(c *Config) {
			c.Receivers = append(c.Receivers, "heartbeat+https://hc.example/uuid")
			c.Well = well.Load
		})
		n.client.client.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.URL.String() != "https://hc.example/uuid" || req.Method != http.MethodGet {
				t.Errorf("%s %s", req.Method, req.URL)
			}
			beats.Add(1)
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("OK"))}, nil
		})
		in := meter(&beats)
		stop := running(t, n)
		defer stop()
		if got := in(10*time.Minute + time.Second); got != 11 {
			t.Errorf("%d beats in ten minutes that begin with one", got)
		}
		well.Store(false)
		if got := in(10 * time.Minute); got != 0 {
			t.Errorf("%d beats without rows", got)
		}
		well.Store(true)
		down.Store(true)
		take(t, n, firing("1"))
		if got := in(30 * time.Minute); got > 4 || got < 2 {
			t.Errorf("%d beats in 30 minutes while nobody is told", got)
		}
		down.Store(false)
		in(15 * time.Minute)
		if got := in(10 * time.Minute); got != 10 {
			t.Errorf("%d beats in ten minutes when all is well again", got)
		}
	})
}

// TestAlertmanager_IsToldAgain every minute while something is firing, for 15 minutes what
// is over, and sooner after it did not answer; nothing while there is nothing.
func TestAlertmanager_IsToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var posts atomic.Int64
		var down atomic.Bool
		var alerts atomic.Pointer[[]alert.Alert]
		alerts.Store(&[]alert.Alert{})
		n := notifier(t, nil, byName{}, func(c *Config) {
			c.Receivers = []string{"alertmanager+http://am:9093/prefix"}
			c.Alerts = func() []alert.Alert { return *alerts.Load() }
		})
		n.client.client.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.URL.String() != "http://am:9093/prefix/api/v2/alerts" {
				t.Errorf("%s", req.URL)
			}
			posts.Add(1)
			if down.Load() {
				return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
			}
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(""))}, nil
		})
		in := meter(&posts)
		stop := running(t, n)
		defer stop()
		if got := in(10 * time.Minute); got != 0 {
			t.Errorf("%d posts of nothing", got)
		}
		alerts.Store(&[]alert.Alert{firing("1").Alerts[0]})
		take(t, n, firing("1"))
		if got := in(10*time.Minute + time.Second); got != 11 {
			t.Errorf("%d posts in ten minutes, want one at once and ten", got)
		}
		down.Store(true)
		if got := in(10 * time.Minute); got < 11 || got > 30 {
			t.Errorf("%d posts in ten minutes in which it does not answer", got)
		}
		down.Store(false)
		in(2 * time.Minute)
		over := firing("1").Alerts[0]
		over.Phase, over.EndMs = alert.Resolved, time.Now().UnixMilli()
		alerts.Store(&[]alert.Alert{over})
		if got := in(time.Hour); got != 15 {
			t.Errorf("%d posts of what is over, want one a minute for 15 minutes", got)
		}
	})
}

// TestNotifier_TellsNobodyElse has addresses in everything that comes from the host: names,
// labels, texts. Nobody asks them for anything.
func TestNotifier_TellsNobodyElse(t *testing.T) {
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		t.Errorf("%s %s was asked", req.Method, req.URL)
	}))
	t.Cleanup(evil.Close)
	var got atomic.Int64
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		got.Add(1)
		w.Header().Set("Location", evil.URL)
		w.Header().Set("Link", "<"+evil.URL+">; rel=alternate")
		w.Header().Set("Refresh", "0; url="+evil.URL)
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(own.Close)
	a := firing("1").Alerts[0]
	a.Rule, a.Text = evil.URL, "see "+evil.URL+" and smtp://"+strings.TrimPrefix(evil.URL, "http://")
	a.Labels = map[string]string{"mount": evil.URL, "notify": evil.URL, "__address__": evil.URL, "instance": evil.URL, "generatorURL": evil.URL}
	n, err := New(Config{
		Receivers: []string{own.URL + "/hook", "alertmanager+" + own.URL + "/am", "heartbeat+" + own.URL + "/beat"},
		Source:    lived(t, time.Minute), Log: quiet(), Alerts: func() []alert.Alert { return []alert.Alert{a} },
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := running(t, n)
	defer stop()
	notice := firing("1")
	notice.Alerts, notice.Others = []alert.Alert{a}, []alert.Alert{a}
	take(t, n, notice)
	eventually(t, "all receivers were told", func() bool {
		for _, r := range n.Receivers() {
			if r.State != "ok" {
				return false
			}
		}
		return true
	})
	if got.Load() < 3 {
		t.Errorf("%d requests", got.Load())
	}
}
