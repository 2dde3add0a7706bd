package frontend

import (
	"compress/gzip"
	"io"
	"io/fs"
	"testing"
)

// The budget of the page: what a browser loads before the first sample arrives, in
// gzip, which every browser accepts.
const budget = 120 << 10

func TestFS_HoldsAPageWithinItsBudget(t *testing.T) {
	var total countWriter
	names := map[string]bool{}
	err := fs.WalkDir(FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names[path] = true
		f, err := FS().Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewWriterLevel(&total, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := io.Copy(z, f); err != nil {
			return err
		}
		return z.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"index.html", "assets/app.js", "assets/app.css", "assets/vendor.js"} {
		if !names[name] {
			t.Errorf("%s is missing: run make dist", name)
		}
	}
	if total > budget {
		t.Errorf("the page is %d bytes compressed, its budget is %d", total, budget)
	}
	t.Logf("%d files, %d bytes compressed", len(names), total)
}

type countWriter int

func (c *countWriter) Write(p []byte) (int, error) { *c += countWriter(len(p)); return len(p), nil }
