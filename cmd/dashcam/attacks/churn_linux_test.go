package attacks

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestLinksReplaced replaces all links every few seconds by others with new names, as a
// container host does. After 79 s links were refused for good, and each change cost what
// all that is remembered does: half a core, and rows that came seconds late.
func TestLinksReplaced(t *testing.T) {
	t.Parallel()
	const kind, limit, pairs, rounds = "links that are replaced", 2500, 12, 12
	s := newStage(t)
	p := s.start("--interface-include", "*", "--max-series", fmt.Sprint(limit), "--without-collectors", "processes")
	rows := func() uint64 {
		return object[struct{ Remembered struct{ Rows uint64 } }](p, "/api/v1/health").Remembered.Rows
	}
	name := func(round, i int) string { return fmt.Sprintf("r%dp%d", round, i) }
	began, spent, first := time.Now(), p.processorTime(), rows()
	every := time.NewTicker(3 * time.Second)
	defer every.Stop()
	for round := range rounds {
		var b strings.Builder
		for i := range pairs {
			if round > 0 {
				fmt.Fprintf(&b, "ip link del %s; ", name(round-1, i))
			}
			fmt.Fprintf(&b, "ip link add %s up type veth peer name %sx; ", name(round, i), name(round, i))
		}
		s.run("sh", "-e", "-c", b.String())
		<-every.C
	}
	took, spent := time.Since(began), p.processorTime()-spent
	got := rows() - first
	attack(t, kind, float64(got) > 0.9*took.Seconds()-2, "%d rows in %v", got, took)
	attack(t, kind, spent < took/4, "%v of processor time in %v", spent, took)
	o := p.observe()
	waitUntil(t, "the newest link", func() bool { return len(o.points("net.bytes", name(rounds-1, 0))) > 0 })
	if _, reason := p.healthOf("network"); strings.Contains(reason, "too many") {
		t.Errorf("the network's health says %q", reason)
	}
	t.Logf("%d links, %d at once: %v of processor time in %v, %d rows", 2*pairs*rounds, 2*pairs, spent.Round(10*time.Millisecond), took.Round(time.Second), got)
}
