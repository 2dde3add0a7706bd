package frontend

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The budgets of the page in gzip, which every browser accepts: the files that a browser
// loads for its first view; these and what every page fetches when it is idle; and each
// part that is fetched when somebody opens it, or when it has something to show.
// The page of one host loads nothing of the wall.
const (
	firstBudget = 97 << 10
	wholeBudget = 132 << 10
	// wallBudget is that of what only the wall of a hub loads, with its lists and its lane.
	wallBudget = 21 << 10
)

var openedBudgets = map[string]int{
	"alert-parts":    8 << 10, // the list of alerts
	"incident-parts": 8 << 10, // what happened, what changed, the form of a file
}

func TestFS_HoldsAPageWithinItsBudget(t *testing.T) {
	files := compressed(t)
	opened := map[string]int{}
	for name, n := range files {
		part := strings.TrimSuffix(path.Base(name), path.Ext(name))
		if _, ok := openedBudgets[part]; ok {
			opened[part] += n
			delete(files, name)
		}
	}
	whole, wall := 0, 0
	for name, n := range files {
		if ofTheWall[name] {
			wall += n
		} else {
			whole += n
		}
	}
	first, names := 0, firstView(t, "index.html")
	for name := range names {
		first += files[name]
		delete(files, name)
	}
	for part, budget := range openedBudgets {
		if n := opened[part]; n == 0 || n > budget {
			t.Errorf("%s is %d bytes compressed, its budget is %d", part, n, budget)
		}
	}
	for _, name := range []string{"index.html", "assets/app.js", "assets/app.css", "assets/vendor.js"} {
		if !names[name] {
			t.Errorf("%s is not part of the first view: run make dist", name)
		}
	}
	if len(files) == 0 {
		t.Error("every file is loaded for the first view; the page fetches some of them later")
	}
	if first > firstBudget {
		t.Errorf("the first view is %d bytes compressed, its budget is %d", first, firstBudget)
	}
	if wall > wallBudget {
		t.Errorf("the wall is %d bytes compressed, its budget is %d", wall, wallBudget)
	}
	if whole > wholeBudget {
		t.Errorf("the page is %d bytes compressed, its budget is %d", whole, wholeBudget)
	}
	t.Logf("first view: %d files, %d bytes compressed; whole page: %d bytes; wall: %d bytes; later: %v; when opened: %v", len(names), first, whole, wall, slices.Sorted(maps.Keys(files)), opened)
}

// ofTheWall are the files that the page of a host without a hub never loads.
var ofTheWall = map[string]bool{
	"wall.html": true, "assets/wall.js": true, "assets/wall.css": true, "assets/wall-keys.js": true, "assets/back.js": true,
}

func TestFS_TheWallIsApartFromThePageOfAHost(t *testing.T) {
	for name := range firstView(t, "index.html") {
		if ofTheWall[name] {
			t.Errorf("the page of a host loads %s", name)
		}
	}
	body, err := fs.ReadFile(FS(), "assets/later-parts.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range imported.FindAllSubmatch(body, -1) {
		if name := "assets/" + string(m[1]); ofTheWall[name] {
			t.Errorf("the later parts of the page of a host load %s", name)
		}
	}
	wall := firstView(t, "wall.html")
	for _, name := range []string{"assets/app.js", "assets/wall.js", "assets/wall.css"} {
		if !wall[name] {
			t.Errorf("the document of the wall does not name %s: run make dist", name)
		}
	}
}

// compressed returns the length of every file in gzip.
func compressed(t *testing.T) map[string]int {
	t.Helper()
	sizes := make(map[string]int)
	err := fs.WalkDir(FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && name == "incident" {
			return fs.SkipDir // the same once more, for files of incidents
		}
		if err != nil || d.IsDir() || path.Ext(name) == ".br" { // those are other files, compressed
			return err
		}
		body, err := fs.ReadFile(FS(), name)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(body); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		sizes[name] = b.Len()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sizes
}

// TestFS_HoldsThePageOfIncidents has a budget, too: it is in every file.
func TestFS_HoldsThePageOfIncidents(t *testing.T) {
	const budget = 136 << 10
	whole := 0
	for _, name := range []string{"incident/page.js.gz", "incident/page.css.gz"} {
		body, err := fs.ReadFile(FS(), name)
		if err != nil {
			t.Fatalf("%v: run make dist", err)
		}
		whole += len(body)
	}
	if whole > budget {
		t.Errorf("the page of an incident is %d bytes compressed, its budget is %d", whole, budget)
	}
	t.Logf("%d bytes compressed", whole)
}

var (
	named    = regexp.MustCompile(`(?:src|href)="\./(assets/[^"?]+)(?:\?[^"]*)?"`)
	imported = regexp.MustCompile("(?:from|import)\\s*[\"'`]\\./([^\"'`?]+)(?:\\?[^\"'`]*)?[\"'`]")
)

// firstView returns the files that a browser loads before the page runs: what a
// document names, and what these import. What is asked for with import() is not.
func firstView(t *testing.T, document string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	var load func(name string)
	load = func(name string) {
		if names[name] {
			return
		}
		names[name] = true
		body, err := fs.ReadFile(FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		switch path.Ext(name) {
		case ".html":
			for _, m := range named.FindAllSubmatch(body, -1) {
				load(string(m[1]))
			}
		case ".js":
			for _, m := range imported.FindAllSubmatch(body, -1) {
				load(path.Join(path.Dir(name), string(m[1])))
			}
		}
	}
	load(document)
	return names
}
