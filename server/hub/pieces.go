package hub

import (
	"bytes"
	"sync"
	"sync/atomic"

	"dashcam/server/wire"
)

// A piece of history is the only long message, and costs a thousand times what a frame
// does. Viewers that come at the same tick for the same rows, as they do when a network
// or a proxy returns, are given the same piece: see sharedPieces. The others get one of
// their own. A viewer that does not read holds on to that until it is dropped, so what
// a thousand of them may hold must have a bound that does not make anybody wait: the
// more is on its way, the smaller pieces become. While little is, a piece has all the
// bytes that the wire allows.
const (
	piecesOnTheWay = 8 * wire.MaxPieceBytes
	leastPiece     = 4 << 10
)

// pieces knows the pieces of single viewers that are on their way.
type pieces struct {
	bytes atomic.Int64
	// rowBytes is what a row of the last piece took, so that no more rows are read
	// than a piece can hold.
	rowBytes atomic.Int64
	// making has room for those that are being made: what a piece is made from is
	// several times as long, and more at once are not made any faster.
	making chan struct{}
}

// most returns how many bytes the next piece may have. Beyond piecesOnTheWay it is
// leastPiece: everybody comes forward, if slowly.
func (p *pieces) most() int {
	left := (piecesOnTheWay - p.bytes.Load()) / (piecesOnTheWay / wire.MaxPieceBytes)
	return int(min(max(left, leastPiece), wire.MaxPieceBytes))
}

// limit returns how many rows are likely to fit into so many bytes.
func (p *pieces) limit(most int) uint64 {
	each := p.rowBytes.Load()
	if each == 0 {
		return wire.MaxPiece
	}
	return uint64(min(max(int64(most)*9/10/each, 1), wire.MaxPiece))
}

// piece is a history message and what it does to the cursor of whoever gets it.
type piece struct {
	message    *Message
	last, rows uint64
	more       bool
}

// read returns the rows after the cursor that fit into so many bytes, or more; nil when
// there are none.
func (h *Hub) read(v *view, cursor uint64, most int) *wire.Span {
	limit := min(v.newest-cursor, h.pieces.limit(most))
	found := h.ring.ReadSince(cursor, int(limit))
	if len(found.T) == 0 {
		return nil
	}
	span := spanOf(&found)
	span.More = span.First+uint64(len(span.T))-1 < v.newest
	return span
}

func (h *Hub) encodePiece(span *wire.Span, most int) *piece {
	text, taken := wire.AppendHistoryWithin(nil, span, most)
	if cap(text) > len(text)*5/4 {
		text = bytes.Clone(text) // one that was cut has grown further before
	}
	h.pieces.rowBytes.Store(int64(len(text) / max(taken, 1)))
	h.counts.encoded(wire.TypeHistory)
	return &piece{
		message: &Message{bytes: text},
		last:    span.First + uint64(taken) - 1, rows: uint64(taken),
		more: span.More || taken < len(span.T),
	}
}

// pieceGone is called when the viewer asks for more, or leaves.
func (f *Feed) pieceGone() {
	if f.piece != 0 {
		f.h.pieces.bytes.Add(-f.piece)
		f.piece = 0
	}
}

// sharedPieces are pieces that begin at the same row of the same view. They live as
// long as the view, or the slowest viewer that was given one.
type sharedPieces struct {
	mu sync.Mutex
	// asked are the cursors that one viewer came with, after those of more than one.
	asked map[uint64]struct{}
	after map[uint64]func() *piece
}

// The bounds of one view. shared is an hour of a host of 400 series; viewers that all
// ask for different rows have little to share and are only remembered so far.
const (
	shared    = 16
	mostAsked = 1024
)

// at returns the piece after a cursor, or nil when it is not shared: the first viewer
// with a cursor gets one of its own, the second makes one for all that follow.
func (s *sharedPieces) at(h *Hub, v *view, cursor uint64) *piece {
	s.mu.Lock()
	once := s.after[cursor]
	if once == nil && len(s.after) < shared {
		once = s.second(cursor, func() *piece { return h.sharedPiece(v, cursor) })
	}
	s.mu.Unlock()
	if once == nil {
		return nil
	}
	return once()
}

func (s *sharedPieces) second(cursor uint64, build func() *piece) func() *piece {
	if s.asked == nil {
		s.asked, s.after = make(map[uint64]struct{}), make(map[uint64]func() *piece)
	}
	if _, again := s.asked[cursor]; !again {
		if len(s.asked) < mostAsked {
			s.asked[cursor] = struct{}{}
		}
		return nil
	}
	s.after[cursor] = sync.OnceValue(build)
	return s.after[cursor]
}

// sharedPiece returns nil for rows that are no longer remembered: which of them a
// viewer misses is its own affair.
func (h *Hub) sharedPiece(v *view, cursor uint64) *piece {
	h.pieces.making <- struct{}{}
	defer func() { <-h.pieces.making }()
	span := h.read(v, cursor, wire.MaxPieceBytes)
	if span == nil || span.Gap != nil {
		return nil
	}
	p := h.encodePiece(span, wire.MaxPieceBytes)
	p.message.shared = true
	return p
}
