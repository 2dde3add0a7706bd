package incident

import (
	"context"
	"fmt"

	"dashcam/collectors"
)

// Contents says what a file of a stretch of time holds.
type Contents struct {
	// From and To are Unix milliseconds, To exclusive.
	From         int64 `json:"from"`
	To           int64 `json:"to"`
	Rows         int   `json:"rows"`
	Series       int   `json:"series"`
	Observations int   `json:"observations"`
	Events       int   `json:"events"`
	// Names are those that stand in it, by the kinds of [ParseMask].
	Names map[string][]string `json:"names"`
}

// Preview says what leaves the house with a file, and makes none.
func Preview(ctx context.Context, from collectors.Source, o Options) (*Contents, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	w := o.window()
	s, err := scan(ctx, from, w, 0)
	if err != nil {
		return nil, err
	}
	out := &Contents{From: o.From, To: o.To, Names: make(map[string][]string)}
	for i, kind := range kindNames {
		if out.Names[kind] = s.kinds[i].list; out.Names[kind] == nil {
			out.Names[kind] = []string{}
		}
	}
	seen := make(map[collectors.SeriesID]bool)
	for span, err := range from.Columns(ctx, collectors.Query{Window: w}) {
		if err != nil {
			return nil, err
		}
		out.Rows += len(span.T)
		for _, c := range span.Columns {
			seen[c.ID] = true
		}
	}
	out.Series = len(seen)
	if out.Rows == 0 {
		return nil, ErrNothing
	}
	if out.Rows > MaxRows {
		return nil, fmt.Errorf("%w: %d rows", ErrTooLong, out.Rows)
	}
	for _, t := range []*collectors.Table{collectors.Processes, collectors.Services} {
		for _, err := range from.Tables(ctx, t.Name, w) {
			if err != nil {
				return nil, err
			}
			out.Observations++
		}
	}
	events, err := collectors.All(from.Events(ctx, w))
	out.Events = len(events)
	return out, err
}
