package main

import (
	"bytes"
	"runtime/debug"
	"strings"
	"testing"
)

// TestLicenses_NameEverythingLinked compares the list with what the test binary, which is
// linked from the same modules and more, says of itself. .ci/fresh writes the list anew.
func TestLicenses_NameEverythingLinked(t *testing.T) {
	var out, errs bytes.Buffer
	c := &cli{stdout: &out, stderr: &errs}
	if status := c.run([]string{"licenses"}); status != exitOK || errs.Len() > 0 {
		t.Fatalf("status %d, %q", status, errs.String())
	}
	list, _, _ := strings.Cut(out.String(), "=====")
	for _, name := range []string{
		"github.com/gofiber/fiber/v2 ", "github.com/fasthttp/websocket ", "github.com/valyala/fasthttp ", "github.com/shirou/gopsutil/v3 ", "github.com/spf13/cobra ",
		"golang.org/x/crypto ", "golang.org/x/sys ", "github.com/yusufpapurcu/wmi ", "preact (npm) ", "@preact/signals (npm) ", "@preact/signals-core (npm) ", "Go, its standard library",
	} {
		if strings.Count(list, "\n  "+name) != 1 {
			t.Errorf("%q is not listed once in\n%s", name, list)
		}
	}
	for _, name := range []string{"golangci", "playwright", "vitest", "goleak"} {
		if strings.Contains(list, name) {
			t.Errorf("%s is listed, and is not in the program", name)
		}
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build information")
	}
	versions := 0
	for _, m := range info.Deps {
		if at := strings.Index(list, "\n  "+m.Path+" "); at >= 0 {
			versions++
			if !strings.HasPrefix(list[at:], "\n  "+m.Path+" "+m.Version+"\n") {
				t.Errorf("%s %s is linked, listed is %q (make generate)", m.Path, m.Version, strings.SplitN(list[at+3:], "\n", 2)[0])
			}
		}
	}
	if versions < 10 {
		t.Errorf("only %d versions were compared", versions)
	}
	if n := strings.Count(out.String(), "Permission is hereby granted"); n < 3 {
		t.Errorf("the texts are not there: %d times MIT", n)
	}
}
