package history

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// records returns the payloads of a small store by their kinds.
func records(t testing.TB) map[byte][][]byte {
	out := make(map[byte][][]byte)
	dir := t.TempDir()
	on, err := OpenStore(StoreConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	ring := New(Config{Store: on})
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
	eachRecord(t, dir, func(kind byte, p []byte) { out[kind] = append(out[kind], append([]byte(nil), p...)) })
	return out
}

// eachRecord calls f for every record of the files of a directory, which are to be whole.
func eachRecord(t testing.TB, dir string, f func(kind byte, payload []byte)) {
	t.Helper()
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
		segment.Scan(b, h.Number, func(kind byte, _ int64, p []byte) { f(kind, p) },
			func(from, to int64) { t.Errorf("%s: bytes %d to %d are damaged", name, from, to) })
	}
}

// FuzzStore makes files of arbitrary records whose checksums fit, which no disk does,
// and reads and asks for everything. Nothing may crash. collectors.Reading allocates nothing that is
// larger than the file, and in all no more than in a small proportion to it: see
// checkTaken. Rows, which take eight bytes a value, are made for the questions only.
func FuzzStore(f *testing.F) {
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
		write := func(ext string, of byte) {
			file := newFileOf(of)
			for _, before := range []byte{recordInstance, recordCatalog} {
				for _, known := range all[before] {
					file.add(before, known)
				}
			}
			at := file.add(kind, p)
			if kind == recordIndex {
				file.b = segment.AppendTrailer(file.b, 1, at.offset)
			}
			size = len(file.b)
			if err := os.WriteFile(filepath.Join(dir, fileName(1, ext)), file.b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(extBlocks, fileBlocks)
		write(extTables, fileTables)
		checkTaken(t, dir)
		write(extOpen, fileOpen)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		on, err := OpenStore(StoreConfig{Dir: dir})
		if err != nil {
			return
		}
		defer on.Close()
		ring := New(Config{Store: on})
		at := uint64(0)
		for range 20 {
			rows, gap := rowsSince(ring, at, 100)
			if len(rows) == 0 {
				break
			}
			if gap != nil && (gap.From != at+1 || gap.To+1 != rows[0].Seq) || rows[len(rows)-1].Seq <= at {
				t.Fatalf("%d rows from %d behind %d, gap %v", len(rows), rows[0].Seq, at, gap)
			}
			at = rows[len(rows)-1].Seq
		}
		if _, err := ask(ring, collectors.Query{Points: 10}); err != nil {
			t.Fatal(err)
		}
		tablesOf(ring, "processes", 1, 1<<40)
		runtime.ReadMemStats(&after)
		// Rows and cells take more than their packed form, and as many are asked for.
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20+uint64(size)*4000 {
			t.Errorf("%d bytes were taken by the questions to files of %d", n, 3*size)
		}
	})
}
