package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// What reading files may take. The constants are for what has a size of its own: a table
// of a map, a stack of the reader of JSON.
const (
	alwaysAllowed = 128 << 10
	// timesItsSize is what all allocations together may be, those included that are let go
	// of at once: the reader of JSON makes a few hundred bytes for a line of ten.
	timesItsSize = 64
)

// counted is what f allocates: all together, and what is in parts too large for the
// allocator's classes.
func counted(f func()) (all, large int64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	all = int64(after.TotalAlloc - before.TotalAlloc)
	large = all
	for i := range after.BySize {
		large -= int64(after.BySize[i].Mallocs-before.BySize[i].Mallocs) * int64(after.BySize[i].Size)
	}
	return all, large
}

// largest is the largest part that f allocates, of those above alwaysAllowed, and who did.
func largest(f func()) (size int64, where string) {
	type place struct {
		stack [32]uintptr
		size  int64
	}
	profile := func() map[place]int64 {
		runtime.GC() // makes the profile complete
		var records []runtime.MemProfileRecord
		for n, ok := runtime.MemProfile(nil, true); !ok; {
			records = make([]runtime.MemProfileRecord, n+100)
			if n, ok = runtime.MemProfile(records, true); ok {
				records = records[:n]
			}
		}
		out := make(map[place]int64)
		for i := range records {
			r := &records[i]
			if size := r.AllocBytes / max(r.AllocObjects, 1); size > alwaysAllowed {
				out[place{r.Stack0, size}] = r.AllocObjects
			}
		}
		return out
	}
	known, rate := profile(), runtime.MemProfileRate
	runtime.MemProfileRate = alwaysAllowed / 16 // of what is that large one in ten million is missed
	f()
	runtime.MemProfileRate = rate
	for at, n := range profile() {
		if n == known[at] || at.size <= size {
			continue
		}
		var calls []string
		for frames, more := runtime.CallersFrames((&runtime.MemProfileRecord{Stack0: at.stack}).Stack()), true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			calls = append(calls, fmt.Sprintf("%s:%d", frame.Function, frame.Line))
		}
		if by := strings.Join(calls, " < "); strings.Contains(by, "store.readAll") {
			size, where = at.size, by
		}
	}
	return size, where
}

// readAll opens a directory and reads every block and table block.
func readAll(dir string) {
	a, err := OpenArchive(dir)
	if err != nil {
		return
	}
	// What cannot be read is the rule here.
	_ = a.blocks(0, math.MaxInt64, func(*block.Sealed) error { return nil })
	r := Reader{}
	defer r.Close()
	for _, t := range a.l.tables {
		for i := range t.blocks {
			_, _ = r.observed(t, i)
		}
	}
}

// CheckTaken reads all of a directory, and holds what that allocates to the sizes of its
// files.
func CheckTaken(t *testing.T, dir string) {
	t.Helper()
	read := func() { readAll(dir) }
	files, biggest := int64(0), int64(0)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		files, biggest = files+info.Size(), max(biggest, info.Size())
	}
	most := max(alwaysAllowed, biggest+biggest/8+8<<10) // the allocator rounds up
	all, large := counted(read)
	if all > 2<<20+timesItsSize*files {
		t.Errorf("%d bytes were allocated for files of %d", all, files)
	}
	if large <= most {
		return // so is every part of it
	}
	size, where := largest(read)
	if size > most {
		t.Errorf("%d bytes were allocated at once for files of at most %d: %s", size, biggest, where)
	}
	t.Logf("at once %d, all together %d, %.1f times the files", size, all, float64(all)/float64(files))
}

// fileOf makes a file of records. An index, where there is one, comes last.
type fileOf struct{ b []byte }

func newFileOf(kind byte) *fileOf {
	return &fileOf{segment.AppendHeader(nil, segment.Header{Kind: kind, Number: 1})}
}

func (f *fileOf) add(kind byte, p []byte) place {
	at := place{int64(len(f.b)), len(p)}
	f.b = segment.AppendRecord(f.b, 1, at.offset, kind, p)
	return at
}

func (f *fileOf) finish(x *indexRecord) {
	f.b = segment.AppendTrailer(f.b, 1, f.add(recordIndex, x.append(nil)).offset)
}

// blockOf packs a block of one row with the given number of series.
func blockOf(seq uint64, series int) []byte {
	row := collectors.Row{Seq: seq, T: 1000 * int64(seq), Rev: 1}
	for id := range series {
		row.IDs, row.Q = append(row.IDs, collectors.SeriesID(id)), append(row.Q, 1)
	}
	s := block.NewSealer(1000, 0)
	return block.Append(nil, s.Seal(append([]collectors.Row(nil), row)))
}

