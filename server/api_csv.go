package server

import (
	"bytes"
	"encoding/csv"
	"iter"
	"math"
	"strconv"
	"strings"

	"dashcam/collectors"
	"dashcam/server/export"
)

// bucketsCSV writes the one layout of CSV: a line for each bucket, with columns for every
// series. So that only a few lines are in memory, the time is asked for in parts.
func (s *Server) bucketsCSV(q collectors.Query, only string) iter.Seq2[[]byte, *apiError] {
	return func(yield func([]byte, *apiError) bool) {
		lists := export.Lists
		if only != "" {
			lists = []string{only}
		}
		whole, e := s.buckets(q)
		if e != nil {
			yield(nil, e)
			return
		}
		var series []*collectors.Series
		at := make(map[collectors.SeriesID]int)
		for i := range s.ring.Latest().Schema.Series {
			if x := &s.ring.Latest().Schema.Series[i]; q.Match.Match(x) {
				at[x.ID] = len(series)
				series = append(series, x)
			}
		}
		var out bytes.Buffer
		w := export.NewCSV(&out)
		w.BucketsHead(series, lists)
		atOnce := max(1, cellsAtOnce/max(1, len(series)))
		values := make([]float64, 0, atOnce*len(series)*len(lists))
		for i := 0; i < len(whole.T); i += atOnce {
			times := whole.T[i:min(i+atOnce, len(whole.T))]
			part := q
			part.From, part.To = times[0], times[len(times)-1]+whole.StepMs
			// As many points as there are steps: the ring then takes the same step.
			part.Points = int((part.To - part.From) / whole.StepMs)
			b, e := s.buckets(part)
			if e != nil {
				yield(nil, e)
				return
			}
			width := len(series) * len(lists)
			values = values[:0]
			for range len(b.T) * width {
				values = append(values, math.NaN())
			}
			for x, err := range b.Series {
				if err != nil {
					yield(nil, s.unread(err))
					return
				}
				column, known := at[x.ID]
				if !known { // it came after the head was written
					continue
				}
				for k, list := range lists {
					for j := range b.T {
						values[j*width+column*len(lists)+k] = bucketValue(x, list, j)
					}
				}
			}
			for j, t := range b.T {
				w.Bucket(t, b.Rows[j], values[j*width:(j+1)*width])
			}
			if err := w.Flush(); err != nil { // a buffer takes everything
				panic(err)
			}
			if !yield(out.Bytes(), nil) {
				return
			}
			out.Reset()
		}
		if err := w.Flush(); err != nil {
			panic(err)
		}
		yield(out.Bytes(), nil)
	}
}

func bucketValue(s *collectors.BucketSeries, list string, i int) float64 {
	switch {
	case s.N[i] == 0:
		return math.NaN()
	case list == "n":
		return float64(s.N[i])
	case list == "maxSeq":
		return float64(s.MaxSeq[i])
	}
	return s.Family.Value(bucketValues(s, list)[i])
}

// bucketsLongCSV is the layout of version 1: a line for each bucket and series that has a
// value in it. No field can begin with a character that a spreadsheet takes for a
// formula: labels are written as name=value.
func (s *Server) bucketsLongCSV(q collectors.Query) iter.Seq2[[]byte, *apiError] {
	return func(yield func([]byte, *apiError) bool) {
		b, e := s.buckets(q)
		if e != nil {
			yield(nil, e)
			return
		}
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		write := func(record ...string) {
			if err := w.Write(record); err != nil { // a buffer takes everything
				panic(err)
			}
		}
		write("t", "name", "labels", "unit", "min", "max", "mean", "last", "n", "max_seq")
		for x, err := range b.Series {
			if err != nil {
				yield(nil, s.unread(err))
				return
			}
			f := x.Family
			labels := make([]string, len(f.Labels))
			for i, name := range f.Labels {
				labels[i] = name + "=" + export.Clean(x.Labels.At(i))
			}
			value := func(q int64) string { return strconv.FormatFloat(f.Value(q), 'g', -1, 64) }
			for i, n := range x.N {
				if n == 0 {
					continue
				}
				write(strconv.FormatInt(b.T[i], 10), f.Name, strings.Join(labels, " "), string(f.Unit),
					value(x.Min[i]), value(x.Max[i]), value(x.Mean[i]), value(x.Last[i]), strconv.Itoa(n), strconv.FormatUint(x.MaxSeq[i], 10))
			}
			if w.Flush(); out.Len() < textAtOnce {
				continue
			}
			if !yield(out.Bytes(), nil) {
				return
			}
			out.Reset()
		}
		w.Flush()
		yield(out.Bytes(), nil)
	}
}
