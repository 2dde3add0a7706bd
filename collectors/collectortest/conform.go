package collectortest

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
)

const (
	// rounds is how often Conform samples.
	rounds = 8
	// maxSeries is what one collector may set in one observation: the sampler
	// accepts that many for the whole host.
	maxSeries = 5000
	// timeout is how long a sample may take whose context is already done, on a machine
	// whose processors are all busy.
	timeout = time.Minute
)

var (
	collectorName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	familyName    = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
)

// Conform reports where c breaks the contract of package collectors. It samples c
// several times, in batches that differ, so that
//
//   - the description is valid and the same every time,
//   - every reading belongs to a declared family and has a form that fits its kind; an
//     open collector's other families are valid and begin with its name,
//   - no slot is kept from one observation to the next,
//   - series do not grow without bound,
//   - rows of tables have keys of their own,
//   - Sample returns when its context is already done.
//
// That Describe does no I/O cannot be seen from outside.
func Conform(t testing.TB, c collectors.Collector) {
	t.Helper()
	for _, p := range problems(c) {
		t.Error(p)
	}
}

func problems(c collectors.Collector) []string {
	k := &check{collector: c, declared: map[*collectors.Family]bool{}, names: map[string]bool{}, tables: map[*collectors.Table]bool{}, seen: map[string]bool{}}
	k.describe()
	k.sampleRounds()
	k.sampleCancelled()
	return k.found
}

type check struct {
	collector collectors.Collector
	declared  map[*collectors.Family]bool
	names     map[string]bool
	// open is what other families of an open collector begin with, "" for others.
	open   string
	tables map[*collectors.Table]bool
	seen   map[string]bool // series, by name
	found  []string
}

// report adds a problem once: the same one in every round is one mistake.
func (k *check) report(format string, args ...any) {
	p := fmt.Sprintf(format, args...)
	if !slices.Contains(k.found, p) {
		k.found = append(k.found, p)
	}
}

// decoy fills the first slots of every second batch, so that a slot kept from
// another observation points at the wrong series.
var decoy = &collectors.Family{Name: "collectortest.decoy", Help: "A series nobody should set.", Kind: collectors.KindGauge, Labels: []string{"n"}, Quantum: 1}

func (k *check) sampleRounds() {
	batches := [2]*collectors.Batch{collectors.NewBatch(), collectors.NewBatch()}
	for i := range 7 {
		batches[1].Slot(decoy, strconv.Itoa(i))
	}
	grew := 0
	for i := range rounds {
		b := batches[i%2]
		b.Begin(time.Now())
		if !k.sample(context.Background(), b) {
			return
		}
		before := len(k.seen)
		k.readings(b)
		k.rows(b)
		if len(k.seen) > before {
			grew++
		}
	}
	if grew == rounds {
		k.report("each of %d observations brought a new series: their number has no bound", rounds)
	}
}

// sample calls Sample, and says whether a batch came out of it.
func (k *check) sample(ctx context.Context, b *collectors.Batch) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			k.report("Sample panics: %v", p)
			ok = false
		}
	}()
	if err := k.collector.Sample(ctx, b); err != nil {
		if ctx.Err() == nil {
			k.report("Sample: %v", err)
		}
		return false
	}
	return true
}

func (k *check) readings(b *collectors.Batch) {
	set := 0
	for i := range b.Len() {
		s, ok := b.Series(i)
		if !ok {
			continue
		}
		set++
		name := seriesName(s.Family, s.Labels)
		k.seen[name] = true
		if s.Family == decoy {
			k.report("a slot was kept from one observation to the next")
			continue
		}
		switch {
		case k.declared[s.Family]:
		case k.open != "" && strings.HasPrefix(s.Family.Name, k.open):
			k.family(s.Family)
		default:
			k.report("family %s is used but not declared", s.Family.Name)
		}
		for j, l := range s.Family.Labels {
			if s.Labels.At(j) == "" {
				k.report("%s: label %s is empty", name, l)
			}
		}
		k.form(name, s)
	}
	if set > maxSeries {
		k.report("sets %d series in one observation, more than %d", set, maxSeries)
	}
}

func (k *check) form(name string, s *collectors.BatchSeries) {
	switch kind := s.Family.Kind; {
	case kind == collectors.KindCounter && s.Form == collectors.FormGauge:
		k.report("%s: a counter is given as a gauge", name)
	case kind != collectors.KindCounter && s.Form != collectors.FormGauge:
		k.report("%s: a %s is given as a counter", name, kind)
	case s.Form == collectors.FormGauge && math.IsInf(s.Gauge, 0):
		k.report("%s: the reading is infinite", name)
	case kind == collectors.KindState:
		if i := int(s.Gauge); float64(i) != s.Gauge || i < 0 || i >= len(s.Family.States) {
			k.report("%s: %v is not one of the states %q", name, s.Gauge, s.Family.States)
		}
	}
}

func (k *check) rows(b *collectors.Batch) {
	for _, r := range b.TakeTables() {
		d := r.Data()
		if !k.tables[d.Table] {
			k.report("table %s is used but not declared", d.Table.Name)
		}
		keys := make(map[string]bool, len(d.Rows))
		for _, row := range d.Rows {
			if row.Key == "" || keys[row.Key] {
				k.report("table %s: key %q is empty or used twice", d.Table.Name, row.Key)
			}
			keys[row.Key] = true
		}
	}
}

// sampleCancelled runs last: a collector that does not return is left behind in its
// goroutine and must not be called again.
func (k *check) sampleCancelled() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var inner = &check{collector: k.collector}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := collectors.NewBatch()
		b.Begin(time.Now())
		inner.sample(ctx, b)
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-done:
		for _, p := range inner.found {
			k.report("with a context that is done: %s", p)
		}
	case <-timer.C:
		k.report("Sample does not return within %v although its context is done", timeout)
	}
}