// TestStore_TakesNoMoreThanItsFile makes files of what costs most to read for what it takes
// on the disk, all with checksums that fit.
func TestStore_TakesNoMoreThanItsFile(t *testing.T) {
	need.Undetected(t)
	const size = 1 << 20
	repeat := func(f *fileOf, kind byte, p func(i int) []byte) {
		for i := 0; len(f.b) < size; i++ {
			f.add(kind, p(i))
		}
	}
	text := func(line func(i int) string) []byte {
		var b bytes.Buffer
		for i := 0; b.Len() < size; i++ {
			b.WriteString(line(i))
			b.WriteByte('\n')
		}
		return b.Bytes()
	}
	table := appendTable(nil, collectors.Processes)
	tableBlockOf := func(i int) []byte {
		return block.AppendTable(nil, 0, &block.Table{First: uint64(i + 1), Last: uint64(i + 1), Count: 1})
	}
	for name, fill := range map[string]func(f *fileOf){
		"events": func(f *fileOf) { repeat(f, recordEvent, func(int) []byte { return []byte("{}") }) },
		"instances": func(f *fileOf) {
			repeat(f, recordInstance, func(i int) []byte { r := instanceRecord{ID: fmt.Sprint(i)}; return r.record() })
		},
		"instances too short": func(f *fileOf) {
			repeat(f, recordInstance, func(i int) []byte { return fmt.Appendf(nil, `{"id":"%d"}`, i) })
		},
		"gaps":          func(f *fileOf) { repeat(f, recordGap, func(int) []byte { r := gapRecord{}; return r.record() }) },
		"empty blocks":  func(f *fileOf) { repeat(f, recordBlock, func(i int) []byte { return blockOf(uint64(i+1), 0) }) },
		"narrow blocks": func(f *fileOf) { repeat(f, recordBlock, func(i int) []byte { return blockOf(uint64(i+1), 3) }) },
		"a wide block":  func(f *fileOf) { f.add(recordBlock, blockOf(1, size/6)) },
		"damage": func(f *fileOf) {
			repeat(f, 'e', func(int) []byte { f.b = append(f.b, 0); return nil })
		},
		"a family a line": func(f *fileOf) {
			f.add(recordCatalog, text(func(int) string { return `F{"quantum":1}` }))
		},
		"a series a line": func(f *fileOf) {
			f.add(recordCatalog, append([]byte("F{\"quantum\":1}\n"), text(func(i int) string { return fmt.Sprintf(`S{"id":%d}`, i) })...))
		},
		"facts of a series": func(f *fileOf) {
			f.add(recordCatalog, slices.Concat([]byte("F{\"quantum\":1}\nS{\"id\":1,\"info\":{"), bytes.ReplaceAll(text(func(i int) string { return fmt.Sprintf(`"%d":"",`, i) }), []byte("\n"), nil), []byte("\"\":\"\"}}\n")))
		},
		"states of a family": func(f *fileOf) {
			f.add(recordCatalog, []byte(`F{"quantum":1,"states":"`+strings.Repeat(`\n`, size/2)+"\"}\n"))
		},
		"a help that grows": func(f *fileOf) {
			f.add(recordCatalog, []byte(`F{"quantum":1,"help":"`+strings.Repeat("\xff", size)+"\"}\n"))
		},
		"a list in a list": func(f *fileOf) {
			f.add(recordCatalog, []byte(`F{"quantum":1,"help":`+strings.Repeat("[", size)+"\n"))
		},
		"labels of a family": func(f *fileOf) {
			f.add(recordCatalog, []byte(`F{"quantum":1,"labels":[`+strings.Repeat(`"",`, size/3)+"\"\"]}\n"))
		},
		"an index of one block many times": func(f *fileOf) {
			at := f.add(recordBlock, blockOf(1, 3))
			x := new(indexRecord)
			for i := range uint64(size / 30) {
				x.blocks = append(x.blocks, Block{First: i + 1, Rows: 1, place: at})
			}
			f.finish(x)
		},
		"an index of many blocks": func(f *fileOf) {
			x := new(indexRecord)
			for i := uint64(1); len(f.b) < size; i++ {
				x.blocks = append(x.blocks, Block{First: i, Rows: 1, place: f.add(recordBlock, blockOf(i, 0))})
			}
			f.finish(x)
		},
		"notes of a block": func(f *fileOf) {
			f.b = segment.AppendTrailer(f.b, 1, f.add(recordIndex, append([]byte("B[1,1,0,0,0,0]\n"), text(func(int) string { return `N{}` })...)).offset)
		},
		"summaries": func(f *fileOf) {
			n := size / (minSums + 6)
			dir := binary.AppendUvarint(nil, uint64(n))
			for range n {
				dir = append(dir, 1, minSums, 0, 0, 0, 0)
			}
			x := &indexRecord{sums: f.add(recordSums, make([]byte, n*minSums)), sumsDir: f.add(recordSumsDir, dir)}
			x.blocks = []Block{{First: 1, Rows: 1, place: f.add(recordBlock, blockOf(1, 3))}}
			x.catalog = f.add(recordCatalog, []byte("F{\"quantum\":1}\n"))
			f.finish(x)
		},
		"tables": func(f *fileOf) { f.add(recordCatalog, text(func(int) string { return `D{"name":"a"}` })) },
		"columns": func(f *fileOf) {
			f.add(recordCatalog, append([]byte("D{\"name\":\"a\"}\n"), text(func(int) string { return `L{}` })...))
		},
		"table blocks": func(f *fileOf) {
			f.add(recordCatalog, table)
			repeat(f, recordTableBlock, tableBlockOf)
		},
		"a table block of short texts": func(f *fileOf) {
			f.add(recordCatalog, table)
			n := size / 2
			f.add(recordTableBlock, block.AppendTable(nil, 0, &block.Table{First: 1, Last: 1, Count: 1, Ends: make([]uint32, n), Slab: make([]byte, n)}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]*fileOf{extBlocks: newFileOf(fileBlocks), extTables: newFileOf(fileTables)}
			for _, ext := range slices.Sorted(maps.Keys(files)) {
				f := files[ext]
				fill(f)
				if err := os.WriteFile(filepath.Join(dir, fileName(1, ext)), f.b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			CheckTaken(t, dir)
		})
	}
}
