//go:build machine

package attacks

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// Tests with the tag machine change what everybody on a machine shares: its processors,
// its clock, its sleep, its services. They run on one of their own, which make vm boots
// (.ci/vm/run), as root and under its systemd.

// must runs a command and returns what it prints.
func must(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// writeFile writes to a file of the kernel.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ask tells whoever started the machine what to do with it.
func ask(format string, a ...any) { fmt.Printf("\n@"+format+"\n", a...) }

// unit is dashcam as systemd runs it, from the package and with its settings.
func unit(t *testing.T) *program {
	const addr = "127.0.0.1:7272"
	return &program{t: t, addr: addr, dial: func() (net.Conn, error) { return net.DialTimeout("tcp", addr, 10*time.Second) }}
}

// started starts the unit anew, which remembers nothing.
func started(t *testing.T) *program {
	t.Helper()
	must(t, "systemctl", "stop", "dashcam")
	must(t, "sh", "-c", "rm -rf /var/lib/private/dashcam/*")
	must(t, "systemctl", "start", "dashcam")
	p := unit(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("its journal:\n%s", must(t, "journalctl", "--unit=dashcam", "--no-pager", "--lines=40", "--output=cat"))
		}
		must(t, "systemctl", "stop", "dashcam")
	})
	return p
}

// show returns a property of the unit.
func show(t *testing.T, property string) string {
	t.Helper()
	return must(t, "systemctl", "show", "--value", "--property="+property, "dashcam")
}

// rowsMore waits for n rows more. An emulated machine is slow, and some tests stop it.
func (o *observer) rowsMore(t *testing.T, n int) (from, to uint64) {
	t.Helper()
	from = o.newest()
	waitWithin(t, 3*time.Minute, fmt.Sprintf("%d rows more", n), func() bool { return o.newest() >= from+uint64(n) })
	return from, o.newest()
}

// rows returns those from first to last in order, with their numbers.
func (o *observer) rows(first, last uint64) (seqs []uint64, rows []wire.StateRow) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for seq := range o.state.Rows {
		if seq >= first && seq <= last {
			seqs = append(seqs, seq)
		}
	}
	slices.Sort(seqs)
	for _, seq := range seqs {
		rows = append(rows, o.state.Rows[seq])
	}
	return seqs, rows
}

// said returns the texts of the events of a kind since a row.
func (o *observer) said(kind string, since uint64) (texts []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.state.Events {
		if e.Kind == kind && e.Seq > since {
			texts = append(texts, e.Text)
		}
	}
	return texts
}

// healthy checks that no collector fails, and that none hangs for good: on an emulated
// machine under load one may be late by many ticks.
func (o *observer) healthy(t *testing.T) {
	t.Helper()
	waitWithin(t, 2*time.Minute, "every collector to answer", func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		for name, h := range o.state.Health {
			if h.State == collectors.HealthFailing {
				t.Fatalf("collector %s is failing: %s", name, h.Reason)
			}
			if h.State == collectors.HealthStuck {
				return false
			}
		}
		return true
	})
}
