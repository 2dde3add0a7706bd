package eventlog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

func config(dir string) Config {
	return Config{Dir: dir, Limit: 8 << 20, Retention: time.Hour, Open: func(path string, flags int) (segment.File, error) {
		return os.OpenFile(path, flags, 0o600)
	}}
}

func open(t *testing.T, cfg Config) *Log {
	t.Helper()
	l, problems := Open(cfg)
	if problems != nil {
		t.Fatal(problems)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// event is the one of a row, a second after the one before.
func event(seq uint64, text string) collectors.Event {
	return collectors.Event{Seq: seq, T: int64(seq) * 1000, Kind: "test", Text: text, ID: fmt.Sprint(seq, ".0"), About: collectors.About{Kind: "process", Name: "java", PID: 7}}
}

func read(t *testing.T, l *Log) (all []collectors.Event) {
	t.Helper()
	var once Once
	for _, f := range l.Files() {
		b, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range Parse(b[:f.Size], f.Number) {
			if once.First(&e) {
				all = append(all, e)
			}
		}
	}
	return all
}

func appended(t *testing.T, l *Log, events ...collectors.Event) {
	t.Helper()
	if err := l.Append(events); err != nil {
		t.Fatal(err)
	}
}

func TestLog_GoesOnWhereItEnded(t *testing.T) {
	dir := t.TempDir()
	l := open(t, config(dir))
	want := []collectors.Event{event(1, "first"), event(2, "second")}
	appended(t, l, want...)
	for seq := uint64(3); seq < 6; seq++ {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, config(dir))
		if diff := cmp.Diff(want, l.Newest(100)); diff != "" {
			t.Fatalf("before row %d (-want +got)\n%s", seq, diff)
		}
		want = append(want, event(seq, "after a start"))
		appended(t, l, want[len(want)-1])
	}
	if diff := cmp.Diff(want, read(t, l)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(l.Files()); n != 1 {
		t.Errorf("%d starts made %d files, want 1", 4, n)
	}
}

// A process that is killed while it writes leaves a part of a record.
func TestLog_CutsATornTail(t *testing.T) {
	for torn := 1; torn < 200; torn += 13 {
		dir := t.TempDir()
		l := open(t, config(dir))
		appended(t, l, event(1, "stays"))
		keep := l.Bytes()
		appended(t, l, event(2, "torn"))
		path := l.Files()[0].Path
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, whole[:min(keep+int64(torn), int64(len(whole))-1)], 0o600); err != nil {
			t.Fatal(err)
		}
		l = open(t, config(dir))
		appended(t, l, event(3, "after"))
		if diff := cmp.Diff([]collectors.Event{event(1, "stays"), event(3, "after")}, read(t, open(t, config(dir)))); diff != "" {
			t.Errorf("%d bytes of a record (-want +got)\n%s", torn, diff)
		}
	}
}

func TestLog_RemovesWhatIsTooOldAndTooMuch(t *testing.T) {
	text := strings.Repeat("x", collectors.MaxEventText)
	cfg := config(t.TempDir())
	cfg.Retention = 30 * 24 * time.Hour
	cfg.Limit = 1 << 20
	l := open(t, cfg)
	seq := uint64(0)
	for range 100 {
		var some []collectors.Event
		for range 200 {
			seq++
			some = append(some, event(seq, text))
		}
		appended(t, l, some...)
		if l.Bytes() > cfg.Limit {
			t.Fatalf("%d bytes after event %d, want at most %d", l.Bytes(), seq, cfg.Limit)
		}
	}
	reopened := open(t, cfg)
	if diff := cmp.Diff(l.Files(), reopened.Files()); diff != "" {
		t.Errorf("a log that is opened knows other files (-written +opened)\n%s", diff)
	}
	all := read(t, reopened)
	if len(all) < 1500 || all[len(all)-1].Seq != seq || all[0].Seq != seq-uint64(len(all))+1 {
		t.Errorf("%d events are kept, up to %d: want the newest 1500 and more", len(all), all[len(all)-1].Seq)
	}
	appended(t, l, event(seq+31*24*3600, "a month later"))
	if got := l.Files(); len(got) > 1 && got[0].Newest < 1000*int64(seq) {
		t.Errorf("%d files are left after a month: %+v", len(got), got[0])
	}
	left, err := filepath.Glob(filepath.Join(cfg.Dir, "*"+Ext))
	if err != nil || len(left) != len(l.Files()) {
		t.Errorf("the directory has %q, %v, want %d files", left, err, len(l.Files()))
	}
}

// faulty fails every second write after a part of it.
type faulty struct {
	*os.File
	writes *int
}

func (f faulty) Write(b []byte) (int, error) {
	if *f.writes++; *f.writes%2 == 0 {
		n, err := f.File.Write(b[:len(b)-1])
		return n, errors.Join(err, errors.New("no room"))
	}
	return f.File.Write(b)
}

func TestLog_GoesOnAfterAFailure(t *testing.T) {
	cfg, writes, failed := config(t.TempDir()), 0, 0
	cfg.Open = func(path string, flags int) (segment.File, error) {
		f, err := os.OpenFile(path, flags, 0o600)
		return faulty{f, &writes}, err
	}
	l := open(t, cfg)
	var want []collectors.Event
	for seq := uint64(1); seq <= 20; seq++ {
		some := []collectors.Event{event(seq, "a"), event(seq, "b")}
		some[1].ID += "1"
		want = append(want, some...)
		for l.Append(some) != nil {
			failed++
		}
	}
	if failed < 5 {
		t.Fatalf("only %d writes failed", failed)
	}
	if diff := cmp.Diff(want, read(t, l)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want, read(t, open(t, config(cfg.Dir)))); diff != "" {
		t.Errorf("after a start (-want +got)\n%s", diff)
	}
}

func TestLog_LeavesForeignFilesAlone(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "00000004"+Ext)
	if err := os.WriteFile(foreign, []byte(strings.Repeat("no log of ours ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	l, problems := Open(config(dir))
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "00000004.evt") {
		t.Errorf("problems %v", problems)
	}
	appended(t, l, event(1, "x"))
	if got := l.Files(); len(got) != 1 || got[0].Number != 5 {
		t.Errorf("files %+v, want number 5 alone", got)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// What stands in a file may be damaged in any way.
func FuzzFile(f *testing.F) {
	l, _ := Open(config(f.TempDir()))
	if err := l.Append([]collectors.Event{event(1, "a"), event(2, "b")}); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(l.Files()[0].Path)
	if err != nil {
		f.Fatal(err)
	}
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		file := File{Number: 1, Size: int64(len(b))}
		if len(b) >= segment.TrailerSize && file.finished(b) && file.Events < 0 {
			t.Errorf("an index of %d events", file.Events)
		}
		if file.parse(b) != nil {
			return
		}
		if file.Size > int64(len(b)) {
			t.Errorf("a file of %d bytes has records up to %d", len(b), file.Size)
		}
		for _, e := range Parse(b[:file.Size], 1) {
			if len(e.Text) > collectors.MaxEventText {
				t.Errorf("a text of %d bytes", len(e.Text))
			}
		}
	})
}

// TestNewest_FollowsNoLink puts a link to another log in the place of a file.
func TestNewest_FollowsNoLink(t *testing.T) {
	here, elsewhere := t.TempDir(), t.TempDir()
	for _, dir := range []string{here, elsewhere} {
		l := open(t, config(dir))
		appended(t, l, event(1, dir))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, config(here))
	if got := l.Newest(5); len(got) != 1 || got[0].Text != here {
		t.Fatalf("%+v", got)
	}
	path := l.Files()[0].Path
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(elsewhere, filepath.Base(path)), path); err != nil {
		t.Skipf("no links here: %v", err)
	}
	if got := l.Newest(5); len(got) != 0 {
		t.Errorf("it follows a link to %+v", got)
	}
}
