package alert

import (
	"context"
	"errors"
	"fmt"

	"dashcam/collectors"
)

// rowsAtOnce is how many rows Run takes at once.
const rowsAtOnce = 512

// Run feeds an engine with the rows of a source, until the context ends. Rows that the
// source holds already are taken first; then those of each evaluation together, because
// what comes before it is due changes nothing.
func Run(ctx context.Context, e *Engine, live collectors.Live) error {
	seq := uint64(0)
	if b := live.Bounds(); b.Newest > 0 {
		seq = max(b.Oldest, b.Head) // what is on the disk alone was seen by an instance before
		seq = max(seq, 1) - 1
	}
	for more := uint64(1); ; {
		if err := live.Wait(ctx, seq+more-1); err != nil {
			if errors.Is(err, ctx.Err()) {
				return nil
			}
			return fmt.Errorf("wait for a row: %w", err)
		}
		var behind bool
		seq, behind = take(e, live, seq)
		more = 1
		if !behind {
			more = e.due()
		}
	}
}

// take feeds the rows after one that are in memory, and returns the last of them and whether
// there are more.
func take(e *Engine, live collectors.Live, after uint64) (last uint64, more bool) {
	span := live.ReadHead(after, rowsAtOnce)
	if len(span.T) == 0 {
		return live.Bounds().Newest, true
	}
	latest := live.Latest()
	e.Observe(until(live.HeadEvents(after), &span), latest.Tables[collectors.Services.Name])
	e.Feed(latest.Schema, &span)
	return span.First + uint64(len(span.T)) - 1, span.More
}

// until returns the events that belong to the rows of a span and those before it.
func until(events []collectors.Event, span *collectors.Span) []collectors.Event {
	last := span.First + uint64(len(span.T)) - 1
	n := 0
	for n < len(events) && events[n].Seq <= last {
		n++
	}
	return events[:n]
}

// Backtest returns the alerts that rules raise over what a source remembers of a window,
// oldest first; those that are not over are firing.
func Backtest(ctx context.Context, rules []Rule, source collectors.Source, window collectors.Window) ([]Alert, error) {
	var out []Alert
	e := New(Config{Rules: rules, Changed: func(c Change) {
		if c.Alert.Phase == Resolved {
			out = append(out, c.Alert)
		}
	}})
	// That of the window would have to be read from every block.
	schema, err := source.Schema(ctx, collectors.Window{})
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	if schema == nil {
		return nil, nil
	}
	before := window.From
	for span, err := range source.Columns(ctx, collectors.Query{Window: window, Match: e.Match()}) {
		if err != nil {
			return nil, fmt.Errorf("read rows: %w", err)
		}
		beside := collectors.Window{
			From: before, To: span.T[len(span.T)-1] + 1, First: span.First, Last: span.First + uint64(len(span.T)) - 1, Every: pace.Milliseconds(),
		}
		before = beside.To
		events, err := collectors.All(source.Events(ctx, beside))
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		services, err := collectors.All(source.Tables(ctx, collectors.Services.Name, beside))
		if err != nil {
			return nil, fmt.Errorf("read the services: %w", err)
		}
		e.Observe(events, services...)
		e.Feed(schema, span)
	}
	for _, a := range e.Alerts() {
		if a.Phase == Firing {
			out = append(out, a)
		}
	}
	return out, nil
}
