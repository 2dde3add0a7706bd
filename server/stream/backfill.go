package stream

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
	// whole, first and rest are what a row of the last piece of that part took.
	whole, first, rest rowBytes
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

// rowBytes is what a row took, so that no more rows are read than a piece can hold.
type rowBytes struct{ atomic.Int64 }

// limit returns how many rows are likely to fit into so many bytes.
func (r *rowBytes) limit(most int) uint64 {
	each := r.Load()
	if each == 0 {
		return wire.MaxPiece
	}
	return uint64(min(max(int64(most)*9/10/each, 1), wire.MaxPiece))
}

func (p *pieces) rowBytes(part wire.HistoryPart) *rowBytes {
	switch part {
	case wire.PartFirst:
		return &p.first
	case wire.PartRest:
		return &p.rest
	}
	return &p.whole
}

// stretch is rows that are to be sent: those after one, up to another, or a part of them.
type stretch struct {
	after, to uint64
	part      wire.HistoryPart
	screen    *screen // that divides the parts
}

// piece is a history message and what it does to the cursor of whoever gets it.
type piece struct {
	message    *Message
	last, rows uint64
	more       bool
}

// read returns those rows of a stretch that fit into so many bytes, or more; nil when
// there are none.
func (fan *Fanout) read(want stretch, most int) *wire.Span {
	limit := min(want.to-want.after, fan.pieces.rowBytes(want.part).limit(most))
	found := fan.ring.ReadSince(want.after, int(limit))
	if len(found.T) == 0 {
		return nil
	}
	span := spanOf(&found)
	if want.part != "" {
		want.screen.cut(span, want)
	}
	span.More = span.First+uint64(len(span.T)) <= want.to
	return span
}

func (fan *Fanout) encodePiece(span *wire.Span, most int) *piece {
	text, taken := wire.AppendHistoryWithin(nil, span, most)
	if cap(text) > len(text)*5/4 {
		text = bytes.Clone(text) // one that was cut has grown further before
	}
	fan.pieces.rowBytes(span.Part).Store(int64(len(text) / max(taken, 1)))
	fan.counts.encoded(wire.TypeHistory)
	return &piece{
		message: &Message{bytes: text, early: span.Part == wire.PartFirst},
		last:    span.First + uint64(taken) - 1, rows: uint64(taken),
		more: span.More || taken < len(span.T),
	}
}

// pieceGone is called when the viewer asks for more, or leaves.
func (f *Feed) pieceGone() {
	if f.onTheWay != 0 {
		f.fan.pieces.bytes.Add(-f.onTheWay)
		f.onTheWay = 0
	}
}

// sharedPieces are pieces of the same stretches of the same view. They live as long as
// the view, or the slowest viewer that was given one.
type sharedPieces struct {
	mu sync.Mutex
	// asked are the stretches that one viewer asked for, pieces those of more than one.
	asked  map[stretch]struct{}
	pieces map[stretch]func() *piece
}

// The bounds of one view. shared is an hour of a host of 400 series; viewers that all
// ask for different rows have little to share and are only remembered so far.
const (
	shared    = 16
	mostAsked = 1024
)

// at returns the first piece of a stretch, or nil when it is not shared: the first
// viewer that asks for it gets one of its own, the second makes one for all that follow.
func (s *sharedPieces) at(fan *Fanout, want stretch) *piece {
	s.mu.Lock()
	once := s.pieces[want]
	if once == nil && len(s.pieces) < shared {
		once = s.second(want, func() *piece { return fan.sharedPiece(want) })
	}
	s.mu.Unlock()
	if once == nil {
		return nil
	}
	return once()
}

func (s *sharedPieces) second(want stretch, build func() *piece) func() *piece {
	if s.asked == nil {
		s.asked, s.pieces = make(map[stretch]struct{}), make(map[stretch]func() *piece)
	}
	if _, again := s.asked[want]; !again {
		if len(s.asked) < mostAsked {
			s.asked[want] = struct{}{}
		}
		return nil
	}
	s.pieces[want] = sync.OnceValue(build)
	return s.pieces[want]
}

// sharedPiece returns nil for rows that are no longer remembered: which of them a
// viewer misses is its own affair.
func (fan *Fanout) sharedPiece(want stretch) *piece {
	fan.pieces.making <- struct{}{}
	defer func() { <-fan.pieces.making }()
	span := fan.read(want, wire.MaxPieceBytes)
	if span == nil || span.Gap != nil {
		return nil
	}
	p := fan.encodePiece(span, wire.MaxPieceBytes)
	p.message.shared = true
	return p
}
