package host

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

const threeMounts = `20 1 8:1 / / rw - ext4 /dev/sda1 rw
21 20 0:40 / /net/dead rw shared:1 master:2 - nfs4 server:/export rw
22 20 8:2 / /with\040space\134x rw - ext4 /dev/sda2 rw
`

// askedFilesystem answers with one GiB everywhere, except that paths of hang wait for their
// channel. It counts the calls that have not returned.
type askedFilesystem struct {
	*filesystem
	mu     sync.Mutex
	inside map[string]int
	most   map[string]int
	hang   map[string]chan struct{}
}

func newAskedFilesystem(root string) *askedFilesystem {
	f := &askedFilesystem{filesystem: newFilesystem(Options{Root: root}).(*filesystem), inside: map[string]int{}, most: map[string]int{}, hang: map[string]chan struct{}{}}
	f.ask = func(path string) (usage, error) {
		path = "/" + strings.TrimPrefix(strings.TrimPrefix(path, root), "/")
		f.mu.Lock()
		f.inside[path]++
		f.most[path] = max(f.most[path], f.inside[path])
		wait := f.hang[path]
		f.mu.Unlock()
		if wait != nil {
			<-wait
		}
		f.mu.Lock()
		f.inside[path]--
		f.mu.Unlock()
		return usage{total: 1 << 30, used: 1 << 29, free: 1 << 29, available: 1 << 28}, nil
	}
	return f
}

// newPatientFilesystem waits for answers however busy the machine of the test is.
func newPatientFilesystem(o Options) *filesystem {
	f := newFilesystem(o).(*filesystem)
	f.timeout = time.Minute
	return f
}

func TestFilesystem_HungMountStallsAloneAndHoldsOneThread(t *testing.T) {
	root := handmade{"proc/1/mountinfo": threeMounts}.write(t)
	synctest.Test(t, func(t *testing.T) {
		c, b := newAskedFilesystem(root), collectors.NewBatch()
		hung := make(chan struct{})
		c.hang["/net/dead"] = hung
		var stalled []float64
		for range 4 {
			began := time.Now()
			o := observe(t, c, b)
			if took := time.Since(began); took > answerTime {
				t.Errorf("sample took %v, want at most %v", took, answerTime)
			}
			for _, mount := range []string{"/", `/with space\x`} {
				if o.values["filesystem.bytes "+mount+" used"] != float64(1<<29) || o.values["filesystem.stalled "+mount] != 0.0 {
					t.Errorf("%s: used %v, stalled %v, want it unaffected", mount, o.values["filesystem.bytes "+mount+" used"], o.values["filesystem.stalled "+mount])
				}
			}
			if v, set := o.values["filesystem.bytes /net/dead used"]; set {
				t.Errorf("a mount that does not answer has %v bytes used", v)
			}
			if v, said := o.values["filesystem.stalled /net/dead"].(float64); said {
				stalled = append(stalled, v)
			}
			time.Sleep(10*time.Second - time.Since(began))
		}
		// The first sample knows nothing of it yet.
		if diff := cmp.Diff([]float64{10, 20, 30}, stalled); diff != "" {
			t.Errorf("seconds stalled (-want +got):\n%s", diff)
		}

		close(hung)
		synctest.Wait()
		o := observe(t, c, b)
		if o.values["filesystem.stalled /net/dead"] != 0.0 || o.values["filesystem.bytes /net/dead used"] != float64(1<<29) {
			t.Errorf("after the answer: %v", only(o.values, "filesystem.stalled", "filesystem.bytes /net/dead"))
		}
		if diff := cmp.Diff(map[string]int{"/": 1, "/net/dead": 1, `/with space\x`: 1}, c.most); diff != "" {
			t.Errorf("most calls at a time (-want +got):\n%s", diff)
		}
	})
}

func TestFilesystem_HungMountThatComesBackGetsNoSecondThread(t *testing.T) {
	root := handmade{"proc/1/mountinfo": threeMounts}.write(t)
	synctest.Test(t, func(t *testing.T) {
		c, b := newAskedFilesystem(root), collectors.NewBatch()
		hung := make(chan struct{})
		c.hang["/net/dead"] = hung
		observe(t, c, b)
		lines := strings.SplitAfter(threeMounts, "\n")
		handmade{"proc/1/mountinfo": lines[0] + lines[2]}.into(t, root)
		observe(t, c, b)
		handmade{"proc/1/mountinfo": threeMounts}.into(t, root)
		observe(t, c, b)
		if c.most["/net/dead"] != 1 {
			t.Errorf("%d calls at a time, want 1", c.most["/net/dead"])
		}
		close(hung)
		synctest.Wait()
		handmade{"proc/1/mountinfo": lines[0]}.into(t, root)
		observe(t, c, b)
		if len(c.mounts) != 1 {
			t.Errorf("%d mounts remembered, want only the one that is left", len(c.mounts))
		}
	})
}

