package collectors

import (
	"context"
	"iter"
)

// Source is the past of one host: that of a ring and its store, of another host, of a
// recording. Every read that may wait for a disk or a network takes a context, and ends
// with its error when that ends. All methods may be called from any goroutine, and what
// they hand out must not be changed.
type Source interface {
	// Info says which host it is.
	Info() Host
	// Schema describes the series with a value in the window, those that are gone
	// included. Its revision is that of the newest row.
	Schema(ctx context.Context, w Window) (*Schema, error)
	// Columns yields the rows of the window, oldest first, in spans of consecutive rows.
	// A span lists the series that match and have a value in it.
	Columns(ctx context.Context, q Query) iter.Seq2[*Span, error]
	// Buckets summarises the window in at most q.Points buckets. A mistake in q is a
	// [*QueryError].
	Buckets(ctx context.Context, q Query) (*Buckets, error)
	// Tables yields the remembered observations of a table, oldest first.
	Tables(ctx context.Context, name string, w Window) iter.Seq2[*TableData, error]
	// Events yields what happened, oldest first.
	Events(ctx context.Context, w Window) iter.Seq2[Event, error]
}

// Live is a source that goes on: the present of a host, and its past.
type Live interface {
	Source
	// Instance identifies the run that gives the rows their numbers.
	Instance() string
	Bounds() Bounds
	// Wait returns when there is a row after seq, or with the context's error.
	Wait(ctx context.Context, seq uint64) error
	// ReadSince returns at most n rows after seq as columns. The span has no T where
	// there are none.
	ReadSince(ctx context.Context, seq uint64, n int) (Span, error)
	// ReadHead and Rows do so of the rows in memory, and never wait. The gap names rows
	// after seq that are older.
	ReadHead(seq uint64, n int) Span
	Rows(seq uint64, n int) ([]Row, *Gap)
	// HeadEvents returns the events of the rows after seq that are in memory, oldest
	// first, and never waits.
	HeadEvents(seq uint64) []Event
	Latest() Latest
	// Readings returns what Latest does with the raw readings behind its row, ascending by
	// id, appended to dst.
	Readings(dst []Reading) (Latest, []Reading)
	// Explain returns the last two raw readings of a series, newest first.
	Explain(id SeriesID) [2]Reading
	Health() []Health
	// HealthVersion rises with every change of what Health returns.
	HealthVersion() uint64
}

// Window bounds rows by time, by number or by both. A zero field bounds nothing.
type Window struct {
	// From and To are Unix milliseconds, To exclusive.
	From, To int64
	// First and Last are sequence numbers, both inclusive.
	First, Last uint64
	// Every says that of the observations of a table the last until each multiple of so many
	// milliseconds is enough, 0 for all. A source may yield more.
	Every int64
}

// Holds reports whether a row lies in the window.
func (w *Window) Holds(seq uint64, t int64) bool {
	return seq >= w.First && (w.Last == 0 || seq <= w.Last) && t >= w.From && (w.To == 0 || t < w.To)
}

// Query asks a [Source] for series.
type Query struct {
	Window
	// Match selects series; nil means all.
	Match *Matcher
	// Points is the largest number of buckets wanted, 300 by default, at most 2000.
	Points int
	// Rows is the largest number of rows wanted of Columns; 0 bounds nothing.
	Rows int
}

// QueryError says what is wrong with a [Query].
type QueryError struct {
	Field, Got, Expected string
}

func (e *QueryError) Error() string {
	return e.Field + " is " + e.Got + ": expected " + e.Expected
}

// Gap names rows that do not exist, or are not remembered.
type Gap struct {
	From, To uint64 // both inclusive
}

// Span is a run of consecutive rows as columns.
type Span struct {
	// Rev is the schema revision of the last row.
	Rev uint64
	// First is the sequence number of the first row; the others follow without gaps.
	First uint64
	T     []int64
	// Missed and Why are, per row, the skipped ticks before it and the reason; nil
	// where no row of the span has any.
	Missed []int
	Why    []string
	// Columns hold every series with a value in the span, ascending by ID.
	Columns []SeriesColumn
	// Gap is set when rows before First were asked for and are not remembered.
	Gap *Gap
	// More says that newer rows than the last one are remembered.
	More bool
}

// SeriesColumn is the values of one series; [Missing] where there is none.
type SeriesColumn struct {
	ID SeriesID
	Q  []int64
}

// Buckets are consecutive spans of equal length that begin at multiples of StepMs.
// Those without a row are left out.
type Buckets struct {
	Rev    uint64
	StepMs int64
	// T is when each bucket begins, Rows how many rows fell into it.
	T    []int64
	Rows []int
	// FirstSeq and LastSeq are the rows of each bucket.
	FirstSeq, LastSeq []uint64
	Gaps              []BucketGap
	// Series yields the series with a value, ascending by ID, and computes them as they
	// are asked for, so that an answer takes the memory of a few of them. A series is
	// valid until the next one. It may be called once.
	Series iter.Seq2[*BucketSeries, error]
}

// BucketSeries summarises one series per bucket, in quanta. A bucket without a value
// has N 0 and Missing everywhere. The bucket of a state family is its worst: Max.
type BucketSeries struct {
	*Series
	Min, Max, Mean, Last []int64
	N                    []int
	MaxSeq               []uint64
}

// BucketGap is a stretch without rows, with its reason.
type BucketGap struct {
	From, To int64 // Unix milliseconds
	Why      string
	// Lost says that there were rows, which are not remembered or cannot be read.
	Lost bool
}

// Bounds says what is remembered.
type Bounds struct {
	Oldest, Newest uint64 // 0, 0 while nothing is
	// Head is the oldest row in memory, 0 where there is none: those before it are on
	// the disk, and reading them may take as long as the disk takes.
	Head               uint64
	OldestT, NewestT   int64
	Bytes              int64  // in memory
	Series             int    // live ones
	Refused            int    // series refused because too many are live
	RowsEver, TablesIn uint64 // of this instance
}

// Latest is the newest row with what explains it.
type Latest struct {
	Row    Row
	Schema *Schema
	// Tables holds the newest full observation of each table.
	Tables map[string]*TableData
}

// All returns what a read of a [Source] yields, up to its first error.
func All[T any](read iter.Seq2[T, error]) (all []T, err error) {
	for one, err := range read {
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
	return all, nil
}
