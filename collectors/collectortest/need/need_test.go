package need_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dashcam/collectors/collectortest/need"
)

// ended is a test that notes how it was ended.
type ended struct {
	testing.TB
	how string
}

func (e *ended) Helper()                   {}
func (e *ended) Skip(...any)               { e.how = "skipped"; runtime.Goexit() }
func (e *ended) Fatalf(_ string, _ ...any) { e.how = "failed"; runtime.Goexit() }
func (e *ended) run(f func(testing.TB)) string {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(e)
		e.how = "went on"
	}()
	<-done
	return e.how
}

func TestMissing_SkipsUnlessItIsRequired(t *testing.T) {
	lacking := func(t testing.TB) { need.Program(t, "no-such-program-anywhere") }
	there := func(t testing.TB) {
		if need.Program(t, "go") == "" {
			t.Fatalf("no path")
		}
	}
	for name, c := range map[string]struct {
		require string
		test    func(testing.TB)
		want    string
	}{
		"missing":              {"", lacking, "skipped"},
		"missing and required": {"1", lacking, "failed"},
		"there":                {"", there, "went on"},
		"there and required":   {"1", there, "went on"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(need.Require, c.require)
			if got := (&ended{TB: t}).run(c.test); got != c.want {
				t.Errorf("the test %s, want %s", got, c.want)
			}
		})
	}
}

func TestRoot_SkipsWhoIsNot(t *testing.T) {
	t.Setenv(need.Require, "")
	want := "skipped"
	if os.Geteuid() == 0 {
		want = "went on"
	}
	if got := (&ended{TB: t}).run(func(t testing.TB) { need.Root(t, "asks") }); got != want {
		t.Errorf("the test %s, want %s", got, want)
	}
}

func TestTimes_TakesAllWhereItIsRequired(t *testing.T) {
	for require, want := range map[string]int{"": 3, "1": 1000} {
		t.Setenv(need.Require, require)
		if got := need.Times(t, 1000, 3); got != want {
			t.Errorf("%s=%q: %d times, want %d", need.Require, require, got, want)
		}
	}
}

func TestUndetected_RunsWithoutTheDetector(t *testing.T) {
	want := "went on"
	if raceDetector() {
		want = "skipped"
	}
	if got := (&ended{TB: t}).run(func(t testing.TB) { need.Undetected(t) }); got != want {
		t.Errorf("the test %s, want %s", got, want)
	}
}

// raceDetector says whether this was built with it, as the build information has it.
func raceDetector() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestShortDir_HasRoomForASocket(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	var dir string
	t.Run("its test", func(t *testing.T) {
		dir = need.ShortDir(t)
		l, err := net.Listen("unix", filepath.Join(dir, "a socket with a long name in it"))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("it is left: %v", err)
	}
}

func TestPort_IsFreeAndGivenToNobodyElse(t *testing.T) {
	port := need.Port(t, "127.0.0.1")
	if n, err := strconv.Atoi(port); err != nil || n >= 32768 {
		t.Errorf("port %s is one that anybody may get", port)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for range 100 {
		if again := need.Port(t, "127.0.0.1"); again == port {
			t.Errorf("port %s is taken, and given", port)
		}
	}
}
