package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// mark is a process that was marked for a resource during some work.
type mark struct {
	process, resource, work string
	seconds                 int
	least, sum              float64
	amount                  string // of the second with the least share
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

func amount(rank string, v float64) string {
	switch rank {
	case "cpu":
		return fmt.Sprintf("%.1f %% of a processor", v)
	case "memory":
		return fmt.Sprintf("%.0f MiB", v/(1<<20))
	}
	return fmt.Sprintf("%.0f KiB/s", v/1024)
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
