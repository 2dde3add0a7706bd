package attacks

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"
	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"dashcam/collectors/collectortest/need"
	"dashcam/server/wire"
)

// hangingDir is a directory behind a file system in user space (fuse(4)) whose reads hang
// when they are told to. Writes go on.
type hangingDir struct {
	path string // where it is mounted

	mu   sync.Mutex
	hung chan struct{} // closed when reads answer again; nil while they do
	// waiting counts reads that hang.
	waiting int
}

func newHangingDir(t *testing.T) *hangingDir {
	t.Helper()
	need.Root(t, "mounts a file system in user space")
	behind := t.TempDir()
	d := &hangingDir{path: filepath.Join(t.TempDir(), "state")}
	if err := os.Mkdir(d.path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(behind, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := fs.NewLoopbackRoot(behind)
	if err != nil {
		t.Fatal(err)
	}
	loopback, ok := root.(*fs.LoopbackNode)
	if !ok {
		t.Fatalf("a loopback file system begins with a %T", root)
	}
	server, err := fs.Mount(d.path, &hangingNode{loopback, d}, &fs.Options{MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "hanging"}})
	if err != nil {
		t.Fatalf("mount a file system in user space: %v (the kernel needs the module fuse)", err)
	}
	t.Cleanup(func() {
		d.answer()
		if err := server.Unmount(); err != nil {
			t.Errorf("unmount %s: %v", d.path, err)
		}
	})
	return d
}

// hang makes reads wait from now on.
func (d *hangingDir) hang() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hung = make(chan struct{})
}

// answer lets them all go on.
func (d *hangingDir) answer() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hung != nil {
		close(d.hung)
		d.hung = nil
	}
}

func (d *hangingDir) reads() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting
}

// wait is what a read does first. It ends with the process that asks, too.
func (d *hangingDir) wait(ctx context.Context) syscall.Errno {
	d.mu.Lock()
	hung := d.hung
	d.mu.Unlock()
	if hung == nil {
		return 0
	}
	count := func(n int) {
		d.mu.Lock()
		d.waiting += n
		d.mu.Unlock()
	}
	count(1)
	defer count(-1)
	select {
	case <-hung:
		return 0
	case <-ctx.Done():
		return syscall.EINTR
	}
}

type hangingNode struct {
	*fs.LoopbackNode
	dir *hangingDir
}

// WrapChild makes every file below one that hangs, too.
func (n *hangingNode) WrapChild(_ context.Context, ops fs.InodeEmbedder) fs.InodeEmbedder {
	if child, ok := ops.(*fs.LoopbackNode); ok {
		return &hangingNode{child, n.dir}
	}
	return ops
}

// Open keeps the kernel from answering reads out of its own memory.
func (n *hangingNode) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	h, _, errno := n.LoopbackNode.Open(ctx, flags)
	return h, fuse.FOPEN_DIRECT_IO, errno
}

func (n *hangingNode) Read(ctx context.Context, h fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	if errno := n.dir.wait(ctx); errno != 0 {
		return nil, errno
	}
	r, ok := h.(fs.FileReader)
	if !ok {
		return nil, syscall.EBADF
	}
	return r.Read(ctx, dest, off)
}

// watch reads a socket until the condition holds, and returns the state it led to.
func watch(t *testing.T, ws *fastws.Conn, what string, ok func(*wire.State) bool) *wire.State {
	t.Helper()
	state := wire.NewState()
	for began := time.Now(); !ok(state); {
		if err := ws.SetReadDeadline(began.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		_, text, err := ws.ReadMessage()
		if err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		if err := state.Apply(text); err != nil {
			t.Fatalf("apply %.200s: %v", text, err)
		}
	}
	return state
}

// TestHungDisk starts dashcam anew on a history whose disk stops to answer reads. What
// does not need the disk must not notice: a page that asks for rows in memory, health,
// sign-out, the rows themselves, the stop. Who asks for rows on the disk is told.
func TestHungDisk(t *testing.T) {
	t.Parallel()
	const kind = "disk that hangs"
	dir := newHangingDir(t)
	args := []string{"--demo", "--interval", "1s", "--state-dir", dir.path, "--auth", "token"}
	first := start(t, args...)
	first.stop()
	g := newUnitGroup(t)
	p := g.start(args...)
	secret := p.link()
	status, cookie := p.signIn(secret)
	right(t, kind, status == 200 && cookie != "", "sign-in: %d", status)
	newest := func() uint64 {
		var h health
		req, err := http.NewRequest(http.MethodGet, "http://"+p.addr+"/api/v1/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+secret)
		res, err := p.client(30 * time.Second).Do(req)
		if err != nil {
			return 0
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&h); err != nil {
			return 0
		}
		return h.Remembered.Newest
	}
	before := newest()
	dir.hang()

	open := func(window int) *fastws.Conn {
		t.Helper()
		m := wire.Subscribe{Topics: []string{wire.TopicMetrics}, Window: window}
		header := http.Header{}
		for line := range strings.SplitSeq(cookie, "\r\n") {
			name, value, _ := strings.Cut(line, ": ")
			header.Set(name, value)
		}
		return p.subscribe(m, header)
	}
	var far []*fastws.Conn
	for range 3 {
		far = append(far, open(wire.MaxReach))
	}
	waitUntil(t, "a read that hangs", func() bool { return dir.reads() > 0 })

	began := time.Now()
	near := open(1)
	watch(t, near, "a row of memory", func(s *wire.State) bool { return len(s.Rows) > 1 })
	attack(t, kind, time.Since(began) < soon, "a page that asks for no more than the newest row waited %v", time.Since(began))
	began = time.Now()
	after := newest()
	attack(t, kind, after > 0 && time.Since(began) < soon, "health took %v", time.Since(began))

	for i, ws := range far {
		state := watch(t, ws, "what cannot be read", func(s *wire.State) bool { return len(s.Older) > 0 && len(s.Rows) > 1 })
		older := state.Older[0]
		attack(t, kind, older.Why != "" && older.To >= before-5 && len(state.Gaps) == 0, "page %d was told %+v", i, state.Older)
	}
	attack(t, kind, time.Since(began) < 15*time.Second, "the pages were told after %v", time.Since(began))
	waitUntil(t, "further rows", func() bool { return newest() > after+2 })

	began = time.Now()
	status, _ = p.raw(p.request("DELETE", "/api/v1/session", "Origin: http://"+p.addr, cookie))
	attack(t, kind, status == 204 && time.Since(began) < soon, "sign-out was answered with %d after %v", status, time.Since(began))
	g.holds(kind, p)
	// What waits for such a disk is given up, and the exit status says so.
	if p.err != nil && strings.Contains(p.log.String(), "history on disk: the disk has not answered") {
		p.err = nil
	}
}
