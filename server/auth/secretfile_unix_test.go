//go:build unix

package auth

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Whoever owns a file, or the link to it, chooses the secret: a token of another user was
// taken. Links are tried in secretlink_linux_test.go.
func TestSecretFiles_AreThoseOfTheirUserAlone(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, mode os.FileMode) string {
		if err := os.WriteFile(at(name), []byte(goodToken), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at(name), mode); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	good := write("good", 0o600)
	for name, target := range map[string]string{"dangling": at("nothing")} {
		if err := os.Symlink(target, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := map[string]func(string) (string, error){"token": TokenFile, "hash": SecretFile}
	for path, c := range map[string]struct{ token, hash string }{
		good:                                 {"", ""},
		write("read by its group", 0o640):    {"chmod 600", ""},
		write("written by its group", 0o620): {"chmod 600", "chmod 640"},
		write("read by all", 0o604):          {"chmod 600", "chmod 640"},
		at("dangling"):                       {"is a symbolic link", "is a symbolic link"},
		at("pipe"):                           {"no file of at most", "no file of at most"},
	} {
		for kind, says := range map[string]string{"token": c.token, "hash": c.hash} {
			switch got, err := read[kind](path); {
			case says == "" && (err != nil || got != goodToken):
				t.Errorf("%s from %s: %q, %v", kind, filepath.Base(path), got, err)
			case says != "" && (err == nil || got != "" || !strings.Contains(err.Error(), says)):
				t.Errorf("%s from %s: %q, %v, want an error with %q", kind, filepath.Base(path), got, err, says)
			}
		}
	}
	if _, err := os.Stat(at("nothing")); err == nil {
		t.Error("a token was written to where a link leads")
	}
	// Only root can give a file away, so for everybody its owner is changed on the way.
	info, err := os.Stat(good)
	if err != nil {
		t.Fatal(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("no owner in %T", info.Sys())
	}
	for uid, trustedOwner := range map[uint32]bool{0: true, uint32(os.Geteuid()): true, 65534: false, uint32(os.Geteuid()) + 1: false} {
		stat.Uid = uid
		if err := trusted(info, 0o600); (err == nil) != trustedOwner {
			t.Errorf("a file of user %d: %v", uid, err)
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(good, 65534, 0); err != nil {
			t.Fatal(err)
		}
		for kind, f := range read {
			if got, err := f(good); err == nil || !strings.Contains(err.Error(), "belongs to user 65534") {
				t.Errorf("%s of another: %q, %v", kind, got, err)
			}
		}
	}
}
