package server

import (
	"fmt"
	"strings"

	"dashcam/collectors"
)

// The most that a match parameter may hold.
const (
	maxPatterns   = 32
	maxPatternLen = 256
)

// pattern selects series: "disk.busy", "cpu.*", "disk.bytes{device=sd*,op=read}". A
// star stands for any run of characters, also none; a label is one of the series'
// labels or facts.
type pattern struct {
	name   string
	labels [][2]string
}

// parseMatch reads the match parameters, each a list of patterns separated by commas.
// The result is nil, which selects everything, when there is none.
func parseMatch(values []string) (func(*collectors.Series) bool, error) {
	var patterns []pattern
	for _, v := range values {
		for rest := v; ; {
			var p pattern
			var err error
			if p, rest, err = nextPattern(rest); err != nil {
				return nil, err
			}
			if patterns = append(patterns, p); len(patterns) > maxPatterns {
				return nil, fmt.Errorf("more than %d patterns", maxPatterns)
			}
			if rest == "" {
				break
			}
			rest = rest[1:] // the comma
		}
	}
	if patterns == nil {
		return nil, nil
	}
	return func(s *collectors.Series) bool {
		for i := range patterns {
			if patterns[i].matches(s) {
				return true
			}
		}
		return false
	}, nil
}

// nextPattern takes the first pattern off a list. What remains is "" or begins with
// the comma.
func nextPattern(s string) (p pattern, rest string, err error) {
	end := strings.IndexAny(s, ",{")
	if end < 0 {
		end = len(s)
	}
	p.name, rest = s[:end], s[end:]
	switch {
	case p.name == "":
		return p, "", fmt.Errorf("pattern %q has no name", s)
	case len(p.name) > maxPatternLen:
		return p, "", fmt.Errorf("a name is longer than %d bytes", maxPatternLen)
	case !strings.HasPrefix(rest, "{"):
		return p, rest, nil
	}
	inside, after, closed := strings.Cut(rest[1:], "}")
	if !closed || after != "" && after[0] != ',' {
		return p, "", fmt.Errorf("the braces of %q do not close", s)
	}
	if len(inside) > maxPatternLen {
		return p, "", fmt.Errorf("labels are longer than %d bytes", maxPatternLen)
	}
	for part := range strings.SplitSeq(inside, ",") {
		name, value, found := strings.Cut(part, "=")
		if !found || name == "" {
			return p, "", fmt.Errorf("%q is no label=pattern", part)
		}
		p.labels = append(p.labels, [2]string{name, value})
	}
	return p, after, nil
}

func (p *pattern) matches(s *collectors.Series) bool {
	if !collectors.Glob(p.name, s.Family.Name) {
		return false
	}
	for _, l := range p.labels {
		value := s.Label(l[0])
		if value == "" {
			value = s.Info[l[0]]
		}
		if !collectors.Glob(l[1], value) {
			return false
		}
	}
	return true
}
