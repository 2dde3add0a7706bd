package store

import (
	"context"
	"slices"
	"sort"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

// Ring is what a [Store] writes.
type Ring interface {
	// Wait returns when a row after seq is there, or with the context's error.
	Wait(ctx context.Context, seq uint64) error
	// Head returns what is in memory.
	Head() Head
	SetHealth(collectors.Health)
}

// Head is what a ring holds in memory at one moment. What is in it never changes; slices
// may be extended beyond their length.
type Head struct {
	// Instance is the run of dashcam. It counts on from the row After, and has a row every
	// Interval.
	Instance string
	After    uint64
	Interval time.Duration

	Blocks  []*block.Sealed
	Open    []collectors.Row
	Schema  *collectors.Schema
	Gone    []collectors.Series // that have remembered values and left the schema
	Newest  uint64              // row
	NewestT int64               // 0 before the first row of this instance
	FirstT  int64               // of that row

	Events []collectors.Event
	Tables []HeadTable
}

// HeadTable is a table in a Head.
type HeadTable struct {
	Table  *collectors.Table
	Blocks []*block.Table
	Open   block.Table
	Latest *collectors.TableData // as observed, with all rows
}

// EventsAfter returns the events of the rows after seq.
func (h *Head) EventsAfter(seq uint64) []collectors.Event {
	i := sort.Search(len(h.Events), func(i int) bool { return h.Events[i].Seq > seq })
	return slices.Clip(h.Events[i:])
}

// Held returns the oldest row in memory and its time, 0 where there is none.
func (h *Head) Held() (seq uint64, t int64) {
	switch {
	case len(h.Blocks) > 0:
		return h.Blocks[0].First, h.Blocks[0].FirstT
	case len(h.Open) > 0:
		return h.Open[0].Seq, h.Open[0].T
	}
	return 0, 0
}
