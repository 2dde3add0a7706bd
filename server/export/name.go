package export

import (
	"fmt"
	"strings"
	"unicode"

	"dashcam/collectors"
)

// Name is what a series is called in one word: cpu.usage{mode="user"}.
func Name(s *collectors.Series) string { return s.Word(Clean) }

// NameV1 is what the commands called a series before: cpu.usage{mode=user}.
func NameV1(s *collectors.Series) string {
	if len(s.Family.Labels) == 0 {
		return s.Family.Name
	}
	labels := make([]string, len(s.Family.Labels))
	for i, name := range s.Family.Labels {
		labels[i] = name + "=" + Clean(s.Labels.At(i))
	}
	return s.Family.Name + "{" + strings.Join(labels, ",") + "}"
}

// Clean returns text in which nothing is hidden and nothing gives orders to a terminal:
// control characters, and those that turn the direction of text, are written as Go
// escapes them. Names on a host are chosen by whoever runs there.
func Clean(text string) string {
	if !strings.ContainsFunc(text, unclean) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !unclean(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// unclean reports control characters, line and paragraph separators, and directional
// formatting.
func unclean(r rune) bool {
	return unicode.Is(unicode.Cc, r) || r == '\u2028' || r == '\u2029' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' || r == '\u200f' || r == '\u061c'
}
