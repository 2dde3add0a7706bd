package stream

import (
	"cmp"
	"maps"
	"slices"

	"dashcam/server/wire"
)

// Viewer is what one viewer was sent.
type Viewer struct {
	// Number counts viewers in the order in which they came, from 1.
	Number uint64 `json:"number"`
	// SinceMs is when it came, in Unix milliseconds.
	SinceMs int64 `json:"sinceMs"`
	// Topics are "metrics", "verdict" and the tables it follows.
	Topics []string `json:"topics"`
	// Seq is the last row it was handed, Behind how many rows there are after it.
	// Both are 0 for one that does not follow metrics.
	Seq    uint64 `json:"seq"`
	Behind uint64 `json:"behind"`
	Ledger Ledger `json:"ledger"`
	// Messages and Bytes were handed to its socket; bytes are counted before
	// compression.
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	// CatchUps is how often it lagged and was given history instead of frames.
	CatchUps uint64 `json:"catchUps"`
}

// List returns at most limit viewers, those that are furthest behind first.
func (fan *Fanout) List(limit int) []Viewer {
	newest, feeds := fan.view.Load().newest, fan.all()
	list := make([]Viewer, 0, len(feeds))
	for _, f := range feeds {
		list = append(list, f.viewer(newest))
	}
	slices.SortFunc(list, func(a, b Viewer) int {
		return cmp.Or(cmp.Compare(b.Behind, a.Behind), cmp.Compare(a.Number, b.Number))
	})
	return list[:min(limit, len(list))]
}

func (fan *Fanout) all() []*Feed {
	fan.mu.Lock()
	defer fan.mu.Unlock()
	return slices.Collect(maps.Keys(fan.feeds))
}

func (f *Feed) viewer(newest uint64) Viewer {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := Viewer{Number: f.number, SinceMs: f.sinceMs, Topics: []string{}, Ledger: f.ledger, CatchUps: f.catchUps, Messages: f.messages, Bytes: f.bytes}
	v.Ledger.Expected = f.ledger.done() + f.metrics.due(newest)
	if f.metrics.on {
		v.Topics = append(v.Topics, wire.TopicMetrics)
		v.Seq = f.metrics.cursor
		if newest > v.Seq {
			v.Behind = newest - v.Seq
		}
	}
	if f.verdicts.on {
		v.Topics = append(v.Topics, wire.TopicVerdict)
	}
	for _, c := range f.tables {
		v.Topics = append(v.Topics, c.name)
	}
	return v
}
