package host

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseUint_RefusesWhatDoesNotFit(t *testing.T) {
	for text, want := range map[string]struct {
		v  uint64
		ok bool
	}{
		"0":                     {0, true},
		"007":                   {7, true},
		"4294967295":            {math.MaxUint32, true},
		"18446744073709551615":  {math.MaxUint64, true},
		"18446744073709551616":  {0, false},
		"18446744073709551620":  {0, false},
		"99999999999999999999":  {0, false},
		"184467440737095516150": {0, false},
		"":                      {0, false},
		"-1":                    {0, false},
		"+1":                    {0, false},
		"1.5":                   {0, false},
		"1 ":                    {0, false},
		"0x10":                  {0, false},
		"max":                   {0, false},
	} {
		v, ok := parseUint([]byte(text))
		if v != want.v || ok != want.ok {
			t.Errorf("parseUint(%q) = %d, %v; want %d, %v", text, v, ok, want.v, want.ok)
		}
	}
}

func TestParseInt_KeepsTheSign(t *testing.T) {
	for text, want := range map[string]struct {
		v  int64
		ok bool
	}{
		"-273150":              {-273150, true},
		"45000":                {45000, true},
		"9223372036854775807":  {math.MaxInt64, true},
		"9223372036854775808":  {0, false},
		"-9223372036854775808": {0, false}, // no temperature is
		"-":                    {0, false},
		"--1":                  {0, false},
	} {
		v, ok := parseInt([]byte(text))
		if v != want.v || ok != want.ok {
			t.Errorf("parseInt(%q) = %d, %v; want %d, %v", text, v, ok, want.v, want.ok)
		}
	}
}

func TestParseFloat_ReadsPlainDecimals(t *testing.T) {
	for text, want := range map[string]struct {
		v  float64
		ok bool
	}{
		"0.07":    {0.07, true},
		"1108":    {1108, true},
		"1108.88": {1108.88, true},
		"1.59":    {1.59, true}, // 1 + 0.59 is less
		"0.005":   {0.005, true},
		".5":      {0, false},
		"5.":      {0, false},
		"1e3":     {0, false},
		"NaN":     {0, false},
		"-0.5":    {0, false},
	} {
		v, ok := parseFloat([]byte(text))
		if v != want.v || ok != want.ok {
			t.Errorf("parseFloat(%q) = %v, %v; want %v, %v", text, v, ok, want.v, want.ok)
		}
	}
}

func TestLines_LeaveOutAnUnfinishedOne(t *testing.T) {
	for text, want := range map[string][]string{
		"":              nil,
		"half":          nil,
		"a\n":           {"a"},
		"a\n\nb\nhalf":  {"a", "", "b"},
		"\n":            {""},
		"a b\nc d\ne\n": {"a b", "c d", "e"},
	} {
		var got []string
		for line := range lines([]byte(text)) {
			got = append(got, string(line))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lines(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestFields_AreSeparatedByBlanks(t *testing.T) {
	const text = "  a\tbc   d "
	var got []string
	for field, rest := nextField([]byte(text)); len(field) > 0; field, rest = nextField(rest) {
		got = append(got, string(field))
	}
	if diff := cmp.Diff([]string{"a", "bc", "d"}, got); diff != "" {
		t.Errorf("fields of %q (-want +got):\n%s", text, diff)
	}
	if got := string(fieldAt([]byte(text), 2)); got != "d" {
		t.Errorf("field 2 is %q, want d", got)
	}
	if got := fieldAt([]byte(text), 3); got != nil {
		t.Errorf("field 3 is %q, want none", got)
	}
}

func FuzzParseNumbers(f *testing.F) {
	for _, seed := range []string{"0", "18446744073709551615", "18446744073709551616", "12.50", "-40000", "1e9", "00000000", "ff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := slices.Clone(b)
		v, ok := parseUint(b)
		want, err := strconv.ParseUint(string(b), 10, 64)
		if ok != (err == nil) || ok && v != want {
			t.Errorf("parseUint(%q) = %d, %v; strconv says %d, %v", b, v, ok, want, err)
		}
		if v, ok := parseInt(b); ok {
			if want, err := strconv.ParseInt(string(b), 10, 64); err != nil || v != want {
				t.Errorf("parseInt(%q) = %d; strconv says %d, %v", b, v, want, err)
			}
		}
		if v, ok := parseFloat(b); ok {
			want, err := strconv.ParseFloat(string(b), 64)
			if err != nil || math.Abs(v-want) > 1e-9*math.Max(1, want) {
				t.Errorf("parseFloat(%q) = %v; strconv says %v, %v", b, v, want, err)
			}
		}
		if v, ok := parseHex(b); ok && len(b) > 2 && b[1] != 'x' && b[1] != 'X' {
			if want, err := strconv.ParseUint(string(b), 16, 64); err != nil || v != want {
				t.Errorf("parseHex(%q) = %d; strconv says %d, %v", b, v, want, err)
			}
		}
		if !slices.Equal(before, b) {
			t.Errorf("input changed from %q to %q", before, b)
		}
	})
}
