package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// tell prints how far it is.
func (w *watch) tell() {
	rows := 0
	for _, n := range w.rows {
		rows += n
	}
	fmt.Printf("%s: %d rows, %d states, %d processes marked\n", time.Now().Format(time.TimeOnly), rows, len(w.all), len(w.marks))
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
