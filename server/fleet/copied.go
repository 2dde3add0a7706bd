package fleet

import (
	"fmt"
	"time"
)

// copied tells a second machine that has the key of a host, as an image of a disk brings it,
// from a host that was started again: an instance that another one has followed says nothing
// more. The instance that was there first is the host then, and the other one is refused.
type copied struct {
	// former is the instance before the present one, and again how many summaries of it came
	// since.
	former string
	again  int
	// other is the instance that is refused, "" for none, and heard when it spoke last.
	other string
	heard time.Time
	// about is what an instance says of itself that is not the host, or not yet.
	about  About
	offset int64
}

const (
	// formerAgain is how many summaries of the former instance show that it lives: one may
	// have been late.
	formerAgain = 2
	// refusedFor is how long it is told that a machine was refused.
	refusedFor = 30 * time.Second
)

// admits reports whether an instance whose summary has come is the host from now on.
func (h *host) admits(instance string, now time.Time, pace time.Duration) bool {
	c, present := &h.copied, h.summary.Instance
	switch {
	case instance == present || present == "":
		return true
	case now.Sub(h.seen) > silentPaces*pace: // the one that was the host is gone
		if c.other == instance {
			c.other = ""
		}
		c.former = present
	case h.refuses(instance, now):
		c.other, c.heard = instance, now
		return false
	case instance == c.former:
		if c.again++; c.again < formerAgain {
			return false
		}
		c.former, c.other, c.heard = "", present, now
	default:
		c.former = present
	}
	c.again = 0
	if c.about.Instance == instance {
		h.about, h.offset, c.about, c.offset = c.about, c.offset, h.about, h.offset
	}
	return true
}

// refuses reports whether an instance is that of a second machine.
func (h *host) refuses(instance string, now time.Time) bool {
	return h.copied.other != "" && now.Sub(h.copied.heard) <= refusedFor && instance != h.summary.Instance
}

// second says which other machine has the key, "" while none has.
func (h *host) second(now time.Time) string {
	c := &h.copied
	if c.other == "" || now.Sub(c.heard) > refusedFor {
		return ""
	}
	which := ""
	if c.about.Instance == c.other {
		which = fmt.Sprintf(" (%s, booted %s)", c.about.Name, time.UnixMilli(c.about.BootMs).UTC().Format("2006-01-02 15:04 UTC"))
	}
	return "a second machine" + which + " has the key of this host and is refused; join that one by a token of its own"
}

// refuses reports whether an instance is refused as a host.
func (w *Wall) refuses(id, instance string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[id]
	return h != nil && h.refuses(instance, time.Now())
}
