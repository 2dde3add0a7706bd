package block

import (
	"encoding/binary"
	"math"
	"math/bits"

	"dashcam/collectors"
)

// MaxRows is the most values in a column: a row's place fits a byte.
const MaxRows = 128

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

// minColumn is the least that a packed column takes.
const minColumn = 2

// Padding is how many bytes have to follow a packed column: Unpack loads eight at once.
const Padding = 8

// Summary is what a packed column says without being unpacked.
type Summary struct {
	Min, Max, Sum, Last int64
	N                   int // values present
	MaxRow              int // row of the first largest value
}

// Packer packs columns. It must not be used concurrently: it holds the
// scratch space.
type Packer struct {
	frame, delta, rest [MaxRows]uint64
}

// form is how a column is packed best.
type form struct {
	mode, shift int
	common      uint64 // of modeSeldomFrame
}

// Pack appends the packed form of v, at most MaxRows values, to dst. It returns
// dst unchanged and false when every value is missing.
func (p *Packer) Pack(dst []byte, v []int64) ([]byte, bool) {
	s, ok := Summarize(v)
	if !ok {
		return dst, false
	}
	f := p.choose(v, &s)
	head := len(dst)
	dst = append(dst, byte(f.mode))
	dst = binary.AppendVarint(dst, s.Min)
	if s.N < len(v) {
		dst[head] |= flagMissing
		dst = appendBitmap(dst, len(v), func(i int) bool { return v[i] != collectors.Missing })
	}
	if f.mode == modeConst {
		return dst, true
	}
	dst = binary.AppendUvarint(dst, uint64(s.Max)-uint64(s.Min))
	dst = binary.AppendUvarint(dst, uint64(s.Last)-uint64(s.Min))
	dst = binary.AppendUvarint(dst, uint64(s.Sum)-uint64(s.N)*uint64(s.Min))
	dst = append(dst, byte(s.MaxRow))
	if f.shift > 0 {
		dst[head] |= flagShifted
		dst = append(dst, byte(f.shift))
	}
	numbers, common := p.frame[:s.N], f.common
	if f.mode == modeDelta || f.mode == modeSeldomDelta {
		numbers, common = p.delta[1:s.N], 0
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
func (p *Packer) others(numbers []uint64, common uint64) []uint64 {
	rest := p.rest[:0]
	for _, u := range numbers {
		if u != common {
			rest = append(rest, u)
		}
	}
	return rest
}

// Summarize returns what a packed column says without being unpacked, and false when
// every value is missing.
func Summarize(v []int64) (s Summary, ok bool) {
	s.Min, s.Max = math.MaxInt64, math.MinInt64
	for row, q := range v {
		if q == collectors.Missing {
			continue
		}
		s.N++
		s.Sum += q
		s.Last = q
		s.Min = min(s.Min, q)
		if q > s.Max {
			s.Max, s.MaxRow = q, row
		}
	}
	return s, s.N > 0
}

// choose fills p.frame and p.delta and returns the smallest form.
func (p *Packer) choose(v []int64, s *Summary) form {
	if s.Min == s.Max {
		return form{mode: modeConst}
	}
	n, all := 0, uint64(0)
	for _, q := range v {
		if q == collectors.Missing {
			continue
		}
		u := uint64(q) - uint64(s.Min)
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

// zigzag maps small numbers of either sign to small ones: 0, -1, 1, -2 to 0, 1, 2, 3.
func zigzag(x int64) uint64 { return uint64(x<<1) ^ uint64(x>>63) }

func uvarintLen(u uint64) int { return (bits.Len64(u|1) + 6) / 7 }
