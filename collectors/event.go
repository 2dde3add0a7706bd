package collectors

// Event is something that happened, at a row.
type Event struct {
	Seq  uint64 `json:"seq"`
	T    int64  `json:"t"` // Unix milliseconds
	Kind string `json:"kind"`
	Text string `json:"text"`
	// ID tells the event from all others of the host; "" for one that nothing refers to.
	ID    string     `json:"id,omitempty"`
	Level EventLevel `json:"level,omitempty"`
	// About names what it happened to: a process, a disk, a service.
	About string `json:"about,omitempty"`
	// Resolves is the ID of the event that is over with this one.
	Resolves string `json:"resolves,omitempty"`
}

// EventLevel is how bad an event is; "" is as good as [LevelInfo].
type EventLevel string

// The levels of events.
const (
	LevelInfo     EventLevel = "info"
	LevelWarning  EventLevel = "warning"
	LevelCritical EventLevel = "critical"
)

// The kinds of events that dashcam itself reports.
const (
	EventClock    = "clock"    // the wall clock was stepped
	EventSuspend  = "suspend"  // the machine slept
	EventLate     = "late"     // the sampler was starved and skipped ticks
	EventGovernor = "governor" // the budget governor changed a cadence
	EventStart    = "start"    // the instance began
)
