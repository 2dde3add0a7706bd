package events

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"dashcam/collectors"
)

var errNotRunning = errors.New("nobody listens")

const (
	// firstFold is how long events that repeat are counted before they are told.
	firstFold   = time.Minute
	longestFold = 6 * time.Hour
	// maxFolds bounds what is counted; beyond it events of a kind are counted together.
	maxFolds = 512
	// What happens more than often times in an hour, each time after a pause, is counted by
	// the hour, too: a job of every minute is no news. Warnings are told each time.
	often  = 3
	hourly = time.Hour
)

// foldKey is what makes two events the same.
type foldKey struct{ kind, what, text string }

// folded counts events that are the same.
type folded struct {
	last  collectors.Event
	since time.Time
	span  time.Duration
	n     int // those that were not told
	// told is how often it was told at once since began.
	told  int
	began time.Time
	// quiet says that it did not happen again within span.
	quiet bool
}

// folder turns storms into few events. It may be used by several goroutines.
type folder struct {
	post func(collectors.Event)
	now  func() time.Time

	mu    sync.Mutex
	folds map[foldKey]*folded
	quiet int // of folds
}

func newFolder(post func(collectors.Event), now func() time.Time) *folder {
	return &folder{post: post, now: now, folds: make(map[foldKey]*folded)}
}

// add tells an event, or counts it where the same was told a moment ago. Process ids do
// not make a difference, nor numbers in what the kernel says.
func (f *folder) add(e collectors.Event) {
	if e.Kind == KindKernel {
		f.addNumbered(e)
		return
	}
	f.addAs(e, e.Text)
}

// addAs is add for an event whose text holds what differs from one to the next: same
// stands for it.
func (f *folder) addAs(e collectors.Event, same string) {
	f.addFor(e, foldKey{e.Kind, e.About.Name, same})
}

// addNumbered is add for an event whose text differs from the next by numbers alone.
func (f *folder) addNumbered(e collectors.Event) {
	f.addAs(e, strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, e.Text))
}

// addFor is add for an event with a key of its own.
func (f *folder) addFor(e collectors.Event, key foldKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.folds[key]
	if at == nil && len(f.folds) >= maxFolds {
		f.forgetQuiet()
	}
	if at == nil && len(f.folds) >= maxFolds {
		key = foldKey{kind: e.Kind}
		e.About.Name, e.About.PID, e.Text = "", 0, e.Kind+" of many others"
		at = f.folds[key]
	}
	now := f.now()
	switch {
	case at == nil:
		f.folds[key] = &folded{since: now, span: firstFold, told: 1, began: now}
		f.post(e)
		return
	case !at.quiet:
	case at.told < often || bad(e.Level):
		f.wake(at, firstFold)
		at.told++
		f.post(e)
		return
	default:
		f.wake(at, hourly)
	}
	at.last = e
	at.n += max(1, e.Count)
}

func bad(l collectors.EventLevel) bool {
	return l == collectors.LevelWarning || l == collectors.LevelCritical
}

// wake counts for a span from now on.
func (f *folder) wake(at *folded, span time.Duration) {
	at.since, at.span, at.quiet = f.now(), span, false
	f.quiet--
}

// forgetQuiet makes room.
func (f *folder) forgetQuiet() {
	if f.quiet == 0 {
		return
	}
	for key, at := range f.folds {
		if at.quiet {
			delete(f.folds, key)
		}
	}
	f.quiet = 0
}

// repeats counts one more of an event that is being counted already, and reports whether
// that is so: what one more would be called need not be found out then.
func (f *folder) repeats(kind, name, same string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.folds[foldKey{kind, name, same}]
	if at == nil || at.quiet || at.last.Kind == "" {
		return false // the second one says how it is called
	}
	at.n++
	return true
}

// flush tells what was counted long enough, and forgets what did not happen again.
func (f *folder) flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	for key, at := range f.folds {
		switch {
		case at.quiet && now.Sub(at.began) >= hourly:
			delete(f.folds, key)
			f.quiet--
			continue
		case at.quiet || now.Sub(at.since) < at.span:
			continue
		case at.n == 0:
			at.quiet, at.last = true, collectors.Event{}
			f.quiet++
			continue
		}
		e := at.last
		e.Count = at.n
		if at.n > 1 {
			e.About.PID = 0
			e.Text = fmt.Sprintf("%s ×%d in %s", shortened(e.Text), at.n, spanText(now.Sub(at.since)))
		}
		f.post(e)
		at.n, at.since, at.span = 0, now, min(2*at.span, longestFold)
	}
}

// shortened leaves room behind a text.
func shortened(text string) string {
	const room = 40
	if most := collectors.MaxEventText - room; len(text) > most {
		return text[:most] + "…"
	}
	return text
}

func spanText(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d h", d/time.Hour)
}
