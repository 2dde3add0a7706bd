package textfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// TestCollector_DoesNotFollowLinks: a link to a file that only root may read showed its
// lines in the health of a dashcam that runs as root.
func TestCollector_DoesNotFollowLinks(t *testing.T) {
	d := newDirectory(t, map[string]string{"good.prom": "good 1\n"})
	outside := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(outside, []byte("m 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"outside.prom": outside, "inside.prom": "good.prom", "gone.prom": "nowhere", "device.prom": "/dev/zero"} {
		if err := os.Symlink(to, filepath.Join(d.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	values, lacks := d.sampled()
	if _, followed := values["m"]; followed || len(lacks) != 4 || values["good"] != 1 {
		t.Errorf("values %v, lacks %v", values, lacks)
	}
	for name, reason := range lacks {
		if reason != "is a symbolic link, which is not followed" {
			t.Errorf("%s %s", name, reason)
		}
	}
	// One that takes the place of a file after that was looked at is not followed either.
	f := &file{path: filepath.Join(d.dir, "outside.prom")}
	if err := f.read("outside.prom", func(int) bool { return true }); err != errLink || len(f.metrics) > 0 { //nolint:errorlint // it is not wrapped
		t.Errorf("read through a link: %v, %v", f.metrics, err)
	}
	// A directory may be one: whoever names it chose it.
	link := filepath.Join(t.TempDir(), "metrics")
	if err := os.Symlink(d.dir, link); err != nil {
		t.Fatal(err)
	}
	d.c.options.Dir = link
	if values, _ := d.sampled(); values["good"] != 1 {
		t.Errorf("by a link to the directory: %v", values)
	}
}

// TestCollector_TakesFilesOfTrustedOwners: where everybody may leave files, everybody's are
// not taken.
func TestCollector_TakesFilesOfTrustedOwners(t *testing.T) {
	need.Root(t, "gives files to other users")
	const stranger, admin = 54321, 54322
	for name, c := range map[string]struct {
		mode           os.FileMode
		dirOwner, file int
		taken          bool
	}{
		"a stranger's where everybody may write":             {0o777 | os.ModeSticky, 0, stranger, false},
		"root's where everybody may write":                   {0o777, stranger, 0, true},
		"the directory's owner's where everybody may write":  {0o777, stranger, stranger, true},
		"a stranger's where a group may write":               {0o775, admin, stranger, true},
		"a stranger's where its owner alone may write":       {0o755, 0, stranger, true},
		"a stranger's where others may write but not read":   {0o773, 0, stranger, false},
		"another user's than the directory's, for everybody": {0o777, admin, stranger, false},
	} {
		d := newDirectory(t, map[string]string{"a.prom": "m 1\n"})
		if err := os.Chown(filepath.Join(d.dir, "a.prom"), c.file, c.file); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(d.dir, c.dirOwner, 0); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d.dir, c.mode); err != nil {
			t.Fatal(err)
		}
		values, lacks := d.sampled()
		if _, taken := values["m"]; taken != c.taken || !c.taken && !strings.Contains(lacks["a.prom"], "belongs to user 54321") {
			t.Errorf("%s: values %v, lacks %v", name, values, lacks)
		}
		// It is given away, or back, without being written.
		if err := os.Chmod(d.dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(d.dir, "a.prom"), admin+1, 0); err != nil {
			t.Fatal(err)
		}
		if values, _ := d.sampled(); len(values) != 2 {
			t.Errorf("%s: given to a stranger: %v", name, values)
		}
		if err := os.Chown(filepath.Join(d.dir, "a.prom"), 0, 0); err != nil {
			t.Fatal(err)
		}
		if values, lacks := d.sampled(); values["m"] != 1 {
			t.Errorf("%s: given to root: %v, %v", name, values, lacks)
		}
	}
}

func TestCollector_ReadsWhatMayBeReadNow(t *testing.T) {
	d := newDirectory(t, map[string]string{"a.prom": "m 1\n"})
	path := filepath.Join(d.dir, "a.prom")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, lacks := d.sampled(); lacks["a.prom"] != "is no regular file" {
		t.Errorf("a directory: %v", lacks)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	d.write("a.prom", "m 2\n", written.Add(time.Second))
	if values, lacks := d.sampled(); values["m"] != 2 || len(lacks) > 0 {
		t.Errorf("a file again: %v, lacks %v", values, lacks)
	}
}
