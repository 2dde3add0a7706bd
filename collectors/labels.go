package collectors

import "strings"

// Labels are the values of a family's labels, in its order and of any number. They are
// one comparable value, which makes them a key by themselves.
type Labels struct{ joined string }

// labelSeparator stands in no valid UTF-8, and so in no value.
const labelSeparator = "\xff"

// LabelsOf returns labels with the given values. Invalid UTF-8 is replaced.
func LabelsOf(values ...string) Labels {
	if len(values) == 1 {
		return Labels{strings.ToValidUTF8(values[0], "\uFFFD")}
	}
	valid := make([]string, len(values))
	for i, v := range values {
		valid[i] = strings.ToValidUTF8(v, "\uFFFD")
	}
	return Labels{strings.Join(valid, labelSeparator)}
}

// At returns the value at index i, or "" where there are not so many.
func (l Labels) At(i int) string {
	rest := l.joined
	for ; i > 0; i-- {
		var more bool
		if _, rest, more = strings.Cut(rest, labelSeparator); !more {
			return ""
		}
	}
	value, _, _ := strings.Cut(rest, labelSeparator)
	return value
}

// List returns the first n values: that of a family's labels, as many as it has.
func (l Labels) List(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = l.At(i)
	}
	return list
}

// Bytes is how long all values are together.
func (l Labels) Bytes() int { return len(l.joined) }

// String writes the values with commas between them, for people.
func (l Labels) String() string { return strings.ReplaceAll(l.joined, labelSeparator, ",") }

// Equal reports whether both have the same values.
func (l Labels) Equal(other Labels) bool { return l == other }

// are reports whether l has exactly the given values.
func (l Labels) are(values []string) bool {
	rest := l.joined
	for i, v := range values {
		if i > 0 {
			if !strings.HasPrefix(rest, labelSeparator) {
				return false
			}
			rest = rest[len(labelSeparator):]
		}
		if !strings.HasPrefix(rest, v) {
			return false
		}
		rest = rest[len(v):]
	}
	return rest == ""
}

// The kernel writes them as octal numbers in its lists of mounts and of swap.
var escapedInPaths = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`, `\043`, "#")

// UnescapePath returns a path as it is that the kernel wrote (proc_pid_mountinfo(5)).
func UnescapePath(s string) string { return escapedInPaths.Replace(s) }
