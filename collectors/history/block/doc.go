// Package block packs rows and observations of tables into blocks, and encodes them for
// files. It is pure: it knows no ring and no disk, and starts nothing.
//
// A [Sealed] block is up to 128 consecutive rows of all series, made by a [Sealer]: a
// [Column] of about a byte per sample for the times and for every series with a value. A
// [Table] block is up to 64 observations of a table, made by a [TableWriter]. What is
// added to open blocks has an encoding of its own (growth.go), for a write-ahead log.
//
// # Guarantees
//
// Unpacking gives back every number, and allocates nothing. [Parse] and its likes trust no
// length before they have compared it with what is left. They do not look inside columns:
// what comes from a disk is first unpacked under [Guard].
//
// # Format of a column
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
//	byte    width in bits, and a byte with the number of exceptions (flagPatched)
//	bits    the low width bits of each number, little end first
//	bytes   position of each exception
//	uvarint what each exception has above width bits
//
// The numbers are (value − smallest) >> shift, or the zigzag of their differences from
// the second one on. In the seldom modes only those are written that are not the common
// one, which is 0 among differences. What stands before shift is the [Summary].
//
// # Decisions
//
// Exceptions keep a single burst from widening 127 quiet values; by the common shift what
// the kernel counts in pages does not pay for two bits that are always zero; what is still
// most of the time takes a bit. Tried on recorded rows and left out: a dictionary of values
// (1 % less), widths for groups of 32 rows (1 %), windows that do not begin at the
// smallest value (0.5 %), Rice codes (2 to 3 %, but a branch for every value).
//
// # Concurrency
//
// A Sealer, a Packer and a TableWriter belong to one goroutine. Blocks never change once
// they are sealed, and may be read by any.
//
// # Example
//
//	s := block.NewSealer(1000, 0)
//	b := s.Seal(rows)
//	c := b.Column(0)           // of the series b.IDs[0]
//	c.Max, c.MaxRow            // read without unpacking
//	c.Unpack(values[:b.Rows])
package block