// A slow but living file system is late by one sample, not missing.
func TestFilesystem_LateAnswerIsUsedNextTime(t *testing.T) {
	root := handmade{"proc/1/mountinfo": threeMounts}.write(t)
	synctest.Test(t, func(t *testing.T) {
		c, b := newAskedFilesystem(root), collectors.NewBatch()
		slow := make(chan struct{})
		c.hang["/net/dead"] = slow
		observe(t, c, b)
		close(slow)
		synctest.Wait()
		again := make(chan struct{})
		c.hang["/net/dead"] = again
		o := observe(t, c, b)
		if o.values["filesystem.bytes /net/dead total"] != float64(1<<30) {
			t.Errorf("values %v, want the answer to the last question", only(o.values, "filesystem.bytes /net/dead"))
		}
		close(again)
	})
}

// On a busy machine a small tmpfs like /run/lock may be late with its answer, which is that
// it is not worth showing.
func TestFilesystem_LateFurnitureIsNotShown(t *testing.T) {
	root := handmade{"proc/1/mountinfo": "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:40 / /run/lock rw - tmpfs tmpfs rw\n"}.write(t)
	synctest.Test(t, func(t *testing.T) {
		c, b := newAskedFilesystem(root), collectors.NewBatch()
		ask := c.ask
		c.ask = func(path string) (usage, error) {
			u, err := ask(path)
			if strings.HasSuffix(path, "/run/lock") {
				u.total = 5 << 20
			}
			return u, err
		}
		for range 3 {
			late := make(chan struct{})
			c.hang["/run/lock"] = late
			o := observe(t, c, b)
			if shown := only(o.values, "filesystem.stalled /run/lock", "filesystem.read_only /run/lock", "filesystem.bytes /run/lock"); len(shown) > 0 {
				t.Errorf("%v is shown", shown)
			}
			if o.values["filesystem.stalled /"] != 0.0 {
				t.Errorf("the one beside it: %v", only(o.values, "filesystem.stalled"))
			}
			close(late)
			synctest.Wait()
		}
	})
}

func TestFilesystem_CancelledContextEndsTheWait(t *testing.T) {
	root := handmade{"proc/1/mountinfo": threeMounts}.write(t)
	synctest.Test(t, func(t *testing.T) {
		c := newAskedFilesystem(root)
		hung := make(chan struct{})
		c.hang["/"] = hung
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		b := collectors.NewBatch()
		b.Begin(began)
		if err := c.Sample(ctx, b); err != nil || time.Since(began) > 0 {
			t.Errorf("error %v after %v, want none at once", err, time.Since(began))
		}
		close(hung)
	})
}

func TestFilesystem_AnswerOfAnotherFilesystemIsNotTaken(t *testing.T) {
	c := newPatientFilesystem(Options{Root: handmade{"proc/1/mountinfo": threeMounts}.write(t)})
	c.ask = func(path string) (usage, error) {
		switch filepath.Base(path) {
		case "dead":
			return usage{total: 1 << 30, number: "8:1"}, nil // what lies beneath
		case `with space\x`:
			return usage{}, errors.New("transport endpoint is not connected")
		}
		return usage{total: 1 << 30, number: "8:1"}, nil
	}
	o := observe(t, c, nil)
	want := map[string]any{"filesystem.stalled /": 0.0, `filesystem.stalled /with space\x`: 0.0}
	if diff := cmp.Diff(want, only(o.values, "filesystem.stalled")); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
	wantSaid := map[string]string{"file system /net/dead": errCovered.Error(), `file system /with space\x`: "transport endpoint is not connected"}
	if diff := cmp.Diff(wantSaid, o.unavailable); diff != "" {
		t.Errorf("unavailable (-want +got):\n%s", diff)
	}
}

