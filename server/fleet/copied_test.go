package fleet

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestWall_ToldASecondMachineWithAKeyFromARestart(t *testing.T) {
	for name, c := range map[string]struct {
		said string // by instance, one a second; a space is a second of silence
		want string // who the host is afterwards
		told bool   // that there is a second machine
	}{
		"restart":                     {"AAAABBBB", "B", false},
		"one late summary":            {"AAAABABBB", "B", false},
		"restart after a cut":         {"AAAA      BBB", "B", false},
		"two at once":                 {"AAAABABABABAB", "A", true},
		"the second one speaks first": {"BAAAAABABABA", "B", true},
		"the second one starts again": {"AAABABABACACACAC", "A", true},
		"the first one ends":          {"AAABABABAB    BBB", "B", false},
		"the first one comes back":    {"AAABABAB    BBBBABABABAB", "A", true},
		"the second one ends":         {"AAABABAB" + strings.Repeat("A", 31), "A", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := NewWall("", nil)
			now := start
			w.Set(Record{ID: "h"}, now)
			for i, who := range c.said {
				now = now.Add(time.Second)
				if who != ' ' {
					w.Summarized("h", Summary{Instance: string(who), Seq: uint64(i + 1)}, now)
				}
			}
			h := w.hosts["h"]
			if got := h.second(now); h.summary.Instance != c.want || (got != "") != c.told {
				t.Errorf("%s is %s, and it is told %q; want %s, told: %v", c.said, h.summary.Instance, got, c.want, c.told)
			}
		})
	}
}

type lockedText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedText) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.b.String(), text)
}

// TestTrust_AKeyOnTwoMachinesIsOneHost runs two agents by one key, as an image of a disk
// makes them: the second one is refused by a word, here and there, and nothing of it is in the
// mirror or in the answers of the first.
func TestTrust_AKeyOnTwoMachinesIsOneHost(t *testing.T) {
	hub := startHub(t, "", "")
	first, second := newHost(t), newHost(t)
	second.next = 5000 // so that no row is as one of the first
	for name, host := range map[string]*testHost{"first": first, "second": second} {
		host.mux.HandleFunc("/api/v1/who", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
		host.rows(400)
		host.every(t, 20*time.Millisecond)
	}
	id := hub.join(t, "own")
	stop := first.agent(t, id)
	eventually(t, "the first one is here", func() bool { return hub.wall.Online("own") })
	var log lockedText
	second.log = slog.New(slog.NewTextHandler(&log, nil))
	second.agent(t, id)
	eventually(t, "the second one is told of", func() bool {
		h, _ := hub.wall.Host("own")
		return strings.Contains(h.Verdict, "a second machine (db-01, booted ") && h.Instance == first.ring.Instance()
	})
	eventually(t, "the second one is told", func() bool { return log.has("another machine reports with the key") })

	m := hub.Mirror("own")
	ready(t, m)
	feed, err := m.Stream().Join()
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Leave()
	from := m.Ring().Bounds()
	for range 20 {
		if got := answer(t, hub.Transport("own"), "/api/v1/who"); got != "first" {
			t.Fatalf("%q answers", got)
		}
	}
	eventually(t, "rows come", func() bool { return m.Ring().Bounds().Newest > from.Newest+200 })
	if m.Instance() != first.ring.Instance() {
		t.Errorf("the mirror is that of %s", m.Instance())
	}
	if n := same(t, first.ring, m.Ring(), m.Ring().Bounds().Head-1); n < mirrorWindow {
		t.Errorf("compared only %d rows", n)
	}
	if _, interruptions := m.Filled(); interruptions != 0 {
		t.Errorf("the mirror was interrupted %d times", interruptions)
	}
	stop()
	eventually(t, "the second one is the host when the first one is gone", func() bool {
		h, _ := hub.wall.Host("own")
		return h.Instance == second.ring.Instance() && !strings.Contains(h.Verdict, "machine")
	})
}

func answer(t *testing.T, by http.RoundTripper, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://host"+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := by.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
