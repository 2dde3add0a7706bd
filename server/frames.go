package server

import (
	"encoding/binary"
	"errors"
)

// errFrame ends a socket whose peer sends a frame that there must not be.
var errFrame = errors.New("compression is set on a frame that begins no message")

// frameCheck follows the frames of a peer by the bytes that are read, and refuses what the
// websocket library takes: the bit for compression (RSV1) on a control frame or on one
// that continues a message (RFC 7692, 6). The zero value expects the beginning of a frame.
type frameCheck struct {
	// head has the first n bytes of a frame's head, which is at most so long: two, the
	// length, the mask.
	head [2 + 8 + 4]byte
	n    int
	// payload is what is still to come of the frame.
	payload uint64
}

func (f *frameCheck) ok(p []byte) bool {
	for len(p) > 0 {
		if f.payload > 0 {
			skip := min(f.payload, uint64(len(p)))
			f.payload -= skip
			p = p[skip:]
			continue
		}
		f.head[f.n] = p[0]
		f.n++
		p = p[1:]
		if !f.allowed() {
			return false
		}
		if f.complete() {
			f.n = 0
		}
	}
	return true
}

// allowed looks at the first byte of a head.
func (f *frameCheck) allowed() bool {
	const rsv1, opcode, text, binary = 0x40, 0x0f, 1, 2
	op := f.head[0] & opcode
	return f.head[0]&rsv1 == 0 || op == text || op == binary
}

// complete reports whether the head is there, and notes how much follows it.
func (f *frameCheck) complete() bool {
	if f.n < 2 {
		return false
	}
	const masked, length = 0x80, 0x7f
	extended := 0
	switch f.head[1] & length {
	case 126:
		extended = 2
	case 127:
		extended = 8
	}
	need := 2 + extended
	if f.head[1]&masked != 0 {
		need += 4
	}
	if f.n < need {
		return false
	}
	switch extended {
	case 2:
		f.payload = uint64(binary.BigEndian.Uint16(f.head[2:]))
	case 8:
		f.payload = binary.BigEndian.Uint64(f.head[2:])
	default:
		f.payload = uint64(f.head[1] & length)
	}
	return true
}
