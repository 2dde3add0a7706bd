package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// The kinds of files, and how their names end.
const (
	fileBlocks = 'b'
	fileTables = 't'
	fileOpen   = 'o'

	extBlocks = ".seg"
	extTables = ".tab"
	extOpen   = ".open"
)

// indexRecord is what a file holds: of a finished one it stands at its end, of others
// it is collected record by record.
type indexRecord struct {
	Blocks    []blockIndex        `json:"blocks,omitempty"`
	Lost      []gapRecord         `json:"lost,omitempty"`
	Instances []instanceRecord    `json:"instances,omitempty"`
	Ends      []endRecord         `json:"ends,omitempty"`
	Events    []collectors.Event  `json:"events,omitempty"`
	Chunks    []chunkIndex        `json:"chunks,omitempty"`
	Thinned   bool                `json:"thinned,omitempty"`
	Tables    []*collectors.Table `json:"tables,omitempty"`
	Catalog   placeIndex          `json:"catalog,omitzero"`
	Sums      placeIndex          `json:"sums,omitzero"`
	SumsDir   placeIndex          `json:"sumsDir,omitzero"`
	series    map[collectors.SeriesID]collectors.Series
	values    map[collectors.SeriesID]uint64 // last row of the last block with one
	checksum  uint32                         // of the catalog, where it was read whole
}

type placeIndex struct {
	Offset int64 `json:"at"`
	Size   int   `json:"size"`
}

type blockIndex struct {
	First  uint64      `json:"first"`
	Rows   int         `json:"rows"`
	FirstT int64       `json:"t"`
	LastT  int64       `json:"last"`
	Notes  []noteIndex `json:"notes,omitempty"`
	placeIndex
}

type noteIndex struct {
	Before int64  `json:"before,omitempty"`
	T      int64  `json:"t"`
	Why    string `json:"why"`
}

type chunkIndex struct {
	Table int    `json:"table"`
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	LastT int64  `json:"t"`
	placeIndex
}

// loaded is what a directory holds.
type loaded struct {
	past
	series []restoredSeries // ascending by id
	nextID collectors.SeriesID
	events []collectors.Event
	ended  bool // the newest instance ended by itself

	blocks, tables unfinished
	// open are the files of open rows; what they hold beyond the segments was sealed
	// into blocks and chunks that are only in memory.
	open     []openFile
	unsealed openRows
	next     uint64 // number of the next file

	damaged int      // records that could not be read
	torn    int64    // bytes at the ends of files that hold no whole record
	report  []string // what a person should know of it
}

// bytes is what the files take.
func (l *loaded) bytes() (n int64) {
	for _, s := range l.segments {
		n += s.size
	}
	for _, t := range l.past.tables {
		n += t.size
	}
	for _, f := range l.open {
		n += f.size
	}
	return n
}

// restoredSeries is a series of earlier instances, and the last row near which it had
// a value.
type restoredSeries struct {
	collectors.Series
	last uint64
}

// unfinished is a file that can be written on.
type unfinished struct {
	path   string // "" for none
	number uint64
	end    int64
	index  *indexRecord
}

type openFile struct {
	path string
	size int64
	last uint64 // last row in it
}

// fileName is the name of a file in the directory.
func fileName(number uint64, ext string) string { return fmt.Sprintf("%08d%s", number, ext) }

