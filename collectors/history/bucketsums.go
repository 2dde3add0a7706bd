package history

import (
	"math/bits"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

// bucketSums is what is known of one series so far.
type bucketSums struct {
	collectors.BucketSeries
	some bool
	sums []sum128
}

// begin takes another series.
func (s *bucketSums) begin(x *collectors.Series, most int) {
	s.Series, s.some = x, false
	if s.N == nil {
		slab := make([]int64, 4*most)
		s.Min, s.Max, s.Mean, s.Last = slab[:most:most], slab[most:2*most:2*most], slab[2*most:3*most:3*most], slab[3*most:]
		s.N, s.MaxSeq, s.sums = make([]int, most), make([]uint64, most), make([]sum128, most)
	}
}

// add adds a summary of rows that begin at first, which lie after those added before.
func (s *bucketSums) add(bucket int, sum *block.Summary, first uint64) {
	if !s.some {
		s.some = true
		for _, list := range [][]int64{s.Min, s.Max, s.Mean, s.Last} {
			fillMissing(list)
		}
		clear(s.N)
		clear(s.MaxSeq)
		clear(s.sums)
	}
	if s.N[bucket] == 0 || sum.Min < s.Min[bucket] {
		s.Min[bucket] = sum.Min
	}
	if s.N[bucket] == 0 || sum.Max > s.Max[bucket] {
		s.Max[bucket] = sum.Max
		s.MaxSeq[bucket] = first + uint64(sum.MaxRow)
	}
	s.Last[bucket] = sum.Last
	s.N[bucket] += sum.N
	s.sums[bucket].add(sum.Sum)
}

// finish returns the series over the first n buckets, nil where it has no value.
func (s *bucketSums) finish(n int) *collectors.BucketSeries {
	if !s.some {
		return nil
	}
	for bucket, k := range s.N[:n] {
		if k > 0 {
			s.Mean[bucket] = s.sums[bucket].mean(k)
		}
	}
	return &collectors.BucketSeries{
		Series: s.Series, Min: s.Min[:n:n], Max: s.Max[:n:n], Mean: s.Mean[:n:n], Last: s.Last[:n:n], N: s.N[:n:n], MaxSeq: s.MaxSeq[:n:n],
	}
}

// sum128 adds values of up to 2^53 over any number of rows without overflow.
type sum128 struct {
	hi int64
	lo uint64
}

func (s *sum128) add(x int64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, uint64(x), 0)
	s.hi += x>>63 + int64(carry)
}

// mean returns the sum over n, rounded to the nearest integer, halves away from 0.
func (s *sum128) mean(n int) int64 {
	hi, lo := uint64(s.hi), s.lo
	if s.hi < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	d := uint64(n)
	q, rest := bits.Div64(hi, lo, d)
	if rest >= d-rest {
		q++
	}
	if s.hi < 0 {
		return -int64(q)
	}
	return int64(q)
}
