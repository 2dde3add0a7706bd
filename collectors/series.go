package collectors

import (
	"maps"
	"slices"
	"sort"
	"strings"
)

// SeriesID identifies a series within one instance. Ids are given in order of first
// appearance and never reused for another series.
type SeriesID int32

// SeriesKey is what makes a series itself, across restarts.
type SeriesKey struct {
	Family string
	Labels Labels
}

// Series is one line of numbers: a family with its labels filled in.
type Series struct {
	ID     SeriesID
	Family *Family
	// Labels are the values of Family.Labels, in that order.
	Labels Labels
	// Info holds further facts that are not part of the key (driver, filesystem
	// type). It is immutable; a change makes a new schema revision.
	Info map[string]string
	// Max is the natural maximum of this series, 0 where there is none.
	Max float64
	// Warn and Crit are the thresholds at which the value counts as bad; 0 means
	// that there is none.
	Warn, Crit float64
}

// Key returns the key of s on this host.
func (s *Series) Key() SeriesKey { return SeriesKey{Family: s.Family.Name, Labels: s.Labels} }

// Same reports whether both are described alike, whatever their ids.
func (s *Series) Same(o *Series) bool {
	return s.Family == o.Family && s.Labels == o.Labels && s.Max == o.Max && s.Warn == o.Warn && s.Crit == o.Crit && maps.Equal(s.Info, o.Info)
}

// Label returns the value of the named label, or "".
func (s *Series) Label(name string) string {
	for i, l := range s.Family.Labels {
		if l == name {
			return s.Labels.At(i)
		}
	}
	return ""
}

// LabelMap returns the labels by their names, nil where there are none.
func (s *Series) LabelMap() map[string]string {
	if len(s.Family.Labels) == 0 {
		return nil
	}
	labels := make(map[string]string, len(s.Family.Labels))
	for i, name := range s.Family.Labels {
		labels[name] = s.Labels.At(i)
	}
	return labels
}

var escapeValue = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// Word is what s is called in one word: cpu.usage{mode="user"}. Labels are in alphabetical
// order, their values as clean writes them.
func (s *Series) Word(clean func(string) string) string {
	if len(s.Family.Labels) == 0 {
		return s.Family.Name
	}
	var b strings.Builder
	b.WriteString(s.Family.Name)
	for i, name := range slices.Sorted(slices.Values(s.Family.Labels)) {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(name + `="` + escapeValue.Replace(clean(s.Label(name))) + `"`)
	}
	b.WriteByte('}')
	return b.String()
}

// Row is everything known about the host at one tick. It is immutable once it was
// appended to the ring.
type Row struct {
	// Seq counts rows from 1, without gaps.
	Seq uint64
	// T is the wall clock in Unix milliseconds; it strictly increases.
	T int64
	// Missed is how many ticks were skipped just before this one, Why the reason.
	Missed int
	Why    string
	// Rev is the schema revision that describes IDs.
	Rev uint64
	// IDs are ascending; Q holds the value of each in quanta, or [Missing]. Rows
	// of one schema share IDs.
	IDs []SeriesID
	Q   []int64
}

// Value returns the quanta stored for id, or [Missing].
func (r *Row) Value(id SeriesID) int64 {
	if i, found := slices.BinarySearch(r.IDs, id); found {
		return r.Q[i]
	}
	return Missing
}

// Schema says what the series of a row mean. It is immutable.
type Schema struct {
	// Rev starts at 1 and rises with every change.
	Rev uint64
	// Series are ascending by ID.
	Series    []Series
	Panels    []Panel
	Resources []Resource
	Tables    []*Table
}

// Find returns the series with the given id, or nil.
func (s *Schema) Find(id SeriesID) *Series {
	i := sort.Search(len(s.Series), func(i int) bool { return s.Series[i].ID >= id })
	if i < len(s.Series) && s.Series[i].ID == id {
		return &s.Series[i]
	}
	return nil
}
