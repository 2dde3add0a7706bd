package collectors

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Glob reports whether s matches a pattern in which a star stands for any run of
// characters. It looks at every character of s once for a part between two stars.
func Glob(pattern, s string) bool { return matchParts(pattern, "*", s) }

func matchParts(pattern, star, s string) bool {
	part, rest, more := strings.Cut(pattern, star)
	if !more {
		return s == pattern
	}
	s, ok := strings.CutPrefix(s, part)
	if !ok {
		return false
	}
	for {
		if part, rest, more = strings.Cut(rest, star); !more {
			return strings.HasSuffix(s, part)
		}
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
}

// glob is a pattern that somebody gives, with anyText in the place of its stars.
type glob string

// anyText stands in no valid UTF-8, so that a star may also be just a star.
const anyText = "\xff"

func (g glob) match(s string) bool { return matchParts(string(g), anyText, s) }

// newGlob reads a pattern in which every star is any text.
func newGlob(text string) (glob, error) {
	if !utf8.ValidString(text) {
		return "", &MatchError{shortened(text), "is not valid UTF-8"}
	}
	return globOf(strings.ReplaceAll(text, "*", anyText), text)
}

// globOf bounds what matching costs; text is how the pattern was given.
func globOf(pattern, text string) (glob, error) {
	for strings.Contains(pattern, anyText+anyText) {
		pattern = strings.ReplaceAll(pattern, anyText+anyText, anyText)
	}
	switch {
	case len(pattern) > maxPatternLen:
		return "", &MatchError{shortened(text), "is longer than " + strconv.Itoa(maxPatternLen) + " bytes"}
	case strings.Count(pattern, anyText) > maxMatchStars:
		return "", &MatchError{shortened(text), "has more than " + strconv.Itoa(maxMatchStars) + " stars"}
	}
	return glob(pattern), nil
}
