package store

import (
	"context"
	"slices"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

var testGauge = &collectors.Family{Name: "test.gauge", Help: "A number.", Kind: collectors.KindGauge, Labels: []string{"n"}, Quantum: 1}

// testTail is how many of the newest rows are never sealed.
const testTail = 32

// testRing is what a store needs of a ring: rows of three series, sealed as they come, of
// which the newest blocks are kept.
type testRing struct {
	most int // blocks, 0 for all of them

	sealer block.Sealer
	table  *block.TableWriter

	mu     sync.Mutex
	head   Head
	wake   chan struct{}
	health collectors.Health
}

func newTestRing(on *Store, instance string) *testRing {
	r := &testRing{sealer: block.NewSealer(1000, 0), table: block.NewTableWriter(collectors.Processes), wake: make(chan struct{})}
	r.head = Head{Instance: instance, Interval: time.Second, Schema: &collectors.Schema{Rev: 1}}
	r.head.Newest, _ = on.Snapshot().Newest()
	r.head.After = r.head.Newest
	for id, name := range []string{"a", "b", "c"} {
		s := collectors.Series{ID: collectors.SeriesID(id), Family: testGauge, Labels: collectors.LabelsOf(name)}
		r.head.Schema.Series = append(r.head.Schema.Series, s)
	}
	return r
}

// add appends a row at a time, the values of which are made from its number.
func (r *testRing) add(t int64, observed *collectors.TableData, events ...collectors.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := &r.head
	h.Newest++
	q := int64(h.Newest)
	row := collectors.Row{Seq: h.Newest, T: t, Rev: 1, IDs: []collectors.SeriesID{0, 1, 2}, Q: []int64{q, q % 7, 12}}
	if n := len(h.Open); n > 0 {
		row.IDs = h.Open[n-1].IDs
	}
	if len(events) > 0 {
		row.Missed, row.Why = 1, "late"
	}
	if h.Open, h.NewestT = append(h.Open, row), t; h.FirstT == 0 {
		h.FirstT = t
	}
	if len(h.Open) == block.MaxRows+testTail {
		h.Blocks = append(slices.Clip(h.Blocks), r.sealer.Seal(h.Open[:block.MaxRows]))
		h.Open = slices.Clone(h.Open[block.MaxRows:])
		if r.most > 0 && len(h.Blocks) > r.most {
			h.Blocks = h.Blocks[1:]
		}
	}
	for _, e := range events {
		e.Seq, e.T = row.Seq, t
		h.Events = append(h.Events, e)
	}
	if observed != nil {
		r.observe(observed, &row)
	}
	close(r.wake)
	r.wake = make(chan struct{})
}

func (r *testRing) observe(d *collectors.TableData, row *collectors.Row) {
	d.Seq, d.T = row.Seq, row.T
	r.table.Add(d)
	table := HeadTable{Table: collectors.Processes}
	if len(r.head.Tables) > 0 {
		table = r.head.Tables[0]
	}
	if r.table.Count == block.MaxObservations {
		table.Blocks = append(slices.Clip(table.Blocks), r.table.Seal())
		r.table = block.NewTableWriter(collectors.Processes)
	}
	table.Open = r.table.Table
	r.head.Tables = []HeadTable{table}
}

func (r *testRing) Head() Head {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head
}

func (r *testRing) Wait(ctx context.Context, seq uint64) error {
	for {
		r.mu.Lock()
		newest, wake := r.head.Newest, r.wake
		r.mu.Unlock()
		if newest > seq {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *testRing) SetHealth(h collectors.Health) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.health = h
}

// observation is one of a few processes, made from a number.
func observation(n int) *collectors.TableData {
	rows := collectors.NewRows(collectors.Processes)
	for pid := range 9 {
		w := rows.Add(string(rune('a'+pid)) + string(rune('a'+n/40%20)))
		for col := range collectors.Processes.Columns {
			if collectors.Processes.Columns[col].Kind == collectors.ColumnText {
				w.Text(col, []string{"sleeping", "running", ""}[(n+pid+col)%3])
			} else {
				w.Number(col, float64((n*pid+col)%100+1))
			}
		}
	}
	return rows.Data()
}
