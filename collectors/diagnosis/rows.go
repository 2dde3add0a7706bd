package diagnosis

import (
	"context"
	"math"
	"strings"

	"dashcam/collectors"
)

// rows are consecutive rows of some series.
type rows struct {
	t      []int64
	series map[string]*collectors.Series
	values map[string][]float64 // by name, a value for every row
}

// read reads the rows of a window, of the series that are wanted.
func read(ctx context.Context, source collectors.Source, w collectors.Window, wanted func(*collectors.Series) bool) (rows, error) {
	r := rows{series: make(map[string]*collectors.Series), values: make(map[string][]float64)}
	schema, err := source.Schema(ctx, w)
	if err != nil {
		return r, err
	}
	for span, err := range source.Columns(ctx, collectors.Query{Window: w, Match: collectors.MatcherOf(wanted)}) {
		if err != nil {
			return r, err
		}
		r.add(schema, span)
	}
	return r, nil
}

// asked reports whether a rule looks at a series.
func asked(s *collectors.Series) bool {
	prefix, _, _ := strings.Cut(s.Family.Name, ".")
	switch prefix {
	case "self", "collector", "sampler", "sensor", "udp":
		return false
	}
	return true
}

// rises reports whether a rule asks by how much a series rose.
func rises(s *collectors.Series) bool {
	switch s.Family.Name {
	case collectors.MemoryBytes.Name, collectors.FilesystemReadOnly.Name, collectors.DiskErrors.Name, collectors.FilesystemErrors.Name:
		return true
	}
	return false
}

func (r *rows) add(schema *collectors.Schema, span *collectors.Span) {
	before := len(r.t)
	r.t = append(r.t, span.T...)
	for _, c := range span.Columns {
		s := schema.Find(c.ID)
		if s == nil {
			continue
		}
		name := nameOf(s)
		r.series[name] = s
		v := r.values[name]
		for len(v) < before {
			v = append(v, math.NaN())
		}
		for _, q := range c.Q {
			v = append(v, s.Family.Value(q))
		}
		r.values[name] = v
	}
}

// nameOf is what a series is called in one word.
func nameOf(s *collectors.Series) string {
	return s.Word(func(value string) string { return value })
}
