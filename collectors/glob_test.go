package collectors

import (
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "/any/thing", true}, {"a", "a", true}, {"a", "ab", false},
		{"a*", "a", true}, {"*a", "ba", true}, {"*a", "ab", false}, {"a*c*e", "abcde", true}, {"a*c*e", "abde", false},
		{"/var/lib/docker/*", "/var/lib/docker/overlay2/x/merged", true}, {"/var/lib/docker/*", "/var/lib/docker", false},
		{"**b**", "abc", true}, {"[a]", "a", false}, {"?", "a", false},
	} {
		if got := Glob(c.pattern, c.text); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

func FuzzGlob_StarsAreOnlyGaps(f *testing.F) {
	f.Add("a*b", "aXb")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		got := Glob(pattern, s)
		if !strings.Contains(pattern, "*") && got != (pattern == s) {
			t.Errorf("Glob(%q, %q) = %v", pattern, s, got)
		}
		if !Glob("*"+s+"*", "x"+s) && !strings.Contains(s, "*") {
			t.Errorf("Glob(*%q*) does not find it", s)
		}
	})
}
