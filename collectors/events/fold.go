package events

import (
	"errors"
	"fmt"
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
)

// foldKey is what makes two events the same.
type foldKey struct{ kind, what, text string }

// folded counts events that are the same.
type folded struct {
	last  collectors.Event
	since time.Time
	span  time.Duration
	n     int // those that were not told
}

// folder turns storms into few events. It may be used by several goroutines.
type folder struct {
	post func(collectors.Event)
	now  func() time.Time

	mu    sync.Mutex
	folds map[foldKey]*folded
}

func newFolder(post func(collectors.Event), now func() time.Time) *folder {
	return &folder{post: post, now: now, folds: make(map[foldKey]*folded)}
}

// add tells an event, or counts it where the same was told a moment ago. Process ids do
// not make a difference.
func (f *folder) add(e collectors.Event) { f.addAs(e, e.Text) }

// addAs is add for an event whose text holds what differs from one to the next: same
// stands for it.
func (f *folder) addAs(e collectors.Event, same string) {
	n := max(1, e.Count)
	f.mu.Lock()
	defer f.mu.Unlock()
	key := foldKey{e.Kind, e.About.Name, same}
	at := f.folds[key]
	if at == nil && len(f.folds) >= maxFolds {
		key = foldKey{kind: e.Kind}
		e.About.Name, e.About.PID, e.Text = "", 0, e.Kind+" of many others"
		at = f.folds[key]
	}
	if at == nil {
		f.folds[key] = &folded{since: f.now(), span: firstFold}
		f.post(e)
		return
	}
	at.last = e
	at.n += n
}

// repeats counts one more of an event that is being counted already, and reports whether
// that is so: what one more would be called need not be found out then.
func (f *folder) repeats(kind, name, same string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.folds[foldKey{kind, name, same}]
	if at == nil || at.last.Kind == "" {
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
		if now.Sub(at.since) < at.span {
			continue
		}
		if at.n == 0 {
			delete(f.folds, key)
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
