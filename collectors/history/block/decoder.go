package block

import "encoding/binary"

// Decoder reads what an append function wrote. After the first mistake everything is
// zero.
type Decoder struct {
	Rest []byte // what was not read yet
	Bad  bool   // there was a mistake
}

// Uvarint reads a number.
func (c *Decoder) Uvarint() uint64 {
	u, n := binary.Uvarint(c.Rest)
	if n <= 0 {
		c.Bad, c.Rest = true, nil
		return 0
	}
	c.Rest = c.Rest[n:]
	return u
}

// Varint reads a number of either sign.
func (c *Decoder) Varint() int64 { return unzigzag(c.Uvarint()) }

// Count reads how many things of at least size bytes each follow.
func (c *Decoder) Count(size int) int {
	u := c.Uvarint()
	if u > uint64(len(c.Rest)/size) {
		c.Bad, c.Rest = true, nil
		return 0
	}
	return int(u)
}

// Bytes reads a length and so many bytes, which are part of Rest.
func (c *Decoder) Bytes() []byte {
	n := c.Count(1)
	b := c.Rest[:n:n]
	c.Rest = c.Rest[n:]
	return b
}

// Byte reads one byte.
func (c *Decoder) Byte() byte {
	if len(c.Rest) == 0 {
		c.Bad = true
		return 0
	}
	b := c.Rest[0]
	c.Rest = c.Rest[1:]
	return b
}

// ends reports whether everything of p was read but for what made it size bytes long, and
// whether it has those.
func (c *Decoder) ends(p []byte, size int) bool {
	return !c.Bad && len(p) >= size && (len(c.Rest) == 0 || len(p) == size)
}

func appendBytes[T string | []byte](dst []byte, b T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// Pad makes the record p at least size bytes long, with bytes that its readers skip.
func Pad(p []byte, size int, with byte) []byte {
	for len(p) < size {
		p = append(p, with)
	}
	return p
}
