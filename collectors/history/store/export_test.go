package store

import (
	"os"
	"path/filepath"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// What the fuzz test of the whole, which asks a ring, sees of the files.

// Records returns the payloads of a small store by their kinds.
func Records(t testing.TB) map[byte][][]byte {
	dir := t.TempDir()
	on, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	ring := newTestRing(on, "one")
	w := newRecorder(on, ring)
	for i := range 300 {
		var events []collectors.Event
		if i%100 == 50 {
			events = []collectors.Event{{Kind: "late", Text: "late"}}
		}
		ring.add(int64(i)*1000, observation(i), events...)
		h := ring.Head()
		if err := w.step(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.finishBlocks(); err != nil {
		t.Fatal(err)
	}
	if w.syncing {
		<-w.synced
	}
	out := make(map[byte][][]byte)
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
		segment.Scan(b, h.Number, func(kind byte, _ int64, p []byte) { out[kind] = append(out[kind], append([]byte(nil), p...)) },
			func(from, to int64) { t.Errorf("%s: bytes %d to %d are damaged", name, from, to) })
	}
	for _, kind := range []byte{recordInstance, recordCatalog, recordBlock, recordRow, recordGrowth, recordTableBlock, recordSums, recordSumsDir, recordIndex} {
		if len(out[kind]) == 0 {
			t.Errorf("no record of kind %c", kind)
		}
	}
	return out
}

// WriteFiles makes files of a store that hold what is known, and one record more, and
// returns their size: a segment and a file of tables, or a write-ahead log.
func WriteFiles(t *testing.T, dir string, known map[byte][][]byte, kind byte, p []byte, wal bool) (size int) {
	t.Helper()
	files := map[string]byte{extBlocks: fileBlocks, extTables: fileTables}
	if wal {
		files = map[string]byte{extWAL: fileWAL}
	}
	for ext, of := range files {
		file := newFileOf(of)
		for _, before := range []byte{recordInstance, recordCatalog} {
			for _, p := range known[before] {
				file.add(before, p)
			}
		}
		at := file.add(kind, p)
		if kind == recordIndex {
			file.b = segment.AppendTrailer(file.b, 1, at.offset)
		}
		size += len(file.b)
		if err := os.WriteFile(filepath.Join(dir, fileName(1, ext)), file.b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return size
}
