package store

import (
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// The lines of an index, beside those of a catalog and, once more, the records
// recordInstance, recordEnd, recordGap and recordEvent.
const (
	lineBlock      = 'B' // first row, rows, times of the first and the last one, offset, size
	lineNote       = 'N' // noteRecord, of the block before
	lineTableBlock = 'T' // table, first and last row, time of the last one, offset, size
	lineThinned    = 'Z' // nothing
	linePlaces     = 'P' // offset and size of recordCatalog, recordSums and recordSumsDir
)

// keptEvents is how many events of earlier instances are handed to the ring.
const keptEvents = 256

// indexRecord is what a file holds: of a finished one it stands at its end, of others
// it is collected record by record.
type indexRecord struct {
	blocks      []Block
	lost        []gapRecord
	instances   []instanceRecord
	end         endRecord          // of the last instance that ended by itself
	events      []collectors.Event // the newest keptEvents
	tableBlocks []tableBlock
	thinned     bool

	catalog, sums, sumsDir place

	described
	values map[collectors.SeriesID]uint64 // last row of the last block with one
}

// noteRecord is a Note.
type noteRecord struct {
	Before int64  `json:"before,omitempty"`
	T      int64  `json:"t"`
	Why    string `json:"why"`
}

// append appends the lines of x.
func (x *indexRecord) append(dst []byte) []byte {
	for i := range x.instances {
		dst = append(append(append(dst, recordInstance), x.instances[i].record()...), '\n')
	}
	if x.end.ID != "" {
		dst = appendLine(dst, recordEnd, x.end)
	}
	for _, g := range x.lost {
		dst = append(append(append(dst, recordGap), g.record()...), '\n')
	}
	for _, e := range x.events {
		dst = appendLine(dst, recordEvent, e)
	}
	for _, t := range x.tables {
		dst = appendTable(dst, t)
	}
	if x.thinned {
		dst = appendLine(dst, lineThinned, 1)
	}
	for i := range x.tableBlocks {
		c := &x.tableBlocks[i]
		dst = appendLine(dst, lineTableBlock, [6]int64{int64(c.table), int64(c.first), int64(c.last), c.lastT, c.offset, int64(c.size)})
	}
	for i := range x.blocks {
		b := &x.blocks[i]
		dst = appendLine(dst, lineBlock, [6]int64{int64(b.First), int64(b.Rows), b.FirstT, b.LastT, b.offset, int64(b.size)})
		for _, n := range b.Notes {
			dst = appendLine(dst, lineNote, noteRecord(n))
		}
	}
	return appendLine(dst, linePlaces, [6]int64{
		x.catalog.offset, int64(x.catalog.size), x.sums.offset, int64(x.sums.size), x.sumsDir.offset, int64(x.sumsDir.size),
	})
}

// indexReader reads the lines of an index and makes sure that what they say fits the file.
type indexReader struct {
	catalogReader
	x    *indexRecord
	size int64 // of the file
	room int64 // for the records of blocks and table blocks that were not named yet, which no two share
}

// parseIndex reads what append wrote, of a file of the given size.
func parseIndex(p []byte, size int64) (*indexRecord, error) {
	x := new(indexRecord)
	r := indexReader{catalogReader{x: &x.described}, x, size, size}
	return x, eachLine(p, r.line)
}

func (r *indexReader) line(kind byte, text []byte) error {
	x := r.x
	switch kind {
	case lineBlock:
		n, err := parse[[6]int64](text)
		b := Block{First: uint64(n[0]), Rows: int(n[1]), FirstT: n[2], LastT: n[3], place: place{n[4], int(n[5])}}
		follows := len(x.blocks) == 0 || b.First > x.blocks[len(x.blocks)-1].Last()
		if err != nil || !r.holds(b.place, block.MinSealed) || !follows || b.First == 0 || b.First >= 1<<62 || b.Rows < 1 || b.Rows > block.MaxRows || b.LastT < b.FirstT {
			return nonsense(err)
		}
		x.blocks = append(x.blocks, b)
	case lineNote:
		n, err := parse[noteRecord](text)
		if err != nil || len(x.blocks) == 0 {
			return nonsense(err)
		}
		b := &x.blocks[len(x.blocks)-1]
		if len(b.Notes) == block.MaxRows {
			return block.ErrInvalid
		}
		b.Notes = append(b.Notes, Note(n))
	case lineTableBlock:
		n, err := parse[[6]int64](text)
		c := tableBlock{table: int(n[0]), first: uint64(n[1]), last: uint64(n[2]), lastT: n[3], place: place{n[4], int(n[5])}}
		if err != nil || !r.holds(c.place, block.MinTable) || c.first == 0 || c.last < c.first || c.table < 0 || c.table >= len(x.tables) {
			return nonsense(err)
		}
		x.tableBlocks = append(x.tableBlocks, c)
	case lineThinned:
		x.thinned = true
	case linePlaces:
		n, err := parse[[6]int64](text)
		x.catalog, x.sums, x.sumsDir = place{n[0], int(n[1])}, place{n[2], int(n[3])}, place{n[4], int(n[5])}
		if err != nil || !r.fits(x.catalog) || !r.fits(x.sums) || !r.fits(x.sumsDir) {
			return nonsense(err)
		}
	case recordInstance, recordEnd, recordGap, recordEvent:
		return x.add(kind, 0, text)
	default:
		return r.catalogReader.line(kind, text)
	}
	return nil
}

// fits reports whether a record can stand at p.
func (r *indexReader) fits(p place) bool {
	return p.size >= 0 && p.size <= segment.MaxPayload && p.offset >= 0 && p.offset <= r.size-segment.HeadSize-int64(p.size)
}

// holds reports whether a record of at least least bytes can stand at p, beside all others.
func (r *indexReader) holds(p place, least int) bool {
	if !r.fits(p) || p.size < least {
		return false
	}
	r.room -= segment.HeadSize + int64(p.size)
	return r.room >= 0
}

// readCatalog reads what the series of a finished file are called, and which have values.
func (x *indexRecord) readCatalog(r *Reader, path string, number uint64) error {
	p, err := r.record(path, number, x.catalog)
	if err == nil {
		err = x.read(p)
	}
	if err != nil || x.sumsDir.size == 0 {
		return err
	}
	p, err = r.record(path, number, x.sumsDir)
	if err != nil {
		return err
	}
	dir, err := parseSumsDir(p, x.sums.size)
	if err != nil || len(x.blocks) == 0 {
		return err
	}
	last := x.blocks[len(x.blocks)-1].Last()
	for _, at := range dir.places {
		x.value(at.id, last)
	}
	return nil
}

// read adds what a catalog describes.
func (x *indexRecord) read(catalog []byte) error {
	c := catalogReader{x: &x.described}
	return eachLine(catalog, c.line)
}

func (x *indexRecord) value(id collectors.SeriesID, seq uint64) {
	if x.values == nil {
		x.values = make(map[collectors.SeriesID]uint64)
	}
	x.values[id] = seq
}

// add takes one record of an unfinished file.
func (x *indexRecord) add(kind byte, offset int64, p []byte) error {
	switch kind {
	case recordInstance:
		return appendParsed(p, minInstance, &x.instances)
	case recordEnd:
		end, err := parse[endRecord](p)
		if err == nil {
			x.end = end
		}
		return err
	case recordGap:
		return appendParsed(p, minGap, &x.lost)
	case recordEvent:
		e, err := parse[collectors.Event](p)
		if err == nil {
			x.event(e)
		}
		return err
	case recordCatalog:
		return x.read(p)
	case recordBlock:
		b, err := block.Parse(p)
		if err != nil {
			return err
		}
		return block.Guard(func() {
			b.Check(nil)
			if n := len(x.blocks); n > 0 && x.blocks[n-1].Last() >= b.First {
				panic("rows go back")
			}
			x.blocks = append(x.blocks, indexBlock(b, place{offset, len(p)}))
			for _, id := range b.IDs {
				x.value(id, b.Last())
			}
		})
	case recordTableBlock:
		table, k, err := block.ParseTable(p)
		if err != nil {
			return err
		}
		if table >= len(x.tables) {
			return block.ErrInvalid
		}
		x.tableBlocks = append(x.tableBlocks, indexTableBlock(table, k, place{offset, len(p)}))
	}
	return nil
}

func (x *indexRecord) event(e collectors.Event) {
	if len(x.events) == keptEvents {
		x.events = slices.Delete(x.events, 0, 1)
	}
	x.events = append(x.events, e)
}

// appendParsed appends the value that p holds, of at least size bytes, to list.
func appendParsed[T any](p []byte, size int, list *[]T) error {
	v, err := parse[T](p)
	if err != nil || len(p) < size {
		return nonsense(err)
	}
	*list = append(*list, v)
	return nil
}

// indexBlock describes a block. Times of rows are needed where ticks were missed only.
func indexBlock(b *block.Sealed, at place) Block {
	return Block{First: b.First, Rows: b.Rows, FirstT: b.FirstT, LastT: b.LastT, Notes: NotesOf(b), place: at}
}

// NotesOf says where ticks were missed in a block.
func NotesOf(b *block.Sealed) (notes []Note) {
	if len(b.Notes) == 0 {
		return nil
	}
	var scratch [block.MaxRows]int64
	t := scratch[:b.Rows]
	b.Times(t)
	for _, n := range b.Notes {
		note := Note{T: t[n.Row], Why: n.Why}
		if n.Row > 0 {
			note.Before = t[n.Row-1]
		}
		notes = append(notes, note)
	}
	return notes
}

func indexTableBlock(table int, k *block.Table, at place) tableBlock {
	return tableBlock{table: table, first: k.First, last: k.Last, lastT: k.LastT, place: at}
}

// segment is what readers see of a file of blocks.
func (x *indexRecord) segment(path string, number uint64, size int64) *Segment {
	return &Segment{path: path, number: number, size: size, blocks: slices.Clip(x.blocks), lost: slices.Clip(x.lost), damage: new(damage)}
}

func (x *indexRecord) tableFile(path string, number uint64, size int64) *tableFile {
	return &tableFile{path: path, number: number, size: size, thinned: x.thinned, blocks: slices.Clip(x.tableBlocks), defs: x.tables, damage: new(damage)}
}
