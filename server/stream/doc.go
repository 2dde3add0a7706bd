// Package stream fans the ring out to viewers.
//
// # How it works
//
// The ring is the queue. The fan-out's one goroutine, the pump ([Fanout.Run]), waits for a
// row and publishes a view: the frames of the last 16 rows, the newest observation of
// each table, the schema, and what happened. A view is immutable, and what it holds is
// encoded by the first viewer that needs it, once for all of them; what nobody
// subscribed to is never encoded.
//
// A viewer is a [Feed]: a cursor per topic and a few flags. It has no queue. When its
// socket is ready for more it calls [Feed.Next], which compares the cursors with the
// view and returns the one message that comes next. Joining, resuming after a lost
// network, catching up after a slow moment and waking a sleeping tab are therefore the
// same thing: a cursor that is behind. Up to 16 rows behind, a viewer that was live is
// given the shared frames; further behind, or back after an interruption, the rows as one piece of history read from the ring; and
// where the ring has forgotten them, a gap that says so. A viewer that does not read
// costs its cursors and nothing else.
//
// Pieces of history are what costs. Viewers that come at the same tick for the same
// rows share them, and what single viewers may hold of them without reading is bounded:
// see pieces.go. A page that joins may have the columns of its first screen before all
// others: see parts.go.
//
// # Promises
//
// A viewer subscribed to metrics is given every row after its beginning exactly once
// and in order, or the row stands in a gap; each message comes after the schema that
// describes it; one row is encoded once, whatever the number of viewers.
//
// # Concurrency
//
// New starts nothing. Run blocks until its context ends, then every feed returns a bye
// and [ErrStopping], and Run waits until they have left. Next belongs to one goroutine
// per feed, the writer of its socket; all other methods may be called from anywhere.
// Viewers are woken by one closed channel per tick: the fan-out has no goroutine per
// viewer.
//
// # Example
//
//	fan := stream.New(stream.Config{Ring: ring, Hello: hello})
//	go fan.Run(ctx)
//
//	feed, err := fan.Join()
//	if err != nil {
//		return err // ErrFull or ErrStopping
//	}
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
// # Testing
//
// The tests go through random lives of ticks, lags, cuts, series that come and go,
// forgotten rows and restarts, and compare what a page reads with what was committed.
// Some of those lives are recorded in wire/testdata/recordings, and the page's own
// tests read them too. To write them anew after a change of what is sent:
//
//	go test ./server/stream -run Recordings -update
//
// # Where this differs from the design
//
// The design lets the pump encode. Here the first viewer that needs a frame does, under
// a sync.Once: the count is the same, and no account of who is subscribed to what has
// to be kept in step with the pump.
//
// Events belong to the topic metrics: they are sent to viewers that have the row they
// stand at, and again to one that resumes, which may have been cut off between a row
// and its event. Of those that happened while nobody followed, the newest 256 are kept here;
// older ones are in the ring.
package stream
