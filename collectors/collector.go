package collectors

import (
	"context"
	"slices"
	"time"
)

// Collector observes one part of a host.
type Collector interface {
	// Describe returns static facts and does no I/O. It says the same whenever it is
	// called.
	Describe() Description
	// Sample makes one observation and puts it into b. It is never called
	// concurrently with itself. An error means that the observation as a whole
	// failed: nothing in b is used. A source that this host does not have is not
	// an error: say it with [Batch.Unavailable] and return nil.
	Sample(ctx context.Context, b *Batch) error
}

// Description is what is known about a collector before it ran.
type Description struct {
	// Name is the short, stable identifier: "cpu", "disk".
	Name string
	// Title is what a person reads.
	Title string
	// Cadence is the shortest time between two samples; 0 means every row. The
	// sampler rounds it up to a multiple of the row interval.
	Cadence time.Duration
	// Detached collectors are not awaited when a row closes: the newest finished
	// observation enters the row (the process scan).
	Detached bool
	// Optional collectors may be slowed down by the budget governor.
	Optional bool
	// Families are all families that Sample may fill.
	Families []*Family
	// Open says that Sample also fills families that are known only when it reads
	// them. Their names begin with the collector's and a dot.
	Open bool
	// Tables are all tables that Sample may fill.
	Tables []*Table
	// Panels are drawn on the page beside those of the catalog. A family that
	// stands in no panel gets a plain one of its own.
	Panels []Panel
}

// Host is what identifies and describes the monitored machine.
type Host struct {
	// ID identifies the machine: 32 hexadecimal digits derived from the machine
	// id, which itself is never disclosed.
	ID string `json:"id"`
	// IDUnstable is set where the machine has no machine id and ID is random.
	IDUnstable bool   `json:"idUnstable,omitempty"`
	Hostname   string `json:"hostname"`
	// OS is the name of the system for people: "Debian 12".
	OS     string `json:"os"`
	Kernel string `json:"kernel"`
	Arch   string `json:"arch"`
	// CPUs counts the logical processors that are online.
	CPUs int `json:"cpus"`
	// Memory is the physical memory in bytes.
	Memory uint64 `json:"memory"`
	// BootMs is the wall clock of the boot, in Unix milliseconds.
	BootMs int64 `json:"bootMs"`
	// BootID tells this run of the machine from every other one, "" where the system
	// has no such thing. It is not shown.
	BootID string `json:"-"`
	// TZ is the IANA name of the host's time zone, or "UTC".
	TZ string `json:"tz"`
	// UTCOffsetMin is the host's present offset from UTC in minutes.
	UTCOffsetMin int `json:"utcOffsetMin"`
	// Container says that dashcam sees the host from inside a container.
	Container bool `json:"container"`
	// Virtual names the hypervisor, where one is known.
	Virtual string `json:"virtual,omitempty"`
	// Model is the processor's name.
	Model string `json:"model,omitempty"`
}

// HealthState is how a collector is doing.
type HealthState string

// The states of a collector.
const (
	HealthOK      HealthState = "ok"
	HealthLate    HealthState = "late"    // answered after its row had closed
	HealthFailing HealthState = "failing" // Sample returned an error or panicked
	HealthStuck   HealthState = "stuck"   // has not returned for three cadences or 10 s
	HealthOff     HealthState = "off"     // switched off, or nothing of it exists here
)

// Health is the state of one collector.
type Health struct {
	Collector string      `json:"collector"`
	Title     string      `json:"title"`
	State     HealthState `json:"state"`
	// SinceMs is when the state was entered, in Unix milliseconds.
	SinceMs int64  `json:"sinceMs"`
	Reason  string `json:"reason,omitempty"`
	// CadenceMs is the present time between two samples.
	CadenceMs int64 `json:"cadenceMs"`
	// Unavailable lists what this collector cannot tell on this host.
	Unavailable []Unavailable `json:"unavailable,omitempty"`
}

// Same reports whether both say the same.
func (h *Health) Same(o *Health) bool {
	return h.Collector == o.Collector && h.Title == o.Title && h.State == o.State && h.SinceMs == o.SinceMs &&
		h.Reason == o.Reason && h.CadenceMs == o.CadenceMs && slices.Equal(h.Unavailable, o.Unavailable)
}

// Unavailable is a fact that this host does not disclose.
type Unavailable struct {
	// Source is the file or interface that is missing or forbidden.
	Source string `json:"source"`
	// Reason says why, for a person.
	Reason string `json:"reason"`
}
