// Package stream fans a ring out to viewers.
//
// The ring is the queue. One goroutine, the pump ([Fanout.Run]), waits for a row and
// publishes a view: the frames of the last 16 rows, the newest observation of each table,
// the schema, and what happened. A view is immutable, and what it holds is encoded by the
// first viewer that needs it, once for all; what nobody subscribed to is never encoded.
//
// A viewer is a [Feed]: a cursor per topic and a few flags, and no queue. When its socket
// is ready for more, [Feed.Next] compares the cursors with the view and returns the one
// message that comes next. Joining, resuming, catching up and waking a sleeping tab are
// the same thing: a cursor that is behind. Up to 16 rows behind, a viewer that was live
// is given the shared frames; further behind, or back after an interruption, the rows in
// batches of history, its backfill; and where the ring has forgotten them, a gap.
//
// # What it guarantees
//
// A viewer subscribed to metrics is given every row after its beginning exactly once
// and in order, or the row stands in a gap, or is named as older and left to the API.
// Each message comes after the schema that describes it. One row is encoded once,
// whatever the number of viewers. A page that joins may have the priority columns, those
// of its first screen, before the remaining ones (priority.go); health comes after them.
//
// Backfill is what costs. Viewers that come at the same tick for the same rows share
// batches (shared.go); what single viewers hold of them without reading is bounded by
// the bytes in flight (backfill.go); and what they may ask for by token buckets, one for
// each viewer and one for all (budget.go).
//
// # Concurrency
//
// New starts nothing. Run blocks until its context ends, then every feed returns a bye
// and [ErrStopping], and Run waits until they have left. Next belongs to one goroutine
// per feed, the writer of its socket; all other methods may be called from anywhere.
// Viewers are woken by one closed channel per tick. A batch is made by a goroutine of
// its own while no lock is held. Rows that are not in memory are read behind a circuit
// breaker (disk.go): a read that hangs cannot be ended, so it is left alone, and holds
// up neither what is in memory nor the stop.
//
// # Example
//
//	fan := stream.New(stream.Config{Ring: ring, Hello: hello})
//	go fan.Run(ctx)
//
//	feed, err := fan.Join() // ErrFull or ErrStopping
//	defer feed.Leave()
//	go read(conn, feed) // wire.ParseClient, then feed.Handle
//	for {
//		m, err := feed.Next(ctx)
//		if err != nil {
//			return err // a *CloseError says with which code to close
//		}
//		write(conn, m)
//	}
//
// # Decisions
//
// The first viewer that needs a frame encodes it, and not the pump: nobody has to know
// who is subscribed to what. Events are sent to viewers that have their row, and again
// to one that resumes, which may have been cut off in between.
package stream
