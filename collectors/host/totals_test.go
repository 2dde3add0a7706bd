package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTotals_RiseOnlyByWhatKnownMembersCounted(t *testing.T) {
	type reading map[string]uint64
	var sums totals
	var got []uint64
	for _, r := range []reading{
		{"a": 1000, "b": 50}, // first sight of both: nothing is known to have happened
		{"a": 1010, "b": 51},
		{"a": 1011, "b": 51, "c": 9999}, // c appears with a past of its own
		{"a": 1011, "c": 10000},         // b leaves
		{"a": 4, "c": 10001},            // a was reset
		{"a": 6, "b": 52, "c": 10001},   // b is back
		{"a": 6, "b": 53, "c": 10001},
	} {
		sums.begin()
		for name, v := range r {
			sums.add([]byte(name), counts{v})
		}
		sums.end()
		got = append(got, sums.sum[0])
	}
	if diff := cmp.Diff([]uint64{0, 11, 12, 13, 14, 16, 17}, got); diff != "" {
		t.Errorf("total after each reading (-want +got):\n%s", diff)
	}
}

func TestTotals_AreUnusedUntilSomethingWasCounted(t *testing.T) {
	var sums totals
	sums.begin()
	sums.add([]byte("loop0"), counts{})
	sums.end()
	if sums.used {
		t.Error("a member that counted nothing makes the total used")
	}
	sums.begin()
	sums.add([]byte("loop0"), counts{7: 1})
	sums.end()
	if !sums.used || sums.present != 1 {
		t.Errorf("used %v with %d members, want true with 1", sums.used, sums.present)
	}
}

func TestParseHex(t *testing.T) {
	for text, want := range map[string]uint64{"0": 0, "0x1f": 31, "0X1F": 31, "ffffffffffffffff": 1<<64 - 1, "00001cb8": 0x1cb8} {
		if got, ok := parseHex([]byte(text)); !ok || got != want {
			t.Errorf("parseHex(%q) = %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "0x", "x1", "1g", "10000000000000000", "-1", " 1"} {
		if got, ok := parseHex([]byte(text)); ok {
			t.Errorf("parseHex(%q) = %d, want a refusal", text, got)
		}
	}
}
