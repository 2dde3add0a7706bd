package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows says which of our packages a package may import. A new package has to be
// added here, and so has to say where it stands.
var arrows = map[string][]string{
	"dashcam/collectors":                  {},
	"dashcam/collectors/host":             {"dashcam/collectors"},
	"dashcam/collectors/synthetic":        {"dashcam/collectors"},
	"dashcam/collectors/collectortest":    {"dashcam/collectors", "dashcam/collectors/collectortest/need"},
	"dashcam/collectors/history":          {"dashcam/collectors", "dashcam/collectors/history/block", "dashcam/collectors/history/store"},
	"dashcam/collectors/history/store":    {"dashcam/collectors", "dashcam/collectors/history/block", "dashcam/collectors/history/eventlog", "dashcam/collectors/history/segment"},
	"dashcam/collectors/history/eventlog": {"dashcam/collectors", "dashcam/collectors/history/segment"},
	"dashcam/collectors/history/segment":  {},
	"dashcam/collectors/history/block":    {"dashcam/collectors"},
	"dashcam/collectors/textfile":         {"dashcam/collectors"},
	"dashcam/collectors/recorded":         {"dashcam/collectors"},
	"dashcam/collectors/alert":            {"dashcam/collectors"},
	"dashcam/collectors/signs":            {"dashcam/collectors"},
	"dashcam/collectors/sampler":          {"dashcam/collectors", "dashcam/collectors/history", "dashcam/collectors/signs"},
	"dashcam/server/wire":                 {"dashcam/collectors"},
	"dashcam/server/stream":               {"dashcam/server/wire", "dashcam/collectors"},
	"dashcam/server/auth":                 {},
	"dashcam/server/input":                {},
	"dashcam/server/export":               {"dashcam/collectors"},
	"dashcam/server/prom":                 {"dashcam/collectors"},
	"dashcam/server/promql":               {"dashcam/server/prom", "dashcam/collectors", "dashcam/collectors/alert"},
	"dashcam/server/fleet":                {"dashcam/server/stream", "dashcam/server/wire", "dashcam/collectors", "dashcam/collectors/alert", "dashcam/collectors/history"},
	"dashcam/server/notify":               {"dashcam/collectors", "dashcam/collectors/alert", "dashcam/collectors/diagnosis"},
	"dashcam/server/notify/channels":      {"dashcam/server/notify", "dashcam/collectors/alert"},
	"dashcam/server/incident":             {"dashcam/server/wire", "dashcam/collectors", "dashcam/collectors/diagnosis", "dashcam/collectors/history"},
	"dashcam/server":                      {"dashcam/server/incident", "dashcam/server/wire", "dashcam/server/stream", "dashcam/server/auth", "dashcam/server/export", "dashcam/server/input", "dashcam/server/prom", "dashcam/collectors", "dashcam/collectors/alert", "dashcam/collectors/diagnosis"},
	"dashcam/server/embedded": {
		"dashcam/server", "dashcam/server/incident", "dashcam/server/stream", "dashcam/server/wire", "dashcam/server/auth", "dashcam/server/prom", "dashcam/frontend", "dashcam/collectors", "dashcam/collectors/alert", "dashcam/collectors/host",
		"dashcam/collectors/diagnosis", "dashcam/collectors/events", "dashcam/collectors/synthetic", "dashcam/collectors/history", "dashcam/collectors/history/store", "dashcam/collectors/services", "dashcam/collectors/signs", "dashcam/collectors/sampler", "dashcam/collectors/textfile",
	},
	"dashcam/collectors/collectortest/need":       {}, // only tests import it
	"dashcam/collectors/collectortest/containers": {"dashcam/collectors/collectortest/need"},

	"dashcam/collectors/services":  {"dashcam/collectors"},
	"dashcam/collectors/events":    {"dashcam/collectors"},
	"dashcam/collectors/diagnosis": {"dashcam/collectors"},
	"dashcam/frontend":             {},
	"dashcam/cmd/dashcam/attacks":  {}, // only tests
	"dashcam/cmd/dashcam/deploy":   {}, // files and tests
	"dashcam/cmd/dashcam":          {"dashcam/frontend", "dashcam/server/embedded", "dashcam/server/incident", "dashcam/server/fleet", "dashcam/server/promql", "dashcam/server/notify", "dashcam/server/notify/channels", "dashcam/server/export", "dashcam/server/input", "dashcam/server/prom", "dashcam/collectors", "dashcam/collectors/alert", "dashcam/collectors/diagnosis", "dashcam/collectors/events", "dashcam/collectors/history", "dashcam/collectors/history/store", "dashcam/collectors/host", "dashcam/collectors/services", "dashcam/collectors/textfile"},
}

