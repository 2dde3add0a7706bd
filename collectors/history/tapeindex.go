package history

import (
	"encoding/json"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
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
