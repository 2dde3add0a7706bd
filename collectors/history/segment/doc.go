// Package segment is the file that the tape is written to: a header, then records with
// a kind, a length and a checksum, one after the other. What the records mean is the
// business of package history.
//
// # Format
//
// All numbers are little-endian. A file begins with 32 bytes:
//
//	8 bytes  "dashcam\n"
//	uint16   version, at present 2
//	uint8    kind of file, chosen by the caller
//	uint8    0
//	uint64   number of the file
//	8 bytes  0
//	uint32   CRC-32C of the 28 bytes before
//
// A record is a head of 12 bytes and its payload:
//
//	uint32   kind of record in the high 8 bits, length of the payload in the low 24
//	uint32   CRC-32C of the payload
//	uint32   CRC-32C of the 8 bytes before, the file's number and the head's offset
//
// The checksum of the head tells a damaged length from a damaged payload, and since it
// covers number and offset, bytes that lay elsewhere before never pass for a record
// here.
//
// A finished file ends with 16 bytes that name its index, which is a record like the
// others; a file without them is one that was still being written:
//
//	uint64   offset of the index
//	uint32   "end\n"
//	uint32   CRC-32C of the 12 bytes before and the file's number
//
// # Damage
//
// [Scan] finds what is whole. A record whose payload is damaged is left out; where a
// head is damaged, the search goes on byte by byte. What follows the last whole record
// is a torn tail, which is what a kill or a power cut leaves behind, and is cut before
// the file is written again.
//
// No length that is read is trusted before it was compared with the size of the file.
//
// # Versions
//
// Files of another version are refused. Version 1 had deflated catalogs and indexes, of
// which nobody could say what they become without inflating them.
//
// # Concurrency
//
// A [Writer] belongs to one goroutine, but for Sync, which may run beside Append.
// Everything else is a function of its arguments.
package segment
