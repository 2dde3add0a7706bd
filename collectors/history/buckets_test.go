package history

import (
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestRange_ChoosesTheSmallestStepThatFits(t *testing.T) {
	const second, hour = 1000, 3600 * 1000
	for name, c := range map[string]struct {
		from, to int64
		points   int
		interval int64
		want     int64
	}{
		"a minute":                     {0, 60 * second, 60, second, second},
		"a minute off the grid":        {500, 60*second + 500, 60, second, 2 * second},
		"not finer than the interval":  {0, 60 * second, 600, 10 * second, 10 * second},
		"finer rows than a second":     {0, 60 * second, 600, 100, second},
		"a day":                        {0, 24 * hour, 300, second, 300 * second},
		"a day in one bucket":          {0, 24 * hour, 1, second, 24 * hour},
		"a day in one, off the grid":   {hour, 25 * hour, 1, second, 25 * hour},
		"a month":                      {0, 720 * hour, 300, second, 3 * hour},
		"since 1970":                   {0, 497_000 * hour, 300, second, 1657 * hour},
		"one millisecond":              {999, 1000, 1, second, second},
		"two, over the edge of a step": {999, 1001, 1, second, 2 * second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := stepFor(c.from, c.to, c.points, c.interval); got != c.want {
				t.Errorf("step %d ms, want %d", got, c.want)
			}
		})
	}
}

