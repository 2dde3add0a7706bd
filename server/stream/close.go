package stream

import (
	"fmt"
	"time"

	"dashcam/server/wire"
)

// CloseError ends a feed: it says with which code the socket is to be closed. The bye,
// where there is one, was the message before.
type CloseError struct {
	Code   int // of the socket: see the wire's table
	Reason wire.ByeReason
	// Text says what was wrong with what the viewer sent, "" where nothing was.
	Text string
}

func (e *CloseError) Error() string {
	if e.Text != "" {
		return fmt.Sprintf("feed closed: %s (%d): %s", e.Reason, e.Code, e.Text)
	}
	return fmt.Sprintf("feed closed: %s (%d)", e.Reason, e.Code)
}

// Is makes equal closings equal for errors.Is.
func (e *CloseError) Is(target error) bool {
	t, ok := target.(*CloseError)
	return ok && *t == *e
}

// ErrStopping ends every feed when the fan-out stops.
var ErrStopping error = &CloseError{Code: wire.CloseStopping, Reason: wire.ByeStopping}

// StuckError says that viewers did not leave in time when the fan-out stopped.
type StuckError struct {
	Viewers int
	After   time.Duration
}

func (e *StuckError) Error() string {
	return fmt.Sprintf("%d viewers still connected %v after they were told to leave", e.Viewers, e.After)
}
