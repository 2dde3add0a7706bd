package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/andybalholm/brotli"
)

// indexFile is served at / and nowhere else. A hub serves wallFile there, and hostFile, which
// is indexFile that knows of the wall, for each host.
const (
	indexFile = "index.html"
	wallFile  = "wall.html"
	hostFile  = "host.html"
)

// incidentDir holds what is put into files of incidents, and is not served.
const incidentDir = "incident"

// buildMark is where the page says which build it is; it is filled in when the page
// is loaded, so that an open page can tell that the server behind it has changed.
const buildMark = `name="dashcam-build" content="`

// pageMark is where it says that it is a host's below a wall.
const pageMark = `data-page="`

// asset is one file of the page in every encoding it is served in.
type asset struct {
	contentType string
	// version is that of the page, where the page names this file with it.
	version string
	// plain is always there; br and gz only where they are smaller.
	plain, br, gz *representation
}

// representation is one encoding of a file.
type representation struct {
	encoding string
	etag     string
	body     []byte
}

// assets are the files of the page by their path below the root. What is not in the
// map does not exist: no request is ever turned into the name of a file.
type assets map[string]*asset

type file struct {
	name string
	body []byte
}

// readAll returns every file that is served, in the order of names, which is how fs.WalkDir goes.
func readAll(fsys fs.FS) ([]file, error) {
	var files []file
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && name == incidentDir {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		files = append(files, file{name, body})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	return files, nil
}

func buildID(files []file) string {
	h := sha256.New()
	for _, f := range files {
		if strings.HasSuffix(f.name, packedMark) {
			continue
		}
		fmt.Fprintf(h, "%s %d\n", f.name, len(f.body))
		h.Write(f.body)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// packedMark ends the name of a file that is another one compressed with brotli. Those are
// made with the page, at the highest level: that makes them 7 % smaller than the level
// that a start has time for.
const packedMark = ".br"

// loadAssets reads the page, and compresses what was not compressed beforehand. An empty
// build is made from the files.
func loadAssets(fsys fs.FS, build string) (assets, string, error) {
	files, err := readAll(fsys)
	if err != nil {
		return nil, "", err
	}
	if build == "" {
		build = buildID(files)
	}
	packed := make(map[string][]byte)
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.name, packedMark); ok {
			packed[name] = f.body
		}
	}
	loaded := make(assets, len(files))
	for _, f := range files {
		if strings.HasSuffix(f.name, packedMark) {
			continue
		}
		if f.name == indexFile || f.name == wallFile {
			f.body = fill(f.body, buildMark, build)
		}
		if f.name == indexFile {
			if loaded[hostFile], err = newAsset(file{f.name, fill(f.body, pageMark, "host")}, nil); err != nil {
				return nil, "", fmt.Errorf("compress %s: %w", hostFile, err)
			}
		}
		if loaded[f.name], err = newAsset(f, packed[f.name]); err != nil {
			return nil, "", fmt.Errorf("compress %s: %w", f.name, err)
		}
		delete(packed, f.name)
	}
	for name := range packed {
		return nil, "", fmt.Errorf("read the page: it has %s%s and no %[1]s", name, packedMark)
	}
	if loaded[indexFile] == nil {
		return nil, "", errors.New("read the page: it has no " + indexFile)
	}
	if m := versioned.FindSubmatch(loaded[indexFile].plain.body); m != nil {
		for name, a := range loaded {
			if strings.HasPrefix(name, "assets/") {
				a.version = string(m[1])
			}
		}
	}
	return loaded, build, nil
}

func fill(body []byte, mark, value string) []byte {
	return bytes.Replace(body, []byte(mark+`"`), []byte(mark+value+`"`), 1)
}

// newAsset makes the encodings of a file; br is that of brotli, where it was made before.
func newAsset(f file, br []byte) (*asset, error) {
	sum := sha256.Sum256(f.body)
	tag := hex.EncodeToString(sum[:12])
	a := &asset{
		contentType: contentType(f.name),
		plain:       &representation{etag: `"` + tag + `"`, body: f.body},
	}
	br, err := brotliOf(f.body, br)
	if err != nil {
		return nil, err
	}
	a.br = smaller(f.body, "br", tag, br)
	var g bytes.Buffer
	gw, err := gzip.NewWriterLevel(&g, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := gw.Write(f.body); err != nil {
		return nil, err
	}
	if err := gw.Close(); err != nil {
		return nil, err
	}
	a.gz = smaller(f.body, "gzip", tag, g.Bytes())
	return a, nil
}

// brotliOf returns what was compressed beforehand, if that is really this file: browsers
// that take nothing but gzip would otherwise run another page than all others.
func brotliOf(body, before []byte) ([]byte, error) {
	if before != nil {
		if is, err := io.ReadAll(brotli.NewReader(bytes.NewReader(before))); err != nil || !bytes.Equal(is, body) {
			return nil, errors.New("what was compressed beforehand is not this file: run make dist")
		}
		return before, nil
	}
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, 9) // 11 takes ten times as long
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// smaller returns a compressed representation, or nil when it saves nothing. Each
// encoding has a tag of its own, as RFC 9110 8.8.3.3 asks.
func smaller(plain []byte, encoding, tag string, body []byte) *representation {
	if len(body) >= len(plain) {
		return nil
	}
	return &representation{encoding: encoding, etag: `"` + tag + "-" + encoding + `"`, body: body}
}

// contentType is what a file is served as. The table is ours because that of package
// mime depends on the machine, and with nosniff a wrong type means a broken page.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
