package stream

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"
)

// BenchmarkFanOut commits rows of 300 series, 40 % changed, and waits each time until
// every viewer has its frame: what the fan-out itself costs per message, without sockets.
func BenchmarkFanOut(b *testing.B) {
	for _, viewers := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("viewers=%d", viewers), func(b *testing.B) { benchmarkFanOut(b, viewers) })
	}
}

func benchmarkFanOut(b *testing.B, viewers int) {
	ring := history.New(history.Config{Instance: "one"})
	append1 := benchmarkRows(b, ring)
	append1()
	fan := New(Config{Ring: ring, Hello: func() wire.Hello { return wire.Hello{} }, MaxViewers: viewers})
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- fan.Run(ctx) }()

	var heapBefore, heapAfter runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&heapBefore)
	var got atomic.Int64
	all := make(chan struct{})
	for range viewers {
		f, err := fan.Join()
		if err != nil {
			b.Fatal(err)
		}
		f.Subscribe(metricsOf(1))
		go func() {
			defer f.Leave()
			begun := false
			for {
				m, err := f.Next(context.Background())
				if err != nil {
					return
				}
				// The batch of history ends the beginning; what follows is frames.
				if m.Shared() && !begun {
					continue
				}
				begun = true
				if got.Add(1)%int64(viewers) == 0 {
					select {
					case all <- struct{}{}:
					case <-ctx.Done(): // the byes
					}
				}
			}
		}()
	}
	<-all
	runtime.GC()
	runtime.ReadMemStats(&heapAfter)
	before := fan.Stats().Encodes[wire.TopicMetrics]
	n := 0
	for b.Loop() {
		append1()
		<-all
		n++
	}
	perViewer := float64(heapAfter.HeapAlloc+heapAfter.StackInuse-heapBefore.HeapAlloc-heapBefore.StackInuse) / float64(viewers)
	b.ReportMetric(perViewer, "B/viewer")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*viewers), "ns/message")
	b.ReportMetric(float64(fan.Stats().Encodes[wire.TopicMetrics]-before)/float64(n), "encodes/tick")
	cancel()
	if err := <-stopped; err != nil {
		b.Fatal(err)
	}
}

// benchmarkRows returns a function that commits the next row.
func benchmarkRows(b *testing.B, ring *history.Ring) func() {
	b.Helper()
	const series = 300
	ids := make([]collectors.SeriesID, series)
	for i := range ids {
		id, err := ring.Intern(collectors.Series{Family: testGauge, Labels: collectors.LabelsOf(fmt.Sprint(i))})
		if err != nil {
			b.Fatal(err)
		}
		ids[i] = id
	}
	t := int64(0)
	return func() {
		t++
		q := make([]int64, series)
		for i := range q {
			q[i] = int64(i)
			if i%5 < 2 {
				q[i] += t % 100
			}
		}
		ring.Append(history.Commit{Row: collectors.Row{T: t * 1000, IDs: ids, Q: q}})
	}
}
