package embedded

import (
	"context"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/events"
)

// What happens on the host is remembered, and so is how the last run ended.
func TestRun_RemembersWhatHappens(t *testing.T) {
	dir := t.TempDir()
	run := func(wanted func(e *collectors.Event) bool, again func()) {
		t.Helper()
		d, err := New(Config{StateDir: dir, Log: slog.New(slog.DiscardHandler), Off: []string{"processes"}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		for deadline := time.Now().Add(time.Minute); !slices.ContainsFunc(d.ring.HeadEvents(d.before), func(e collectors.Event) bool { return wanted(&e) }); {
			if time.Now().After(deadline) {
				t.Fatalf("it is not told: %+v", d.ring.HeadEvents(d.before))
			}
			again()
			if err := d.ring.Wait(ctx, d.ring.Bounds().Newest); err != nil {
				t.Fatal(err)
			}
		}
		for _, h := range d.ring.Health() {
			// On a busy machine it may have answered after its row had closed.
			if h.Collector == events.Name && h.State != collectors.HealthOK && h.State != collectors.HealthLate {
				t.Errorf("health of events: %+v", h)
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	run(func(e *collectors.Event) bool {
		return e.Kind == events.KindExit && strings.HasPrefix(e.Text, "sh ended with 42")
	}, func() { _ = exec.Command("sh", "-c", "exit 42").Run() }) // how it ends is what is told
	run(func(e *collectors.Event) bool { return e.Kind == events.KindStop }, func() {})
}
