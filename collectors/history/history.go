package history

import (
	"context"
	"time"

	"dashcam/collectors"
)

// Config says what a ring remembers. Zero fields mean their defaults.
type Config struct {
	// Instance identifies this run; New makes one up where it is empty.
	Instance string
	// Interval is the time between rows, 1 s by default.
	Interval time.Duration
	// Age and Memory bound what is remembered, whichever ends first: 24 h and
	// 48 MiB by default, everything (rows, tables, events) included.
	Age    time.Duration
	Memory int64
	// MaxSeries bounds the live series, 5000 by default.
	MaxSeries int
	// Tape is what earlier instances left on disk, and where this one is written to by
	// [Tape.Run]; nil for none. Rows are counted on from the newest one on it, and
	// series that it knows keep their ids.
	Tape *Tape
	// Panels, Resources and Tables are sent with the schema.
	Panels    []collectors.Panel
	Resources []collectors.Resource
	Tables    []*collectors.Table
}

// Reach guesses how far back so much memory reaches, with that many series of a host at
// work: the rows of recorded hosts take this much per series, and tables may take their share.
func Reach(memory int64, interval time.Duration, series int) time.Duration {
	const bytesPerSample = 0.9
	rows := float64(memory) * (100 - tablesPercent) / 100 / (bytesPerSample * float64(max(1, series)))
	return time.Duration(rows) * interval
}

// Commit is what one tick adds.
type Commit struct {
	// Row has T, Missed, Why, IDs and Q filled in; the ring gives it Seq and Rev.
	// Q belongs to the ring from then on; IDs may be shared between commits and
	// must not be changed.
	Row collectors.Row
	// Readings are the raw readings behind Row, for "explain" and /metrics. The
	// ring copies what it keeps and hands the slice back from Append for reuse.
	Readings []Reading
	// Tables are the observations that finished since the last commit.
	Tables []*collectors.TableData
	Events []collectors.Event // Seq and T are filled in
}

// Reading is the raw reading behind one value of a row.
type Reading struct {
	ID   collectors.SeriesID
	Form collectors.Form
	// Gauge, Num and Den are as in collectors.BatchSeries.
	Gauge    float64
	Num, Den uint64
	// At is when it was read.
	At time.Time
}

// Gap names rows that are no longer remembered.
type Gap struct {
	From, To uint64 // both inclusive
}

// Span is a run of consecutive rows as columns.
type Span struct {
	// Rev is the schema revision of the last row.
	Rev uint64
	// First is the sequence number of the first row; the others follow without
	// holes.
	First uint64
	T     []int64
	// Missed and Why are, per row, the skipped ticks before it and the reason; nil
	// where no row of the span has any.
	Missed []int
	Why    []string
	// Columns hold every series with a value in the span, ascending by ID.
	Columns []Column
	// Gap is set when rows before First were asked for and are not remembered.
	Gap *Gap
	// More says that newer rows than the last one are remembered.
	More bool
}

// Column is the values of one series; [collectors.Missing] where there is none.
type Column struct {
	ID collectors.SeriesID
	Q  []int64
}

// Query asks for buckets.
type Query struct {
	// From and To are Unix milliseconds, To exclusive. Zero From means the oldest
	// row, zero To the newest.
	From, To int64
	// Points is the largest number of buckets wanted, 300 by default, at most 2000.
	Points int
	// Match selects series; nil means all.
	Match func(*collectors.Series) bool
}

// Buckets are the answer to a Query: consecutive spans of equal length that begin at
// multiples of Step. Buckets without a row are left out.
type Buckets struct {
	Rev    uint64
	StepMs int64
	// T is when each bucket begins, Rows how many rows fell into it.
	T    []int64
	Rows []int
	// FirstSeq and LastSeq are the rows of each bucket.
	FirstSeq, LastSeq []uint64
	Series            []BucketSeries
	Gaps              []BucketGap
}

// BucketSeries summarises one series per bucket, in quanta. A bucket without a value
// has N 0 and Missing everywhere. The bucket of a state family is its worst: Max.
type BucketSeries struct {
	ID                   collectors.SeriesID
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
	Bytes              int64
	Series             int
	Refused            int    // series refused by MaxSeries
	RowsEver, TablesIn uint64 // of this instance
}

// Latest is the newest row with what explains it.
type Latest struct {
	Row    collectors.Row
	Schema *collectors.Schema
	// Tables holds the newest full observation of each table.
	Tables map[string]*collectors.TableData
}

// Reader is the part of a ring that readers use. Stream, API, disk writer and tests hold
// a *Ring; the interface only shows in one place what a reader may do.
type Reader interface {
	Instance() string
	Schema() *collectors.Schema
	Bounds() Bounds
	// Wait returns when a row after seq was committed, or with the context's error.
	Wait(ctx context.Context, seq uint64) error
	// RowsSince returns at most limit rows after seq, oldest first. When rows were
	// asked for that are no longer remembered, gap names them and rows begin at the
	// oldest one.
	RowsSince(seq uint64, limit int) (rows []collectors.Row, gap *Gap)
	// ReadSince returns at most limit rows after seq as columns.
	ReadSince(seq uint64, limit int) Span
	Range(q Query) (Buckets, error)
	// Tables returns the remembered observations of a table whose rows have a
	// sequence number from first to last, oldest first.
	Tables(name string, first, last uint64) []*collectors.TableData
	Events(since uint64) []collectors.Event
	Latest() Latest
	// LatestReadings is Latest with the raw readings behind the row, ascending by id,
	// appended to dst.
	LatestReadings(dst []Reading) (Latest, []Reading)
	// Explain returns the last two raw readings of a series, newest first.
	Explain(id collectors.SeriesID) [2]Reading
	Health() []collectors.Health
}
