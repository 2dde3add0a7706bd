package host

import "dashcam/collectors"

// number is a value that may not be known.
type number struct {
	n  uint64
	ok bool
}

func (v number) counter(b *collectors.Batch, f *collectors.Family, labels ...string) {
	if v.ok {
		b.Counter(b.Slot(f, labels...), v.n)
	}
}

func (v number) gauge(b *collectors.Batch, f *collectors.Family, labels ...string) {
	if v.ok {
		b.Gauge(b.Slot(f, labels...), float64(v.n))
	}
}

// minus is not known when one side is not, nor when it would be negative: the kernel
// does not read all of its counters at one moment.
func (v number) minus(w number) number {
	if !v.ok || !w.ok || w.n > v.n {
		return number{}
	}
	return number{v.n - w.n, true}
}

func sum(all ...number) number {
	total := number{ok: true}
	for _, v := range all {
		total.n += v.n
		total.ok = total.ok && v.ok
	}
	return total
}