func TestRange_NamesGaps(t *testing.T) {
	r := New(Config{Age: 1000 * 1e9})
	ids := []collectors.SeriesID{mustIntern(t, r, gauge("a"))}
	commit := func(sec int64, missed int, why string) {
		r.Append(Commit{Row: collectors.Row{T: sec * 1000, Missed: missed, Why: why, IDs: ids, Q: []int64{sec % 5}}})
	}
	for sec := int64(1001); sec <= 1100; sec++ {
		commit(sec, 0, "")
	}
	commit(1200, 99, "suspend")
	for sec := int64(1201); sec <= 1500; sec++ {
		commit(sec, 0, "")
	}
	commit(1503, 2, "late")

	suspend, late := collectors.BucketGap{From: 1_101_000, To: 1_200_000, Why: "suspend", Lost: false}, collectors.BucketGap{From: 1_501_000, To: 1_503_000, Why: "late", Lost: false}
	for name, c := range map[string]struct {
		q    collectors.Query
		want []collectors.BucketGap
	}{
		"all":                  {collectors.Query{}, []collectors.BucketGap{suspend, late}},
		"before the start":     {between(900_000, 0), []collectors.BucketGap{{From: 900_000, To: 1_001_000, Why: whyBefore, Lost: false}, suspend, late}},
		"only before":          {between(900_000, 950_000), []collectors.BucketGap{{From: 900_000, To: 950_000, Why: whyBefore, Lost: false}}},
		"no from, only before": {between(0, 950_000), []collectors.BucketGap{{From: 949_999, To: 950_000, Why: whyBefore, Lost: false}}},
		"within a gap":         {between(1_150_000, 1_160_000), []collectors.BucketGap{{From: 1_150_000, To: 1_160_000, Why: "suspend", Lost: false}}},
		"between":              {between(1_200_000, 1_500_000), nil},
		"after the newest":     {between(2_000_000, 0), nil},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := ask(r, c.q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, b.Gaps); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}

	for sec := int64(1504); sec <= 3000; sec++ {
		commit(sec, 0, "")
	}
	b, err := ask(r, between(1_050_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	want := []collectors.BucketGap{{From: 1_050_000, To: r.Bounds().OldestT, Why: whyForgotten, Lost: true}}
	if diff := cmp.Diff(want, b.Gaps); diff != "" || r.Bounds().Oldest == 1 {
		t.Errorf("gaps with oldest row %d (-want +got):\n%s", r.Bounds().Oldest, diff)
	}
}

func TestRange_RefusesNonsense(t *testing.T) {
	r := New(Config{})
	for name, c := range map[string]struct {
		q    collectors.Query
		want string
	}{
		"to before from":     {between(20, 10), "to is 10: expected a time after from, which is 20"},
		"to is from":         {between(20, 20), "to is 20: expected a time after from, which is 20"},
		"negative from":      {between(-1, 0), "from is -1: expected Unix milliseconds, or 0 for the oldest row"},
		"negative to":        {between(0, -1), "to is -1: expected Unix milliseconds, or 0 for the newest row"},
		"negative points":    {collectors.Query{Points: -1}, "points is -1: expected 1 to 2000"},
		"more than 2000":     {collectors.Query{Points: 2001}, "points is 2001: expected 1 to 2000"},
		"fine, though empty": {between(10, 20), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ask(r, c.q)
			got := ""
			if err != nil {
				got = err.Error()
				if qe := (*collectors.QueryError)(nil); !errors.As(err, &qe) {
					t.Errorf("error is a %T", err)
				}
			}
			if got != c.want {
				t.Errorf("error %q, want %q", got, c.want)
			}
		})
	}
}

func TestRange_AsksMatch(t *testing.T) {
	r := benchRing(t, 400)
	b, err := ask(r, collectors.Query{Match: matching(func(s *collectors.Series) bool { return s.ID == 17 || s.ID == 3 })})
	if err != nil {
		t.Fatal(err)
	}
	var got []collectors.SeriesID
	for _, s := range b.Series {
		got = append(got, s.ID)
	}
	if diff := cmp.Diff([]collectors.SeriesID{3, 17}, got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

// TestRange_BoundsItsAnswer would fail if a query over all of very many series took
// memory without bound.
func TestRange_BoundsItsAnswer(t *testing.T) {
	r := New(Config{})
	const series = 1250
	var ids []collectors.SeriesID
	for i := range series {
		ids = append(ids, mustIntern(t, r, gauge(strconv.Itoa(i))))
	}
	for sec := int64(1); sec <= 1000; sec++ {
		appendRow(r, sec, ids, make([]int64, series)...)
	}
	for name, c := range map[string]struct {
		match func(*collectors.Series) bool
		want  int64
	}{
		"all":  {nil, 2000},
		"some": {func(s *collectors.Series) bool { return s.ID < 10 }, 1000},
	} {
		b, err := ask(r, collectors.Query{Points: 2000, Match: matching(c.match)})
		if err != nil {
			t.Fatal(err)
		}
		if b.StepMs != c.want {
			t.Errorf("%s: step %d ms, want %d", name, b.StepMs, c.want)
		}
	}
}

// TestRange_AveragesTheLargestValues would fail if a sum overflowed 64 bits.
func TestRange_AveragesTheLargestValues(t *testing.T) {
	const huge = 1 << 53
	for _, sign := range []int64{1, -1} {
		r := New(Config{})
		ids := []collectors.SeriesID{mustIntern(t, r, gauge("a"))}
		for i := range int64(3000) {
			appendRow(r, i+1, ids, sign*(huge-i%2))
		}
		b, err := ask(r, collectors.Query{Points: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Series[0].Mean; len(got) != 1 || got[0] != sign*huge { // half away from 0
			t.Errorf("mean %d, want %d", got, sign*huge)
		}
	}
}

func TestSum128_RoundsHalvesAwayFromZero(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		var s sum128
		sum := new(big.Int)
		n := 1 + r.IntN(9)
		limit := int64(1) << r.IntN(63)
		for range n {
			x := r.Int64N(limit) - r.Int64N(limit)
			s.add(x)
			sum.Add(sum, big.NewInt(x))
		}
		// round(a/n) = sign(a) × floor((2|a| + n) / 2n)
		want := new(big.Int).Abs(sum)
		want.Mul(want, big.NewInt(2)).Add(want, big.NewInt(int64(n))).Div(want, big.NewInt(2*int64(n)))
		if sum.Sign() < 0 {
			want.Neg(want)
		}
		if got := s.mean(n); got != want.Int64() {
			t.Fatalf("%v / %d is %d, want %v", sum, n, got, want)
		}
	}
}

// An answer takes the memory of a few series, whatever it is about: it took 57 MB for a
// question that selected nothing.
func TestBuckets_TakeTheMemoryOfAFewSeries(t *testing.T) {
	r := New(Config{})
	const series = 1000
	var ids []collectors.SeriesID
	for i := range series {
		ids = append(ids, mustIntern(t, r, gauge(strconv.Itoa(i))))
	}
	for sec := int64(1); sec <= 1000; sec++ {
		appendRow(r, sec, ids, make([]int64, series)...)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b, err := r.Buckets(t.Context(), collectors.Query{Points: 1000})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for s, err := range b.Series {
		if err != nil || len(s.Max) != len(b.T) || s.Family != testGauge {
			t.Fatalf("series %v: %d buckets, want %d, %v", s.ID, len(s.Max), len(b.T), err)
		}
		n++
	}
	runtime.ReadMemStats(&after)
	const most = 8 << 20
	if took := after.TotalAlloc - before.TotalAlloc; n != series || len(b.T) < 999 || took > most {
		t.Errorf("%d series in %d buckets took %d bytes, want at most %d", n, len(b.T), took, most)
	}
}

func TestBuckets_EndWithTheContext(t *testing.T) {
	r := New(Config{})
	appendRow(r, 1, []collectors.SeriesID{mustIntern(t, r, gauge("a"))}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	b, err := r.Buckets(ctx, collectors.Query{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for _, err := range b.Series {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a series came with %v", err)
		}
	}
}
