package block

import (
	"encoding/binary"
	"math/bits"

	"dashcam/collectors"
)

// Column is a column whose head was read.
type Column struct {
	Summary
	mode   int
	flags  byte
	bitmap []byte // nil where no value is missing
	body   []byte // from shift on
}

// OpenColumn reads the head of the column at the start of b, as Pack wrote it for so many
// rows.
func OpenColumn(b []byte, rows int) Column {
	var c Column
	c.flags = b[0]
	c.mode, c.N = int(c.flags&modeMask), rows
	var k int
	c.Min, k = binary.Varint(b[1:])
	b = b[1+k:]
	if c.flags&flagMissing != 0 {
		c.bitmap, b = b[:(rows+7)/8], b[(rows+7)/8:]
		c.N = 0
		for _, x := range c.bitmap {
			c.N += bits.OnesCount8(x)
		}
	}
	if c.mode == modeConst {
		c.Max, c.Last, c.Sum = c.Min, c.Min, c.Min*int64(c.N)
		for i, x := range c.bitmap {
			if x != 0 {
				c.MaxRow = i*8 + bits.TrailingZeros8(x)
				break
			}
		}
		return c
	}
	var u uint64
	u, k = binary.Uvarint(b)
	c.Max, b = int64(uint64(c.Min)+u), b[k:]
	u, k = binary.Uvarint(b)
	c.Last, b = int64(uint64(c.Min)+u), b[k:]
	u, k = binary.Uvarint(b)
	c.Sum, b = int64(u+uint64(c.N)*uint64(c.Min)), b[k:]
	c.MaxRow, c.body = int(b[0]), b[1:]
	return c
}

// Unpack writes one value per row to dst, whose length is the number of rows. It
// does not allocate.
func (c *Column) Unpack(dst []int64) {
	v := dst[:c.N]
	if c.mode == modeConst {
		for i := range v {
			v[i] = c.Min
		}
	} else {
		c.unpackBody(v)
	}
	if c.bitmap == nil {
		return
	}
	// Spread the values over their rows, from the back: no value moves forward.
	j := c.N - 1
	for i := len(dst) - 1; i >= 0; i-- {
		if c.bitmap[i>>3]>>(i&7)&1 == 0 {
			dst[i] = collectors.Missing
			continue
		}
		dst[i] = dst[j]
		j--
	}
}

func (c *Column) unpackBody(v []int64) {
	b, shift := c.body, byte(0)
	if c.flags&flagShifted != 0 {
		shift, b = b[0], b[1:]
	}
	switch c.mode {
	case modeFrame:
		c.patchedInto(v, b)
	case modeSeldomFrame:
		common, k := binary.Uvarint(b)
		c.seldomInto(v, b[k:], int64(common))
	default:
		first, k := binary.Uvarint(b)
		if c.mode == modeDelta {
			c.patchedInto(v[1:], b[k:])
		} else {
			c.seldomInto(v[1:], b[k:], 0)
		}
		u := int64(first)
		v[0] = c.Min + u<<shift
		for i := 1; i < len(v); i++ {
			u += unzigzag(uint64(v[i]))
			v[i] = c.Min + u<<shift
		}
		return
	}
	for i, x := range v {
		v[i] = c.Min + x<<shift
	}
}

// seldomInto writes the numbers to v, of which only those that are not the common one
// were written.
func (c *Column) seldomInto(v []int64, b []byte, common int64) {
	size := (len(v) + 7) / 8
	bitmap, b := b[:size], b[size:]
	n := 0
	for _, x := range bitmap {
		n += bits.OnesCount8(x)
	}
	var scratch [MaxRows]int64
	others := scratch[:n]
	c.patchedInto(others, b)
	for i := range v {
		v[i] = common
	}
	j := 0
	for i, x := range bitmap {
		for ; x != 0; x &= x - 1 {
			v[i*8+bits.TrailingZeros8(x)] = others[j]
			j++
		}
	}
}

func (c *Column) patchedInto(v []int64, b []byte) {
	width := int(b[0])
	if c.flags&flagPatched == 0 {
		unpackBits(v, b[1:], width)
		return
	}
	exceptions, b := int(b[1]), b[2:]
	unpackBits(v, b, width)
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

// unzigzag reverts zigzag.
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }
