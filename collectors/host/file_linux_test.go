package host

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func readText(t *testing.T, f *file) string {
	t.Helper()
	b, err := f.read()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A thread's name is a file of the kernel whose content we can choose.
func TestFile_StaysOpenAndIsReadAnew(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	name := "/proc/thread-self/comm"
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.WriteFile("/proc/self/comm", before, 0) })
	keep := &keeper{most: 2}
	f := root{keep: keep}.file(name)
	if got := readText(t, &f); got != string(before) {
		t.Errorf("read %q, want %q", got, before)
	}
	kept := f.kept
	if kept == nil || keep.open.Load() != 1 {
		t.Fatalf("kept %v, %d open, want one", kept, keep.open.Load())
	}
	if err := os.WriteFile(name, []byte("other"), 0); err != nil {
		t.Fatal(err)
	}
	if got := readText(t, &f); got != "other\n" || f.kept != kept {
		t.Errorf("read %q, by the same descriptor %v, want the new name and true", got, f.kept == kept)
	}
}

// What a descriptor belonged to can go, and another can come under its name.
func TestFile_IsGivenUpWithWhatItBelongedTo(t *testing.T) {
	sleeper := exec.CommandContext(t.Context(), "sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	keep := &keeper{most: 2}
	f := root{keep: keep}.file("/proc/" + strconv.Itoa(sleeper.Process.Pid) + "/statm")
	readText(t, &f)
	if f.kept == nil {
		t.Fatal("a file of /proc is not kept open")
	}
	_ = sleeper.Process.Kill()
	_ = sleeper.Wait()
	for range 2 * absentReads {
		if b, err := f.read(); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("of a process that ended: %q, %v", b, err)
		}
	}
	if f.kept != nil || keep.open.Load() != 0 {
		t.Errorf("%d files are still open", keep.open.Load())
	}
	f.path, f.cpath = "/proc/self/statm", nil // as if the number had been used again
	f.close()
	if readText(t, &f); f.kept == nil {
		t.Error("the file of the same name is not kept open")
	}
}

// Files that people make are replaced under their name.
func TestFile_OfPeopleIsNotKeptOpen(t *testing.T) {
	dir := handmade{"proc/stat": "old"}.write(t)
	keep := newKeeper()
	f := root{dir: dir, keep: keep}.file("/proc/stat")
	readText(t, &f)
	handmade{"new": strings.Repeat("new", 10_000)}.into(t, dir)
	if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "proc/stat")); err != nil {
		t.Fatal(err)
	}
	if got := readText(t, &f); got != strings.Repeat("new", 10_000) || keep.open.Load() != 0 {
		t.Errorf("read %.10q… (%d bytes), %d open", got, len(got), keep.open.Load())
	}
}

func TestFile_NoMoreStayOpenThanAllowed(t *testing.T) {
	keep := &keeper{most: 1}
	r := root{keep: keep}
	one, two := r.file("/proc/loadavg"), r.file("/proc/uptime")
	for range 2 {
		readText(t, &one)
		readText(t, &two)
	}
	if one.kept == nil || two.kept != nil || keep.open.Load() != 1 {
		t.Errorf("kept %v and %v, %d open, want only the first", one.kept, two.kept, keep.open.Load())
	}
	one.close()
	if readText(t, &two); two.kept == nil || keep.open.Load() != 1 {
		t.Errorf("kept %v, %d open, want the second in place of the first", two.kept, keep.open.Load())
	}
}

// A collector has no end of its own.
func TestFile_OfADroppedCollectorIsClosed(t *testing.T) {
	keep := newKeeper()
	func() {
		for _, c := range hotFacts(keep) {
			observe(t, c, nil)
		}
	}()
	if keep.open.Load() < 10 {
		t.Fatalf("%d files open, want those of all collectors", keep.open.Load())
	}
	for deadline := time.Now().Add(time.Minute); keep.open.Load() > 0 && time.Now().Before(deadline); {
		runtime.GC()
	}
	if n := keep.open.Load(); n != 0 {
		t.Errorf("%d files are still open after their collectors are gone", n)
	}
}

func TestFiles_ThatNobodyAsksForAreClosed(t *testing.T) {
	keep := newKeeper()
	s := files{root: root{keep: keep}}
	look := func(names ...string) (got []*file) {
		s.begin()
		defer s.end()
		for _, name := range names {
			f := s.get(name)
			readText(t, f)
			got = append(got, f)
		}
		return got
	}
	first := look("/proc/loadavg", "/proc/uptime")
	second := look("/proc/uptime")
	if second[0] != first[1] || first[0].kept != nil || len(s.known) != 1 || keep.open.Load() != 1 {
		t.Errorf("%d known, %d open, want only the one that was asked for again", len(s.known), keep.open.Load())
	}
}

// Where one read is taken for the whole file it must be the whole file: every line that is
// there before and after is in it. Numbers change meanwhile, and others make and remove links,
// mounts and devices.
func TestFile_OneReadIsTheWholeFile(t *testing.T) {
	for _, name := range []string{
		"/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/meminfo", "/proc/vmstat", "/proc/diskstats", "/proc/self/statm",
		"/proc/net/dev", "/proc/net/softnet_stat", "/proc/net/snmp", "/proc/net/snmp6", "/proc/net/netstat", "/proc/net/sockstat",
		"/proc/sys/fs/file-nr", "/sys/class/net/lo/operstate", "/proc/interrupts", "/proc/self/mountinfo",
	} {
		before, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) && name == "/proc/net/snmp6" {
			continue // without IPv6
		} else if err != nil {
			t.Fatal(err)
		}
		f := root{keep: newKeeper()}.file(name)
		for range 2 { // opened, and kept open
			got := readText(t, &f)
			after, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			first, there, last := linesOf(string(before)), linesOf(got), linesOf(string(after))
			for line, n := range first {
				if least := min(n, last[line]); there[line] < least {
					t.Errorf("%s has %d bytes and %q %d times, reading to the end gives it %d times before and %d after:\n%s", name, len(got), line, there[line], n, last[line], got)
				}
			}
			if !strings.HasSuffix(got, "\n") {
				t.Errorf("%s ends with %.20q", name, got[max(0, len(got)-20):])
			}
			before = after
		}
	}
}

// linesOf counts the lines of a text, by their words that are no numbers, nor hexadecimal
// ones, nor one of another as in /proc/loadavg.
func linesOf(s string) map[string]int {
	counts := map[string]int{}
	for line := range strings.Lines(s) {
		words := slices.DeleteFunc(strings.Fields(line), func(w string) bool { return strings.Trim(w, "0123456789abcdef.-/") == "" })
		counts[strings.Join(words, " ")]++
	}
	return counts
}

// A record that might not have fitted into the page makes another read necessary.
func TestLongestRecord(t *testing.T) {
	for name, want := range map[string]int{
		"/proc/stat": 0, "/proc/1/net/snmp": 0, "/sys/class/net/lo/operstate": 0, "/proc/sys/kernel/pid_max": 0,
		"/proc/diskstats": 512, "/proc/net/dev": 512, "/proc/1/net/softnet_stat": 256,
		"/proc/schedstat": seqPage, "/proc/interrupts": seqPage, "/proc/net/stat/nf_conntrack": seqPage, "/run/utmp": seqPage, "/etc/stat": seqPage,
	} {
		if got := longestRecord(name); got != want {
			t.Errorf("longestRecord(%q) = %d, want %d", name, got, want)
		}
	}
}
