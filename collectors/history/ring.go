package history

import (
	"context"
	"slices"
	"sync"
	"time"
	"unsafe"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/store"
)

const (
	// tailRows are the newest rows that are never sealed, so that the newest rows
	// can always be handed out without unpacking.
	tailRows  = 32
	maxEvents = 10_000
	// maxPosted is how many events wait for a row.
	maxPosted = 1000
)

// Ring remembers rows. One goroutine, the writer, calls Intern and Append;
// everything else may be called by any goroutine at any time.
type Ring struct {
	cfg Config

	// Of the writer alone.
	catalog    catalog
	sealer     block.Sealer
	openBytes  int64
	rowsBytes  int64 // of the sealed blocks, without their slabs
	tables     tables
	eventBytes int64

	// mu is held for moments: the writer prepares what is new outside, and readers
	// take a view. What a view refers to does not change.
	mu            sync.Mutex
	view          view
	readings      map[collectors.SeriesID]*lastReadings
	health        []collectors.Health
	healthVersion uint64
	posted        []collectors.Event
	wake          chan struct{} // closed at the next commit; nil while nobody waits
}

var _ collectors.Live = (*Ring)(nil)

// New returns an empty ring, or one that goes on behind Config.Store.
func New(cfg Config) *Ring {
	if cfg.Instance == "" {
		cfg.Instance = newInstance(time.Now())
	}
	if cfg.Interval <= 0 {
		cfg.Interval = DefaultInterval
	}
	if cfg.Age <= 0 {
		cfg.Age = DefaultAge
	}
	if cfg.Memory <= 0 {
		cfg.Memory = DefaultMemory
	}
	if cfg.MaxSeries <= 0 {
		cfg.MaxSeries = DefaultMaxSeries
	}
	r := &Ring{
		cfg:      cfg,
		catalog:  newCatalog(cfg.MaxSeries, cfg.Interval),
		sealer:   block.NewSealer(cfg.Interval.Milliseconds(), cfg.Memory),
		readings: make(map[collectors.SeriesID]*lastReadings),
	}
	if cfg.Store != nil {
		r.resume(cfg.Store)
	}
	r.view.Instance, r.view.Interval = cfg.Instance, cfg.Interval
	r.view.Schema, r.view.Gone = r.catalog.publish(&r.cfg, 1), r.catalog.shown
	return r
}

// resume counts on from where the store ends.
func (r *Ring) resume(t *store.Store) {
	r.view.Newest, _ = t.Snapshot().Newest()
	r.view.After = r.view.Newest
	restored := t.Restored()
	r.catalog.restore(&restored)
	r.catalog.changed = t.LeaveOut
	for _, e := range restored.Events {
		r.view.Events = append(r.view.Events, e)
		r.eventBytes += eventBytes(&e)
	}
}

// restartGap makes the first row say why there is none before it: how the instance
// before ended, and how many rows would have been there.
func (r *Ring) restartGap(row *collectors.Row) {
	if r.cfg.Store == nil || row.Seq != r.view.After+1 || row.Missed > 0 {
		return
	}
	_, last := r.cfg.Store.Snapshot().Newest()
	if missed := (row.T-last)/r.cfg.Interval.Milliseconds() - 1; last > 0 && missed > 0 {
		row.Missed, row.Why = int(missed), r.cfg.Store.Why()
	}
}

// Intern returns the id of the series with s.Key(); s.ID is ignored. A series that
// is remembered keeps its id, a new one gets the next. Changed facts (Info, Max,
// Warn, Crit) and new series enter the schema at the next Append. Beyond
// Config.MaxSeries the error is [ErrTooManySeries].
//
// An id is good for as long as every Append lists it; a series that was left out
// must be interned again when it returns, since it may have been dropped.
func (r *Ring) Intern(s collectors.Series) (collectors.SeriesID, error) {
	return r.catalog.intern(s, &r.view)
}

// Append commits one tick: it numbers the row, stores it, evicts what is beyond
// age and memory and wakes those who wait. A time that does not lie after the last
// row's becomes the last row's plus 1 ms. It returns the committed row and a slice
// of readings for reuse.
func (r *Ring) Append(c Commit) (collectors.Row, []collectors.Reading) {
	c.Row.Seq = r.view.Newest + 1
	return r.commit(c)
}

// Post takes an event from any goroutine. It enters with the next row, cleaned. While no
// row comes the newest maxPosted wait.
func (r *Ring) Post(e collectors.Event) {
	e.Clean()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.posted) == maxPosted {
		r.posted = slices.Delete(r.posted, 0, 1)
	}
	r.posted = append(r.posted, e)
}

// takePosted returns the events that wait for a row behind those of its commit.
func (r *Ring) takePosted(events []collectors.Event) []collectors.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.posted) == 0 {
		return events
	}
	events = slices.Concat(events, r.posted)
	r.posted = nil
	return events
}

func (r *Ring) bytes() int64 {
	return r.rowsBytes + r.sealer.Memory() + r.openBytes + r.catalog.bytes + r.tables.bytes + r.eventBytes
}

// Instance returns the id of this run.
func (r *Ring) Instance() string { return r.cfg.Instance }

// Info says which host the rows are of.
func (r *Ring) Info() collectors.Host {
	if r.cfg.Info == nil {
		return collectors.Host{}
	}
	return r.cfg.Info()
}

// Bounds says what is remembered.
func (r *Ring) Bounds() collectors.Bounds {
	v := r.snapshot()
	oldest, oldestT := v.oldest()
	head, _ := v.Held()
	return collectors.Bounds{
		Oldest: oldest, Newest: v.Newest, Head: head, OldestT: oldestT, NewestT: v.lastT(),
		Bytes: v.bytes, Series: len(v.Schema.Series), Refused: int(r.catalog.refused.Load()),
		RowsEver: v.Newest - v.After, TablesIn: v.tablesIn,
	}
}

// Head returns what is in memory.
func (r *Ring) Head() store.Head {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view.Head
}

// head is the view of what is in memory alone: reading it waits for no disk.
func (r *Ring) head() view {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.view
	v.stored = nil
	return v
}

func (r *Ring) snapshot() view {
	v := r.head()
	// After the view, so that what the ring has evicted since is on it.
	v.stored = r.cfg.Store.Snapshot()
	return v
}

// reader returns a reader of the store for one question.
func (r *Ring) reader(ctx context.Context) *store.Reader {
	return r.cfg.Store.Reader(ctx, r.Head().After)
}

func eventBytes(e *collectors.Event) int64 {
	a := &e.About
	return 2*int64(unsafe.Sizeof(*e)) + int64(len(e.Kind)+len(e.Text)+len(e.ID)+len(e.Level)+len(e.Source)+len(e.Resolves)+len(a.Kind)+len(a.Name)+len(a.Service))
}
