package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dashcam/collectors"
)

// root is where the files of the host are. The zero value is "/".
type root struct {
	dir  string
	keep *keeper
}

func (o Options) root() root {
	r := root{keep: o.keep}
	if o.Root != "" {
		r.dir = strings.TrimSuffix(filepath.Clean(o.Root), "/")
	}
	return r
}

// selfRoot is where files about dashcam's own process are: in our own /proc, wherever
// the host's is. Only a captured tree brings its own, as a directory where a live /proc
// has a link.
func (o Options) selfRoot() root {
	r := o.root()
	if !r.own() && isDir(r.path("/proc/self")) {
		return r
	}
	return root{keep: o.keep}
}

// own reports whether the files are those of our own machine and namespaces.
func (r root) own() bool { return r.dir == "" }

// path returns where the file with the absolute name is.
func (r root) path(name string) string { return r.dir + name }

// net returns the absolute name of a file of /proc/net: for another root that of the
// first process, because /proc/net is a link to our own namespace.
func (r root) net(name string) string {
	if r.own() {
		return "/proc/net/" + name
	}
	return "/proc/1/net/" + name
}

// maxFile bounds what is read of one file. The largest honest one is /proc/interrupts
// of a machine with thousands of processors.
const maxFile = 16 << 20

// readFile reads the file with the absolute name, for once.
func (r root) readFile(name string) ([]byte, error) {
	f, err := os.Open(r.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		return nil, fmt.Errorf("read %s: more than %d bytes", name, maxFile)
	}
	return b, err
}

// readString returns the trimmed text of a small file.
func (r root) readString(name string) (string, error) {
	b, err := r.readFile(name)
	return string(trim(b)), err
}

// readUint returns the number that a small file consists of.
func (r root) readUint(name string) (uint64, error) {
	b, err := r.readFile(name)
	if err != nil {
		return 0, err
	}
	return wholeUint(name, b)
}

// glob returns the absolute names, without the root, that match the pattern, sorted.
func (r root) glob(pattern string) []string {
	found, err := filepath.Glob(globQuote(r.dir) + pattern)
	if err != nil {
		return nil
	}
	for i := range found {
		found[i] = found[i][len(r.dir):]
	}
	return found
}

func wholeUint(name string, b []byte) (uint64, error) {
	v, ok := parseUint(trim(b))
	if !ok {
		return 0, malformed(name, b)
	}
	return v, nil
}

func isDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

// globQuote takes the meaning from characters of a directory that a pattern would
// interpret.
func globQuote(dir string) string {
	if !strings.ContainsAny(dir, `*?[\`) {
		return dir
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// malformedError says that a source exists but is not what we know it to be.
type malformedError struct {
	name, text string
}

// malformed returns the error for a source with unexpected content. The quoted part is
// cut: it goes to the page and to the log.
func malformed(name string, text []byte) error {
	const most = 80
	if len(text) > most {
		text = text[:most]
	}
	return malformedError{name, string(text)}
}

func (e malformedError) Error() string {
	if len(strings.TrimSpace(e.text)) == 0 {
		return e.name + " is empty or cut short"
	}
	return fmt.Sprintf("%s has unexpected content %q", e.name, e.text)
}

// reason says for a person why a source could not be used.
func reason(err error) string {
	bad, isBad := errors.AsType[malformedError](err)
	switch {
	case isBad:
		return bad.Error()
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist on this host"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read by this user"
	case errors.Is(err, errors.ErrUnsupported):
		return "is switched off in this kernel"
	}
	return err.Error()
}

// absent reports whether err says that the source is not there, forbidden or switched
// off, rather than broken.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported)
}

// unavailable records in b why the named source could not be used.
func unavailable(b *collectors.Batch, source string, err error) {
	b.Unavailable(source, reason(err))
}
