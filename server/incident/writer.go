package incident

import (
	"context"
	"encoding/json"
	"io"
	"strconv"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// writer writes the lines of a file.
type writer struct {
	*source
	o    Options
	head *Head
	out  io.Writer
	buf  []byte
}

func (w *writer) write(ctx context.Context) error {
	spans, err := w.spans(ctx)
	if err != nil {
		return err
	}
	if err := w.describe(ctx, spans); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return w.rows(spans) },
		func() error { return w.events(ctx) },
		func() error { return w.diagnoses(ctx, spans) },
		func() error { return w.table(ctx, collectors.Processes.Name) },
		func() error { return w.table(ctx, collectors.Services.Name) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// spans are the rows.
func (w *writer) spans(ctx context.Context) ([]*collectors.Span, error) {
	spans, err := collectors.All(w.Columns(ctx, collectors.Query{Window: w.o.window()}))
	if err != nil {
		return nil, err
	}
	for _, span := range spans {
		w.head.Rows += len(span.T)
	}
	switch {
	case w.head.Rows == 0:
		return nil, ErrNothing
	case w.head.Rows > MaxRows:
		return nil, ErrTooLong
	}
	return spans, nil
}

// describe writes which host it is and what its numbers mean.
func (w *writer) describe(ctx context.Context, spans []*collectors.Span) error {
	first, last := bounds(spans)
	hello := wire.Hello{
		Version: w.o.Version, Instance: "incident-" + strconv.FormatInt(w.o.From, 10), Host: w.Info(), IntervalMs: w.o.Interval.Milliseconds(),
		NowMs: last.T, Oldest: first.Seq, OldestT: first.T, Newest: last.Seq, First: first.Seq, Recorded: true,
	}
	if err := w.message(hello); err != nil {
		return err
	}
	whole, err := w.Schema(ctx, w.o.window())
	if err != nil {
		return err
	}
	used := make(map[collectors.SeriesID]bool)
	for _, span := range spans {
		whole.Rev = max(whole.Rev, span.Rev)
		for _, c := range span.Columns {
			used[c.ID] = true
		}
	}
	schema := *whole
	schema.Series = nil
	for i := range whole.Series {
		if used[whole.Series[i].ID] {
			schema.Series = append(schema.Series, whole.Series[i])
		}
	}
	w.head.Series = len(schema.Series)
	if err := w.message(wire.FullSchema(&schema)); err != nil {
		return err
	}
	if err := w.line(familiesOf(&schema)); err != nil {
		return err
	}
	for _, h := range w.o.Health {
		h.Reason = w.text(h.Reason)
		if err := w.message(wire.Health{Health: h}); err != nil {
			return err
		}
	}
	return nil
}

// rowAt is where a row stands.
type rowAt struct {
	Seq uint64
	T   int64
}

func bounds(spans []*collectors.Span) (first, last rowAt) {
	for _, span := range spans {
		n := len(span.T)
		if n == 0 {
			continue
		}
		if first.Seq == 0 {
			first = rowAt{span.First, span.T[0]}
		}
		last = rowAt{span.First + uint64(n-1), span.T[n-1]}
	}
	return first, last
}

// families is the line that says of families what no message does.
type families struct {
	Type     string   `json:"type"`
	Families []family `json:"families"`
}

type family struct {
	Name    string  `json:"name"`
	Scale   float64 `json:"scale,omitempty"`
	Formula string  `json:"formula,omitempty"`
	Differs string  `json:"differs,omitempty"`
	Metric  string  `json:"metric,omitempty"`
}

const (
	typeFamilies = "families"
	typeChanges  = "changes"
)

func familiesOf(s *collectors.Schema) families {
	out := families{Type: typeFamilies, Families: []family{}}
	seen := make(map[string]bool)
	for i := range s.Series {
		f := s.Series[i].Family
		if !seen[f.Name] {
			out.Families = append(out.Families, family{f.Name, f.Scale, f.Formula, f.Differs, f.Metric})
		}
		seen[f.Name] = true
	}
	return out
}

// rows writes batches of history.
func (w *writer) rows(spans []*collectors.Span) error {
	next := uint64(0)
	for k, span := range spans {
		m := wire.Span{Rev: span.Rev, First: span.First, T: span.T, Missed: span.Missed, Why: span.Why, More: k < len(spans)-1}
		if next > 0 && span.First > next {
			m.Gap = &wire.Gap{From: next, To: span.First - 1}
		}
		next = span.First + uint64(len(span.T))
		for _, c := range span.Columns {
			m.Columns = append(m.Columns, wire.Column{ID: c.ID, Q: c.Q})
		}
		for len(m.T) > 0 {
			var n int
			w.buf, n = wire.AppendHistoryWithin(w.buf[:0], &m, maxBatch)
			if err := w.flush(); err != nil {
				return err
			}
			m = m.From(n)
		}
	}
	return nil
}

// maxBatch bounds a line of rows, in bytes: the page unpacks one at a time.
const maxBatch = 4 << 20

// table writes the observations of a table: a whole one now and then, so that one in the
// middle is found without reading all, else the difference to the one before.
func (w *writer) table(ctx context.Context, name string) error {
	var base *collectors.TableData
	n := 0
	for d, err := range w.Tables(ctx, name, w.o.window()) {
		if err != nil {
			return err
		}
		if n%wholeEvery == 0 || base != nil && base.Table != d.Table {
			base = nil
		}
		w.buf = wire.AppendTable(w.buf[:0], d, base)
		w.buf = wire.AppendOthers(w.buf, d)
		if err := w.flush(); err != nil {
			return err
		}
		base = d
		n++
	}
	w.head.Observations += n
	return nil
}

const wholeEvery = 60

// events writes what happened, the newest where it is too much.
func (w *writer) events(ctx context.Context) error {
	all, err := collectors.All(w.Events(ctx, w.o.window()))
	if err != nil {
		return err
	}
	all = all[max(0, len(all)-MaxEvents):]
	for _, e := range all {
		if err := w.message(wire.Event{Event: e}); err != nil {
			return err
		}
	}
	w.head.Events = len(all)
	return nil
}

// message writes a message of the socket as a line.
func (w *writer) message(m any) error {
	text, err := wire.Encode(m)
	if err != nil {
		return err
	}
	w.buf = append(w.buf[:0], text...)
	return w.flush()
}

// line writes what is no message.
func (w *writer) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.buf = append(w.buf[:0], text...)
	return w.flush()
}

func (w *writer) flush() error {
	w.buf = append(w.buf, '\n')
	w.head.Bytes += len(w.buf)
	_, err := w.out.Write(w.buf)
	return err
}
