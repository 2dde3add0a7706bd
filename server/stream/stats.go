package stream

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Stats is what a fan-out did since it was made.
type Stats struct {
	// Newest is the last row that viewers can have. It stands behind the ring's for as long
	// as the fan-out takes to see a row.
	Newest uint64 `json:"newest"`
	// Viewers is how many there are, Joined how many ever came, Refused how many
	// were turned away because there was no room for them.
	Viewers int    `json:"viewers"`
	Joined  uint64 `json:"joined"`
	Refused uint64 `json:"refused"`
	// Messages and Bytes were handed to sockets; bytes are counted before
	// compression.
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	// Encodes counts encodings by topic ("metrics", "verdict", a table's name) or by kind of
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

// Ledger counts rows, of one viewer or over all. Expected are those that were due: the
// others add up to it but for what is still to be sent. Every row that a viewer was due came
// as a frame (Frames), in history (Filled), was left to the API because it lies further
// back than a socket reaches (Older), or was no longer remembered (Lost). Gaps is how
// many times rows were lost.
type Ledger struct {
	Expected uint64 `json:"expected"`
	Frames   uint64 `json:"frames"`
	Filled   uint64 `json:"filled"`
	Older    uint64 `json:"older"`
	Lost     uint64 `json:"lost"`
	Gaps     uint64 `json:"gaps"`
}

type counts struct {
	joined, refused, messages, bytes, catchUps, slowCloses atomic.Uint64
	frames, filled, older, lost, gaps                      atomic.Uint64

	mu      sync.Mutex
	encodes map[string]uint64
}

func (c *counts) encoded(topic string) {
	c.mu.Lock()
	c.encodes[topic]++
	c.mu.Unlock()
}

// Stats returns the counts as of now.
func (fan *Fanout) Stats() Stats {
	c := &fan.counts
	c.mu.Lock()
	encodes := maps.Clone(c.encodes)
	c.mu.Unlock()
	ledger := Ledger{
		Frames: c.frames.Load(), Filled: c.filled.Load(), Older: c.older.Load(), Lost: c.lost.Load(), Gaps: c.gaps.Load(),
	}
	ledger.Expected = ledger.done()
	newest, feeds := fan.view.Load().newest, fan.all()
	for _, f := range feeds {
		f.mu.Lock()
		ledger.Expected += f.metrics.due(newest)
		f.mu.Unlock()
	}
	return Stats{
		Viewers: len(feeds), Joined: c.joined.Load(), Refused: c.refused.Load(),
		Messages: c.messages.Load(), Bytes: c.bytes.Load(), Encodes: encodes,
		Newest: newest, CatchUps: c.catchUps.Load(), SlowCloses: c.slowCloses.Load(),
		Ledger: ledger,
	}
}

// done is how many rows are accounted for.
func (l *Ledger) done() uint64 { return l.Frames + l.Filled + l.Older + l.Lost }

// due is how many rows are still to be sent.
func (m *metrics) due(newest uint64) uint64 {
	if !m.on || m.request != nil {
		return 0
	}
	due := newest - min(newest, m.cursor)
	// A partial row that was sent, or is to be, is due until its remaining columns were.
	if m.remainingAfter < m.partialTo {
		due += min(m.partialTo, m.cursor) - min(m.remainingAfter, m.cursor)
	}
	return due
}

// Viewers returns how many there are.
func (fan *Fanout) Viewers() int {
	fan.mu.Lock()
	defer fan.mu.Unlock()
	return len(fan.feeds)
}
