// Package column packs the values of one series: up to 128 integers, some of which may be
// missing, into about a byte each. It is what the ring's blocks consist of, in memory
// and on disk.
//
//	var p column.Packer
//	b, ok := p.Pack(nil, values) // false where every value is missing
//	…
//	b = append(b, make([]byte, column.Padding)...) // behind the last one
//	c := column.Open(b, len(values))
//	c.Max, c.MaxRow // read without unpacking
//	c.Unpack(values)
//
// # Format
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
// column. What stands before shift is the summary.
//
// # Decisions
//
// Exceptions, a common shift and a bitmap of what is common were added to the three forms
// that the design names: a single burst does not widen 127 quiet values, what the kernel
// counts in pages does not pay for the two low bits that are always zero, and what is
// still most of the time takes a bit. Tried on recorded rows and left out: a dictionary
// of values (1 % less), widths for groups of 32 rows (1 %), windows that do not begin at
// the smallest value (0.5 %). Rice codes would take another 2 to 3 % but cannot be unpacked
// without a branch for every value.
//
// # Concurrency
//
// A Packer has scratch space and belongs to one goroutine. Everything else may be
// used by any.
package column
