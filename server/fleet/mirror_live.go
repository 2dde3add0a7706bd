package fleet

import (
	"context"
	"errors"
	"sync/atomic"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// mirrorLive is a mirror's ring that knows how far back the host itself remembers.
type mirrorLive struct {
	*history.Ring
	oldest, oldestT atomic.Int64
}

func (l *mirrorLive) Bounds() collectors.Bounds {
	b := l.Ring.Bounds()
	if o := uint64(l.oldest.Load()); o > 0 && o < b.Oldest {
		b.Oldest, b.OldestT = o, l.oldestT.Load()
	}
	return b
}

// errLeft says that rows are the API's to give.
var errLeft = errors.New("the host itself has it")

func (l *mirrorLive) ReadSince(ctx context.Context, seq uint64, n int) (collectors.Span, error) {
	if head := l.Ring.Bounds().Head; head > 0 && seq+1 < head && l.Bounds().Oldest < head {
		return collectors.Span{}, errLeft
	}
	return l.Ring.ReadSince(ctx, seq, n)
}
