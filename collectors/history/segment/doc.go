// Package segment reads and writes the files of the history on disk: a header, then
// records with a kind, a length and a checksum, one after the other. What the records
// mean is the business of packages store and eventlog; FORMAT.md beside store specifies
// both.
//
// # Guarantees
//
// [Scan] finds what is whole. A record whose payload is damaged is left out; where a
// head is damaged, the search goes on byte by byte. What follows the last whole record
// is a torn tail, which is what a kill or a power cut leaves behind. No length that is
// read is trusted before it was compared with the size of the file. Files of another
// version are refused.
//
// # Concurrency
//
// A [Writer] belongs to one goroutine, but for Sync, which may run beside Append.
// Everything else is a function of its arguments.
//
// # Example
//
//	w := segment.NewWriter(file, segment.Header{Kind: 'b', Number: 1}, 0)
//	offset, err := w.Append('E', payload)
//	err = w.Flush()
package segment
