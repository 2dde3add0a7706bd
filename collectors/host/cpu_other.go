//go:build !linux

package host

import (
	"context"
	"strconv"
	"strings"

	gopsutil "github.com/shirou/gopsutil/v3/cpu"

	"dashcam/collectors"
)

// cpu gives the times that gopsutil knows.
type cpu struct{}

func newCPU(Options) collectors.Collector { return &cpu{} }

func (c *cpu) Describe() collectors.Description {
	return collectors.Description{Name: "cpu", Title: "CPU", Families: []*collectors.Family{
		collectors.CPUUsage, collectors.CPUCoreUsage, collectors.CPUCoreBusy, collectors.CPUOnline,
	}}
}

func (c *cpu) Sample(ctx context.Context, b *collectors.Batch) error {
	all, err := gopsutil.TimesWithContext(ctx, false)
	if err != nil || len(all) == 0 {
		b.Unavailable("processor times", unknown(err))
	} else {
		t := timesOf(&all[0])
		putTimes(b, &t)
	}
	cores, err := gopsutil.TimesWithContext(ctx, true)
	if err != nil || len(cores) == 0 {
		b.Unavailable("times of each processor", unknown(err))
	} else {
		for i := range cores {
			t := timesOf(&cores[i])
			putCoreTimes(b, coreName(cores[i].CPU, i), &t)
		}
		b.Gauge(b.Slot(collectors.CPUOnline), float64(len(cores)))
	}
	b.Unavailable("run delay, context switches, interrupts, forks", notHere)
	return nil
}

// coreName takes the number out of "cpu3" and takes index where there is none.
func coreName(name string, index int) string {
	if id, err := strconv.Atoi(strings.TrimPrefix(name, "cpu")); err == nil && id >= 0 {
		return strconv.Itoa(id)
	}
	return strconv.Itoa(index)
}

// timesOf turns seconds into microseconds, so that they can be counted.
func timesOf(t *gopsutil.TimesStat) cpuTimes {
	us := func(seconds float64) uint64 {
		if !(seconds > 0) {
			return 0
		}
		return uint64(seconds * 1e6)
	}
	return cpuTimes{
		modeUser: us(t.User), modeNice: us(t.Nice), modeSystem: us(t.System), modeIdle: us(t.Idle),
		modeIOWait: us(t.Iowait), modeIRQ: us(t.Irq), modeSoftIRQ: us(t.Softirq), modeSteal: us(t.Steal),
	}
}
