// Package history is the ring: it remembers the rows of the past hours and answers
// everyone who wants to know what they held.
//
// The ring is the queue between the sampler and all readers. One writer commits a
// row per tick ([Ring.Append]); readers hold a cursor, which is the sequence number
// of the last row they have, and ask for what came after it ([Ring.RowsSince],
// [Ring.ReadSince]). Joining, following, catching up and resuming are the same
// call. A cursor whose next row is no longer remembered gets an explicit [Gap].
//
// # What is remembered
//
// Rows are kept for Config.Age or within Config.Memory bytes, whichever ends first;
// the bytes include rows, tables, events and what is known about series. The oldest
// block of rows goes first. Age is kept to the block: up to 160 rows older than it
// may still be there.
//
//   - The newest 32 to 160 rows are held as they were committed, so that following
//     the ring costs nothing. Older ones are sealed in blocks of up to 128 rows
//     (fewer while rows are so wide that unsealed ones would take a quarter of the
//     memory).
//   - A sealed block is one slab of bytes without pointers. A column is constant, or
//     its distances from its smallest value, or the differences between neighbours,
//     in as few bits as most values need; the rest are exceptions. What most rows have
//     in common (a value, or that nothing changed) takes a bit. Each column
//     begins with its smallest, largest and last value, their sum and number and the
//     row of the largest, so that long ranges are answered without unpacking.
//     See package column for the format.
//   - Of a table's observation the top rows are kept ([collectors.Table]), as
//     differences from the one before, in chunks of 64. A row whose rank column is
//     missing or not above zero is no top row: a process that does nothing is not on
//     top of anything. Tables take at most 40 % of the memory; beyond that every 5th
//     observation is kept of those older than an hour, then the oldest go.
//   - Events: the last 10,000 within the age, in at most 5 % of the memory.
//
// A series keeps its id ([Ring.Intern]) for as long as a remembered row has a value
// of it, or an unsealed row lists it. After that the id is never given again. New
// and changed series make one new schema revision at the next commit, however many
// there are. Config.MaxSeries bounds the series of the schema, which includes those
// that are gone but still remembered.
//
// # Concurrency
//
// Intern and Append belong to one goroutine, the writer. Everything else may be
// called by any goroutine at any time. The writer prepares a new state beside
// the old one and swaps it in under a lock that is held for moments; readers take the
// state under the same lock and work on it without any. Sealed blocks, schemas,
// chunks, rows and observations never change once they can be seen, so what a reader
// holds stays valid, and must not be written to. The ring has no goroutine of its own
// and never calls back under the lock.
//
// # Decisions
//
//   - [Ring.Explain] keeps the last two distinct readings of each series instead of
//     those of the last two commits: a series that is not due at every tick repeats
//     its reading, and the older one would be the same again.
//   - A range query answers with whole buckets, also the first and the last, so that
//     envelopes do not change while a window moves over them.
//
// # Example
//
//	ring := history.New(history.Config{Memory: 16 << 20})
//	id, err := ring.Intern(collectors.Series{Family: collectors.LoadAverage, Labels: [2]string{"1m"}})
//	if err != nil {
//		return err // too many series
//	}
//	ring.Append(history.Commit{Row: collectors.Row{
//		T: time.Now().UnixMilli(), IDs: []collectors.SeriesID{id}, Q: []int64{64},
//	}})
//
//	for cursor := uint64(0); ring.Wait(ctx, cursor) == nil; {
//		rows, gap := ring.RowsSince(cursor, 100)
//		…
//		cursor = rows[len(rows)-1].Seq
//	}
//
// # Testing
//
// The tests feed random rows to a ring and to a model that keeps everything, and
// compare every answer number for number. The benchmarks report bytes per sample:
//
//	go test -bench . ./collectors/history
package history
