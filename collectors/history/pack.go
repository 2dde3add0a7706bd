package history

import (
	"encoding/binary"
	"math"
	"math/bits"

	"dashcam/collectors"
)

// A packed column holds up to blockRows values of one series:
//
//	byte    mode and flags
//	varint  smallest value
//	bitmap  one bit per row, set where there is a value (flagMissing)
//	        … that is all of a constant column; the others go on:
//	uvarint largest − smallest
//	uvarint last − smallest
//	uvarint sum of (value − smallest)
//	byte    row of the first largest value
//	byte    shift: low bits that all (value − smallest) have as zero (flagShifted)
//	uvarint first number (by difference) or the common one (seldom another)
//	bitmap  one bit per number, set where it is not the common one (seldom modes)
//	byte    width in bits
//	byte    number of exceptions (flagPatched)
//	bits    the low width bits of each number, little end first
//	bytes   position of each exception
//	uvarint what each exception has above width bits
//
// The numbers are (value − smallest) >> shift, or the zigzag of their differences from
// the second one on. In the seldom modes only those are written that are not the common
// one, which is 0 among differences. Exceptions keep a burst from widening the whole
// column. What stands before shift is the summary, which is read without unpacking.
const (
	modeConst       = iota
	modeFrame       // distances from the smallest value
	modeDelta       // differences between neighbours
	modeSeldomFrame // distances of which one is common
	modeSeldomDelta // differences that are mostly 0

	modeMask    = 0x07
	flagMissing = 0x08
	flagShifted = 0x10
	flagPatched = 0x20
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
	frame, delta, rest [blockRows]uint64
}

// form is how a column is packed best.
type form struct {
	mode, shift int
	common      uint64 // of modeSeldomFrame
}

// pack appends the packed form of v, at most blockRows values, to dst. It returns
// dst unchanged and false when every value is missing.
func (p *packer) pack(dst []byte, v []int64) ([]byte, bool) {
	s, ok := summarize(v)
	if !ok {
		return dst, false
	}
	f := p.choose(v, &s)
	head := len(dst)
	dst = append(dst, byte(f.mode))
	dst = binary.AppendVarint(dst, s.min)
	if s.n < len(v) {
		dst[head] |= flagMissing
		dst = appendBitmap(dst, len(v), func(i int) bool { return v[i] != collectors.Missing })
	}
	if f.mode == modeConst {
		return dst, true
	}
	dst = binary.AppendUvarint(dst, uint64(s.max)-uint64(s.min))
	dst = binary.AppendUvarint(dst, uint64(s.last)-uint64(s.min))
	dst = binary.AppendUvarint(dst, uint64(s.sum)-uint64(s.n)*uint64(s.min))
	dst = append(dst, byte(s.maxRow))
	if f.shift > 0 {
		dst[head] |= flagShifted
		dst = append(dst, byte(f.shift))
	}
	numbers, common := p.frame[:s.n], f.common
	if f.mode == modeDelta || f.mode == modeSeldomDelta {
		numbers, common = p.delta[1:s.n], 0
		dst = binary.AppendUvarint(dst, p.frame[0])
	}
	if f.mode == modeSeldomFrame {
		dst = binary.AppendUvarint(dst, common)
	}
	if f.mode >= modeSeldomFrame {
		dst = appendBitmap(dst, len(numbers), func(i int) bool { return numbers[i] != common })
		numbers = p.others(numbers, common)
	}
	dst, patched := appendPatched(dst, numbers)
	if patched {
		dst[head] |= flagPatched
	}
	return dst, true
}

// others returns the numbers that are not the common one.
func (p *packer) others(numbers []uint64, common uint64) []uint64 {
	rest := p.rest[:0]
	for _, u := range numbers {
		if u != common {
			rest = append(rest, u)
		}
	}
	return rest
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

// choose fills p.frame and p.delta and returns the smallest form.
func (p *packer) choose(v []int64, s *summary) form {
	if s.min == s.max {
		return form{mode: modeConst}
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
	shift := bits.TrailingZeros64(all)
	var frame, delta lengths
	for i := range n {
		p.frame[i] >>= shift
		frame[bits.Len64(p.frame[i])]++
		if i > 0 {
			p.delta[i] = zigzag(int64(p.frame[i] - p.frame[i-1]))
			delta[bits.Len64(p.delta[i])]++
		}
	}
	common, times := frequent(p.frame[:n])
	best, least := form{mode: modeFrame, shift: shift}, frame.size(n)
	try := func(mode, size int) {
		if size < least {
			best.mode, least = mode, size
		}
	}
	first := uvarintLen(p.frame[0])
	try(modeDelta, first+delta.size(n-1))
	frame[bits.Len64(common)] -= uint8(times)
	try(modeSeldomFrame, uvarintLen(common)+(n+7)/8+frame.size(n-times))
	still := int(delta[0])
	delta[0] = 0
	try(modeSeldomDelta, first+(n+6)/8+delta.size(n-1-still))
	best.common = common
	return best
}

// frequent returns the number that makes up more than half of u, if there is one, and
// else any, and how often it occurs (Boyer and Moore's majority vote).
func frequent(u []uint64) (number uint64, times int) {
	votes := 0
	for _, x := range u {
		switch {
		case votes == 0:
			number, votes = x, 1
		case x == number:
			votes++
		default:
			votes--
		}
	}
	for _, x := range u {
		if x == number {
			times++
		}
	}
	return number, times
}

// lengths counts numbers by their length in bits.
type lengths [65]uint8

// size returns how many bytes n numbers take, exceptions included.
func (l *lengths) size(n int) int {
	_, bytes := bestWidth(l, n)
	return bytes
}

// bestWidth returns the width at which n numbers, given how many there are of each
// length, take the fewest bytes, exceptions included.
func bestWidth(lengths *lengths, n int) (width, bytes int) {
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

// appendPatched appends width, bits and exceptions, and reports whether there are any of
// these.
func appendPatched(dst []byte, u []uint64) ([]byte, bool) {
	var byLength lengths
	for _, x := range u {
		byLength[bits.Len64(x)]++
	}
	width, _ := bestWidth(&byLength, len(u))
	exceptions := 0
	for l := width + 1; l <= 64; l++ {
		exceptions += int(byLength[l])
	}
	dst = append(dst, byte(width))
	if exceptions == 0 {
		return appendBits(dst, u, width), false
	}
	dst = append(dst, byte(exceptions))
	dst = appendBits(dst, u, width)
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
	return dst, true
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

// appendBitmap appends n bits.
func appendBitmap(dst []byte, n int, set func(i int) bool) []byte {
	var b byte
	for i := range n {
		if set(i) {
			b |= 1 << (i & 7)
		}
		if i&7 == 7 || i == n-1 {
			dst = append(dst, b)
			b = 0
		}
	}
	return dst
}

func zigzag(x int64) uint64 { return uint64(x<<1) ^ uint64(x>>63) }

func uvarintLen(u uint64) int { return (bits.Len64(u|1) + 6) / 7 }
