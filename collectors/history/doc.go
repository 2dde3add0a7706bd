// Package history is the ring: it remembers the rows of the past hours and answers
// everyone who wants to know what they held. [Ring] is a [collectors.Live].
//
// The ring is the queue between the sampler and all readers. One writer commits a row
// per tick ([Ring.Append]); readers hold a cursor, the sequence number of the last row
// they have, and ask for what came after it. Joining, following and resuming are the
// same call. A cursor whose next row is no longer remembered gets a [collectors.Gap].
//
// # Guarantees
//
//   - Rows are kept for Config.Age or within Config.Memory bytes, whichever ends first;
//     rows, tables, events and what is known about series count. The newest 32 to 160
//     rows are held as committed, older ones in sealed blocks of up to 128 (package block).
//   - Long ranges are answered from the summaries of blocks, a few series at a time.
//   - Of a table the top rows are kept. Tables take at most 40 % of the memory: beyond
//     that every 5th observation older than an hour is kept, then the oldest go.
//   - A series keeps its id for as long as a remembered row has a value of it; an id is
//     never given again. The schema lists what is live: a series that no row lists
//     leaves it after 30 s, and its past is still answered. Config.MaxSeries bounds the
//     live ones; what is gone keeps none of them out.
//   - New and changed series make one schema revision at the next commit.
//
// # On disk
//
// With Config.Store rows are counted on from where the [store.Store] ends, and every
// question is answered from both by one loop over extents: the blocks on the store, those
// in memory, and the open rows. Package store says what may be lost. The ring never waits
// for the disk: a read of it ends with its context, or with [collectors.ErrStoreBusy].
//
// # Concurrency
//
// Intern, Append and Mirror belong to one goroutine, the writer. Everything else may be
// called by any goroutine at any time. The writer prepares a new view beside the old one
// and swaps it in under a lock that is held for moments, and over no I/O. Blocks,
// schemas, rows and observations never change once they can be seen, and must not be
// written to.
//
// # Decisions
//
//   - [Ring.Explain] keeps the last two distinct readings of a series, since one that is
//     not due at every tick repeats its reading.
//   - Where the clock was set back between two instances, questions by time are answered
//     from the later one; by sequence number both are there.
//   - Buckets are whole, also the first and the last, so that envelopes do not change
//     while a window moves over them.
//
// # Example
//
//	ring := history.New(history.Config{Memory: 16 << 20})
//	id, err := ring.Intern(collectors.Series{Family: collectors.LoadAverage, Labels: collectors.LabelsOf("1m")})
//	ring.Append(history.Commit{Row: collectors.Row{T: t, IDs: []collectors.SeriesID{id}, Q: []int64{64}}})
//	for cursor := uint64(0); ring.Wait(ctx, cursor) == nil; {
//		rows, gap := ring.Rows(cursor, 100)
//		cursor = rows[len(rows)-1].Seq
//	}
package history
