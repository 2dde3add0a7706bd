// Package history is the ring: it remembers the rows of the past hours and answers
// everyone who wants to know what they held.
//
// The ring is the queue between the sampler and all readers. One writer commits a
// row per tick ([Ring.Append]); readers hold a cursor, which is the sequence number
// of the last row they have, and ask for what came after it ([Ring.RowsSince],
// [Ring.ReadSince]). Joining, following, catching up and resuming are the same
// call. A cursor whose next row is no longer remembered gets an explicit [collectors.Gap].
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
// # On disk
//
// A [Tape] is a directory in which the rows of all instances stand one behind the
// other: sequence numbers go on where the instance before ended, a series keeps its id,
// and the first row of an instance says as missed ticks how many rows there are none of
// and why, that is how the instance before ended. So everything that asks by sequence
// number or time reaches back over restarts without knowing of them; only [Tape.Stats]
// lists the instances. What is in memory is read from there, the rest from the tape.
//
//   - NNNNNNNN.seg: sealed blocks, as they are in memory; what the series are called;
//     events; instances and how they ended. A segment is finished at 1/64 of the limit,
//     or 1 MiB where that is more and at most 1/16, and at 8 MiB in any case. It ends with
//     an index and with the summaries of all its blocks, series by series: a month is
//     answered from these, and a block is read where its rows fall into several buckets.
//   - NNNNNNNN.tab: sealed chunks of tables. When room is short, files older than an
//     hour are replaced by ones with every 5th observation before any rows are
//     forgotten.
//   - NNNNNNNN.open: rows, and what was added to open chunks, as they come. Begun anew
//     with every block; removed when that is on the disk for certain.
//   - lock: held while a dashcam writes there.
//
// [OpenArchive] reads a directory without writing to it, also beside the dashcam that
// does, for exports and to look whether all is whole.
//
// The files are those of package segment, with a checksum over every record. Rows are
// handed to the kernel at every tick and put on the disk every 2 s: a kill loses none,
// a power cut the last 2 s. At the start segments are indexed and not read; what the
// last instance left open is sealed and written. A torn tail is cut; a record that is
// damaged is left out and counted, and its rows are a gap that says so.
//
// Reading trusts no number in a file. Catalogs and indexes stand in it as lines of JSON and
// are not deflated, since nobody can say what deflated text becomes without inflating it; a
// record takes at least what is remembered of it; a list is as long as there are bytes for
// its members. So reading a segment or a file of chunks allocates nothing that is larger
// than the file, whatever is in it, and all that it allocates together is in proportion to
// it. That costs 0.4 % of a month.
//
// The disk is never waited for: the ring is the buffer. After a failure [Tape.Run]
// tries again every 5 s from where the tape ends, and rows that the ring has forgotten
// by then are a gap with the reason. When the directory was removed, the tape begins
// anew with what the ring holds.
//
// Where the clock was set back between two instances the same time was recorded twice.
// Questions by time are answered from the later instance; by sequence number both are
// there.
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
//   - One run of sequence numbers over all instances of a tape, instead of one for each,
//     keeps every other part free of a second way to name a row. A page still tells a
//     row by instance and sequence number: the rows that a power cut took are numbered
//     again.
//   - The ids of series are kept over restarts for the same reason. The price is that
//     series of the past month stand in the schema; when there are more than
//     Config.MaxSeries, those that are gone for longest give way to those that live.
//   - Files of the tape are opened for a question and closed after it, so that a segment
//     can be forgotten while it is read and a month does not hold 128 files open.
//   - A range query answers with whole buckets, also the first and the last, so that
//     envelopes do not change while a window moves over them.
//
// # Example
//
//	ring := history.New(history.Config{Memory: 16 << 20})
//	id, err := ring.Intern(collectors.Series{Family: collectors.LoadAverage, Labels: collectors.LabelsOf("1m")})
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
// compare every answer number for number. FuzzTape reads a tape of arbitrary records, and
// looks at what that allocates; TestTape_TakesNoMoreThanItsFile does with what costs most.
// Rings on a tape are compared with the same model over several lives. The benchmarks
// report bytes per sample:
//
//	go test -bench . ./collectors/history
package history
