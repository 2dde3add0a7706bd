package block

// arena is memory that the slabs of consecutive blocks share. The allocator rounds
// what is larger than 32 KiB up to whole pages of 8 KiB, which for a slab of its own
// is a tenth of it, and nothing for an arena.
type arena struct {
	buf    []byte // its length is what is taken
	blocks int
}

// arenas give slabs their place. They belong to the writer.
type arenas struct {
	size  int // of an arena
	open  *arena
	bytes int64 // of all arenas
}

const (
	// largestArena bounds what is kept for blocks that were evicted while others on
	// their arena are not; arenaShare is the part of the memory that an arena may be.
	largestArena = 1 << 20
	arenaShare   = 1.0 / 32
)

func newArenas(memory int64) arenas {
	return arenas{size: int(min(largestArena, int64(float64(memory)*arenaShare)))}
}

// put copies a slab to its place. One that would leave an arena mostly empty gets its
// own.
func (s *arenas) put(slab []byte) ([]byte, *arena) {
	if len(slab) > s.size/4 {
		on := &arena{buf: append([]byte(nil), slab...), blocks: 1}
		s.bytes += int64(cap(on.buf))
		return on.buf, on
	}
	if s.open == nil || cap(s.open.buf)-len(s.open.buf) < len(slab) {
		full := s.open
		s.open = &arena{buf: make([]byte, 0, s.size)}
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

// drop takes a block off its arena. The memory is free when its last block is gone.
func (s *arenas) drop(on *arena) {
	on.blocks--
	if on.blocks == 0 && on != s.open {
		s.bytes -= int64(cap(on.buf))
	}
}
