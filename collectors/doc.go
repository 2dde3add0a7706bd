// Package collectors is the contract between everything that knows something
// about a host and everything that remembers or shows it.
//
// A [Collector] describes itself once ([Description]) and is then sampled: it
// puts raw readings into a [Batch] and returns. It owns no goroutine, no clock
// and no state of the outside world; the sampler runs it, times it, turns its
// counters into rates, survives its panics and reports its health.
//
// # Values
//
// A [Family] is a typed Go value: a name, a unit, a kind, any number of labels and
// a quantum. A mistyped metric name does not compile. Every stored value is an
// integer multiple of its family's quantum (a power of two), so that the ring,
// the wire, the page and the disk hold the very same number. A value that could
// not be read is [Missing]: never zero.
//
// The families, panels and resources that dashcam itself ships stand in the
// catalog (catalog.go, panels.go): the host collectors fill them, the synthetic
// host fills the same ones, and the signs are computed from them. A third party
// declares its own families beside its own collector; they appear on the page,
// in the API and to alert rules without a change anywhere else.
//
// # Reading
//
// A [Source] is one host's past, a [Live] its present too: a ring with its store, later
// another host. Reads yield one span, series or observation at a time, so that an answer
// takes little memory; those that may wait take a context. A [Matcher] is the one language
// that selects series. A [Deriver] computes further values of a row, signs for example.
// Beyond what a page needs a Live has the raw readings behind a row, for /metrics and
// "explain", and reads that never leave memory.
//
// # Concurrency
//
// Families, tables, panels and resources are immutable once declared and may be
// shared. Sample is never called concurrently with itself. A Batch belongs to one
// collector of one sampler and must not be kept after Sample returns.
//
// # Example
//
//	var Depth = &collectors.Family{
//		Name: "queue.depth", Help: "Jobs waiting.", Unit: collectors.Count,
//		Kind: collectors.KindGauge, Labels: []string{"queue"}, Quantum: 1,
//	}
//
//	func (c *Jobs) Describe() collectors.Description {
//		return collectors.Description{Name: "jobs", Title: "Jobs", Families: []*collectors.Family{Depth}}
//	}
//
//	func (c *Jobs) Sample(ctx context.Context, b *collectors.Batch) error {
//		b.Gauge(b.Slot(Depth, "mail"), float64(c.mail.Len()))
//		return nil
//	}
package collectors
