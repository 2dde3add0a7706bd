package auth

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTokenFile_IsMadeOnceForItsUserAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	first, err := TokenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := TokenFile(path)
	if err != nil || again != first || len(first) != 43 {
		t.Errorf("then %q (%v), first %q", again, err, first)
	}
}

func TestTokenFile_RefusesWhatIsNoSecret(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, says := range map[string]string{
		write("read by all", goodToken, 0o644):                   "chmod 600",
		write("read by a group", goodToken, 0o640):               "chmod 600",
		write("short", "secret\n", 0o600):                        "at least 22",
		write("empty", "", 0o600):                                "at least 22",
		write("long", strings.Repeat("x", 5000), 0o600):          "4096 bytes",
		write("two lines", goodToken+"\n"+goodToken+"\n", 0o600): "a space",
		dir:                               "no file of at most",
		filepath.Join(dir, "no", "token"): "no such file",
	} {
		if token, err := TokenFile(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %q, %v, want an error with %q", filepath.Base(path), token, err, says)
		}
	}
	if token, err := TokenFile(write("good", " "+goodToken+"\n", 0o400)); err != nil || token != goodToken {
		t.Errorf("with space around: %q, %v", token, err)
	}
}
