package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
	"dashcam/server/prom"
	"dashcam/server/promql"
)

// past is a history on disk as a source of rows, for what goes through it once from its
// begin to its end: observations of tables are asked for in the order of time.
type past struct {
	archive *store.Archive
	schema  *collectors.Schema
	events  []collectors.Event
	// next and stop pull observations of the table, held is one that is for later.
	table string
	next  func() (*collectors.TableData, error, bool)
	stop  func()
	held  *collectors.TableData
}

func newPast(a *store.Archive) (*past, error) {
	p := &past{archive: a, schema: &collectors.Schema{Rev: 1, Series: a.Series()}, stop: func() {}}
	err := a.Events(0, math.MaxInt64, func(e *collectors.Event) error {
		p.events = append(p.events, *e)
		return nil
	})
	return p, err
}

func (p *past) close() { p.stop() }

// end is the end of a window without one.
func end(w *collectors.Window) int64 {
	if w.To == 0 {
		return math.MaxInt64
	}
	return w.To
}

// Info knows nothing but what is asked of it: nothing.
func (p *past) Info() collectors.Host { return collectors.Host{} }

// Schema describes all series of the history, those without a value in the window too.
func (p *past) Schema(context.Context, collectors.Window) (*collectors.Schema, error) {
	return p.schema, nil
}

// spanRows is how many rows a span has at most.
const spanRows = 512

// Columns yields rows as columns.
func (p *past) Columns(_ context.Context, q collectors.Query) iter.Seq2[*collectors.Span, error] {
	wanted := make(map[collectors.SeriesID]bool)
	for i := range p.schema.Series {
		if s := &p.schema.Series[i]; q.Match.Match(s) {
			wanted[s.ID] = true
		}
	}
	return func(yield func(*collectors.Span, error) bool) {
		span := &collectors.Span{Rev: 1}
		at := make(map[collectors.SeriesID]int) // in Columns
		flush := func() bool {
			if len(span.T) == 0 {
				return true
			}
			for i := range span.Columns {
				span.Columns[i].Q = pad(span.Columns[i].Q, len(span.T))
			}
			slices.SortFunc(span.Columns, func(a, b collectors.SeriesColumn) int { return int(a.ID) - int(b.ID) })
			done := span
			span = &collectors.Span{Rev: 1}
			clear(at)
			return yield(done, nil)
		}
		err := p.archive.Rows(q.From, end(&q.Window), func(row *collectors.Row) error {
			if n := len(span.T); n == spanRows || n > 0 && row.Seq != span.First+uint64(n) {
				if !flush() {
					return errStopped
				}
			}
			if len(span.T) == 0 {
				span.First = row.Seq
			}
			span.T = append(span.T, row.T)
			span.Missed, span.Why = append(span.Missed, row.Missed), append(span.Why, row.Why)
			for i, id := range row.IDs {
				if !wanted[id] || row.Q[i] == collectors.Missing {
					continue
				}
				n, known := at[id]
				if !known {
					n = len(span.Columns)
					at[id] = n
					span.Columns = append(span.Columns, collectors.SeriesColumn{ID: id})
				}
				c := &span.Columns[n]
				c.Q = append(pad(c.Q, len(span.T)-1), row.Q[i])
			}
			return nil
		})
		switch {
		case errors.Is(err, errStopped):
		case err != nil:
			yield(nil, err)
		default:
			flush()
		}
	}
}

// errStopped ends a read whose reader wants no more.
var errStopped = errors.New("stopped")

// pad fills a column up with missing values.
func pad(q []int64, n int) []int64 {
	for len(q) < n {
		q = append(q, collectors.Missing)
	}
	return q
}

// Buckets is not asked for.
func (p *past) Buckets(context.Context, collectors.Query) (*collectors.Buckets, error) {
	return nil, errors.New("a history on disk is not summarised here")
}

// Tables yields observations after those that were yielded before.
func (p *past) Tables(_ context.Context, name string, w collectors.Window) iter.Seq2[*collectors.TableData, error] {
	if p.table != name {
		p.stop()
		p.table, p.held = name, nil
		p.next, p.stop = iter.Pull2(func(yield func(*collectors.TableData, error) bool) {
			err := p.archive.Observations(name, w.From, math.MaxInt64, func(d *collectors.TableData) error {
				if !yield(d, nil) {
					return errStopped
				}
				return nil
			})
			if err != nil && !errors.Is(err, errStopped) {
				yield(nil, err)
			}
		})
	}
	return func(yield func(*collectors.TableData, error) bool) {
		for {
			d := p.held
			if p.held = nil; d == nil {
				var err error
				var more bool
				if d, err, more = p.next(); err != nil || !more {
					if err != nil {
						yield(nil, err)
					}
					return
				}
			}
			if d.T >= end(&w) {
				p.held = d
				return
			}
			if d.T >= w.From && !yield(d, nil) {
				return
			}
		}
	}
}

// Events yields what happened.
func (p *past) Events(_ context.Context, w collectors.Window) iter.Seq2[collectors.Event, error] {
	return func(yield func(collectors.Event, error) bool) {
		for i := range p.events {
			if e := &p.events[i]; w.Holds(e.Seq, e.T) && !yield(*e, nil) {
				return
			}
		}
	}
}

// noReadings is the newest row of a history on disk, whose raw readings are not in it.
type noReadings struct{ collectors.Live }

func (noReadings) Readings(dst []collectors.Reading) (collectors.Latest, []collectors.Reading) {
	return collectors.Latest{}, dst
}

// ruler evaluates rules over the history.
func (p *past) ruler(rules *promql.Rules, mode prom.Mode, hostname string) (*promql.Ruler, error) {
	exporter, err := prom.New(prom.Config{Ring: noReadings{}, Mode: mode, Host: p.Info, Version: version()})
	if err != nil {
		return nil, err
	}
	interval := time.Second
	if all := p.archive.Stats().Instances; len(all) > 0 && all[len(all)-1].IntervalMs > 0 {
		interval = time.Duration(all[len(all)-1].IntervalMs) * time.Millisecond
	}
	metrics := exporter.Remembered(p.schema)
	h, err := promql.New(promql.Config{
		Source: p, Metrics: func(*collectors.Schema) []prom.Metric { return metrics }, Instance: hostname, Interval: interval, Rules: rules,
	})
	if err != nil {
		return nil, fmt.Errorf("evaluate rules: %w", err)
	}
	return h.Ruler(), nil
}
