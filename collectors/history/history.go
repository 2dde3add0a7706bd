package history

import (
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
)

// Defaults of [Config].
const (
	DefaultInterval  = time.Second
	DefaultAge       = 24 * time.Hour
	DefaultMemory    = 48 << 20
	DefaultMaxSeries = 5000
)

// tablesPercent and eventsPercent are the parts of the memory that tables and events may
// take.
const (
	tablesPercent = 40
	eventsPercent = 10
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
	// Store is what earlier instances left on disk, and where this one is written to by
	// [store.Store.Run]; nil for none. Rows are counted on from the newest one on it, and
	// series that it knows keep their ids.
	Store *store.Store
	// Info says which host the rows are of; nil for one that is not known.
	Info func() collectors.Host
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
	Readings []collectors.Reading
	// Tables are the observations that finished since the last commit.
	Tables []*collectors.TableData
	Events []collectors.Event // Seq and T are filled in
}
