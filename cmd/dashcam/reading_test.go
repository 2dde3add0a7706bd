package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dashcam/collectors"
)

// TestReading_ExplainsEveryWordOfAState: whoever sees one finds it in the page that says
// how the dashboard is read, and of every section its name.
func TestReading_ExplainsEveryWordOfAState(t *testing.T) {
	text, err := os.ReadFile("../../frontend/READING.md")
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"busy", "saturated", "full", "filling", "nearly full", "errors"} // stateWord in reading.ts
	for _, r := range collectors.Resources() {
		for _, word := range r.Words {
			words = append(words, word.Text)
		}
	}
	var explained []string
	_, table, _ := strings.Cut(string(text), "\n| word | of | means |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-zA-Z][^|]*) \|`).FindAllStringSubmatch(table, -1) {
		explained = append(explained, strings.Split(m[1], ", ")...)
	}
	for _, word := range words {
		if !slices.Contains(explained, word) {
			t.Errorf("READING.md does not explain %q", word)
		}
	}
	for _, word := range explained {
		if !slices.Contains(words, word) {
			t.Errorf("READING.md explains %q, which no state is called", word)
		}
	}
	if len(words) < 15 {
		t.Errorf("only %d words are known", len(words))
	}
}

// TestDocs_LinksLead holds that what the pages for people link to is there.
func TestDocs_LinksLead(t *testing.T) {
	const root = "../.."
	seen := 0
	for _, page := range []string{
		"README.md", "frontend/READING.md", "frontend/KEYS.md", "server/API.md", "server/SECURITY.md", "collectors/WRITING.md",
		".ci/bench/README.md", ".github/ARCHITECTURE.md", ".github/CONTRIBUTING.md", ".github/CHANGELOG.md",
	} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`).FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d links were looked at", seen)
	}
}
