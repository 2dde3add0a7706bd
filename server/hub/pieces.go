package hub

import (
	"bytes"
	"sync/atomic"

	"dashcam/server/wire"
)

// Pieces of history are the only long messages that belong to one viewer alone. A
// viewer that does not read holds on to its piece until it is dropped, so what a
// thousand of them may hold must have a bound that does not make anybody wait: the more
// is on its way, the smaller the pieces become. While little is, a piece has all the
// bytes that the wire allows.
const (
	piecesOnTheWay = 64 * wire.MaxPieceBytes
	leastPiece     = 8 << 10
)

// pieces knows the history messages that are on their way to viewers.
type pieces struct {
	bytes atomic.Int64
	// rowBytes is what a row of the last piece took, so that no more rows are read
	// than a piece can hold.
	rowBytes atomic.Int64
}

// most returns how many bytes the next piece may have. Beyond piecesOnTheWay it is
// leastPiece: everybody comes forward, if slowly.
func (p *pieces) most() int {
	left := (piecesOnTheWay - p.bytes.Load()) / (piecesOnTheWay / wire.MaxPieceBytes)
	return int(min(max(left, leastPiece), wire.MaxPieceBytes))
}

// rows returns how many rows are likely to fit into so many bytes.
func (p *pieces) rows(most int) int {
	each := p.rowBytes.Load()
	if each == 0 {
		return wire.MaxPiece
	}
	return int(min(max(int64(most)*9/10/each, 1), wire.MaxPiece))
}

// pieceSent counts a piece that is on its way to the viewer. It returns the text, moved
// out of a buffer that is much longer: a piece that was cut has grown further before.
func (f *Feed) pieceSent(text []byte, rows int) []byte {
	if cap(text) > len(text)*5/4 {
		text = bytes.Clone(text)
	}
	f.piece = int64(len(text))
	f.h.pieces.bytes.Add(f.piece)
	f.h.pieces.rowBytes.Store(f.piece / int64(max(rows, 1)))
	return text
}

// pieceGone is called when the viewer asks for more, or leaves.
func (f *Feed) pieceGone() {
	if f.piece != 0 {
		f.h.pieces.bytes.Add(-f.piece)
		f.piece = 0
	}
}
