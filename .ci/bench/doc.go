// Package bench compares dashcam with other ways of doing the same, and lists where every number
// that dashcam wants to reach is measured. It is a module of its own, so that what it compares
// with never becomes part of dashcam. `make bench` runs it all, and prints what benchstat reads;
// a figure is a ratio within one run, a count or a size wherever that can be.
//
// # Cost on the host
//
//	whole program, nobody watching; one page open   .ci/bench: go run ./cost
//	memory with 6 h and with 24 h remembered        .ci/bench: go run ./remember
//	facts over just reading the same files          collectors/host: BenchmarkFacts_OverReading, x-of-floor
//	the same ten times a second                     collectors/host: BenchmarkFactsTenTimesASecond_OverReading, x-of-floor
//	facts over gopsutil, over procfs                .ci/bench: BenchmarkFacts, ratio
//	process scan over gopsutil at its best          collectors/host: BenchmarkScan_OverGopsutil, x-of-gopsutil
//	process scan over gopsutil, over procfs         .ci/bench: BenchmarkScan, ratio
//	allocations per tick (the row is one)           collectors/sampler: BenchmarkTick_300Series, allocs/op
//	allocations per observation                     collectors/host: BenchmarkSample, allocs/op
//	services: none, 100, 2000                       collectors/services: BenchmarkSample, %core
//	wake-ups and processor time per row             collectors/sampler: BenchmarkRun_RealHost, wakeups/row
//	beside 3000 processes and stress-ng             make strain
//	beside 10,000                                   make strain PROCESSES=10000
//	beside netdata, glances, node_exporter, btop    make bench-compare
//
// # What it calls wrong
//
//	states and marks beside ordinary work           .ci/bench: go run ./ordinary
//
// # Frames and fan-out
//
//	bytes of a frame under a named snapshot         server/wire: BenchmarkFrame, snapshot/frame, snapshot/deflatedFrame
//	encoding a frame over encoding/json             server/wire: BenchmarkFrame, ratio, ours-allocs
//	bytes per series and second on the wire         cmd/dashcam: BenchmarkWire, B/series/s
//	encodes per tick                                server/stream: BenchmarkFanOut, encodes/tick
//	a message over a plain pump                     server: BenchmarkSocketPump, ratio
//	memory per idle viewer                          server: BenchmarkIdleViewer, B/viewer
//	from commit to received, 1000 viewers           server: BenchmarkCommitToReceived
//	one in six stalled                              server: BenchmarkStalled, p99-ratio
//
// # The page
//
//	bytes to the first live view, by their parts    cmd/dashcam: BenchmarkFirstView, KiB-until-live
//	the same in a browser, over a slow line         make measure
//	from navigation to charts with history          make measure
//	from a row to drawn, the main thread, browser   make measure
//	process table, heap over 10 minutes, hidden tab make measure
//	the main thread tick by tick, on any host       the page with ?bench
//
// # Memory of the ring
//
//	bytes per sample of series that change          collectors/history/block: BenchmarkSeal, B/sample
//	the same over Prometheus' chunks, with packing  .ci/bench: BenchmarkRing/pack, ours-B/sample, theirs-B/sample, ratio
//	decoding over Prometheus' chunks                .ci/bench: BenchmarkRing/decode, ratio
//	15 minutes of 300 series for a chart            .ci/bench: BenchmarkChart, ratio
//	a day of 300 series within 40 MB                collectors/history: TestDay_ReadsBackNumberForNumber, go test -v
//
// # On disk
//
//	a month: bytes, processor time, charts of 30 d  make month
//	killed with -9 200 times, reopened              make kills
//	bytes per sample over Prometheus' database      .ci/bench: BenchmarkDisk/write, ratio-B/sample, ratio-blocks-B/sample
//	processor time per million samples, over it     .ci/bench: BenchmarkDisk/write, ratio-cpu-s/million
//	bytes written per byte stored                   .ci/bench: BenchmarkDisk/write, ours-written/stored
//	time to reopen, over it                         .ci/bench: BenchmarkDisk/reopen, ratio
//	charts of 10 series, 1 h and 24 h, over it      .ci/bench: BenchmarkDisk/chart, ratio; 7 d with DASHCAM_DAYS=7
//
// The rows are those of real hosts (package recorded); go run ./record makes more of them.
package bench
