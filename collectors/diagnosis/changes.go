package diagnosis

import (
	"cmp"
	"context"
	"slices"
	"time"

	"dashcam/collectors"
)

// Change is something that was not as before.
type Change struct {
	// Kind is series, process, service or event.
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Labels are those of a series, or say which process it is.
	Labels map[string]string `json:"labels,omitempty"`
	// Before and After are medians in Unit; null where there was nothing, and of events.
	Before *float64        `json:"before"`
	After  *float64        `json:"after"`
	Unit   collectors.Unit `json:"unit,omitempty"`
	// Score orders changes of a kind: how far the medians are apart, in what is usual.
	Score float64 `json:"score"`
	// Since is when it began, in Unix milliseconds.
	Since int64 `json:"since"`
	// Text says it in words.
	Text string `json:"text"`
	// More is how many series of the same family changed, too.
	More int `json:"more,omitempty"`
}

const (
	// MaxChanges is how many are told.
	MaxChanges = 12
	// leastBase is the shortest stretch that says what is usual.
	leastBase = 5 * time.Minute
	// comparedPoints is into how many pieces both stretches together are cut.
	comparedPoints = 240
	// leastPieces is how many pieces a stretch has at least, for a median to mean anything.
	leastPieces = 5
)

// BaseOf returns where the stretch before begins, with which one is compared.
func BaseOf(from, to int64) int64 { return from - max(to-from, leastBase.Milliseconds()) }

// Changes returns what is different in a stretch of time from the one before: from base
// to from. All are Unix milliseconds, to exclusive; base 0 is [BaseOf]. What is new or
// gone comes first, then series by how far they are from what was usual. There are at
// most [MaxChanges]; in a calm stretch there are none.
func Changes(ctx context.Context, source collectors.Source, from, to, base int64) ([]Change, error) {
	if base == 0 {
		base = BaseOf(from, to)
	}
	w := collectors.Window{From: base, To: to}
	begins, err := firstRow(ctx, source, w)
	if err != nil {
		return nil, err
	}
	w.From = max(base, begins) // what is remembered may begin later
	series, err := changedSeries(ctx, source, w, from)
	if err != nil {
		return nil, err
	}
	events, err := changedEvents(ctx, source, w, from)
	if err != nil {
		return nil, err
	}
	actors, err := changedActors(ctx, source, w, from)
	if err != nil {
		return nil, err
	}
	const mostEvents, mostActors, mostUsual = 4, 4, 2
	telling := 0
	for telling < len(events) && events[telling].Score >= tellingEvent {
		telling++
	}
	usual := events[telling:]
	all := slices.Concat(events[:min(telling, mostEvents)], actors[:min(len(actors), mostActors)], usual[:min(len(usual), mostUsual)], series)
	return all[:min(len(all), MaxChanges)], nil
}

// firstRow is when the first row of a window was, 0 where it has none.
func firstRow(ctx context.Context, source collectors.Source, w collectors.Window) (int64, error) {
	none := func(*collectors.Series) bool { return false }
	for span, err := range source.Columns(ctx, collectors.Query{Window: w, Match: collectors.MatcherOf(none), Rows: 1}) {
		if err != nil {
			return 0, err
		}
		if len(span.T) > 0 {
			return span.T[0], nil
		}
	}
	return 0, nil
}

func byScore(all []Change) {
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Text, b.Text))
	})
}
