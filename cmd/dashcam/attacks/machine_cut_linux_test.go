//go:build machine

package attacks

import (
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"dashcam/collectors/history/store"
)

// TestPowerCut lets dashcam run and has the power cut. What it had told until then is
// what TestRebooted asks for after the next boot.
func TestPowerCut(t *testing.T) {
	must(t, "systemctl", "enable", "dashcam")
	must(t, "systemctl", "restart", "dashcam")
	p := unit(t)
	p.observe().rowsMore(t, 20)
	// The number goes out of the machine: written to its disk, it would take the history
	// along.
	ask("cut %d", p.health().Remembered.Newest)
	<-time.After(time.Minute)
	t.Fatal("the power was not cut")
}

// TestRebooted runs after the next boot, at which systemd has started the unit by itself.
func TestRebooted(t *testing.T) {
	line, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var told uint64
	if _, err := fmt.Sscan(string(regexp.MustCompile(`machine\.cut=(\d+)`).FindSubmatch(line)[1]), &told); err != nil {
		t.Fatal(err)
	}
	p := unit(t)
	waitWithin(t, 2*time.Minute, "the unit to be started", func() bool { _, err := p.ask("/readyz", time.Second); return err == nil })
	p.observe().rowsMore(t, 3)
	// It syncs every two seconds.
	remembers(t, p, told-2, store.WhyRebooted)
}