// loadTape reads what is in dir and changes nothing. A file that vanishes while it is
// read was forgotten by the dashcam that writes there.
func loadTape(dir string) (*loaded, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	l := &loaded{next: 1}
	var open []uint64
	var loads []segmentLoad
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		number, err := strconv.ParseUint(strings.TrimSuffix(e.Name(), ext), 10, 62)
		if err != nil || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		switch ext {
		case extBlocks:
			var got segmentLoad
			if got, err = l.loadSegment(path, number); err == nil {
				loads = append(loads, got)
			}
		case extTables:
			err = l.loadTables(path, number)
		case extOpen:
			open = append(open, number)
		default:
			continue
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		l.next = max(l.next, number+1)
	}
	l.restore(loads)
	for _, number := range open {
		path := filepath.Join(dir, fileName(number, extOpen))
		if err := l.loadOpen(path, number); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	l.sealOpen()
	l.date()
	return l, nil
}

// segmentLoad is a segment with what belongs to restoring its series.
type segmentLoad struct {
	*tapeSegment
	index *indexRecord
}

// readWhole reads a file and its header. A file that is too short for one has just
// been made: it is empty. One with another beginning is skipped with a word, one of
// another version is an error.
func (l *loaded) readWhole(path string, number uint64) (b []byte, ok bool, err error) {
	if b, err = os.ReadFile(path); err != nil {
		return nil, false, err
	}
	if len(b) < segment.HeaderSize {
		return nil, true, nil
	}
	return b, l.header(path, b, number, &err), err
}

func (l *loaded) header(path string, b []byte, number uint64, err *error) bool {
	h, problem := segment.ParseHeader(b)
	if problem == nil && h.Number != number {
		problem = segment.ErrForeign
	}
	if errors.Is(problem, segment.ErrForeign) {
		l.problem(path, problem)
		return false
	}
	*err = problem
	return problem == nil
}

func (l *loaded) problem(path string, err error) {
	l.damaged++
	l.report = append(l.report, filepath.Base(path)+": "+err.Error())
}

// finished reads the index of a finished file, nil for one that is not.
func (l *loaded) finished(path string, number uint64) (*indexRecord, int64, error) {
	r := tapeReader{}
	defer r.close()
	f, err := r.open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	size := info.Size()
	if size < segment.HeaderSize+segment.HeadSize+segment.TrailerSize {
		return nil, size, nil
	}
	var b [segment.HeaderSize]byte
	if _, err := f.ReadAt(b[:], 0); err != nil {
		return nil, 0, err
	}
	if !l.header(path, b[:], number, &err) {
		return nil, size, err
	}
	trailer := b[:segment.TrailerSize]
	if _, err := f.ReadAt(trailer, size-segment.TrailerSize); err != nil {
		return nil, 0, err
	}
	at, ok := segment.ParseTrailer(trailer, number, size)
	if !ok {
		return nil, size, nil
	}
	x := new(indexRecord)
	p, err := r.record(path, number, place{at, int(size - segment.TrailerSize - segment.HeadSize - at)}, false)
	if err == nil {
		err = inflateJSON(p, x)
	}
	if err == nil {
		err = x.check(size)
	}
	if err == nil && x.Catalog.Size > 0 {
		err = x.readCatalog(&r, path, number)
	}
	if err != nil {
		l.problem(path, fmt.Errorf("index: %w", err))
		return nil, size, nil
	}
	return x, size, nil
}

// check makes sure that what the index says fits the file.
func (x *indexRecord) check(size int64) error {
	fits := func(p placeIndex) bool {
		return p.Size >= 0 && p.Size <= segment.MaxPayload && p.Offset >= 0 && p.Offset <= size-segment.HeadSize-int64(p.Size)
	}
	ok := fits(x.Catalog) && fits(x.Sums) && fits(x.SumsDir)
	var last uint64
	for _, b := range x.Blocks {
		ok = ok && fits(b.placeIndex) && b.First > last && b.First < 1<<62 && b.Rows > 0 && b.Rows <= blockRows && b.LastT >= b.FirstT
		last = b.First + uint64(b.Rows) - 1
	}
	for _, c := range x.Chunks {
		ok = ok && fits(c.placeIndex) && c.First > 0 && c.Last >= c.First && c.Table >= 0 && c.Table < len(x.Tables)
	}
	for _, t := range x.Tables {
		ok = ok && t != nil
	}
	if !ok {
		return errNonsense
	}
	return nil
}

func (x *indexRecord) readCatalog(r *tapeReader, path string, number uint64) error {
	p, err := r.record(path, number, place{x.Catalog.Offset, x.Catalog.Size}, false)
	if err != nil {
		return err
	}
	x.checksum = segment.Checksum(p)
	if err := x.catalog(p); err != nil {
		return err
	}
	if x.SumsDir.Size == 0 {
		return nil
	}
	p, err = r.record(path, number, place{x.SumsDir.Offset, x.SumsDir.Size}, false)
	if err != nil {
		return err
	}
	dir, err := parseSumsDir(p, x.Sums.Size)
	if err != nil || len(x.Blocks) == 0 {
		return err
	}
	last := x.Blocks[len(x.Blocks)-1]
	for _, at := range dir {
		x.value(at.id, last.First+uint64(last.Rows)-1)
	}
	return nil
}

func (x *indexRecord) value(id collectors.SeriesID, seq uint64) {
	if x.values == nil {
		x.values = make(map[collectors.SeriesID]uint64)
	}
	x.values[id] = seq
}

// catalog adds what a catalog describes.
func (x *indexRecord) catalog(p []byte) error {
	var c catalogRecord
	if err := inflateJSON(p, &c); err != nil {
		return err
	}
	series, err := c.series()
	if err != nil {
		return err
	}
	if x.series == nil {
		x.series = make(map[collectors.SeriesID]collectors.Series, len(series))
	}
	for _, s := range series {
		x.series[s.ID] = s
	}
	for _, t := range c.Tables {
		if t == nil {
			return errNonsense
		}
		x.Tables = append(x.Tables, t)
	}
	return nil
}

// add takes one record of an unfinished file.
func (x *indexRecord) add(kind byte, offset int64, p []byte) error {
	switch kind {
	case recordInstance:
		return appendJSON(p, &x.Instances)
	case recordEnd:
		return appendJSON(p, &x.Ends)
	case recordGap:
		return appendJSON(p, &x.Lost)
	case recordEvent:
		return appendJSON(p, &x.Events)
	case recordCatalog:
		return x.catalog(p)
	case recordBlock:
		b, err := parseBlock(p)
		if err != nil {
			return err
		}
		return guard(func() {
			check(b)
			if n := len(x.Blocks); n > 0 && x.Blocks[n-1].First+uint64(x.Blocks[n-1].Rows) > b.first {
				panic("rows go back")
			}
			x.Blocks = append(x.Blocks, indexBlock(b, placeIndex{offset, len(p)}))
			for _, id := range b.ids {
				x.value(id, b.last())
			}
		})
	case recordChunk:
		table, k, err := parseChunk(p)
		if err != nil {
			return err
		}
		if table >= len(x.Tables) {
			return errNonsense
		}
		x.Chunks = append(x.Chunks, chunkIndex{table, k.first, k.last, k.lastT, placeIndex{offset, len(p)}})
	}
	return nil
}

// appendJSON appends the value that p holds to list.
func appendJSON[T any](p []byte, list *[]T) error {
	var v T
	if err := json.Unmarshal(p, &v); err != nil {
		return err
	}
	*list = append(*list, v)
	return nil
}

// indexBlock describes a block. Times of rows are needed where ticks were missed only.
func indexBlock(b *block, at placeIndex) blockIndex {
	x := blockIndex{First: b.first, Rows: b.rows, FirstT: b.firstT, LastT: b.lastT, placeIndex: at}
	if len(b.notes) == 0 {
		return x
	}
	var scratch [blockRows]int64
	t := scratch[:b.rows]
	b.times(t)
	for _, n := range b.notes {
		note := noteIndex{T: t[n.row], Why: n.why}
		if n.row > 0 {
			note.Before = t[n.row-1]
		}
		x.Notes = append(x.Notes, note)
	}
	return x
}

func (x *blockIndex) block(mem *block) tapeBlock {
	b := tapeBlock{first: x.First, rows: x.Rows, firstT: x.FirstT, lastT: x.LastT, place: place{x.Offset, x.Size}, mem: mem}
	for _, n := range x.Notes {
		b.notes = append(b.notes, tapeNote{n.Before, n.T, n.Why})
	}
	return b
}

func (x *chunkIndex) chunk(mem *chunk) tapeChunk {
	return tapeChunk{table: x.Table, first: x.First, last: x.Last, lastT: x.LastT, place: place{x.Offset, x.Size}, mem: mem}
}

// segment is what readers see of a file of blocks.
func (x *indexRecord) segment(path string, number uint64, size int64) *tapeSegment {
	s := &tapeSegment{path: path, number: number, size: size, lost: x.Lost, damage: new(damage)}
	for i := range x.Blocks {
		s.blocks = append(s.blocks, x.Blocks[i].block(nil))
	}
	return s
}

func (x *indexRecord) tableFile(path string, number uint64, size int64) *tapeTables {
	t := &tapeTables{path: path, number: number, size: size, thinned: x.Thinned, defs: x.Tables, damage: new(damage)}
	for i := range x.Chunks {
		t.chunks = append(t.chunks, x.Chunks[i].chunk(nil))
	}
	return t
}

func (l *loaded) loadSegment(path string, number uint64) (segmentLoad, error) {
	x, size, err := l.finished(path, number)
	if err != nil {
		return segmentLoad{}, err
	}
	if x != nil {
		s := x.segment(path, number, size)
		s.finished = true
		s.sums, s.sumsDir = place{x.Sums.Offset, x.Sums.Size}, place{x.SumsDir.Offset, x.SumsDir.Size}
		l.collect(x)
		l.segments = append(l.segments, s)
		return segmentLoad{s, x}, nil
	}
	x, l.blocks, err = l.scan(path, number, l.blocks)
	if err != nil {
		return segmentLoad{}, err
	}
	s := x.segment(path, number, size)
	l.collect(x)
	l.segments = append(l.segments, s)
	return segmentLoad{s, x}, nil
}

func (l *loaded) loadTables(path string, number uint64) error {
	x, size, err := l.finished(path, number)
	if err != nil {
		return err
	}
	finished := x != nil
	if x == nil {
		if x, l.tables, err = l.scan(path, number, l.tables); err != nil {
			return err
		}
	}
	t := x.tableFile(path, number, size)
	t.finished = finished
	l.past.tables = append(l.past.tables, t)
	return nil
}

// scan reads a file record by record.
func (l *loaded) scan(path string, number uint64, before unfinished) (*indexRecord, unfinished, error) {
	x := new(indexRecord)
	b, ok, err := l.readWhole(path, number)
	if err != nil || !ok {
		return x, before, err
	}
	end, damaged := segment.Scan(b, number, func(kind byte, offset int64, p []byte) {
		if err := x.add(kind, offset, p); err != nil {
			l.problem(path, fmt.Errorf("record at %d: %w", offset, err))
		}
	})
	for _, d := range damaged {
		l.problem(path, fmt.Errorf("bytes %d to %d: %w", d.From, d.To, segment.ErrDamaged))
	}
	l.tail(path, int64(len(b))-end)
	return x, unfinished{path, number, end, x}, nil
}

func (l *loaded) tail(path string, torn int64) {
	if torn > 0 {
		l.torn += torn
		l.report = append(l.report, fmt.Sprintf("%s: %d bytes at the end are no whole record and are cut", filepath.Base(path), torn))
	}
}

// collect takes over what is not about rows.
func (l *loaded) collect(x *indexRecord) {
	for _, r := range x.Instances {
		if n := len(l.instances); n > 0 && l.instances[n-1].ID == r.ID {
			continue // said again at the beginning of the next file
		}
		l.instances = append(l.instances, Instance{
			ID: r.ID, After: r.After, StartT: r.T, IntervalMs: r.IntervalMs, Boot: r.Boot, Version: r.Version, Why: r.Why,
		})
		l.ended = false
	}
	for _, e := range x.Ends {
		if n := len(l.instances); n > 0 && l.instances[n-1].ID == e.ID {
			l.ended = true
		}
	}
	l.events = append(l.events, x.Events...)
	if n := len(l.events); n > keptTapeEvents {
		l.events = slices.Clone(l.events[n-keptTapeEvents:])
	}
}

// keptTapeEvents is how many events of earlier instances are handed to the ring.
const keptTapeEvents = 256

// restore gives every series of the segments the id that it has from now on: that of
// the newest segment that knows it. Two series with the same name whose numbers mean
// different things cannot be shown in one line: the older one is left out.
func (l *loaded) restore(loads []segmentLoad) {
	ours := make(map[collectors.SeriesKey]*restoredSeries)
	taken := make(map[collectors.SeriesID]bool)
	var homeless []*restoredSeries
	for _, load := range slices.Backward(loads) {
		for id := range load.index.values {
			l.nextID = max(l.nextID, id+1) // also of series that nothing describes
		}
		// The newest id first: a series that was forgotten because nothing had a value of
		// it has got another one when it returned.
		for _, id := range slices.Backward(slices.Sorted(maps.Keys(load.index.series))) {
			s := load.index.series[id]
			l.nextID = max(l.nextID, id+1)
			if have := ours[s.Key()]; have != nil {
				if sameMeaning(have.Family, s.Family) {
					have.last = max(have.last, load.index.values[id])
				}
				continue
			}
			have := &restoredSeries{s, load.index.values[id]}
			ours[s.Key()] = have
			if taken[id] {
				homeless = append(homeless, have)
			}
			taken[id] = true
		}
	}
	for _, s := range homeless {
		s.ID = l.nextID
		l.nextID++
	}
	for _, load := range loads {
		same := true
		rename := make(map[collectors.SeriesID]collectors.SeriesID, len(load.index.series))
		for id, s := range load.index.series {
			have := ours[s.Key()]
			if !sameMeaning(have.Family, s.Family) {
				same = same && load.index.values[id] == 0
				continue
			}
			rename[id] = have.ID
			same = same && (have.ID == id || load.index.values[id] == 0)
		}
		if !same {
			load.rename = rename
		}
	}
	for _, s := range ours {
		l.series = append(l.series, *s)
	}
	slices.SortFunc(l.series, func(a, b restoredSeries) int { return int(a.ID - b.ID) })
}
