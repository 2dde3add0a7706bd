package fleet

import (
	"dashcam/server/wire"
)

// The types of what a hub sends on a host's lease subject.
const (
	typePace    = "pace"
	typeLease   = "lease"
	typeAck     = "ack"
	typeRefused = "refused"
)

// Control is all that a hub can tell a host on its lease subject. None of it makes the host
// do anything but send, or stop sending, what its page shows.
type Control struct {
	Type string `json:"type"`
	// PaceMs is the time between summaries, of a pace.
	PaceMs int64 `json:"paceMs,omitempty"`
	// Lease names a lease, so that several hubs can look at a host. Since is the last row
	// that the hub has, else Window is how many it would like. They count when the lease
	// is new to the host.
	Lease  string      `json:"lease,omitempty"`
	Since  *wire.Since `json:"since,omitempty"`
	Window int         `json:"window,omitempty"`
	// Received is how many messages of the lease have come.
	Received uint64 `json:"received,omitempty"`
	// End gives the lease back.
	End bool `json:"end,omitempty"`
	// Instance is the one that is meant: another one that has the host's key is not. Seq is
	// the row up to which events have come, of an ack, and Rev which [Present].
	Instance string `json:"instance,omitempty"`
	Seq      uint64 `json:"seq,omitempty"`
	Rev      uint64 `json:"rev,omitempty"`
}

// The bounds of what a hub may ask for.
const (
	MinPaceMs = 500
	MaxPaceMs = 60_000
)

// ParseControl reads what a hub says. A type that is not known is (zero, nil).
func ParseControl(text []byte) (Control, error) {
	var c Control
	if err := decode(text, MaxControl, &c); err != nil {
		return Control{}, err
	}
	switch c.Type {
	case typePace:
		if c.PaceMs < MinPaceMs || c.PaceMs > MaxPaceMs {
			return Control{}, refuse("paceMs is %d: expected %d to %d", c.PaceMs, MinPaceMs, MaxPaceMs)
		}
		return Control{Type: c.Type, PaceMs: c.PaceMs}, nil
	case typeLease:
		if !ValidID(c.Lease) {
			return Control{}, refuse("lease %.80q", c.Lease)
		}
		if c.Window < 0 || c.Window > wire.MaxReach {
			return Control{}, refuse("window is %d: expected 0 to %d", c.Window, wire.MaxReach)
		}
		if c.Since != nil && !validInstance(c.Since.Instance) {
			return Control{}, refuse("since.instance %.80q", c.Since.Instance)
		}
		since := c.Since
		if since != nil {
			since = &wire.Since{Instance: since.Instance, Seq: since.Seq}
		}
		if c.Instance != "" && !validInstance(c.Instance) {
			return Control{}, refuse("instance %.80q", c.Instance)
		}
		return Control{Type: c.Type, Lease: c.Lease, Instance: c.Instance, Since: since, Window: c.Window, Received: c.Received, End: c.End}, nil
	case typeAck, typeRefused:
		if !validInstance(c.Instance) {
			return Control{}, refuse("instance %.80q", c.Instance)
		}
		return Control{Type: c.Type, Instance: c.Instance, Seq: c.Seq, Rev: c.Rev}, nil
	}
	return Control{}, nil
}
