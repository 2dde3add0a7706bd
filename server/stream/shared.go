package stream

import (
	"context"
	"sync"

	"dashcam/server/wire"
)

// sharedBatches are batches of the same ranges of the same view. They live as long as
// the view, or the slowest viewer that was given one.
type sharedBatches struct {
	mu sync.Mutex
	// asked are the ranges that one viewer asked for, batches those of more than one.
	asked   map[rowRange]struct{}
	batches map[rowRange]*pending
}

// The bounds of one view. mostShared is an hour of a host of 400 series; viewers that
// all ask for different rows have little to share and are only remembered so far.
const (
	mostShared = 16
	mostAsked  = 1024
)

// has reports whether a range is shared already.
func (s *sharedBatches) has(want rowRange) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.batches[want] != nil
}

// at returns the first batch of a range, or nil when it is not shared: the first viewer
// that asks for it gets one of its own, the second makes one for all that follow.
func (s *sharedBatches) at(fan *Fanout, want rowRange) *pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.batches[want]; p != nil || len(s.batches) >= mostShared {
		return p
	}
	if s.asked == nil {
		s.asked, s.batches = make(map[rowRange]struct{}), make(map[rowRange]*pending)
	}
	if _, again := s.asked[want]; !again {
		if len(s.asked) < mostAsked {
			s.asked[want] = struct{}{}
		}
		return nil
	}
	p := fan.begin(fan.work, func(ctx context.Context) *batch { return fan.shared(ctx, want) })
	s.batches[want] = p
	return p
}

// shared makes a batch that names no gap. It returns nil for rows that are no longer
// remembered: which of them a viewer misses is its own affair.
func (fan *Fanout) shared(ctx context.Context, want rowRange) *batch {
	r := request{rows: want, most: wire.MaxBatchBytes}
	r.limit = int(min(want.to-want.after, fan.backfill.rowBytes(want.part).limit(r.most)))
	span, release, unreadable := fan.read(ctx, r)
	if unreadable > 0 {
		return &batch{unreadable: unreadable}
	}
	if span == nil {
		return nil
	}
	defer release()
	if span.Gap != nil {
		return nil
	}
	b := fan.encodeBatch(r, span)
	if b.message != nil {
		b.message.shared = true
	}
	return b
}
