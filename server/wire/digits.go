package wire

import (
	"math/bits"
	"slices"
)

// pairs are the numbers from 00 to 99.
const pairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// maxDigits is the longest int64 with its sign.
const maxDigits = 20

// AppendInt is strconv.AppendInt in base 10 for numbers that are mostly short: it
// writes in place where that goes through a buffer. A frame is little else than such
// numbers, and takes half the time.
func AppendInt(dst []byte, v int64) []byte {
	if v >= 0 && v < 10 {
		return append(dst, '0'+byte(v))
	}
	u := uint64(v)
	if v < 0 {
		dst = append(dst, '-')
		u = -u
	}
	n := decimals(u)
	dst = slices.Grow(dst, maxDigits)
	dst = dst[:len(dst)+n]
	i := len(dst)
	for u >= 100 {
		next := u / 100
		r := 2 * (u - next*100)
		i -= 2
		dst[i+1] = pairs[r+1]
		dst[i] = pairs[r]
		u = next
	}
	if u >= 10 {
		dst[i-1] = pairs[2*u+1]
		dst[i-2] = pairs[2*u]
		return dst
	}
	dst[i-1] = '0' + byte(u)
	return dst
}

// powers are those of ten up to 10^19.
var powers = [...]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// decimals returns how many digits u has.
func decimals(u uint64) int {
	// 1233/4096 is log10(2): the guess is right or one short.
	guess := bits.Len64(u|1) * 1233 >> 12
	if u >= powers[guess] {
		guess++
	}
	return guess
}