func TestChooseMounts(t *testing.T) {
	nothing := func(*mount) bool { return false }
	for name, c := range map[string]struct {
		text  string
		known func(*mount) bool
		want  []string
	}{
		"kernel interfaces and images": {"1 0 0:1 / /proc rw - proc proc rw\n2 0 0:2 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n3 0 7:1 / /snap/x ro - squashfs /dev/loop1 ro\n4 0 0:3 / / rw - overlay overlay rw\n", nothing, nil},
		"further mounts of one":        {"1 0 8:1 /etc/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n2 0 8:1 / /data/long rw - ext4 /dev/sda1 rw\n3 0 8:1 / /data rw - ext4 /dev/sda1 rw\n", nothing, []string{"/data"}},
		"the known one stays":          {"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 0 8:1 / /old rw - ext4 /dev/sda1 rw\n", func(m *mount) bool { return m.point == "/old" }, []string{"/old"}},
		"two tmpfs are two":            {"1 0 0:5 / /run rw - tmpfs tmpfs rw\n2 0 0:6 / /tmp rw - tmpfs tmpfs rw\n", nothing, []string{"/run", "/tmp"}},
		"covered":                      {"1 0 8:1 / /mnt rw - ext4 /dev/sda1 rw\n2 1 8:2 / /mnt rw - xfs /dev/sda2 rw\n", nothing, []string{"/mnt"}},
		"covered by an interface":      {"1 0 8:1 / /mnt rw - ext4 /dev/sda1 rw\n2 1 0:9 / /mnt rw - autofs systemd rw\n", nothing, nil},
		"no source":                    {"1 0 0:5 / /x rw - fuse  rw\n", nothing, []string{"/x"}},
		"cut":                          {"1 0 8:1 / /a rw - ext4 /dev/sda1 rw\n2 0 8:2 / /b rw - ex", nothing, []string{"/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, m := range chooseMounts(parseMountinfo([]byte(c.text)), c.known, &Selection{}) {
				got = append(got, m.point)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("mounts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSeeThrough: under systemd's ProtectSystem=strict every mount looked like an image,
// which is not shown.
func TestSeeThrough(t *testing.T) {
	const outside = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 8:2 / /data rw - ext4 /dev/sda2 ro\n22 20 8:3 / /usr ro - ext4 /dev/sda3 rw\n"
	const inside = "40 1 8:1 / / ro - ext4 /dev/sda1 rw\n41 40 8:2 / /data ro - ext4 /dev/sda2 ro\n42 40 8:3 / /usr ro - ext4 /dev/sda3 rw\n43 40 8:1 /private/x /tmp rw - ext4 /dev/sda1 rw\n"
	for name, c := range map[string]struct {
		own, first string
		want       map[string]bool
	}{
		"no sandbox":            {outside, outside, map[string]bool{"/": false, "/data": true, "/usr": true}},
		"a sandbox":             {inside, outside, map[string]bool{"/": false, "/data": true, "/usr": true, "/tmp": false}},
		"a sandbox and hidepid": {inside, "", map[string]bool{"/": false, "/data": true, "/usr": false, "/tmp": false}},
	} {
		all := parseMountinfo([]byte(c.own))
		seeThrough(all, []byte(c.own), []byte(c.first))
		got := make(map[string]bool)
		for _, m := range all {
			got[m.point] = m.readOnly
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: what is read-only (-want +got):\n%s", name, diff)
		}
	}
}

// TestFilesystem_AgreesWithDF compares the file systems of this machine, which others write
// to, mount and unmount meanwhile: what df says lies between our readings before and after it,
// within 256 MiB.
func TestFilesystem_AgreesWithDF(t *testing.T) {
	df := need.Program(t, "df")
	read := func() (map[string]any, []string) {
		b := collectors.NewBatch()
		values := observe(t, newPatientFilesystem(Options{}), b).values
		return values, labelsOf(b, collectors.FilesystemBytes)
	}
	before, mounts := read()
	said := map[string][]string{}
	for _, mount := range mounts {
		out, err := exec.CommandContext(t.Context(), df, "-B1", "--output=size,used,avail", mount).Output()
		if fields := strings.Fields(string(out)); err == nil && len(fields) >= 3 {
			said[mount] = fields[len(fields)-3:]
		}
	}
	after, still := read()
	compared := 0
	for _, mount := range mounts {
		value := func(of map[string]any, kind string) float64 {
			v, _ := of["filesystem.bytes "+mount+" "+kind].(float64)
			return v
		}
		if !slices.Contains(still, mount) || value(before, "total") != value(after, "total") {
			continue // unmounted, or another one by now
		}
		if said[mount] == nil {
			t.Errorf("df says nothing of %s", mount)
			continue
		}
		compared++
		for i, kind := range []string{"total", "used", "available"} {
			want, err := strconv.ParseFloat(said[mount][i], 64)
			if err != nil {
				t.Fatalf("df says %q", said[mount])
			}
			first, last := value(before, kind), value(after, kind)
			if want < min(first, last)-256<<20 || want > max(first, last)+256<<20 {
				t.Errorf("%s %s: %v and then %v, df says %v in between", mount, kind, first, last, want)
			}
		}
	}
	if compared == 0 {
		t.Errorf("no file system stayed: %q and then %q", mounts, still)
	}
}

// A name may hold what looks like further fields; the kernel escapes blanks in it
// (show_mountinfo, fs/proc_namespace.c), but no carriage return.
func TestParseMountLine_NamesDoNotMakeFields(t *testing.T) {
	m, ok := parseMountLine([]byte("36 35 98:0 / /mnt/a\r-\rext4\r/dev/sda1\rro\\040x rw,noatime - tmpfs none rw"))
	if !ok || m.point != "/mnt/a\r-\rext4\r/dev/sda1\rro x" || m.fstype != "tmpfs" || m.readOnly {
		t.Errorf("%+v %t", m, ok)
	}
}

func FuzzParseMountinfo(f *testing.F) {
	f.Add([]byte(threeMounts))
	f.Add([]byte(`1 2 3 \ / a - b  c` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list := chooseMounts(parseMountinfo(text), func(*mount) bool { return false }, &Selection{})
		if !slices.IsSortedFunc(list, func(a, b mount) int { return strings.Compare(a.point, b.point) }) {
			t.Errorf("not sorted: %v", list)
		}
		for _, m := range list {
			if !strings.HasPrefix(m.point, "/") {
				t.Errorf("mount point %q is not absolute", m.point)
			}
		}
	})
}
