// Package store is the history on disk: it writes what a ring has in memory, keeps it
// within bytes and time, and reads it back, also after a kill or a power cut.
//
// A [Store] is a directory. [Store.Run] takes the [Head] of a ring, what it has in memory,
// at every row. The rows of the open block go to a write-ahead log; blocks that the ring
// has sealed go to a segment, those of tables to a file of their own. What is on the disk
// is a [Snapshot], and a [Reader] reads from it for one question. [OpenArchive] reads a
// directory without writing to it. FORMAT.md says what is in the files.
//
// # Guarantees
//
//   - Rows are handed to the kernel at every tick and put on the disk every 2 s: a kill
//     loses none, a power cut the last 2 s.
//   - What is older than the retention is evicted within 10 % of it, or a few blocks.
//     Where bytes are short, observations of tables are thinned first.
//   - A ring never waits for the disk. Rows that it did not take in time, and those that
//     cannot be read back, are a gap with a reason.
//   - At most 8 reads are under way. One ends with its context, or after 10 s with
//     [collectors.ErrStoreBusy]: where the disk hangs, it is abandoned, and keeps its
//     place until it returns. What was found damaged is not read again.
//   - Where the directory was removed, another is made. Its files belong to this user or to
//     root, nobody else may write to them, and no link is followed.
//   - No length in a file is trusted: reading allocates nothing larger than the file.
//
// # Concurrency
//
// Run belongs to one goroutine, and starts others for a disk that hangs and for syncing.
// Everything else may be called by any. A Snapshot is immutable, a Reader belongs to one
// goroutine. No lock is held over I/O.
//
// # Decisions
//
//   - A series gets the id that the newest segment has for it; older segments with another
//     are read with their ids renamed, not written again.
//   - What an earlier version counted in another unit or step is left out, and said to be.
//   - Summaries of all blocks stand at the end of a segment, so that a month is answered
//     from a few bytes per block.
//
// # Example
//
//	on, err := store.Open(store.Config{Dir: dir})
//	defer on.Close()
//	ring := history.New(history.Config{Store: on})
//	err = on.Run(ctx, ring)
package store
