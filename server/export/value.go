package export

import (
	"math"
	"strconv"

	"dashcam/collectors"
)

// appendValue appends a value as JSON: null where it is missing.
func appendValue(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// AppendValues appends quanta as a list of values.
func AppendValues(dst []byte, f *collectors.Family, quanta []int64) []byte {
	dst = append(dst, '[')
	for i, q := range quanta {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, f.Value(q))
	}
	return append(dst, ']')
}

// number writes a value for CSV, "" where it is missing.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Text writes a value for people: no digit beyond what the quantum tells apart, and none
// beyond the fourth behind the first where there is a fraction.
func Text(v, quantum float64) string {
	if math.IsNaN(v) {
		return "missing"
	}
	if v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	digits := max(0, 3-int(math.Floor(math.Log10(math.Abs(v)))))
	if quantum > 0 {
		digits = min(digits, max(0, int(math.Ceil(-math.Log10(quantum)))+1))
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', digits, 64), 64)
	if err != nil { // it was just written
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// UnitText is a unit as it stands behind a number of one line: "1 s", not "1 seconds".
func UnitText(u collectors.Unit) string {
	switch u {
	case collectors.Seconds:
		return "s"
	case "seconds/s":
		return "s/s"
	case collectors.Count:
		return ""
	}
	return string(u)
}
