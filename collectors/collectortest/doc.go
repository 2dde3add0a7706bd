// Package collectortest tests collectors, dashcam's own and anybody else's.
//
// [Golden] runs a collector over a few moments and compares every reading with a
// file; go test -update rewrites the file, and its difference is reviewed like
// code. [Replay] makes such moments from captures of a real host. [Conform] checks
// what the contract of package collectors promises and the compiler cannot see.
// [Diff] compares what is large.
//
// # Concurrency
//
// The helpers run in the caller's goroutine but for the one call that Conform
// makes with a context that is already done: that one is given five seconds.
//
// # Example
//
//	func TestMemory_OnTestHost(t *testing.T) {
//		root, moments := collectortest.Replay(t, "testdata/vm/t0", "testdata/vm/t1")
//		c := NewMemory(root)
//		collectortest.Golden(t, "testdata/vm/memory.json", c, moments...)
//		collectortest.Conform(t, c)
//	}
package collectortest
