package block

import (
	"bytes"
	"testing"
)

func TestArenas_CountWhatTheyHold(t *testing.T) {
	s := newArenas(64 << 10) // of 2 KiB
	type placed struct {
		slab []byte
		on   *arena
	}
	var all []placed
	put := func(size int) placed {
		slab, on := s.put(bytes.Repeat([]byte{byte(len(all))}, size))
		all = append(all, placed{slab, on})
		return all[len(all)-1]
	}
	for range 4 {
		put(500)
	}
	if s.bytes != 2048 {
		t.Errorf("%d bytes for four slabs on one arena, want 2048", s.bytes)
	}
	fifth := put(500)
	if s.bytes != 2*2048 || fifth.on == all[0].on {
		t.Errorf("%d bytes for five slabs, want two arenas", s.bytes)
	}
	large := put(1000)
	if s.bytes != 2*2048+1024 {
		t.Errorf("%d bytes, want 1024 for what is too large to share", s.bytes-2*2048)
	}
	for i, p := range all {
		if want := bytes.Repeat([]byte{byte(i)}, len(p.slab)); !bytes.Equal(p.slab, want) || cap(p.slab) != len(p.slab) && p.on.blocks > 1 {
			t.Errorf("slab %d was written over, or can be: cap %d, len %d", i, cap(p.slab), len(p.slab))
		}
	}

	s.drop(large.on)
	for _, p := range all[:3] {
		s.drop(p.on)
	}
	if s.bytes != 2*2048 {
		t.Errorf("%d bytes while a slab is left on each arena, want both", s.bytes)
	}
	s.drop(all[3].on)
	if s.bytes != 2048 {
		t.Errorf("%d bytes after all of an arena, want the other", s.bytes)
	}
	s.drop(fifth.on)
	if s.bytes != 2048 {
		t.Errorf("%d bytes, want the arena that is filled next", s.bytes)
	}
	for range 4 {
		put(500)
	}
	if s.bytes != 2*2048 {
		t.Errorf("%d bytes, want the arena without blocks left out", s.bytes)
	}
}
