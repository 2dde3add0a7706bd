package stream

import (
	"time"

	"golang.org/x/time/rate"

	"dashcam/server/wire"
)

// Backfill is what a viewer can make the program work for. Each has a token bucket of
// rows: as many as reach back at once, and then what a line that comes and goes needs.
// All together have one of bytes, because single viewers may come in any number; what
// was encoded once for many counts once. Whoever has spent its tokens waits for the next
// batch, and is given what else there is meanwhile.
const (
	viewerRows     = 4800 // a third more than wire.MaxReach
	viewerRowsASec = 120
	// subscriptionRows is what a subscription costs, however few rows it brings.
	subscriptionRows = 60
	allBytes         = 32 << 20
	allBytesASec     = 8 << 20
)

func newCommonBudget() *rate.Limiter { return rate.NewLimiter(allBytesASec, allBytes) }

// budget is what a viewer may have, and what it has paid for and not yet been given.
type budget struct {
	tokens *rate.Limiter
	rows   int // paid, 0 for none
	ready  time.Time
}

func newBudget() budget { return budget{tokens: rate.NewLimiter(viewerRowsASec, viewerRows)} }

// pay takes the tokens for so many rows, which all viewers' are charged as so many bytes,
// unless some are paid for already. It returns how many rows may be read, and when.
func (b *budget) pay(common *rate.Limiter, part wire.HistoryPart, rows, bytes int, now time.Time) (int, time.Time) {
	if b.rows == 0 {
		b.rows = rows
		b.ready = now.Add(max(b.charge(tokens(part, rows), now), common.ReserveN(now, bytes).DelayFrom(now)))
	}
	return min(rows, b.rows), b.ready
}

// tokens is what rows cost: half of them where only some of their columns are sent.
func tokens(part wire.HistoryPart, rows int) int {
	if part == "" {
		return rows
	}
	return (rows + 1) / 2
}

// charge takes tokens and returns when they are there.
func (b *budget) charge(rows int, now time.Time) time.Duration {
	return b.tokens.ReserveN(now, rows).DelayFrom(now)
}

// spend takes what was paid for, and the tokens for rows beyond that.
func (b *budget) spend(part wire.HistoryPart, rows int, now time.Time) {
	if more := rows - b.rows; more > 0 {
		b.charge(tokens(part, more), now)
	}
	b.rows, b.ready = 0, time.Time{}
}
