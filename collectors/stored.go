package collectors

import (
	"errors"
	"time"
)

// ErrStoreBusy is the error of a [Source] whose disk does not answer: what is only there
// cannot be read now.
var ErrStoreBusy = errors.New("the history on disk does not answer")

// Instance is one run of dashcam that a history on disk knows of.
type Instance struct {
	ID string
	// After is the row behind which it counts on.
	After uint64
	// FirstT is the time of its first row, StartT that of its start.
	FirstT, StartT int64
	IntervalMs     int64
	Boot, Version  string
	// Why says how the instance before it ended, "" for the first.
	Why string
}

// StoreStats says what a history on disk holds and how it is doing.
type StoreStats struct {
	Dir string
	// Bytes are what the files take, of at most Limit.
	Bytes, Limit int64
	Retention    time.Duration
	// Oldest and Newest are the rows in blocks, with their times; 0 where there are
	// none.
	Oldest, Newest   uint64
	OldestT, NewestT int64
	Segments         int
	Instances        []Instance
	// Damaged counts records that could not be read, Torn the bytes that were cut
	// from the ends of files.
	Damaged int
	Torn    int64
	// Written counts the bytes that were written since the start, and Rows the rows in
	// blocks among them.
	Written, Rows int64
	// LostRows counts rows that the disk did not take in time, of all instances.
	LostRows uint64
	// LeftOut counts series that a version before counted in another unit or another step:
	// what it recorded of them is on the store and is not shown.
	LeftOut int
	// Ended says how the newest instance before the present one ended, "" where there was
	// none.
	Ended string
	// Problem says why nothing can be written at present, "" while all is well.
	Problem string
}
