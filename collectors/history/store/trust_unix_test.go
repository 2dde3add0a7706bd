//go:build unix

package store

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dashcam/collectors/collectortest/need"
)

// A link by another user made the lock of a dashcam that runs as root cut any file of his
// choice to nothing. Neither the directory nor what is in it may be somebody else's.
func TestOpenStore_TrustsOnlyItsOwn(t *testing.T) {
	const somebody = 12345
	secret := filepath.Join(t.TempDir(), "secret")
	chown := func(t *testing.T, path string) {
		if os.Geteuid() != 0 {
			need.Missing(t, "not root, who alone may give a file away")
		}
		if err := os.Lchown(path, somebody, somebody); err != nil {
			t.Fatal(err)
		}
	}
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		make func(t *testing.T, dir string)
		want string
	}{
		"a lock that is a link": {func(t *testing.T, dir string) { must(t, os.Symlink(secret, filepath.Join(dir, "lock"))) }, "lock is a symbolic link: expected a file"},
		"a lock with two names": {func(t *testing.T, dir string) { must(t, os.Link(secret, filepath.Join(dir, "lock"))) }, "lock has 2 names: expected one"},
		"a lock that is a pipe": {func(t *testing.T, dir string) { must(t, syscall.Mkfifo(filepath.Join(dir, "lock"), 0o600)) }, "lock is no regular file"},
		"a lock of another": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "lock")
			must(t, os.WriteFile(path, nil, 0o600))
			chown(t, path)
		}, "lock belongs to user 12345: expected user"},
		"a segment of another": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "00000001.seg")
			must(t, os.WriteFile(path, nil, 0o600))
			chown(t, path)
		}, "00000001.seg belongs to user 12345: expected user"},
		"a log of events of another": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "00000001.evt")
			must(t, os.WriteFile(path, nil, 0o600))
			chown(t, path)
		}, "00000001.evt belongs to user 12345: expected user"},
		"a directory of another":        {func(t *testing.T, dir string) { chown(t, dir) }, "belongs to user 12345: expected user"},
		"a directory anybody writes to": {func(t *testing.T, dir string) { must(t, os.Chmod(dir, 0o777)) }, "may be written to by everybody (mode 0777): expected 0700"},
		"a directory a group writes to": {func(t *testing.T, dir string) {
			must(t, os.Chmod(dir, 0o770))
			if os.Geteuid() != 0 {
				need.Missing(t, "not root, who alone may change the group")
			}
			must(t, os.Chown(dir, -1, somebody))
		}, "may be written to by group 12345 (mode 0770): expected 0700"},
		"its own, readable by everybody": {func(t *testing.T, dir string) { must(t, os.Chmod(dir, 0o755)) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, os.WriteFile(secret, []byte("keep me"), 0o600))
			dir := t.TempDir()
			c.make(t, dir)
			on, err := Open(Config{Dir: dir})
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				_ = on.Close()
			}
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("error %q, want %q in it", got, c.want)
			}
			if b, err := os.ReadFile(secret); err != nil || string(b) != "keep me" {
				t.Errorf("the file that was pointed at holds %q, %v", b, err)
			}
		})
	}
}

// A child that is just being started has a copy of every open file until it executes its
// program. A store that was closed meanwhile was in use for the one that opened it next.
func TestStore_LetsGoOfItsDirectoryWhileAChildIsBeingStarted(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Limit: 8 << 20}
	first, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	held, err := syscall.Dup(int(first.lock.Fd())) // as a fork does
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(held) }()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	next, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Close(); err != nil {
		t.Fatal(err)
	}
}
