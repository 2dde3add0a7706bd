package notify

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/history"
)

// files are those of a directory.
type files struct{ dir string }

func (f files) Open(name string, flags int) (*os.File, error) {
	return os.OpenFile(filepath.Join(f.dir, name), flags, 0o600)
}

func (f files) Replace(from, to string) error {
	return os.Rename(filepath.Join(f.dir, from), filepath.Join(f.dir, to))
}

// noted is a receiver that notes what it is sent, and answers as it is told to.
type noted struct {
	mu     sync.Mutex
	got    []Message
	at     []time.Time
	answer func(n int, m *Message) error
}

func (r *noted) Send(_ context.Context, m *Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got, r.at = append(r.got, *m), append(r.at, time.Now())
	if r.answer == nil {
		return nil
	}
	return r.answer(len(r.got), m)
}

// ids are those of what it was sent; a mark says that a message is perhaps sent twice.
func (r *noted) ids() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.got {
		id := r.got[i].ID
		if r.got[i].MaybeTwice {
			id += "?"
		}
		out = append(out, id)
	}
	return out
}

// byName are the receivers test://NAME.
type byName map[string]*noted

func (b byName) Sender(address string) (Sender, error) { return b[address[len("test://"):]], nil }

// quiet logs nothing.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// notifier is one for receivers by name.
func notifier(t *testing.T, f Files, receivers byName, more ...func(*Config)) *Notifier {
	t.Helper()
	cfg := Config{Channels: receivers, Files: f, Source: history.New(history.Config{Info: func() collectors.Host { return collectors.Host{Hostname: "db-01", TZ: "UTC"} }}), Log: quiet()}
	for _, name := range sortedKeys(receivers) {
		cfg.Receivers = append(cfg.Receivers, "test://"+name)
	}
	for _, change := range more {
		change(&cfg)
	}
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// running runs a notifier until the function that it returns is called.
func running(t *testing.T, n *Notifier) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
}

// firing is a notice that an alert fires, over that it is over.
func firing(id string) alert.Notice {
	a := alert.Alert{ID: "a-" + id, Rule: "memory-low", Phase: alert.Firing, Level: alert.Critical, Labels: map[string]string{}, SinceMs: 1, FiredMs: 2, Text: "little memory", Notify: true}
	return alert.Notice{ID: id, AtMs: 1_800_000_000_000, Kind: alert.NoticeFiring, Level: alert.Critical, Alerts: []alert.Alert{a}}
}

func overNotice(id, after string) alert.Notice {
	n := firing(after)
	n.ID, n.Kind, n.After = id, alert.NoticeResolved, []string{after}
	n.Alerts[0].Phase, n.Alerts[0].EndMs = alert.Resolved, 100_000
	return n
}

// take has a notifier take notices.
func take(t *testing.T, n *Notifier, notices ...alert.Notice) {
	t.Helper()
	for _, x := range notices {
		if err := n.Notify(x); err != nil {
			t.Fatal(err)
		}
	}
}
