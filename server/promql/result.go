package promql

import (
	"math"
	"slices"
	"strconv"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// bytesPerPoint is about what a point of a long matrix takes as JSON.
const bytesPerPoint = 40

// appendResult writes a result as Prometheus does, of at most limit series where that is
// not 0. encoding/json would take a multiple of the time for a long matrix.
func appendResult(dst []byte, v parser.Value, limit int) []byte {
	dst = append(append(append(dst, `{"resultType":"`...), v.Type()...), `","result":`...)
	switch v := v.(type) {
	case promql.Matrix:
		points := 0
		for i := range v {
			points += len(v[i].Floats)
		}
		dst = append(slices.Grow(dst, points*bytesPerPoint), '[')
		for i := range v {
			if limit > 0 && i >= limit {
				break
			}
			dst = appendMetric(dst, i, &v[i])
			dst = append(dst, `,"values":[`...)
			for j := range v[i].Floats {
				if j > 0 {
					dst = append(dst, ',')
				}
				dst = appendPoint(dst, v[i].Floats[j].T, v[i].Floats[j].F)
			}
			dst = append(dst, "]}"...)
		}
		dst = append(dst, ']')
	case promql.Vector:
		dst = append(dst, '[')
		for i := range v {
			if limit > 0 && i >= limit {
				break
			}
			dst = appendMetric(dst, i, &promql.Series{Metric: v[i].Metric})
			dst = append(dst, `,"value":`...)
			dst = append(appendPoint(dst, v[i].T, v[i].F), '}')
		}
		dst = append(dst, ']')
	case promql.Scalar:
		dst = appendPoint(dst, v.T, v.V)
	case promql.String:
		dst = append(appendTime(append(dst, '['), v.T), ',')
		dst = append(append(dst, quoted(v.V)...), ']')
	}
	return append(dst, '}')
}

func appendMetric(dst []byte, i int, s *promql.Series) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return append(append(dst, `{"metric":`...), quoted(s.Metric)...)
}

// quoted is a value as JSON.
func quoted(v any) []byte {
	text, err := asJSON(v)
	if err != nil { // it is strings
		panic(err)
	}
	return text
}

// appendPoint writes a time and a value, which is a string so that it may be infinite.
func appendPoint(dst []byte, t int64, v float64) []byte {
	dst = append(appendTime(append(dst, '['), t), `,"`...)
	form := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) && !math.IsInf(v, 0) {
		form = 'e'
	}
	return append(strconv.AppendFloat(dst, v, form, -1, 64), `"]`...)
}

// appendTime writes Unix milliseconds as seconds.
func appendTime(dst []byte, t int64) []byte {
	if t < 0 {
		dst, t = append(dst, '-'), -t
	}
	dst = strconv.AppendInt(dst, t/1000, 10)
	if part := t % 1000; part != 0 {
		dst = append(dst, '.', byte('0'+part/100), byte('0'+part/10%10), byte('0'+part%10))
	}
	return dst
}
