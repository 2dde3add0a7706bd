package diagnosis

import (
	"math"
	"strconv"
	"time"
)

// count writes a number without more digits than people read.
func count(v float64) string {
	switch {
	case math.IsNaN(v):
		return "?"
	case math.Abs(v) >= 10 || v == math.Trunc(v):
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

func percent(v float64) string { return count(v) + " %" }

// word is one or the other by a number.
func word(n float64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

var byteUnits = []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}

// byteUnit is the unit in which a number of bytes is written.
func byteUnit(v float64) (unit string, size float64) {
	i, size := 0, 1.0
	for ; i < len(byteUnits)-1 && math.Abs(v) >= 1024*size; i++ {
		size *= 1024
	}
	return byteUnits[i], size
}

func bytes(v float64) string {
	unit, size := byteUnit(v)
	return short(v/size) + " " + unit
}

// partOf writes "154 of 175 MiB/s".
func partOf(part, whole float64, per string) string {
	unit, size := byteUnit(whole)
	return short(part/size) + " of " + short(whole/size) + " " + unit + per
}

// short has one digit behind the point below 10.
func short(v float64) string {
	if math.Abs(v) < 9.95 {
		return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	}
	return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
}

func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return count(float64(d.Milliseconds())) + " ms"
	case d < 100*time.Second:
		return count(d.Seconds()) + " s"
	case d < 100*time.Minute:
		return count(d.Minutes()) + " min"
	case d < 48*time.Hour:
		return count(d.Hours()) + " h"
	}
	return count(d.Hours()/24) + " d"
}

func seconds(v float64) string { return span(time.Duration(v * float64(time.Second))) }

// clock writes a moment by the clock of the host.
func (f *facts) clock(ms int64) string {
	t := time.UnixMilli(ms).In(f.zone)
	if now := time.UnixMilli(f.at).In(f.zone); t.YearDay() != now.YearDay() || t.Year() != now.Year() {
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("15:04:05")
}
