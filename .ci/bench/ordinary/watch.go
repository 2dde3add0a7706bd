package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

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

// mark is a process that was marked for a resource during some work.
type mark struct {
	process, resource, work string
	seconds                 int
	least, sum              float64
	amount                  string // of the second with the least share
}

// schema is what the program tells of its series and resources.
type schema struct {
	Rev       int
	Series    []series
	Resources []resource
	Tables    []struct {
		Name    string
		Columns []struct {
			Name    string
			Quantum float64
		}
	}
	byName map[string][]*series
}

type series struct {
	ID           int
	Name, Unit   string
	Quantum      float64
	Labels, Info map[string]string
	States       []string
}

type resource struct {
	ID, Title, Rank, State, Reason, Now string
	Use                                 []struct{ Family string }
	Limits                              *struct{ Used string }
	Whole                               *struct {
		Family string
		Where  map[string][]string
	}
}

// row is one row in units, by series.
type row struct {
	seq    uint64
	t      time.Time
	values map[int]float64
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

// tell prints how far it is.
func (w *watch) tell() {
	rows := 0
	for _, n := range w.rows {
		rows += n
	}
	fmt.Printf("%s: %d rows, %d states, %d processes marked\n", time.Now().Format(time.TimeOnly), rows, len(w.all), len(w.marks))
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

// useKnown says whether the use of a resource is known in a row, or never is.
func (w *watch) useKnown(r row, each resource) bool {
	exists := false
	for _, u := range each.Use {
		if _, ok := w.value(r, u.Family); ok {
			return true
		}
		exists = exists || len(w.schema.byName[u.Family]) > 0
	}
	return !exists
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

// share is the least that a process has of a bad resource's use to be marked.
const share = 0.2

// mark notes the processes that the page marks for a resource that is bad in a row.
func (w *watch) mark(ctx context.Context, r row, each resource, work string) error {
	var answer struct {
		Observations []struct {
			Rows   [][2]json.RawMessage
			Others struct{ Sums map[string]*float64 }
		}
	}
	if err := w.get(ctx, fmt.Sprintf("/api/v1/processes?from=%d&to=%d", r.seq, r.seq), &answer); err != nil {
		return err
	}
	if len(answer.Observations) == 0 {
		return nil // no scan ended in this second, so nobody is accused for it
	}
	var about struct {
		Host struct{ CPUs, Memory float64 }
	}
	if err := w.get(ctx, "/api/v1/host", &about); err != nil {
		return err
	}
	quantum := 0.0
	for _, t := range w.schema.Tables {
		for _, c := range t.Columns {
			if t.Name == "processes" && c.Name == each.Rank {
				quantum = c.Quantum
			}
		}
	}
	seen := answer.Observations[0]
	total := 0.0
	if s := seen.Others.Sums[each.Rank]; s != nil {
		total = *s * quantum
	}
	used := map[string]float64{}
	for _, cellsOf := range seen.Rows {
		var cells map[string]any
		if err := json.Unmarshal(cellsOf[1], &cells); err != nil {
			return fmt.Errorf("read a process: %w", err)
		}
		if v, ok := cells[each.Rank].(float64); ok {
			name, _ := cells["name"].(string)
			used[fmt.Sprintf("%s %v", name, cells["pid"])] = v * quantum
			total += v * quantum
		}
	}
	switch each.Rank {
	case "memory":
		total = about.Host.Memory
	case "cpu":
		if v, ok := w.value(r, each.Use[0].Family); ok {
			total = max(total, v*about.Host.CPUs)
		}
	case "io":
		whole := 0.0
		for _, s := range w.schema.byName[each.Whole.Family] {
			if v, ok := r.values[s.ID]; ok && fits(s, each.Whole.Where) {
				whole += v
			}
		}
		total = max(total, whole)
	}
	for process, v := range used {
		if v <= 0 || total <= 0 || v < share*total {
			continue
		}
		name := process[:strings.LastIndexByte(process, ' ')]
		key := name + " " + each.ID + " " + work
		m := w.marks[key]
		if m == nil {
			m = &mark{process: name, resource: each.ID, work: work, least: 1}
			w.marks[key] = m
		}
		m.seconds++
		m.sum += v / total
		if v/total <= m.least {
			m.least, m.amount = v/total, amount(each.Rank, v)+r.t.Format(" at "+time.TimeOnly)
		}
	}
	return nil
}

func fits(s *series, where map[string][]string) bool {
	for name, values := range where {
		if !slices.Contains(values, cmp.Or(s.Labels[name], s.Info[name])) {
			return false
		}
	}
	return true
}

// printable is a name in one line: a process may call itself anything.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, name)
}

func amount(rank string, v float64) string {
	switch rank {
	case "cpu":
		return fmt.Sprintf("%.1f %% of a processor", v)
	case "memory":
		return fmt.Sprintf("%.0f MiB", v/(1<<20))
	}
	return fmt.Sprintf("%.0f KiB/s", v/1024)
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

// report prints what was seen. A state without a reason is a failure.
func (w *watch) report() error {
	for _, work := range slices.Sorted(maps.Keys(w.rows)) {
		fmt.Printf("%6d seconds of %s\n", w.rows[work], work)
	}
	fmt.Printf("\n%d states\n\n| at | during | resource | level | reason | lasted | value |\n|---|---|---|---|---|---|---|\n", len(w.all))
	counts := map[string]int{}
	held := map[string]time.Duration{}
	var errs []error
	for _, e := range w.all {
		fmt.Printf("| %s | %s | %s | %s | %s | %v | %s |\n", e.at.Format(time.TimeOnly), e.work, e.resource, e.level, e.reason, e.lasted.Round(time.Second), e.value)
		key := strings.Join([]string{e.resource, e.level, e.reason}, " | ")
		counts[key]++
		held[key] += e.lasted
		if e.reason == "" || e.reason == "none" {
			errs = append(errs, fmt.Errorf("%s was %s at %s without a reason", e.resource, e.level, e.at.Format(time.TimeOnly)))
		}
	}
	fmt.Print("\n| resource | level | reason | times | held |\n|---|---|---|---|---|\n")
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		fmt.Printf("| %s | %d | %v |\n", key, counts[key], held[key].Round(time.Second))
	}
	fmt.Printf("\n%d processes marked\n\n| process | resource | during | seconds | mean share | least share | which was |\n|---|---|---|---|---|---|---|\n", len(w.marks))
	for _, key := range slices.Sorted(maps.Keys(w.marks)) {
		m := w.marks[key]
		fmt.Printf("| %s | %s | %s | %d | %.0f %% | %.0f %% | %s |\n", printable(m.process), m.resource, m.work, m.seconds, 100*m.sum/float64(m.seconds), 100*m.least, m.amount)
	}
	return errors.Join(errs...)
}
