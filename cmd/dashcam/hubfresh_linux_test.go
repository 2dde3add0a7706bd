package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// TestHub_OneLineOnAFreshMachine starts a hub by the line of the README, and on another
// machine (a network of its own) the line that the hub prints: the host is on the wall, and
// how long that took is printed.
func TestHub_OneLineOnAFreshMachine(t *testing.T) {
	t.Parallel()
	need.Root(t, "make a network namespace")
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^go run \./cmd/dashcam (hub .*|--hub .*?) +#`).FindAllStringSubmatch(string(readme), -1)
	if len(lines) != 2 {
		t.Fatalf("the README has %q, expected a line for a hub and one for a host", lines)
	}
	there := newNetwork(t)
	address := there.here
	port, hubDir, hostDir := need.Port(t, address), t.TempDir(), t.TempDir()
	ofHub := strings.NewReplacer(":7272", address+":"+port, "~/.dashcam", hubDir).Replace(lines[0][1])
	if !strings.Contains(ofHub, address) || !strings.Contains(ofHub, hubDir) {
		t.Fatalf("%q: expected :7272 and ~/.dashcam", lines[0][1])
	}
	hub := startPart(t, "--join-token", append([]string{binary(t)}, strings.Fields(ofHub)...)...)
	printed := regexp.MustCompile(`dashcam (--hub \S+ --join-token dcjoin_\S+ --state-dir) DIR`).FindStringSubmatch(hub.out.String())
	link := regexp.MustCompile(`#token=(\S+)`).FindStringSubmatch(hub.out.String())
	if printed == nil || link == nil {
		t.Fatalf("it prints\n%s", hub.out)
	}
	// What the README shows is what is printed.
	if shape := regexp.MustCompile(`https://\S+|dcjoin_\S+|~/\.dashcam`).ReplaceAllString(lines[1][1], "X"); shape != "--hub X --join-token X --state-dir X" {
		t.Errorf("the README has %q for a host", lines[1][1])
	}
	hub.url, hub.token = "https://"+address+":"+port, link[1]
	pasted := append(strings.Fields(printed[1]), hostDir)
	began := time.Now()
	startPart(t, "open", there.inside(append([]string{binary(t)}, pasted...)...)...)
	eventually(t, time.Minute, func() bool {
		for _, h := range hub.hosts(t) {
			if h.JoinedMs > 0 && h.Online { // not the hub's own
				return true
			}
		}
		return false
	}, func() string { return "it is not on the wall" })
	t.Logf("on the wall %.1f s after the line was pasted (goal: 3 s)", time.Since(began).Seconds())
}
