package store_test

import (
	"runtime"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
)

// FuzzStore makes files of arbitrary records whose checksums fit, which no disk does,
// and reads and asks for everything. Nothing may crash. Reading allocates nothing that is
// larger than the file, and in all no more than in a small proportion to it: see
// CheckTaken. Rows, which take eight bytes a value, are made for the questions only.
func FuzzStore(f *testing.F) {
	all := store.Records(f)
	for kind, list := range all {
		for _, p := range list[:min(len(list), 3)] {
			f.Add(kind, p)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, p []byte) {
		if len(p) > 1<<16 {
			return
		}
		dir := t.TempDir()
		size := store.WriteFiles(t, dir, all, kind, p, false)
		store.CheckTaken(t, dir)
		size += store.WriteFiles(t, dir, all, kind, p, true)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		on, err := store.Open(store.Config{Dir: dir})
		if err != nil {
			return
		}
		defer on.Close()
		ring := history.New(history.Config{Store: on})
		at := uint64(0)
		for range 20 {
			s, err := ring.ReadSince(t.Context(), at, 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.T) == 0 {
				break
			}
			if s.Gap != nil && (s.Gap.From != at+1 || s.Gap.To+1 != s.First) || s.First <= at {
				t.Fatalf("%d rows from %d behind %d, gap %v", len(s.T), s.First, at, s.Gap)
			}
			at = s.First + uint64(len(s.T)) - 1
		}
		b, err := ring.Buckets(t.Context(), collectors.Query{Points: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range b.Series {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, err := range ring.Tables(t.Context(), collectors.Processes.Name, collectors.Window{}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		// Rows and cells take more than their packed form, and as many are asked for.
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20+uint64(size)*1333 {
			t.Errorf("%d bytes were taken by the questions to files of %d", n, size)
		}
	})
}
