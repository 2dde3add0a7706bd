package notify

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dashcam/collectors/alert"
)

// lines is a journal with a notice, its message, an attempt and its result.
func lines(t testing.TB) []byte {
	t.Helper()
	n := firing("1")
	var all []byte
	for _, r := range []record{
		{Op: opNotice, ID: "1", T: 1, Notice: &n, To: []string{"k"}},
		{Op: opMessage, ID: "1", T: 2, Message: &Message{ID: "1", Subject: "s"}},
		{Op: opTry, ID: "1", T: 3, Key: "k", Tries: 1},
		{Op: opResult, ID: "1", T: 4, Key: "k", State: alert.DeliveryDelivered, Tries: 1},
	} {
		line, err := r.line()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, line...)
	}
	return all
}

// TestJournal_CutAnywhereIsItsBegin cuts a journal at every byte: what was whole is read,
// and the next record stands behind it.
func TestJournal_CutAnywhereIsItsBegin(t *testing.T) {
	whole := lines(t)
	for n := range len(whole) + 1 {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, journalFile), whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		j, records, damaged, err := openJournal(files{dir})
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Count(whole[:n], []byte{'\n'})
		if len(records) != want || damaged != 0 {
			t.Fatalf("cut at %d: %d records, %d damaged, want %d", n, len(records), damaged, want)
		}
		err = j.write(&record{Op: opTry, ID: "2", Key: "k"})
		if err == nil {
			err = j.close()
		}
		text, readErr := os.ReadFile(filepath.Join(dir, journalFile))
		if err != nil || readErr != nil {
			t.Fatal(err, readErr)
		}
		if records, damaged = readJournal(text); len(records) != want+1 || damaged != 0 {
			t.Fatalf("cut at %d, then written: %d records, %d damaged", n, len(records), damaged)
		}
	}
}

func TestJournal_LeavesOutWhatIsDamaged(t *testing.T) {
	whole := lines(t)
	second := bytes.IndexByte(whole, '\n') + 20
	whole[second] ^= 1
	records, damaged := readJournal(whole)
	if len(records) != 3 || damaged != 1 {
		t.Errorf("%d records, %d damaged", len(records), damaged)
	}
}

// FuzzReadJournal: whatever stands in the file, the queue that is made of it can be written
// and is then the same.
func FuzzReadJournal(f *testing.F) {
	f.Add(lines(f))
	f.Add([]byte("00000000 {}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		records, _ := readJournal(text)
		q := newQueue()
		for i := range records {
			q.apply(&records[i])
		}
		q.recover(1, []string{"k"})
		var written []byte
		for _, r := range q.records() {
			line, err := r.line()
			if err != nil {
				t.Skip("a record that is too long")
			}
			written = append(written, line...)
		}
		again, damaged := readJournal(written)
		if damaged != 0 {
			t.Fatalf("%d lines of its own are damaged", damaged)
		}
		other := newQueue()
		for i := range again {
			other.apply(&again[i])
		}
		if len(other.entries) != len(q.entries) {
			t.Fatalf("%d notices, then %d", len(q.entries), len(other.entries))
		}
		for i, e := range q.entries {
			for key, p := range e.states {
				if o := other.entries[i].states[key]; o == nil || o.state != p.state || o.lost != p.lost {
					t.Fatalf("notice %q: %+v, then %+v", e.notice.ID, p, o)
				}
			}
		}
	})
}

// TestQueue_Shrinks: what is over leaves the journal when that grows.
func TestQueue_Shrinks(t *testing.T) {
	dir := t.TempDir()
	n := notifier(t, files{dir}, byName{"r": {}})
	long := firing("1")
	long.Alerts[0].Text = strings.Repeat("x", 500_000)
	for i := range 12 {
		x := long
		x.ID = string(rune('a' + i))
		x.Alerts = []alert.Alert{long.Alerts[0]}
		x.Alerts[0].ID = x.ID
		take(t, n, x)
		if err := n.commit(&record{Op: opResult, ID: x.ID, T: x.AtMs, Key: n.targets[0].key, State: alert.DeliveryDelivered}); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, journalFile))
	if err != nil || info.Size() > compactAt {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	again := notifier(t, files{dir}, byName{"r": {}})
	if e := again.queue.byID["a"]; e == nil || !e.over() {
		t.Error("it does not know any more what was delivered")
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
