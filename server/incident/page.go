package incident

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Page is what shows an incident: one script and one style, which ask for nothing else.
type Page struct {
	script, style []byte
}

// LoadPage reads the page out of the files of package frontend.
func LoadPage(files fs.FS) (*Page, error) {
	p := &Page{}
	for name, to := range map[string]*[]byte{"incident/page.js.gz": &p.script, "incident/page.css.gz": &p.style} {
		packed, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the page of an incident: %w", err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", name, err)
		}
		if *to, err = io.ReadAll(z); err != nil {
			return nil, fmt.Errorf("unpack %s: %w", name, err)
		}
		// Both stand in the page as they are: what ends them early would be markup.
		for _, end := range []string{"</script", "</style", "<!--"} {
			if bytes.Contains(bytes.ToLower(*to), []byte(end)) {
				return nil, fmt.Errorf("%s has %q in it, which would end it", name, end)
			}
		}
	}
	return p, nil
}

// The elements that hold the incident. Scripts of these types are data: nothing runs them,
// and what is in them is not markup.
const (
	headBegins  = `<script type="application/json" id="dashcam-incident">`
	linesBegins = `<script type="text/plain" id="dashcam-lines">`
	scriptEnds  = `</script>`
)

// Write writes the file.
func (i *Incident) Write(out io.Writer, p *Page) error {
	head, err := json.Marshal(&i.Head) // with <, > and & escaped
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<16)
	fmt.Fprintf(w, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="dark light">
<meta name="referrer" content="no-referrer">
<title>dashcam incident</title>
<style>%s</style>
`, p.policy(), p.style)
	fmt.Fprintf(w, "%s%s%s\n</head>\n<body>\n<div id=\"app\"><noscript>dashcam draws this incident with JavaScript; dashcam open serves it to other programs.</noscript></div>\n", headBegins, head, scriptEnds)
	_, _ = w.WriteString(linesBegins) // Flush has the error
	text := base64.NewEncoder(base64.StdEncoding, w)
	_, err = text.Write(i.packed)
	err = errors.Join(err, text.Close())
	fmt.Fprintf(w, "%s\n<script type=\"module\">%s%s\n</body>\n</html>\n", scriptEnds, p.script, scriptEnds)
	return errors.Join(err, w.Flush())
}

// policy allows this script and this style alone. Pictures are those that the page makes
// of its charts.
func (p *Page) policy() string {
	hash := func(b []byte) string {
		sum := sha256.Sum256(b)
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	return fmt.Sprintf("default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; img-src data: blob:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'", hash(p.script), hash(p.style))
}
