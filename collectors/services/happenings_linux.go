package services

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"dashcam/collectors"
)

const (
	// throttledAt is the share of periods (%) from which on a service is called throttled,
	// and limitAt that of its memory limit; below the second number it is well again.
	throttledAt, throttledWell = 25, 20
	limitAt, limitWell         = 90, 72
)

// happenings tells what becomes of services: which began and ended, which are held at
// their limits.
type happenings struct {
	post func(collectors.Event) // nil: nobody is told
	came []*usage               // in this observation
}

// trouble says whether something is wrong with a unit: from the third of five readings
// that found it so, until ten in a row did not.
type trouble struct {
	bad  uint8  // the last five readings, a bit for each
	well uint8  // readings in a row
	id   string // of the event that told of it, "" for well
}

// next takes a reading and reports whether trouble began or is over.
func (t *trouble) next(bad, well bool) (began, over bool) {
	const last, enough, recovered = 1<<5 - 1, 3, 10
	t.bad = t.bad << 1 & last
	if bad {
		t.bad |= 1
	}
	if t.well++; !well {
		t.well = 0
	}
	if t.id == "" {
		return bits.OnesCount8(t.bad) >= enough, false
	}
	return false, t.well >= recovered
}

// told reports whether somebody would want to know that such a unit came or went: of the
// scopes and sessions of systemd, of which there are many, others tell.
func (u *usage) told() bool {
	switch u.kind {
	case kindSession, kindCgroup:
		return false
	case kindSystemd:
		return strings.HasSuffix(u.title, ".service")
	}
	return true
}

// tell posts an event about a unit.
func (h *happenings) tell(u *usage, e collectors.Event) {
	e.Kind, e.Source = collectors.EventService, "control groups"
	e.About = collectors.About{Kind: "service", Name: u.title, Service: u.title}
	h.post(e)
}

// changed tells of the units that came and those that went. At the first observation all
// were there before.
func (h *happenings) changed(went []*usage, first bool, now time.Time) {
	for _, u := range h.came {
		if h.post != nil && !first && u.told() {
			h.tell(u, collectors.Event{Text: u.title + " (" + string(u.kind) + ") began"})
		}
	}
	h.came = h.came[:0]
	for _, u := range went {
		if h.post == nil || !u.told() {
			continue
		}
		e := collectors.Event{Text: u.title + " (" + string(u.kind) + ") ended"}
		if n := len(u.kills); n > 0 && u.kills[n-1].Equal(now) {
			e.Level = collectors.LevelWarning
			e.Text += ": it was out of memory"
		}
		h.tell(u, e)
	}
}

// looked compares a unit that was read with its limits.
func (h *happenings) looked(u *usage, now time.Time) {
	if h.post == nil {
		return
	}
	share := u.throttledShare()
	h.held(u, &u.throttle, share >= throttledAt, !(share >= throttledWell), now, func() string {
		return fmt.Sprintf("is throttled in %.0f %% of periods at its limit of %s cores", share, strconv.FormatFloat(u.gauge(cpuQuota)/1e6, 'g', 3, 64))
	}, "is not throttled any more")
	used, limit := u.workingSet(), u.memoryMost()
	full := 100 * used / limit
	if math.IsNaN(full) {
		full = 0
	}
	h.held(u, &u.full, full >= limitAt, full < limitWell, now, func() string {
		return fmt.Sprintf("holds %.0f %% of its memory limit of %.0f MiB", full, limit/(1<<20))
	}, "is below its memory limit again")
}

func (h *happenings) held(u *usage, t *trouble, bad, well bool, now time.Time, text func() string, overText string) {
	began, over := t.next(bad, well)
	switch {
	case began:
		t.id = fmt.Sprintf("service-%s-%d", u.key, now.UnixMilli())
		h.tell(u, collectors.Event{ID: t.id, Level: collectors.LevelWarning, Text: u.title + " " + text()})
	case over:
		h.tell(u, collectors.Event{Resolves: t.id, Text: u.title + " " + overText})
		t.id = ""
	}
}