// doors says which packages may import a dependency.
var doors = map[string][]string{
	"github.com/shirou/gopsutil/v3":        {"dashcam/collectors/host"},
	"github.com/gofiber/fiber/v2":          {"dashcam/server", "dashcam/server/embedded"},
	"github.com/gofiber/contrib/websocket": {"dashcam/server"},
	"github.com/fasthttp/websocket":        {"dashcam/server"},
	"github.com/valyala/fasthttp":          {"dashcam/server", "dashcam/server/embedded"},
	"github.com/andybalholm/brotli":        {"dashcam/server"},
	"github.com/klauspost/compress":        {"dashcam/server"},
	"github.com/prometheus/client_golang":  {"dashcam/server/prom"},
	"github.com/prometheus/client_model":   {"dashcam/server/prom", "dashcam/collectors/textfile"},
	"github.com/prometheus/prometheus":     {"dashcam/server/promql"},
	"github.com/prometheus/common":         {"dashcam/server/prom", "dashcam/server/promql", "dashcam/collectors/textfile"},
	"github.com/nats-io":                   {"dashcam/server/fleet"},
	"github.com/nicholas-fedor/shoutrrr":   {"dashcam/server/notify/channels"},
	"github.com/godbus/dbus":               {"dashcam/collectors/events"},
	"github.com/spf13/cobra":               {"dashcam/cmd/dashcam"},
	"github.com/spf13/pflag":               {"dashcam/cmd/dashcam"},
	"github.com/BurntSushi/toml":           {"dashcam/cmd/dashcam"},
	"golang.org/x/sys":                     {"dashcam/cmd/dashcam", "dashcam/collectors/events", "dashcam/collectors/history/store", "dashcam/collectors/host", "dashcam/collectors/sampler", "dashcam/collectors/services", "dashcam/server", "dashcam/server/auth"},
	"golang.org/x/crypto":                  {"dashcam/server/auth"},
	"golang.org/x/term":                    {"dashcam/cmd/dashcam"},
	"golang.org/x/time":                    {"dashcam/collectors/events", "dashcam/server/auth", "dashcam/server", "dashcam/server/fleet", "dashcam/server/stream"},
	"flag":                                 {"dashcam/cmd/dashcam", "dashcam/collectors/collectortest"}, // the latter for go test -update
}

func TestArrows_PointOneWay(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		if strings.Contains(p.ImportPath, "/internal/") {
			continue // tools that write generated files
		}
		seen++
		allowed, known := arrows[p.ImportPath]
		if !known {
			t.Errorf("package %s stands in no layer: add it to arrows", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "dashcam/") && !slices.Contains(allowed, imported) {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
			for dependency, importers := range doors {
				if (imported == dependency || strings.HasPrefix(imported, dependency+"/")) && !slices.Contains(importers, p.ImportPath) {
					t.Errorf("%s imports %s: only %v may", p.ImportPath, imported, importers)
				}
			}
		}
	}
	if seen < len(arrows) {
		t.Errorf("found %d packages, arrows names %d: remove those that are gone", seen, len(arrows))
	}
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "dashcam/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestArrows_EmbeddedLinksOnlyWhatIsAskedFor holds that a program which embeds dashcam links
// Prometheus' engine, a broker and the library that sends to chats only if it names them.
func TestArrows_EmbeddedLinksOnlyWhatIsAskedFor(t *testing.T) {
	deps := func(pkg string) string {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		return string(out)
	}
	embedded, program := deps("dashcam/server/embedded"), deps("dashcam/cmd/dashcam")
	for _, heavy := range []string{
		"github.com/prometheus/prometheus/promql", "github.com/nats-io/nats-server/v2/server", "github.com/nats-io/nats.go", "github.com/nicholas-fedor/shoutrrr/pkg/types",
	} {
		if strings.Contains(embedded, heavy+"\n") {
			t.Errorf("dashcam/server/embedded links %s", heavy)
		}
		if !strings.Contains(program, heavy+"\n") {
			t.Errorf("the program does not link %s: the test above proves nothing", heavy)
		}
	}
}
