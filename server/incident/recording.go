package incident

import (
	"context"
	"iter"
	"sort"

	"dashcam/collectors"
	"dashcam/collectors/diagnosis"
	"dashcam/collectors/history"
)

// Recording is a file that was read: the past of a host, to which nothing is added. What
// it knows of verdicts and changes was found when it was made, with what lay before.
type Recording struct {
	*history.Ring
	Head     Head
	Interval int64 // milliseconds
	verdicts []collectors.Verdict
	changes  []changesLine
	tables   map[string][]*collectors.TableData
}

var _ collectors.Live = (*Recording)(nil)

// Tables yields the observations as they were remembered.
func (r *Recording) Tables(_ context.Context, name string, w collectors.Window) iter.Seq2[*collectors.TableData, error] {
	return func(yield func(*collectors.TableData, error) bool) {
		for _, d := range r.tables[name] {
			if w.Holds(d.Seq, d.T) && !yield(d, nil) {
				return
			}
		}
	}
}

// Verdict returns what was wrong at a moment, in Unix milliseconds: what was said of the
// newest row that is not after it and of which something was. It reports false before the
// first.
func (r *Recording) Verdict(at int64) (collectors.Verdict, bool) {
	i := sort.Search(len(r.verdicts), func(i int) bool { return r.verdicts[i].At > at })
	if i == 0 {
		return collectors.Verdict{}, false
	}
	return r.verdicts[i-1], true
}

// Changes returns what changed in a stretch of time that was compared when the file was
// made; it reports false for any other.
func (r *Recording) Changes(from, to int64) (changes []diagnosis.Change, base int64, ok bool) {
	for i := range r.changes {
		if c := &r.changes[i]; c.From == from && c.To == to {
			return c.Changes, c.Base, true
		}
	}
	return nil, 0, false
}
