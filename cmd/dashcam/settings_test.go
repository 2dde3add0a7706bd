package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write the README's table of settings anew")

const (
	readme     = "../../README.md"
	tableBegin = "<!-- settings: written by go test ./cmd/dashcam -update -->\n"
	tableEnd   = "<!-- /settings -->\n"
)

func TestReadme_ListsEverySetting(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableBegin)
	got, after, closed := strings.Cut(rest, tableEnd)
	if !found || !closed {
		t.Fatalf("README.md has no table between %q and %q", tableBegin, tableEnd)
	}
	want := settingsTable()
	if *update {
		if err := os.WriteFile(readme, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the README's table is stale: run go test ./cmd/dashcam -update (-want +got):\n%s", diff)
	}
}

func settingsTable() string {
	var o options
	flags := pflag.NewFlagSet("dashcam", pflag.ContinueOnError)
	o.register(flags)
	var b strings.Builder
	b.WriteString("\n| flag | environment | default | what |\n|---|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		_, usage := pflag.UnquoteUsage(f)
		value := f.DefValue
		if value == "" || value == "[]" {
			value = "–"
		} else {
			value = "`" + value + "`"
		}
		env := envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s |\n", f.Name, env, value, usage)
	})
	b.WriteString("\n")
	return b.String()
}
