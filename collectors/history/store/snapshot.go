package store

import (
	"iter"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

// Snapshot is what is on the store at one moment. It is immutable, but for what turns out
// to be damaged. A nil one holds nothing.
type Snapshot struct {
	segments  []*Segment   // ascending by number, and so by their rows
	tables    []*tableFile // the same
	instances []collectors.Instance
}

// Segment is a file of blocks.
type Segment struct {
	path   string
	number uint64
	size   int64
	// sums and sumsDir are where they stand in a finished file, zero in others.
	finished      bool
	sums, sumsDir place
	blocks        []Block
	lost          []gapRecord
	// rename maps the ids of the file to ours; nil where they are the same. An id that
	// is not in it belongs to a series that we cannot show.
	rename map[collectors.SeriesID]collectors.SeriesID
	// damage is shared by all versions of the segment.
	damage *damage
}

// place is a record in a file.
type place struct {
	offset int64
	size   int // of the payload
}

// Block says what a block of a segment holds.
type Block struct {
	First         uint64
	Rows          int
	FirstT, LastT int64
	Notes         []Note
	place
	mem *block.Sealed // where it is not in the file yet
}

// Note says that ticks were missed before the row at time T. Before is the time of the row
// before, 0 for that of the block before.
type Note struct {
	Before, T int64
	Why       string
}

// Last returns the sequence number of the last row.
func (b *Block) Last() uint64 { return b.First + uint64(b.Rows) - 1 }

// tableFile is a file of table blocks.
type tableFile struct {
	path    string
	number  uint64
	size    int64
	thinned bool
	// finished says that nothing is added any more.
	finished bool
	blocks   []tableBlock
	defs     []*collectors.Table
	damage   *damage
}

type tableBlock struct {
	table       int // in defs
	first, last uint64
	lastT       int64
	place
	mem *block.Table
}

// Oldest returns the first row, 0 where there is none.
func (p *Snapshot) Oldest() (seq uint64, t int64) {
	if p != nil {
		for _, s := range p.segments {
			if len(s.blocks) > 0 {
				return s.blocks[0].First, s.blocks[0].FirstT
			}
		}
	}
	return 0, 0
}

// Newest returns the last row, 0 where there is none.
func (p *Snapshot) Newest() (seq uint64, t int64) {
	if p != nil {
		for _, s := range slices.Backward(p.segments) {
			if n := len(s.blocks); n > 0 {
				return s.blocks[n-1].Last(), s.blocks[n-1].LastT
			}
		}
	}
	return 0, 0
}

// Blocks yields the blocks with a row from seq on, in order: their segment, and their
// place in it.
func (p *Snapshot) Blocks(seq uint64) iter.Seq2[*Segment, int] {
	return func(yield func(*Segment, int) bool) {
		if p == nil {
			return
		}
		for _, s := range p.segments {
			n := len(s.blocks)
			if n == 0 || s.blocks[n-1].Last() < seq {
				continue
			}
			i, _ := slices.BinarySearchFunc(s.blocks, seq, func(b Block, seq uint64) int {
				if b.Last() < seq {
					return -1
				}
				return 1
			})
			for ; i < n; i++ {
				if !yield(s, i) {
					return
				}
			}
		}
	}
}

// Block says what the block at place i holds.
func (s *Segment) Block(i int) *Block { return &s.blocks[i] }

// Readable reports whether the block at place i can be read, as far as is known.
func (s *Segment) Readable(i int) bool {
	b := &s.blocks[i]
	return b.mem != nil || !s.damage.at(b.offset)
}

// Until returns the time from which on rows of the instance with the row seq are
// hidden from questions by time: the clock was set back, and a later instance recorded
// the same time once more.
func (p *Snapshot) Until(seq uint64) int64 {
	end := int64(1<<63 - 1)
	if p == nil {
		return end
	}
	for i := range p.instances {
		if in := &p.instances[i]; in.After >= seq && in.FirstT > 0 {
			end = min(end, in.FirstT)
		}
	}
	return end
}

// Interval returns the longest interval between rows of the instances that recorded
// between two times, at least that of the present one.
func (p *Snapshot) Interval(from, to, present int64) int64 {
	if p == nil {
		return present
	}
	for i := range p.instances {
		in := &p.instances[i]
		ends := int64(1<<63 - 1)
		if i+1 < len(p.instances) {
			ends = p.instances[i+1].StartT
		}
		if in.FirstT > 0 && in.FirstT < to && ends > from {
			present = max(present, in.IntervalMs)
		}
	}
	return present
}

// WhyLost says why a row is not on the store.
func (p *Snapshot) WhyLost(seq uint64) string {
	for _, s := range p.segments {
		for _, g := range s.lost {
			if seq >= g.From && seq <= g.To {
				return g.Why
			}
		}
		for i := range s.blocks {
			if b := &s.blocks[i]; seq >= b.First && seq <= b.Last() {
				if why := s.damage.why(b.offset); why != "" {
					return why
				}
			}
		}
	}
	return WhyDamaged
}
