package history

import (
	"encoding/binary"
	"math"
	"math/bits"

	"dashcam/collectors"
)

// A packed column holds up to blockRows values of one series:
//
//	byte    mode, and whether values are missing
//	varint  smallest value
//	bitmap  one bit per row, set where there is a value (only when some are missing)
//	        … that is all of a constant column; the others go on:
//	uvarint largest − smallest
//	uvarint last − smallest
//	uvarint sum of (value − smallest)
//	byte    row of the first largest value
//	byte    shift: low bits that all (value − smallest) have as zero
//	byte    width in bits
//	byte    number of exceptions
//	uvarint first value (delta only)
//	bits    the low width bits of each number, little end first
//	bytes   position of each exception
//	uvarint what each exception has above width bits
//
// The numbers are (value − smallest) >> shift or the zigzag of their differences.
// Exceptions keep a burst from widening the whole column. What stands before
// shift is the summary, which is read without unpacking.
const (
	modeConst = iota
	modeFrame // distances from the smallest value
	modeDelta // differences between neighbours, zigzag

	modeMask    = 0x03
	flagMissing = 0x04
)

// slabPadding follows the last column of a slab: unpack loads eight bytes at once.
const slabPadding = 8

// summary is what a packed column says without being unpacked.
type summary struct {
	min, max, sum, last int64
	n                   int // values present
	maxRow              int // row of the first largest value
}

// packer holds the scratch space for packing.
type packer struct {
	frame, delta [blockRows]uint64
}

// pack appends the packed form of v, at most blockRows values, to dst. It returns
// dst unchanged and false when every value is missing.
func (p *packer) pack(dst []byte, v []int64) ([]byte, bool) {
	s, ok := summarize(v)
	if !ok {
		return dst, false
	}
	mode, shift := p.choose(v, &s)
	flags := byte(mode)
	if s.n < len(v) {
		flags |= flagMissing
	}
	dst = append(dst, flags)
	dst = binary.AppendVarint(dst, s.min)
	if s.n < len(v) {
		dst = appendBitmap(dst, v)
	}
	if mode == modeConst {
		return dst, true
	}
	dst = binary.AppendUvarint(dst, uint64(s.max)-uint64(s.min))
	dst = binary.AppendUvarint(dst, uint64(s.last)-uint64(s.min))
	dst = binary.AppendUvarint(dst, uint64(s.sum)-uint64(s.n)*uint64(s.min))
	dst = append(dst, byte(s.maxRow), byte(shift))
	if mode == modeFrame {
		return appendPatched(dst, p.frame[:s.n], nil), true
	}
	return appendPatched(dst, p.delta[1:s.n], &p.frame[0]), true
}

func summarize(v []int64) (s summary, ok bool) {
	s.min, s.max = math.MaxInt64, math.MinInt64
	for row, q := range v {
		if q == collectors.Missing {
			continue
		}
		s.n++
		s.sum += q
		s.last = q
		s.min = min(s.min, q)
		if q > s.max {
			s.max, s.maxRow = q, row
		}
	}
	return s, s.n > 0
}

// choose fills p.frame and p.delta and returns the smaller form and the shift.
func (p *packer) choose(v []int64, s *summary) (mode, shift int) {
	if s.min == s.max {
		return modeConst, 0
	}
	n, all := 0, uint64(0)
	for _, q := range v {
		if q == collectors.Missing {
			continue
		}
		u := uint64(q) - uint64(s.min)
		p.frame[n] = u
		all |= u
		n++
	}
	// What the kernel counts in pages or whole ticks has low bits in common.
	shift = bits.TrailingZeros64(all)
	var frame, delta [65]uint8
	for i := range n {
		p.frame[i] >>= shift
		frame[bits.Len64(p.frame[i])]++
		if i > 0 {
			p.delta[i] = zigzag(int64(p.frame[i] - p.frame[i-1]))
			delta[bits.Len64(p.delta[i])]++
		}
	}
	_, frameBytes := bestWidth(&frame, n)
	_, deltaBytes := bestWidth(&delta, n-1)
	if deltaBytes+uvarintLen(p.frame[0]) < frameBytes {
		return modeDelta, shift
	}
	return modeFrame, shift
}

// bestWidth returns the width at which n numbers, given how many there are of each
// length, take the fewest bytes, exceptions included.
func bestWidth(lengths *[65]uint8, n int) (width, bytes int) {
	longest := 64
	for longest > 0 && lengths[longest] == 0 {
		longest--
	}
	width, bytes = longest, (n*longest+7)/8
	for w := longest - 1; w >= 0; w-- {
		size := (n*w + 7) / 8
		for l := w + 1; l <= longest && size < bytes; l++ {
			size += int(lengths[l]) * (1 + (l-w+6)/7)
		}
		if size < bytes {
			width, bytes = w, size
		}
	}
	return width, bytes
}

// appendPatched appends width, exceptions, first (unless nil), bits and exceptions.
func appendPatched(dst []byte, u []uint64, first *uint64) []byte {
	var lengths [65]uint8
	for _, x := range u {
		lengths[bits.Len64(x)]++
	}
	width, _ := bestWidth(&lengths, len(u))
	exceptions := 0
	for l := width + 1; l <= 64; l++ {
		exceptions += int(lengths[l])
	}
	dst = append(dst, byte(width), byte(exceptions))
	if first != nil {
		dst = binary.AppendUvarint(dst, *first)
	}
	dst = appendBits(dst, u, width)
	if exceptions == 0 {
		return dst
	}
	for i, x := range u {
		if bits.Len64(x) > width {
			dst = append(dst, byte(i))
		}
	}
	for _, x := range u {
		if bits.Len64(x) > width {
			dst = binary.AppendUvarint(dst, x>>width)
		}
	}
	return dst
}

func appendBits(dst []byte, u []uint64, width int) []byte {
	if width == 0 {
		return dst
	}
	mask := ^uint64(0) >> (64 - width)
	var acc uint64
	used := 0
	for _, x := range u {
		x &= mask
		acc |= x << used
		used += width
		if used >= 64 {
			dst = binary.LittleEndian.AppendUint64(dst, acc)
			used -= 64
			acc = x >> (width - used) // shifts of 64 give 0, as wanted
		}
	}
	for ; used > 0; used -= 8 {
		dst = append(dst, byte(acc))
		acc >>= 8
	}
	return dst
}

func appendBitmap(dst []byte, v []int64) []byte {
	var b byte
	for i, q := range v {
		if q != collectors.Missing {
			b |= 1 << (i & 7)
		}
		if i&7 == 7 || i == len(v)-1 {
			dst = append(dst, b)
			b = 0
		}
	}
	return dst
}

func zigzag(x int64) uint64 { return uint64(x<<1) ^ uint64(x>>63) }

func uvarintLen(u uint64) int { return (bits.Len64(u|1) + 6) / 7 }
