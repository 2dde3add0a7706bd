package collectors

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestMatcher_Selects(t *testing.T) {
	two := &Family{Name: "disk.bytes", Labels: []string{"device", "op"}, Quantum: 1}
	s := &Series{Family: two, Labels: LabelsOf("sda", "read"), Info: map[string]string{"driver": "nvme", "odd": `a,b}"*`}}
	for text, want := range map[string]bool{
		"disk.bytes": true, "disk.*": true, "*": true, "*bytes": true, "d*k*s": true, "**": true, "disk.bytes*": true,
		"disk": false, "bytes": false, "disk.byte": false, "DISK.BYTES": false, "d*x": false,
		"disk.bytes{device=sda}": true, "disk.bytes{device=sd*,op=read}": true, "disk.bytes{driver=nvme}": true, "*{op=*}": true,
		"disk.bytes{device=sdb}": false, "disk.bytes{device=sda,op=write}": false, "disk.bytes{other=x}": false, "disk.bytes{other=*}": true,
		"cpu.*,disk.bytes": true, "cpu.*,disk.bytes{op=write}": false, "disk.bytes{op=write},disk.bytes{op=read}": true,
		`disk.bytes{odd="a,b}\"\*"}`: true, `disk.bytes{odd="a*"}`: true, `disk.bytes{odd="a\*"}`: false, `disk.bytes{odd="a,c"}`: false,
		"net.bytes{dir=in},load.*": false, "cpu.usage, disk.bytes": true,
	} {
		m, err := ParseMatcher(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := m.Match(s); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	if m, err := ParseMatcher(); m != nil || err != nil || !m.Match(s) {
		t.Errorf("no pattern: %v, %v, want everything", m, err)
	}
	for text, want := range map[string]bool{"disk": true, "disk.bytes": true, "isk": false, "*bytes": true, "*byte": false, "disk{op=read}": false, "cpu,disk.b": true} {
		m, err := ParseNames(text)
		if err != nil || m.Match(s) != want {
			t.Errorf("names %s: %v, %v, want %v", text, !want, err, want)
		}
	}
}

func TestMatcher_SaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                             `"" has no name`,
		"a,":                           `"" has no name`,
		"{a=b}":                        `"{a=b}" has no name`,
		"a{b":                          `"a{b" has a { without a }`,
		"a{b=c":                        `"a{b=c" has a { without a }`,
		"a{b}":                         `"b}" does not begin with label=pattern`,
		"a{}":                          `"}" does not begin with label=pattern`,
		"a{b=c}d":                      `"d" stands behind }: expected a comma or the end`,
		`a{b="c}`:                      `"\"c}" has a quote that does not end`,
		`a{b="c"`:                      `"a{b=\"c\"" has a { without a }`,
		strings.Repeat("*a", 9):        `"*a*a*a*a*a*a*a*a*a" has more than 8 stars`,
		strings.Repeat("a", 300):       `"` + strings.Repeat("a", 64) + `…" is longer than 256 bytes`,
		strings.Repeat("a,", 40) + "a": `"` + strings.Repeat("a,", 32) + `…" has more than 32 patterns with those before`,
		"a{" + strings.Repeat("b=c,", 17) + "b=c}": `"a{` + strings.Repeat("b=c,", 15) + `b=…" has more than 16 labels`,
	} {
		_, err := ParseMatcher(text)
		var wrong *MatchError
		if !errors.As(err, &wrong) || err.Error() != want {
			t.Errorf("%.80s: %v, want %s", text, err, want)
		}
	}
}

// The worst that one question may ask takes a moment, and not a core: hundreds of
// patterns like *a*a*a* did.
func TestMatcher_BoundsItsWork(t *testing.T) {
	if _, err := ParseMatcher(strings.Repeat("*a*a*a*,", 200) + "a"); err == nil {
		t.Error("200 patterns are taken")
	}
	worst := "*{l=" + strings.Repeat("*aaaaaaab", 7) + "*}"
	m, err := ParseMatcher(strings.Repeat(worst+",", MaxPatterns-1) + worst)
	if err != nil {
		t.Fatal(err)
	}
	f := &Family{Name: strings.Repeat("a", 128), Labels: []string{"l"}, Quantum: 1}
	s := &Series{Family: f, Labels: LabelsOf(strings.Repeat("a", 128))}
	begin := time.Now()
	const series = 5000
	for range series {
		if m.Match(s) {
			t.Fatal("it matches")
		}
	}
	t.Logf("%d series: %v", series, time.Since(begin))
}

func FuzzMatcher(f *testing.F) {
	for _, s := range []string{"a", "a{b=c}", "a{b=*},c*d", "{", "}", ",", "a{", "a{b}", `a{b="\"*"}`, `a{b="`} {
		f.Add(s, "name")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		m, err := ParseMatcher(text)
		if (err == nil) == (m == nil) {
			t.Fatalf("%q: %v and %v", text, m, err)
		}
		m.Match(&Series{Family: &Family{Name: name}})
		quoted := `*{l="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `*`, `\*`).Replace(name) + `"}`
		s := &Series{Family: &Family{Name: "x", Labels: []string{"l"}}, Labels: LabelsOf(name)}
		if m, err := ParseMatcher(quoted); len(quoted) < maxPatternLen && utf8.ValidString(name) && (err != nil || !m.Match(s)) {
			t.Errorf("%s does not find it: %v", quoted, err)
		}
	})
}
