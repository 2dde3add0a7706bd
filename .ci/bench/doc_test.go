package bench

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDoc_NamesWhatExists looks up every benchmark, test and command that doc.go names.
func TestDoc_NamesWhatExists(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^//\t.+ {2,}(\S+): (?:((?:Benchmark|Test)\w+)|go run \./(\w+))`).FindAllSubmatch(doc, -1)
	if len(named) < 20 {
		t.Fatalf("doc.go names %d places, want all of them", len(named))
	}
	const root = "../.."
	for _, m := range named {
		dir, function, command := filepath.Join(root, string(m[1])), string(m[2]), string(m[3])
		if command != "" {
			if _, err := os.Stat(filepath.Join(dir, command, "main.go")); err != nil {
				t.Errorf("%s: go run ./%s: %v", m[1], command, err)
			}
			continue
		}
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(text), "\nfunc "+function+"(")
		}
		if !found {
			t.Errorf("%s has no %s", m[1], function)
		}
	}
}
