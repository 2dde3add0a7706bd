package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
)

func TestAssets_AreServedInTheBestEncoding(t *testing.T) {
	r := newRig(t, nil)
	plain := string(page()["assets/app.js"].Data)
	for accept, want := range map[string]string{
		"":                          "",
		"gzip, deflate, br":         "br",
		"gzip":                      "gzip",
		"br;q=0, gzip":              "gzip",
		"br;q=0.1, gzip;q=0.9":      "gzip",
		"*":                         "br",
		"identity":                  "",
		"gzip;q=0, br;q=0":          "",
		"gzip;q=nonsense, br;q=NaN": "",
		"BR":                        "br",
	} {
		res, body := r.do("GET", "/assets/app.js", map[string]string{"Accept-Encoding": accept})
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: %q, want %q", accept, got, want)
		}
		if got := res.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary is %q", accept, got)
		}
		if got := decoded(t, want, body); got != plain {
			t.Errorf("Accept-Encoding %q: %d bytes, want the file of %d", accept, len(got), len(plain))
		}
	}
	if res, body := r.do("GET", "/tiny.txt", map[string]string{"Accept-Encoding": "br, gzip"}); res.Header.Get("Content-Encoding") != "" || body != "x" {
		t.Errorf("a file that does not shrink: %q %q", res.Header.Get("Content-Encoding"), body)
	}
}

func decoded(t *testing.T, encoding, body string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	switch encoding {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		g, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = g
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", encoding, err)
	}
	return string(b)
}

// What was compressed with the page is served as it is, and is no file of its own.
func TestAssets_CompressedBeforehand(t *testing.T) {
	body := []byte(strings.Repeat("dashcam ", 99))
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, 1)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files := func(br []byte) fstest.MapFS {
		return fstest.MapFS{"index.html": {}, "app.js": {Data: body}, "app.js.br": {Data: br}}
	}
	loaded, build, err := loadAssets(files(b.Bytes()), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := loaded["app.js"].br; got == nil || !bytes.Equal(got.body, b.Bytes()) {
		t.Errorf("app.js is not served as it was compressed: %v", got)
	}
	if loaded.find("app.js.br") != nil {
		t.Error("app.js.br is a file of its own")
	}
	plain := files(nil)
	delete(plain, "app.js.br")
	if _, other, err := loadAssets(plain, ""); err != nil || other != build {
		t.Errorf("the build is %s with and %s without what was compressed: %v", build, other, err)
	}
	for name, page := range map[string]fstest.MapFS{
		"another file": {"index.html": {}, "app.js": {Data: []byte("x")}, "app.js.br": {Data: b.Bytes()}},
		"no brotli":    files([]byte("x")),
		"without file": {"index.html": {}, "app.js.br": {Data: b.Bytes()}},
	} {
		if _, _, err := loadAssets(page, ""); err == nil || !strings.Contains(err.Error(), "app.js") {
			t.Errorf("%s: %v, want an error that names app.js", name, err)
		}
	}
}

func TestAssets_AreRevalidated(t *testing.T) {
	r := newRig(t, nil)
	tags := make(map[string]bool)
	for _, encoding := range []string{"", "gzip", "br"} {
		res, _ := r.do("GET", "/assets/app.js", map[string]string{"Accept-Encoding": encoding})
		tag := res.Header.Get("ETag")
		if tag == "" || tags[tag] || res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%q: ETag %s (seen before: %v), Cache-Control %q", encoding, tag, tags[tag], res.Header.Get("Cache-Control"))
		}
		tags[tag] = true
		for header, want := range map[string]int{
			tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, strings.Trim(tag, `"`): 200,
		} {
			res, body := r.do("GET", "/assets/app.js", map[string]string{"Accept-Encoding": encoding, "If-None-Match": header})
			if res.StatusCode != want || want == 304 && (body != "" || res.Header.Get("ETag") != tag) {
				t.Errorf("%q, If-None-Match %s: %d with %d bytes, ETag %s; want %d", encoding, header, res.StatusCode, len(body), res.Header.Get("ETag"), want)
			}
		}
	}
}

// A browser that has the files of this page asks for none of them again; what a page of
// another version asks for, and the document itself, is asked for at every use.
func TestAssets_OfThisVersionAreKept(t *testing.T) {
	const kept, asked = "max-age=31536000, immutable", "no-cache"
	files := page()
	files["index.html"].Data = []byte(`<!doctype html><meta name="dashcam-build" content=""><script src="./assets/app.js?v=0123abcd"></script>`)
	r := newRig(t, func(c *Config) { c.Assets = files })
	for path, want := range map[string]string{
		"/assets/app.js?v=0123abcd": kept,
		"/assets/app.js?v=0123abce": asked,
		"/assets/app.js?v=":         asked,
		"/assets/app.js":            asked,
		"/?v=0123abcd":              asked,
		"/tiny.txt?v=0123abcd":      asked,
	} {
		res, _ := r.get(path)
		if got := res.Header.Get("Cache-Control"); res.StatusCode != 200 || got != want || res.Header.Get("ETag") == "" {
			t.Errorf("%s: %d, Cache-Control %q, ETag %q; want %q", path, res.StatusCode, got, res.Header.Get("ETag"), want)
		}
	}
	plain := newRig(t, nil)
	if res, _ := plain.get("/assets/app.js?v="); res.Header.Get("Cache-Control") != asked {
		t.Errorf("of a page without versions: Cache-Control %q", res.Header.Get("Cache-Control"))
	}
}

func TestAssets_TypesAndIndex(t *testing.T) {
	r := newRig(t, nil)
	for path, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/assets/app.js": "text/javascript; charset=utf-8", "/tiny.txt": "text/plain; charset=utf-8",
	} {
		if res, _ := r.get(path); res.StatusCode != 200 || res.Header.Get("Content-Type") != want {
			t.Errorf("GET %s: %d %s, want %s", path, res.StatusCode, res.Header.Get("Content-Type"), want)
		}
	}
	if _, body := r.get("/"); !strings.Contains(body, `name="dashcam-build" content="`+r.srv.Build()+`"`) || r.srv.Build() == "" {
		t.Errorf("the page does not name build %q: %s", r.srv.Build(), body)
	}
}

func TestBuildID_ChangesWithAnyFile(t *testing.T) {
	seen := make(map[string]string)
	for name, files := range map[string]fstest.MapFS{
		"as it is": page(),
		"content":  func() fstest.MapFS { p := page(); p["tiny.txt"].Data = []byte("y"); return p }(),
		"name": func() fstest.MapFS {
			p := page()
			p["tiny2.txt"] = p["tiny.txt"]
			delete(p, "tiny.txt")
			return p
		}(),
	} {
		id := buildOf(t, files)
		if other, dup := seen[id]; dup {
			t.Errorf("%s and %s are both build %s", name, other, id)
		}
		seen[id] = name
		if again := buildOf(t, files); again != id {
			t.Errorf("%s: %s, then %s", name, id, again)
		}
	}
}

func TestNew_RefusesAPageWithoutIndex(t *testing.T) {
	if _, _, err := loadAssets(fstest.MapFS{"app.js": {}}, ""); err == nil || !strings.Contains(err.Error(), "index.html") {
		t.Errorf("%v, want an error that names index.html", err)
	}
}

func buildOf(t *testing.T, page fstest.MapFS) string {
	t.Helper()
	files, err := readAll(page)
	if err != nil {
		t.Fatal(err)
	}
	return buildID(files)
}
