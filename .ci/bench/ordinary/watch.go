package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"dashcam/bench/measure"
)

// watch reads every row that the program makes, and notes states and marks.
type watch struct {
	addr string

	mu   sync.Mutex
	work string // what goes on at present, guarded by mu

	// What follows belongs to run.
	schema schema
	next   uint64
	open   map[string]*episode // by resource
	all    []*episode
	marks  map[string]*mark
	rows   map[string]int // by work
}

// episode is a state from when it was raised until it was cleared.
type episode struct {
	resource, level, reason, work string
	value                         string // of the family that decided, when it was raised
	at                            time.Time
	lasted                        time.Duration
}

func newWatch(addr string) *watch {
	return &watch{addr: addr, work: "calm", open: map[string]*episode{}, marks: map[string]*mark{}, rows: map[string]int{}, next: 1}
}

// during says what goes on from now on.
func (w *watch) during(work string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.work = work
}

func (w *watch) run(ctx context.Context) error {
	for told := time.Now(); ctx.Err() == nil; {
		if err := measure.Wait(ctx, time.Second); err != nil {
			break
		}
		if time.Since(told) >= tellEvery {
			w.tell()
			told = time.Now()
		}
		w.mu.Lock()
		work := w.work
		w.mu.Unlock()
		if err := w.read(ctx, work); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return ctx.Err()
}

// read reads the rows that are new.
func (w *watch) read(ctx context.Context, work string) error {
	var health struct{ Remembered struct{ Newest uint64 } }
	if err := w.get(ctx, "/api/v1/health", &health); err != nil {
		return err
	}
	for ; w.next <= health.Remembered.Newest; w.next++ {
		r, err := w.row(ctx, w.next)
		if err != nil {
			return err
		}
		if err := w.look(ctx, r, work); err != nil {
			return err
		}
		w.rows[work]++
	}
	return nil
}

func (w *watch) row(ctx context.Context, seq uint64) (row, error) {
	var m struct {
		Rev     int
		Seq     []uint64
		T       []int64
		Columns [][]*float64
	}
	if err := w.get(ctx, fmt.Sprintf("/api/v1/row?seq=%d", seq), &m); err != nil {
		return row{}, err
	}
	if len(m.Seq) != 1 || m.Seq[0] != seq {
		return row{}, fmt.Errorf("asked for row %d, got rows %d", seq, m.Seq)
	}
	if m.Rev > w.schema.Rev || w.schema.byName == nil {
		w.schema = schema{}
		if err := w.get(ctx, "/api/v1/series", &w.schema); err != nil {
			return row{}, err
		}
		w.schema.byName = map[string][]*series{}
		for i := range w.schema.Series {
			s := &w.schema.Series[i]
			w.schema.byName[s.Name] = append(w.schema.byName[s.Name], s)
		}
	}
	quantum := map[int]float64{}
	for _, s := range w.schema.Series {
		quantum[s.ID] = s.Quantum
	}
	r := row{seq, time.UnixMilli(m.T[0]), map[int]float64{}}
	for _, c := range m.Columns {
		if len(c) == 2 && c[0] != nil && c[1] != nil {
			r.values[int(*c[0])] = *c[1] * quantum[int(*c[0])]
		}
	}
	return r, nil
}

// value returns the value of a series without labels; ok is false where it is missing.
func (w *watch) value(r row, name string) (v float64, ok bool) {
	for _, s := range w.schema.byName[name] {
		if v, ok = r.values[s.ID]; ok {
			return v, true
		}
	}
	return 0, false
}

func (w *watch) stateText(r row, name string) string {
	v, ok := w.value(r, name)
	if !ok || len(w.schema.byName[name]) == 0 {
		return ""
	}
	return w.schema.byName[name][0].States[int(v)]
}

// look notes what a row calls wrong.
func (w *watch) look(ctx context.Context, r row, work string) error {
	for _, each := range w.schema.Resources {
		level, reason := w.stateText(r, each.State), w.stateText(r, each.Reason)
		e := w.open[each.ID]
		if e != nil && (e.level != level || e.reason != reason) {
			e.lasted = r.t.Sub(e.at)
			delete(w.open, each.ID)
			e = nil
		}
		if level != "warn" && level != "critical" {
			continue
		}
		if e == nil {
			e = &episode{resource: each.ID, level: level, reason: reason, work: work, at: r.t, value: w.amounts(r, each, reason)}
			w.open[each.ID], w.all = e, append(w.all, e)
		}
		e.lasted = r.t.Sub(e.at) + time.Second
		if now := w.stateText(r, each.Now); each.Rank != "" && (now == "warn" || now == "critical") && w.useKnown(r, each) {
			if err := w.mark(ctx, r, each, work); err != nil {
				return err
			}
		}
	}
	return nil
}

// amounts writes the values of a family, or of a kind of limit.
func (w *watch) amounts(r row, each resource, reason string) string {
	var all []string
	for _, s := range w.schema.byName[reason] {
		if v, ok := r.values[s.ID]; ok && len(all) < 3 {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%.3g %s", v, s.Unit)))
		}
	}
	if each.Limits != nil {
		for _, s := range w.schema.byName[each.Limits.Used] {
			if v, ok := r.values[s.ID]; ok && s.Labels["kind"] == reason && v >= 80 {
				all = append(all, fmt.Sprintf("%s %.1f %%", s.Labels["name"], v))
			}
		}
	}
	return strings.Join(all, ", ")
}

func (w *watch) get(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.addr+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
