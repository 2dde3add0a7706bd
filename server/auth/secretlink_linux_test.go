package auth

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dashcam/collectors/collectortest/need"
)

// tree makes directories, files and links below a directory of its own.
type tree struct {
	*testing.T
	dir string
}

func newTree(t *testing.T) *tree {
	t.Helper()
	return &tree{t, t.TempDir()}
}

func (t *tree) at(name string) string { return filepath.Join(t.dir, name) }

func (t *tree) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (t *tree) mkdir(name string, mode os.FileMode) {
	t.Helper()
	t.must(os.Mkdir(t.at(name), 0o700))
	t.must(os.Chmod(t.at(name), mode))
}

func (t *tree) secret(name string) {
	t.Helper()
	t.must(os.WriteFile(t.at(name), []byte(goodToken), 0o400))
}

func (t *tree) link(target, name string) {
	t.Helper()
	t.must(os.Symlink(target, t.at(name)))
}

func (t *tree) wants(name, says string) {
	t.Helper()
	got, err := SecretFile(t.at(name))
	switch {
	case says == "" && (err != nil || got != goodToken):
		t.Errorf("%s: %q, %v", name, got, err)
	case says != "" && (err == nil || got != "" || !strings.Contains(err.Error(), says)):
		t.Errorf("%s: %q, %v, want an error with %q", name, got, err, says)
	}
}

// Kubernetes lays two links to each file of a secret; they were refused.
func TestSecretFile_FollowsTheLinksOfAProjectedSecret(t *testing.T) {
	f := newTree(t)
	f.mkdir("volume", 0o777|os.ModeSticky)
	f.mkdir("volume/..2026_11_28", 0o755)
	f.secret("volume/..2026_11_28/token")
	f.link("..2026_11_28", "volume/..data")
	f.link("..data/token", "volume/token")
	f.wants("volume/token", "")
	if got, err := TokenFile(f.at("volume/token")); err != nil || got != goodToken {
		t.Errorf("as a token: %q, %v", got, err)
	}
	f.link(f.at("volume/token"), "absolute")
	f.wants("absolute", "")
	f.link("../"+filepath.Base(f.dir)+"/volume/./token", "up")
	f.wants("up", "")
}

func TestSecretFile_FollowsNoLinkThatOthersCouldHaveLaid(t *testing.T) {
	f := newTree(t)
	f.secret("token")
	f.mkdir("open", 0o777)
	f.mkdir("group", 0o770)
	f.secret("open/token")
	f.link("../token", "open/link")
	f.wants("open/link", "others may write to open")
	f.link("../token", "group/link")
	f.wants("group/link", "others may write to group")
	f.link("open/token", "into")
	f.wants("into", "others may write to open")
	f.link("open/link", "through")
	f.wants("through", "others may write to open")
	f.link("loop", "loop")
	f.wants("loop", "over more than 8 others")
	f.link("nothing", "dangling")
	f.wants("dangling", "leads nowhere")
	f.link("open", "to a directory")
	f.wants("to a directory", "others may write to open")
	f.mkdir("own", 0o700)
	f.link("own", "to my directory")
	f.wants("to my directory", "to a directory")
	f.link("token/token", "through a file")
	f.wants("through a file", "is no directory")
	f.must(syscall.Mkfifo(f.at("pipe"), 0o600))
	f.link("pipe", "to a pipe")
	f.wants("to a pipe", "no file of at most")
	f.must(os.WriteFile(f.at("read by all"), []byte(goodToken), 0o644))
	f.link("read by all", "to what all read")
	f.wants("to what all read", "chmod 640")
}

func TestSecretFile_FollowsNoLinkOfAnotherUser(t *testing.T) {
	need.Root(t, "to give files to another user")
	const other = 65534
	f := newTree(t)
	f.secret("token")
	f.link("token", "link")
	f.must(os.Lchown(f.at("link"), other, other))
	f.wants("link", "link on its way belongs to user 65534")
	f.mkdir("home", 0o755)
	f.secret("home/token")
	f.must(os.Chown(f.at("home"), other, other))
	f.link("home/token", "into")
	f.wants("into", "home on its way belongs to user 65534")
	f.secret("given")
	f.must(os.Chown(f.at("given"), other, other))
	f.link("given", "to given")
	f.wants("to given", "belongs to user 65534")
	f.mkdir("sticky", 0o777|os.ModeSticky)
	f.link("../token", "sticky/link")
	f.wants("sticky/link", "")
	f.must(os.Lchown(f.at("sticky/link"), other, other))
	f.wants("sticky/link", "link on its way belongs to user 65534")
}
