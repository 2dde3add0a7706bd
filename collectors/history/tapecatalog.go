package history

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"dashcam/collectors"
)

// catalogRecord describes series and tables. The tables of a file are numbered in the
// order in which its catalogs name them.
type catalogRecord struct {
	Families []familyRecord      `json:"families,omitempty"`
	Series   []seriesRecord      `json:"series,omitempty"`
	Tables   []*collectors.Table `json:"tables,omitempty"`
}

// familyRecord is a collectors.Family. Its names are a promise to later versions.
type familyRecord struct {
	Name     string          `json:"name"`
	Help     string          `json:"help,omitempty"`
	Unit     collectors.Unit `json:"unit,omitempty"`
	Kind     collectors.Kind `json:"kind"`
	Labels   []string        `json:"labels,omitempty"`
	Quantum  float64         `json:"quantum"`
	Scale    float64         `json:"scale,omitempty"`
	WindowMs int64           `json:"windowMs,omitempty"`
	Max      float64         `json:"max,omitempty"`
	States   []string        `json:"states,omitempty"`
	Source   string          `json:"source,omitempty"`
	Formula  string          `json:"formula,omitempty"`
	Differs  string          `json:"differs,omitempty"`
}

type seriesRecord struct {
	ID     collectors.SeriesID `json:"id"`
	Family int                 `json:"family"` // place in Families of the same record
	Labels []string            `json:"labels,omitempty"`
	Info   map[string]string   `json:"info,omitempty"`
	Max    float64             `json:"max,omitempty"`
	Warn   float64             `json:"warn,omitempty"`
	Crit   float64             `json:"crit,omitempty"`
}

// instanceRecord says that an instance began to write.
type instanceRecord struct {
	ID string `json:"id"`
	// T is when, After the row after which it counts on.
	T     int64  `json:"t"`
	After uint64 `json:"after"`
	// Boot identifies the run of the host.
	Boot       string `json:"boot,omitempty"`
	IntervalMs int64  `json:"intervalMs"`
	Version    string `json:"version,omitempty"`
	// Why says how the instance before ended.
	Why string `json:"why,omitempty"`
}

// endRecord says that an instance ended by itself.
type endRecord struct {
	ID string `json:"id"`
	T  int64  `json:"t"`
}

// gapRecord names rows that were observed and not written.
type gapRecord struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	Why  string `json:"why"`
}

// describe makes a record of series, and of tables.
func describe(series []collectors.Series, tables []*collectors.Table) catalogRecord {
	r := catalogRecord{Tables: tables}
	places := make(map[*collectors.Family]int)
	for i := range series {
		s := &series[i]
		place, known := places[s.Family]
		if !known {
			place = len(r.Families)
			places[s.Family] = place
			f := s.Family
			r.Families = append(r.Families, familyRecord{
				Name: f.Name, Help: f.Help, Unit: f.Unit, Kind: f.Kind, Labels: f.Labels, Quantum: f.Quantum, Scale: f.Scale,
				WindowMs: f.Window.Milliseconds(), Max: finite(f.Max), States: f.States, Source: f.Source, Formula: f.Formula, Differs: f.Differs,
			})
		}
		r.Series = append(r.Series, seriesRecord{
			ID: s.ID, Family: place, Labels: s.Labels[:len(s.Family.Labels)], Info: s.Info,
			Max: finite(s.Max), Warn: finite(s.Warn), Crit: finite(s.Crit),
		})
	}
	return r
}

// finite keeps what JSON cannot express out of a record.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// series returns the series that r describes.
func (r *catalogRecord) series() ([]collectors.Series, error) {
	families := make([]*collectors.Family, len(r.Families))
	for i, f := range r.Families {
		families[i] = &collectors.Family{
			Name: f.Name, Help: f.Help, Unit: f.Unit, Kind: f.Kind, Labels: f.Labels, Quantum: f.Quantum, Scale: f.Scale,
			Window: time.Duration(f.WindowMs) * time.Millisecond, Max: f.Max, States: f.States, Source: f.Source, Formula: f.Formula, Differs: f.Differs,
		}
		if len(f.Labels) > 2 || !(f.Quantum > 0) {
			return nil, errNonsense
		}
	}
	out := make([]collectors.Series, len(r.Series))
	for i, s := range r.Series {
		if s.Family < 0 || s.Family >= len(families) || s.ID < 0 || len(s.Labels) != len(families[s.Family].Labels) {
			return nil, errNonsense
		}
		out[i] = collectors.Series{ID: s.ID, Family: families[s.Family], Info: s.Info, Max: s.Max, Warn: s.Warn, Crit: s.Crit}
		copy(out[i].Labels[:], s.Labels)
	}
	return out, nil
}

// sameMeaning reports whether numbers of both families can stand in one line.
func sameMeaning(a, b *collectors.Family) bool {
	return a == b || a.Unit == b.Unit && a.Kind == b.Kind && a.Quantum == b.Quantum && slices.Equal(a.Labels, b.Labels) && slices.Equal(a.States, b.States)
}

// deflateJSON returns v as deflated JSON.
func deflateJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil { // the records are made of what JSON can express
		panic(err)
	}
	return deflate(text)
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	// A buffer takes everything.
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// inflateJSON reads what deflateJSON wrote. Damaged bytes cannot make it inflate more
// than ratio times their length.
func inflateJSON(b []byte, v any) error {
	const ratio = 200
	r := flate.NewReader(bytes.NewReader(b))
	limit := int64(ratio) * int64(len(b)+100)
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return fmt.Errorf("inflate: %w", err)
	case int64(len(text)) > limit:
		return errNonsense
	}
	return json.Unmarshal(text, v)
}
