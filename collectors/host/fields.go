package host

import (
	"bytes"
	"iter"
)

// The helpers below take text apart without allocating. All of them accept any input.

// nextLine cuts the first line off b, without its line end.
func nextLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i], b[i+1:]
	}
	return b, nil
}

// lines yields the complete lines of b, without their ends. What follows the last line
// end is left out: a file that was cut short ends in half a number.
func lines(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for {
			i := bytes.IndexByte(b, '\n')
			if i < 0 || !yield(b[:i]) {
				return
			}
			b = b[i+1:]
		}
	}
}

// nextField cuts the first field off b. Fields are separated by spaces and tabs, and by
// nothing else: the kernel escapes those in names, but a name may hold a carriage return.
// The field is empty at the end.
func nextField(b []byte) (field, rest []byte) {
	i := 0
	for i < len(b) && isBlank(b[i]) {
		i++
	}
	start := i
	for i < len(b) && !isBlank(b[i]) {
		i++
	}
	return b[start:i], b[i:]
}

// nextUint cuts the first field off b and returns it as a number.
func nextUint(b []byte) (v uint64, rest []byte, ok bool) {
	field, rest := nextField(b)
	v, ok = parseUint(field)
	return v, rest, ok
}

// fieldAt returns the field with the given index, from 0; empty where there is none.
func fieldAt(b []byte, index int) []byte {
	var field []byte
	for ; index >= 0; index-- {
		if field, b = nextField(b); len(field) == 0 {
			return nil
		}
	}
	return field
}

// cutKey splits "Key: rest" at the first colon.
func cutKey(line []byte) (key, rest []byte, ok bool) {
	key, rest, ok = bytes.Cut(line, []byte{':'})
	return trim(key), rest, ok
}

// parseUint returns the decimal number that b is. It is false for anything else, also
// for a number that does not fit.
func parseUint(b []byte) (uint64, bool) {
	const cutoff = (1<<64 - 1) / 10
	if len(b) == 0 {
		return 0, false
	}
	var v uint64
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || v > cutoff {
			return 0, false
		}
		next := v*10 + d
		if next < v*10 {
			return 0, false
		}
		v = next
	}
	return v, true
}

// parseInt is parseUint with an optional minus sign.
func parseInt(b []byte) (int64, bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	v, ok := parseUint(b)
	if !ok || v > 1<<63-1 {
		return 0, false
	}
	if negative {
		return -int64(v), true
	}
	return int64(v), true
}

// parseFloat returns the plain decimal that b is ("0.07", "1108"): what /proc writes, and
// nothing with an exponent or a sign.
func parseFloat(b []byte) (float64, bool) {
	whole, part, dot := bytes.Cut(b, []byte{'.'})
	w, ok := parseUint(whole)
	if !ok {
		return 0, false
	}
	if !dot {
		return float64(w), true
	}
	p, ok := parseUint(part)
	if !ok {
		return 0, false
	}
	scale := 1.0
	for range part {
		scale *= 10
	}
	return (float64(w)*scale + float64(p)) / scale, true // one rounding, as in reading the literal
}

// trim removes blanks, line ends and NULs (device tree files end in one) at both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && isEdge(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isEdge(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isEdge(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == 0 }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
