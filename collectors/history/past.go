package history

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// past is what is on the store at one moment. It is immutable, but for what turns out
// to be damaged.
type past struct {
	segments  []*storedSegment // ascending by number, and so by their rows
	tables    []*storedTables  // the same
	instances []Instance
}

// Instance is one run of dashcam that the store knows of.
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

// storedSegment is a file of blocks.
type storedSegment struct {
	path   string
	number uint64
	size   int64
	// index and sums are where they stand in a finished file, zero in others.
	finished      bool
	sums, sumsDir place
	blocks        []storedBlock
	lost          []gapRecord
	// rename maps the ids of the file to ours; nil where they are the same. An id that
	// is not in it belongs to a series that we cannot show.
	rename map[collectors.SeriesID]collectors.SeriesID
	// damage is shared by all versions of the segment.
	damage *damage
}

// place is a record in a file.
type place struct {
	offset int64
	size   int // of the payload
}

// storedBlock is a block of a segment.
type storedBlock struct {
	first         uint64
	rows          int
	firstT, lastT int64
	place
	notes []storedNote
	mem   *block.Sealed // where it is not in the file yet
}

// storedNote says that ticks were missed before the row at time t. before is the time of
// the row before, 0 for that of the block before.
type storedNote struct {
	before, t int64
	why       string
}

func (b *storedBlock) last() uint64 { return b.first + uint64(b.rows) - 1 }

// storedTables is a file of table blocks.
type storedTables struct {
	path    string
	number  uint64
	size    int64
	thinned bool
	// finished says that nothing is added any more.
	finished bool
	chunks   []storedTableBlock
	defs     []*collectors.Table
	damage   *damage
}

type storedTableBlock struct {
	table       int // in defs
	first, last uint64
	lastT       int64
	place
	mem *block.Table
}

// damage remembers which records could not be read. What the disk refused for the moment
// is tried again after a while; bytes that do not fit their checksum are not.
type damage struct {
	mu  sync.Mutex
	bad map[int64]unreadable // by offset
}

type unreadable struct {
	why   string
	until time.Time // zero for ever
}

// retryRead is how long a record is left alone after the disk refused it.
const retryRead = 10 * time.Second

func (d *damage) at(offset int64) bool { return d.why(offset) != "" }

// why says why a record cannot be read, "" where it can.
func (d *damage) why(offset int64) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, bad := d.bad[offset]
	switch {
	case !bad:
		return ""
	case !u.until.IsZero() && time.Now().After(u.until):
		delete(d.bad, offset)
		return ""
	}
	return u.why
}

// note remembers that a record could not be read.
func (d *damage) note(offset int64, err error) {
	u := unreadable{why: WhyDamaged}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return // it was evicted meanwhile, or everything was removed
	case isDamage(err):
	default:
		u.why, u.until = WhyUnreadable+diskProblem(err), time.Now().Add(retryRead)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bad == nil {
		d.bad = make(map[int64]unreadable)
	}
	d.bad[offset] = u
}

// isDamage tells bytes that are wrong from a disk that does not give them.
func isDamage(err error) bool {
	for _, wrong := range []error{segment.ErrDamaged, block.ErrInvalid, block.ErrVersion, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, wrong) {
			return true
		}
	}
	return false
}

// count counts the records that are damaged for good.
func (d *damage) count() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.bad {
		if u.until.IsZero() {
			n++
		}
	}
	return n
}

// The reasons of gaps that the store gives.
const (
	// WhyDamaged: rows were written, and cannot be read back.
	WhyDamaged = "damaged on the disk"
	// WhyUnreadable stands before what the disk said when it did not give them.
	WhyUnreadable = "not readable: "
	// WhyNotWritten: the disk did not take the rows in time.
	WhyNotWritten = "not written to the disk"
)

// oldest returns the first row, 0 where there is none.
func (p *past) oldest() (seq uint64, t int64) {
	if p != nil {
		for _, s := range p.segments {
			if len(s.blocks) > 0 {
				return s.blocks[0].first, s.blocks[0].firstT
			}
		}
	}
	return 0, 0
}

// newest returns the last row, 0 where there is none.
func (p *past) newest() (seq uint64, t int64) {
	if p != nil {
		for _, s := range slices.Backward(p.segments) {
			if n := len(s.blocks); n > 0 {
				return s.blocks[n-1].last(), s.blocks[n-1].lastT
			}
		}
	}
	return 0, 0
}

// each calls f for the readable blocks with a row from seq on and before below, in
// order, until f returns false.
func (p *past) each(seq, below uint64, f func(s *storedSegment, i int) bool) {
	if p == nil {
		return
	}
	for _, s := range p.segments {
		n := len(s.blocks)
		if n == 0 || s.blocks[n-1].last() < seq {
			continue
		}
		i, _ := slices.BinarySearchFunc(s.blocks, seq, func(b storedBlock, seq uint64) int {
			if b.last() < seq {
				return -1
			}
			return 1
		})
		for ; i < n; i++ {
			b := &s.blocks[i]
			if b.first >= below {
				return
			}
			if s.damage.at(b.offset) && b.mem == nil {
				continue
			}
			if !f(s, i) {
				return
			}
		}
	}
}

// run returns the first row from seq on that is on the store and the last one that
// follows it without a hole, looking at rows before below only; 0 where there is none.
func (p *past) run(seq, below uint64) (first, last uint64) {
	p.each(seq, below, func(s *storedSegment, i int) bool {
		b := &s.blocks[i]
		switch {
		case first == 0:
			first = max(seq, b.first)
		case b.first != last+1:
			return false
		}
		last = min(b.last(), below-1)
		return true
	})
	return first, last
}

// until returns the time from which on rows of the instance with the row seq are
// hidden from questions by time: the clock was set back, and a later instance recorded
// the same time once more.
func (p *past) until(seq uint64) int64 {
	end := int64(1<<63 - 1)
	for i := range p.instances {
		if in := &p.instances[i]; in.After >= seq && in.FirstT > 0 {
			end = min(end, in.FirstT)
		}
	}
	return end
}
