package history

// shelf is memory that the slabs of consecutive blocks share. The allocator rounds
// what is larger than 32 KiB up to whole pages of 8 KiB, which for a slab of its own
// is a tenth of it, and nothing for a shelf.
type shelf struct {
	buf    []byte // its length is what is taken
	blocks int
}

// shelves give slabs their place. They belong to the writer.
type shelves struct {
	size  int // of a shelf
	open  *shelf
	bytes int64 // of all shelves
}

const (
	// largestShelf bounds what is kept for blocks that are forgotten while others on
	// their shelf are not; shelfShare is the part of the memory that a shelf may be.
	largestShelf = 1 << 20
	shelfShare   = 1.0 / 32
)

func newShelves(memory int64) shelves {
	return shelves{size: int(min(largestShelf, int64(float64(memory)*shelfShare)))}
}

// put copies a slab to its place. One that would leave a shelf mostly empty gets its
// own.
func (s *shelves) put(slab []byte) ([]byte, *shelf) {
	if len(slab) > s.size/4 {
		on := &shelf{buf: append([]byte(nil), slab...), blocks: 1}
		s.bytes += int64(cap(on.buf))
		return on.buf, on
	}
	if s.open == nil || cap(s.open.buf)-len(s.open.buf) < len(slab) {
		full := s.open
		s.open = &shelf{buf: make([]byte, 0, s.size)}
		s.bytes += int64(s.size)
		if full != nil && full.blocks == 0 {
			s.bytes -= int64(cap(full.buf))
		}
	}
	on := s.open
	at := len(on.buf)
	on.buf = append(on.buf, slab...)
	on.blocks++
	return on.buf[at:len(on.buf):len(on.buf)], on
}

// drop takes a block off its shelf. The memory is free when its last block is gone.
func (s *shelves) drop(on *shelf) {
	on.blocks--
	if on.blocks == 0 && on != s.open {
		s.bytes -= int64(cap(on.buf))
	}
}
