package hub

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Stats is what a hub did since it was made.
type Stats struct {
	// Viewers is how many there are, Joined how many ever came, Refused how many
	// were turned away because of MaxViewers.
	Viewers int    `json:"viewers"`
	Joined  uint64 `json:"joined"`
	Refused uint64 `json:"refused"`
	// Messages and Bytes were handed to sockets; bytes are counted before
	// compression.
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	// Encodes counts encodings by topic ("metrics", a table's name) or by kind of
	// message ("history", "schema", "health", "event"), whatever the number of
	// viewers.
	Encodes map[string]uint64 `json:"encodes"`
	// CatchUps counts how often a viewer lagged and was given history instead of
	// frames.
	CatchUps uint64 `json:"catchUps"`
	// SlowCloses counts viewers that were dropped because they did not read, or were
	// not heard of.
	SlowCloses uint64 `json:"slowCloses"`
	Ledger     Ledger `json:"ledger"`
}

// Ledger counts rows, of one viewer or over all: every row that a viewer was due came
// as a frame (Frames), in history (Filled), or was no longer remembered (Lost). Gaps is
// how many times rows were lost.
type Ledger struct {
	Frames uint64 `json:"frames"`
	Filled uint64 `json:"filled"`
	Lost   uint64 `json:"lost"`
	Gaps   uint64 `json:"gaps"`
}

type counts struct {
	joined, refused, messages, bytes, catchUps, slowCloses atomic.Uint64
	frames, filled, lost, gaps                             atomic.Uint64

	mu      sync.Mutex
	encodes map[string]uint64
}

func (c *counts) encoded(topic string) {
	c.mu.Lock()
	c.encodes[topic]++
	c.mu.Unlock()
}

// Stats returns the counts as of now.
func (h *Hub) Stats() Stats {
	c := &h.counts
	c.mu.Lock()
	encodes := maps.Clone(c.encodes)
	c.mu.Unlock()
	return Stats{
		Viewers: h.Viewers(), Joined: c.joined.Load(), Refused: c.refused.Load(),
		Messages: c.messages.Load(), Bytes: c.bytes.Load(), Encodes: encodes,
		CatchUps: c.catchUps.Load(), SlowCloses: c.slowCloses.Load(),
		Ledger: Ledger{Frames: c.frames.Load(), Filled: c.filled.Load(), Lost: c.lost.Load(), Gaps: c.gaps.Load()},
	}
}

// Viewers returns how many there are.
func (h *Hub) Viewers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.feeds)
}
