package history

import (
	"encoding/binary"
	"math/bits"

	"dashcam/collectors"
)

// packed is a column whose head was read.
type packed struct {
	summary
	mode   int
	bitmap []byte // nil where no value is missing
	body   []byte // from shift on
}

// open reads the head of the column of the given number of rows at the start of b.
func open(b []byte, rows int) packed {
	var c packed
	flags := b[0]
	c.mode, c.n = int(flags&modeMask), rows
	var k int
	c.min, k = binary.Varint(b[1:])
	b = b[1+k:]
	if flags&flagMissing != 0 {
		c.bitmap, b = b[:(rows+7)/8], b[(rows+7)/8:]
		c.n = 0
		for _, x := range c.bitmap {
			c.n += bits.OnesCount8(x)
		}
	}
	if c.mode == modeConst {
		c.max, c.last, c.sum = c.min, c.min, c.min*int64(c.n)
		for i, x := range c.bitmap {
			if x != 0 {
				c.maxRow = i*8 + bits.TrailingZeros8(x)
				break
			}
		}
		return c
	}
	var u uint64
	u, k = binary.Uvarint(b)
	c.max, b = int64(uint64(c.min)+u), b[k:]
	u, k = binary.Uvarint(b)
	c.last, b = int64(uint64(c.min)+u), b[k:]
	u, k = binary.Uvarint(b)
	c.sum, b = int64(u+uint64(c.n)*uint64(c.min)), b[k:]
	c.maxRow, c.body = int(b[0]), b[1:]
	return c
}

// unpack writes one value per row to dst, whose length is the number of rows. It
// does not allocate.
func (c *packed) unpack(dst []int64) {
	v := dst[:c.n]
	if c.mode == modeConst {
		for i := range v {
			v[i] = c.min
		}
	} else {
		c.unpackBody(v)
	}
	if c.bitmap == nil {
		return
	}
	// Spread the values over their rows, from the back: no value moves forward.
	j := c.n - 1
	for i := len(dst) - 1; i >= 0; i-- {
		if c.bitmap[i>>3]>>(i&7)&1 == 0 {
			dst[i] = collectors.Missing
			continue
		}
		dst[i] = dst[j]
		j--
	}
}

func (c *packed) unpackBody(v []int64) {
	shift, width, exceptions, b := c.body[0], int(c.body[1]), int(c.body[2]), c.body[3:]
	if c.mode == modeFrame {
		patchedInto(v, b, width, exceptions)
		for i, x := range v {
			v[i] = c.min + x<<shift
		}
		return
	}
	first, k := binary.Uvarint(b)
	patchedInto(v[1:], b[k:], width, exceptions)
	u := int64(first)
	v[0] = c.min + u<<shift
	for i := 1; i < len(v); i++ {
		u += unzigzag(uint64(v[i]))
		v[i] = c.min + u<<shift
	}
}

func patchedInto(v []int64, b []byte, width, exceptions int) {
	unpackBits(v, b, width)
	if exceptions == 0 {
		return
	}
	b = b[(len(v)*width+7)/8:]
	at, high := b[:exceptions], b[exceptions:]
	for _, i := range at {
		u, k := binary.Uvarint(high)
		v[i] |= int64(u << width)
		high = high[k:]
	}
}

func unpackBits(v []int64, b []byte, width int) {
	if width == 0 {
		clear(v)
		return
	}
	mask := ^uint64(0) >> (64 - width)
	bit := 0
	if width <= 57 {
		for i := range v {
			v[i] = int64(binary.LittleEndian.Uint64(b[bit>>3:]) >> (bit & 7) & mask)
			bit += width
		}
		return
	}
	for i := range v {
		at, used := bit>>3, bit&7
		x := binary.LittleEndian.Uint64(b[at:]) >> used
		if used+width > 64 {
			x |= uint64(b[at+8]) << (64 - used)
		}
		v[i] = int64(x & mask)
		bit += width
	}
}

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }
