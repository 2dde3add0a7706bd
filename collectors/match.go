package collectors

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The most that a [Matcher] takes, so that no question costs much.
const (
	MaxPatterns   = 32
	maxPatternLen = 256
	maxMatchStars = 8 // of one text
)

// Matcher selects series by patterns, of which one has to match:
//
//	disk.busy                       a family
//	load.*,net.bytes{dir=in}        a star is any text, also none; a comma is "or"
//	disk.*{device=sd*,dir=read}     labels or facts, all of which have to match
//	filesystem.*{mount="/a,b"}      a value in quotes, where \ takes what follows as it is
//
// A nil Matcher selects everything. A Matcher is immutable.
type Matcher struct {
	patterns []pattern
	selects  func(*Series) bool // instead of them
}

// MatcherOf selects what f does.
func MatcherOf(f func(*Series) bool) *Matcher { return &Matcher{selects: f} }

type pattern struct {
	name   glob
	labels []labelPattern
}

type labelPattern struct {
	name  string
	value glob
}

// MatchError says what is wrong with the text of a [Matcher].
type MatchError struct {
	// Text is the part that is wrong.
	Text    string
	Problem string
}

func (e *MatchError) Error() string { return strconv.Quote(e.Text) + " " + e.Problem }

// MatchExpected says what the text of a [Matcher] looks like.
const MatchExpected = "patterns like disk.busy, cpu.*, disk.bytes{device=sd*}, separated by commas"

// ParseMatcher reads lists of patterns. It returns nil where there is none, and errors of
// type [*MatchError].
func ParseMatcher(lists ...string) (*Matcher, error) { return parseMatcher(lists, false) }

// ParseNames reads lists of patterns of which those without a star select every family
// whose name begins like them.
func ParseNames(lists ...string) (*Matcher, error) { return parseMatcher(lists, true) }

func parseMatcher(lists []string, begins bool) (*Matcher, error) {
	if len(lists) == 0 {
		return nil, nil
	}
	m := new(Matcher)
	for _, list := range lists {
		p := matchParser{rest: list}
		for {
			one, err := p.pattern(begins)
			if err != nil {
				return nil, err
			}
			if len(m.patterns) == MaxPatterns {
				return nil, &MatchError{shortened(list), "has more than " + strconv.Itoa(MaxPatterns) + " patterns with those before"}
			}
			m.patterns = append(m.patterns, one)
			if p.rest == "" {
				break
			}
			p.rest = p.rest[1:] // the comma
		}
	}
	return m, nil
}

// matchParser takes patterns off a list.
type matchParser struct{ rest string }

// pattern takes one. What remains is "" or begins with a comma.
func (p *matchParser) pattern(begins bool) (out pattern, err error) {
	whole := p.rest
	end := strings.IndexAny(p.rest, ",{")
	if end < 0 {
		end = len(p.rest)
	}
	name := strings.TrimSpace(p.rest[:end])
	p.rest = p.rest[end:]
	if name == "" {
		return out, &MatchError{shortened(whole), "has no name"}
	}
	if begins && !strings.Contains(name, "*") && !strings.HasPrefix(p.rest, "{") {
		name += "*"
	}
	if out.name, err = newGlob(name); err != nil || !strings.HasPrefix(p.rest, "{") {
		return out, err
	}
	for p.rest = p.rest[1:]; ; p.rest = p.rest[1:] {
		one, err := p.label(whole)
		if err != nil {
			return out, err
		}
		if len(out.labels) == MaxLabels {
			return out, &MatchError{shortened(whole), "has more than " + strconv.Itoa(MaxLabels) + " labels"}
		}
		out.labels = append(out.labels, one)
		if p.rest[0] == '}' {
			break
		}
	}
	if p.rest = p.rest[1:]; p.rest != "" && p.rest[0] != ',' {
		return out, &MatchError{shortened(p.rest), "stands behind }: expected a comma or the end"}
	}
	return out, nil
}

// label takes one label off. What remains begins with a comma or a closing brace.
func (p *matchParser) label(whole string) (out labelPattern, err error) {
	open := &MatchError{shortened(whole), "has a { without a }"}
	end := strings.IndexAny(p.rest, "=,}")
	if end < 0 {
		return out, open
	}
	out.name = strings.TrimSpace(p.rest[:end])
	if out.name == "" || p.rest[end] != '=' {
		return out, &MatchError{shortened(p.rest), "does not begin with label=pattern"}
	}
	if len(out.name) > maxPatternLen {
		return out, &MatchError{shortened(out.name), "is longer than " + strconv.Itoa(maxPatternLen) + " bytes"}
	}
	p.rest = p.rest[end+1:]
	if strings.HasPrefix(p.rest, `"`) {
		out.value, err = p.quoted()
	} else {
		if end = strings.IndexAny(p.rest, ",}"); end < 0 {
			return out, open
		}
		out.value, err = newGlob(p.rest[:end])
		p.rest = p.rest[end:]
	}
	if err == nil && (p.rest == "" || p.rest[0] != ',' && p.rest[0] != '}') {
		err = open
	}
	return out, err
}

// quoted takes a value in quotes off, in which a star is still any text, but for one
// behind a backslash.
func (p *matchParser) quoted() (glob, error) {
	whole := p.rest
	if !utf8.ValidString(whole) {
		return "", &MatchError{shortened(whole), "is not valid UTF-8"}
	}
	var text strings.Builder
	for i := 1; i < len(whole); i++ {
		switch c := whole[i]; {
		case c == '"':
			p.rest = whole[i+1:]
			return globOf(text.String(), whole[:i+1])
		case c == '\\' && i+1 < len(whole):
			i++
			text.WriteByte(whole[i])
		case c == '*':
			text.WriteString(anyText)
		default:
			text.WriteByte(c)
		}
	}
	return "", &MatchError{shortened(whole), "has a quote that does not end"}
}

func shortened(text string) string {
	const most = 64
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// Match reports whether a series is selected.
func (m *Matcher) Match(s *Series) bool {
	if m == nil {
		return true
	}
	if m.selects != nil {
		return m.selects(s)
	}
	for i := range m.patterns {
		if m.patterns[i].match(s) {
			return true
		}
	}
	return false
}

func (p *pattern) match(s *Series) bool {
	if !p.name.match(s.Family.Name) {
		return false
	}
	for i := range p.labels {
		l := &p.labels[i]
		value := s.Label(l.name)
		if value == "" {
			value = s.Info[l.name]
		}
		if !l.value.match(value) {
			return false
		}
	}
	return true
}
