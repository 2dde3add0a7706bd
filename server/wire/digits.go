package wire

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"dashcam/collectors"
)

// pairs are the numbers from 00 to 99, the first digit in the low byte.
var pairs = func() (p [100]uint16) {
	for i := range p {
		p[i] = '0' + uint16(i/10) + ('0'+uint16(i%10))<<8
	}
	return p
}()

// maxDigits is the longest int64 with its sign.
const maxDigits = 20

// appendInt is strconv.AppendInt in base 10 for numbers that are mostly short: it
// writes in place where that goes through a buffer. A frame is little else than such
// numbers, and takes half the time.
func appendInt(dst []byte, v int64) []byte {
	dst = slices.Grow(dst, maxDigits)
	n := putInt(dst[len(dst):len(dst)+maxDigits], v)
	return dst[:len(dst)+n]
}

// AppendList appends integers as a list, null for what is missing.
func AppendList[T int | int64 | uint64](dst []byte, list []T) []byte {
	dst = slices.Grow(dst, 2+len(list)*(maxDigits+1))
	b := dst[len(dst):cap(dst)]
	b[0] = '['
	n := 1
	for i, v := range list {
		if i > 0 {
			b[n] = ','
			n++
		}
		if int64(v) == collectors.Missing {
			n += copy(b[n:], "null")
			continue
		}
		n += putInt(b[n:], int64(v))
	}
	b[n] = ']'
	return dst[:len(dst)+n+1]
}

// putInt writes v to b, which has room for maxDigits, and returns its length.
func putInt(b []byte, v int64) int {
	if uint64(v) < 10 {
		b[0] = '0' + byte(v)
		return 1
	}
	u, sign := uint64(v), 0
	if v < 0 {
		b[0] = '-'
		u, sign = -u, 1
		b = b[1:]
	}
	if u < 10_000 {
		return sign + putShort(b, u)
	}
	n := decimals(u)
	i := n
	for u >= 100 {
		next := u / 100
		i -= 2
		binary.LittleEndian.PutUint16(b[i:], pairs[u-next*100])
		u = next
	}
	if u >= 10 {
		binary.LittleEndian.PutUint16(b, pairs[u])
	} else {
		b[0] = '0' + byte(u)
	}
	return sign + n
}

// putShort is putInt for numbers below 10,000, which most are.
func putShort(b []byte, u uint64) int {
	high, low := u/100, pairs[u%100]
	switch {
	case u >= 1000:
		binary.LittleEndian.PutUint32(b, uint32(pairs[high])|uint32(low)<<16)
		return 4
	case u >= 100:
		b[0] = '0' + byte(high)
		binary.LittleEndian.PutUint16(b[1:], low)
		return 3
	case u >= 10:
		binary.LittleEndian.PutUint16(b, low)
		return 2
	}
	b[0] = '0' + byte(u)
	return 1
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
