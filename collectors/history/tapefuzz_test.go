package history

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// records returns the payloads of a small tape by their kinds.
func records(t testing.TB) map[byte][][]byte {
	out := make(map[byte][][]byte)
	dir := t.TempDir()
	on, err := OpenTape(TapeConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	ring := New(Config{Tape: on})
	w := newRecorder(on, ring)
	p := newProcesses(20)
	ids := []collectors.SeriesID{mustIntern(t, ring, gauge("a")), mustIntern(t, ring, gauge("b"))}
	for i := range int64(300) {
		c := Commit{Row: collectors.Row{T: 1000 * i, IDs: ids, Q: []int64{i % 7, 40}}, Tables: []*collectors.TableData{p.observe()}}
		if i%100 == 50 {
			c.Row.Missed, c.Row.Why = 1, "late"
			c.Events = []collectors.Event{{Kind: "late", Text: "late"}}
		}
		ring.Append(c)
		v := ring.snapshot()
		if err := w.step(&v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.finishBlocks(); err != nil {
		t.Fatal(err)
	}
	if w.syncing {
		<-w.synced
	}
	names, err := filepath.Glob(filepath.Join(dir, "0*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h, err := segment.ParseHeader(b)
		if err != nil {
			t.Fatal(err)
		}
		segment.Scan(b, h.Number, func(kind byte, _ int64, p []byte) {
			out[kind] = append(out[kind], append([]byte(nil), p...))
		})
	}
	return out
}

// FuzzTape makes files of arbitrary records whose checksums fit, which no disk does,
// and asks for everything: nothing may crash or take memory out of proportion to the
// file.
func FuzzTape(f *testing.F) {
	for kind, list := range records(f) {
		for _, p := range list[:min(len(list), 3)] {
			f.Add(kind, p)
		}
	}
	all := records(f)
	f.Fuzz(func(t *testing.T, kind byte, p []byte) {
		if len(p) > 1<<16 {
			return
		}
		dir := t.TempDir()
		size := 0
		for ext, c := range map[string]struct {
			kind   byte
			before []byte
		}{extBlocks: {fileBlocks, nil}, extTables: {fileTables, nil}, extOpen: {fileOpen, nil}} {
			b := segment.AppendHeader(nil, segment.Header{Kind: c.kind, Number: 1})
			for _, before := range []byte{recordInstance, recordCatalog} {
				for _, known := range all[before] {
					b = segment.AppendRecord(b, 1, int64(len(b)), before, known)
				}
			}
			at := int64(len(b))
			b = segment.AppendRecord(b, 1, at, kind, p)
			if kind == recordIndex {
				b = segment.AppendTrailer(b, 1, at)
			}
			size += len(b)
			if err := os.WriteFile(filepath.Join(dir, fileName(1, ext)), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		on, err := OpenTape(TapeConfig{Dir: dir})
		if err != nil {
			return
		}
		defer on.Close()
		ring := New(Config{Tape: on})
		at := uint64(0)
		for range 20 {
			rows, gap := ring.RowsSince(at, 100)
			if len(rows) == 0 {
				break
			}
			if gap != nil && (gap.From != at+1 || gap.To+1 != rows[0].Seq) || rows[len(rows)-1].Seq <= at {
				t.Fatalf("%d rows from %d behind %d, gap %v", len(rows), rows[0].Seq, at, gap)
			}
			at = rows[len(rows)-1].Seq
		}
		if _, err := ring.Range(Query{Points: 10}); err != nil {
			t.Fatal(err)
		}
		ring.Tables("processes", 1, 1<<40)
		runtime.ReadMemStats(&after)
		// Values and cells take more than their packed form, but in proportion.
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20+uint64(size)*4000 {
			t.Errorf("%d bytes were taken for files of %d", n, size)
		}
	})
}
