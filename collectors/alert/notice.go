package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// NoticeKind is why a notice is sent.
type NoticeKind string

// The kinds.
const (
	// NoticeFiring tells of alerts that fired, or rose to critical.
	NoticeFiring NoticeKind = "firing"
	// NoticeResolved tells that alerts are over, of which a notice told before.
	NoticeResolved NoticeKind = "resolved"
	// NoticeFlapping tells once of alerts that come and go.
	NoticeFlapping NoticeKind = "flapping"
	// NoticeReminder tells again of critical alerts that go on.
	NoticeReminder NoticeKind = "reminder"
	// NoticeDigest tells together what had to wait: for the end of quiet hours, or because
	// there were too many notices.
	NoticeDigest NoticeKind = "digest"
)

// Notice is one message to be sent to every receiver.
type Notice struct {
	// ID is made of the kind and of what is told, so that the same changes give the same
	// one: whoever sends keeps it, and takes a second notice with it for the first.
	ID string `json:"id"`
	// AtMs is when it was due, Unix milliseconds.
	AtMs int64      `json:"atMs"`
	Kind NoticeKind `json:"kind"`
	// Level is the worst of the alerts.
	Level Level `json:"level"`
	// Alerts are what it tells of, the worst first: in a digest those that are over, too.
	Alerts []Alert `json:"alerts"`
	// After are the ids of the notices that told of the same alerts before. A receiver to
	// whom none of them was delivered does not get a recovery.
	After []string `json:"after,omitempty"`
	// Others are the alerts that are firing beside those told of: what else is wrong now.
	Others []Alert `json:"others,omitempty"`
}

// DeliveryState is how far a notice has come with one receiver.
type DeliveryState string

// The states.
const (
	DeliveryQueued    DeliveryState = "queued"
	DeliveryDelivered DeliveryState = "delivered"
	// DeliveryFailing has failed and is tried again, DeliveryExpired is not any more.
	DeliveryFailing DeliveryState = "failing"
	DeliveryExpired DeliveryState = "expired"
	// DeliveryRefused is one that the receiver will never take, DeliverySkipped the end of
	// what it was never told.
	DeliveryRefused DeliveryState = "refused"
	DeliverySkipped DeliveryState = "skipped"
)

// Delivery is how far a notice has come with one receiver. Whoever sends tells it.
type Delivery struct {
	Notice string     `json:"notice"`
	Kind   NoticeKind `json:"kind"`
	// Receiver is its name, which holds no secret.
	Receiver string        `json:"receiver"`
	State    DeliveryState `json:"state"`
	// AtMs is when it came to this state, NextMs when it is tried again.
	AtMs   int64  `json:"atMs"`
	NextMs int64  `json:"nextMs,omitempty"`
	Tries  int    `json:"tries,omitempty"`
	Error  string `json:"error,omitempty"`
	// MaybeTwice says that the answer to an attempt was lost, so that the receiver may have
	// it twice. What it gets says so.
	MaybeTwice bool `json:"maybeTwice,omitempty"`
}

// Receiver is one who is told, and how he is doing. It holds nothing that is secret in his
// address.
type Receiver struct {
	Name string `json:"name"`
	// State is ok, failing, or unknown while nothing was sent.
	State string `json:"state"`
	// SinceMs is since when it fails, ReachedMs when it last took something.
	SinceMs   int64  `json:"sinceMs,omitempty"`
	ReachedMs int64  `json:"reachedMs,omitempty"`
	Error     string `json:"error,omitempty"`
	// Waiting is how many notices are not delivered yet.
	Waiting int `json:"waiting"`
}

// Tried is what came of a test message to one receiver.
type Tried struct {
	Receiver string `json:"receiver"`
	// Problem is why it did not arrive, "" where it did.
	Problem string `json:"problem,omitempty"`
}

// newNotice fills in what follows from what is told. The extra texts tell notices apart
// that tell of the same alerts.
func newNotice(kind NoticeKind, at int64, alerts []Alert, extra ...string) Notice {
	slices.SortStableFunc(alerts, func(a, b Alert) int {
		switch {
		case a.Level != b.Level && a.Level == Critical:
			return -1
		case a.Level != b.Level && b.Level == Critical:
			return 1
		case a.SinceMs != b.SinceMs:
			return int(a.SinceMs - b.SinceMs)
		}
		return strings.Compare(a.ID, b.ID)
	})
	n := Notice{AtMs: at, Kind: kind, Level: Warning, Alerts: alerts}
	parts := []string{string(kind)}
	for i := range alerts {
		a := &alerts[i]
		if a.Level == Critical {
			n.Level = Critical
		}
		parts = append(parts, fmt.Sprintf("%s %s %s", a.ID, a.Phase, a.Level))
	}
	slices.Sort(parts[1:])
	sum := sha256.Sum256([]byte(strings.Join(append(parts, extra...), "\x00")))
	n.ID = hex.EncodeToString(sum[:8])
	return n
}
