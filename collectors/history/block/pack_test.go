package block

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestPack_GivesBackEveryColumn(t *testing.T) {
	const missing, huge = collectors.Missing, 1 << 53
	ramp := make([]int64, MaxRows)
	spike := make([]int64, MaxRows)
	pages := make([]int64, MaxRows)
	extremes := make([]int64, MaxRows)
	gaps := make([]int64, MaxRows)
	seldom := make([]int64, MaxRows)
	steps := make([]int64, MaxRows)
	for i := range MaxRows {
		ramp[i] = int64(i) * 1_000_003
		spike[i] = 5
		pages[i] = 4*int64(i*i%91) + 123
		extremes[i] = huge - int64(i%2)*2*huge
		gaps[i] = int64(i)
		if i%3 > 0 {
			gaps[i] = missing
		}
		seldom[i], steps[i] = 1000, int64(i/10)*77
		if i%5 == 2 {
			seldom[i] = int64(i) * 31
		}
	}
	spike[17], spike[99] = 1<<40, -7
	for name, v := range map[string][]int64{
		"one row":                 {-3},
		"constant":                {9, 9, 9},
		"constant with gaps":      {missing, 9, missing, 9, missing, missing, missing, missing, missing, 9},
		"first and last missing":  {missing, 1, 2, 3, missing},
		"largest after a gap":     {1, missing, 7, 7, 0},
		"ramp":                    ramp,
		"ramp with gaps":          gaps,
		"spikes":                  spike,
		"mostly one value":        seldom,
		"that with gaps":          append([]int64{missing, missing}, seldom[:100]...),
		"steps":                   steps,
		"steps with gaps":         append([]int64{missing, missing}, steps[:100]...),
		"a burst in steps":        append([]int64{1 << 50}, steps[:100]...),
		"one step":                {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5},
		"multiples":               pages,
		"extremes":                extremes,
		"any 64 bits":             {math.MaxInt64, math.MinInt64 + 1, 0, -1, 1},
		"two values far apart":    {-huge, huge},
		"differences of 64 bits":  {huge, -huge, huge, missing, -huge},
		"shortest of a bit width": {0, 1, 0, 1, 1, 0, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) { checkPacked(t, v) })
	}
}

func TestPack_RefusesAColumnWithoutValues(t *testing.T) {
	var p Packer
	if b, ok := p.Pack([]byte("before"), []int64{collectors.Missing, collectors.Missing}); ok || string(b) != "before" {
		t.Errorf("got %q, %v, want the slab as it was, false", b, ok)
	}
}

// TestPack_KeepsBurstsNarrow would fail if one burst widened all other values.
func TestPack_KeepsBurstsNarrow(t *testing.T) {
	v := make([]int64, MaxRows)
	for i := range v {
		v[i] = int64(i * 7 % 4)
	}
	var p Packer
	calm, _ := p.Pack(nil, v)
	v[50] = 1 << 40
	burst, _ := p.Pack(nil, v)
	if more := len(burst) - len(calm); more > 30 {
		t.Errorf("one burst takes %d more bytes (%d instead of %d)", more, len(burst), len(calm))
	}
}

// TestPack_TakesABitForWhatIsCommon would fail if a value that comes again and again took
// as much as the others do.
func TestPack_TakesABitForWhatIsCommon(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	values, steps := make([]int64, MaxRows), make([]int64, MaxRows)
	level := int64(0)
	for i := range MaxRows {
		values[i] = 40_000
		if r.IntN(4) == 0 {
			values[i] = r.Int64N(1 << 16)
			level += values[i]
		}
		steps[i] = level
	}
	for name, v := range map[string][]int64{"values": values, "steps": steps} {
		others := 0
		for i := range v {
			if i > 0 && v[i] != v[i-1] || name == "values" && v[i] != 40_000 {
				others++
			}
		}
		var p Packer
		b, _ := p.Pack(nil, v)
		if most := MaxRows/8 + 18*others/8 + 26; len(b) > most {
			t.Errorf("%s: %d bytes for %d of 16 bits among %d, want at most %d", name, len(b), others, MaxRows, most)
		}
	}
}

func TestPack_GivesBackEveryWidth(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for width := range 64 {
		v := make([]int64, MaxRows)
		for i := range v {
			v[i] = int64(r.Uint64()>>1) >> (63 - width)
		}
		checkPacked(t, v)
	}
}

// TestPack_TakesWhatTheBitsTake would fail if exceptions were used where they cost
// more than they save.
func TestPack_TakesWhatTheBitsTake(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for _, width := range []int{1, 3, 8, 13, 30} {
		v := make([]int64, MaxRows)
		for i := range v {
			v[i] = r.Int64N(1 << width)
		}
		var p Packer
		b, _ := p.Pack(nil, v)
		if most := MaxRows*width/8 + 26; len(b) > most {
			t.Errorf("noise of %d bits takes %d bytes, want at most %d", width, len(b), most)
		}
	}
}

func checkPacked(t *testing.T, v []int64) {
	t.Helper()
	var p Packer
	prefix := []byte{1, 2, 3}
	b, ok := p.Pack(slices.Clone(prefix), v)
	if !ok {
		t.Fatal("pack found no value")
	}
	if !slices.Equal(b[:3], prefix) {
		t.Fatalf("pack changed what stood before: %v", b[:3])
	}
	c := OpenColumn(append(b, make([]byte, Padding)...)[3:], len(v))
	want := naiveSummary(v)
	if diff := cmp.Diff(want, c.Summary, cmp.AllowUnexported(Summary{})); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	got := make([]int64, len(v))
	c.Unpack(got)
	if diff := cmp.Diff(v, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func naiveSummary(v []int64) Summary {
	var present []int64
	var s Summary
	for _, q := range v {
		if q != collectors.Missing {
			present = append(present, q)
			s.Sum += q
		}
	}
	s.N, s.Min, s.Max, s.Last = len(present), slices.Min(present), slices.Max(present), present[len(present)-1]
	s.MaxRow = slices.Index(v, s.Max)
	return s
}

// FuzzPack packs and unpacks columns made of the input: its first byte says how many
// bytes make a value, and 0x80 at the start of one makes it missing.
func FuzzPack(f *testing.F) {
	f.Add([]byte{1, 1, 2, 3, 0x80, 5, 250})
	f.Add([]byte{2, 1, 2, 3, 4, 0x80, 0, 0, 0})
	f.Add(append([]byte{8}, slices.Repeat([]byte{255, 0, 17, 3, 4, 5, 6, 127}, 20)...))
	f.Add(append([]byte{8}, slices.Repeat([]byte{0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 224, 255}, 64)...))
	f.Add(append([]byte{3}, slices.Repeat([]byte{9, 9, 9}, 128)...))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) == 0 {
			return
		}
		size := 1 + int(in[0])%8
		var v []int64
		some := false
		for in = in[1:]; len(in) >= size && len(v) < MaxRows; in = in[size:] {
			if in[0] == 0x80 {
				v = append(v, collectors.Missing)
				continue
			}
			var b [8]byte
			copy(b[8-size:], in[:size])
			q := int64(binary.LittleEndian.Uint64(b[:])) >> (8 * (8 - size))
			if q == collectors.Missing {
				q++
			}
			v = append(v, q)
			some = true
		}
		if some {
			checkPacked(t, v)
		}
	})
}
