package host

import (
	"bytes"
	"context"

	"dashcam/collectors"
)

// load reads /proc/loadavg. The tasks that run or are blocked come with the processor
// times: they stand in the same file as those.
type load struct{ loadavg file }

func newLoad(o Options) collectors.Collector {
	return &load{o.root().file("/proc/loadavg")}
}

func (c *load) Describe() collectors.Description {
	return collectors.Description{Name: "load", Title: "Load", Families: []*collectors.Family{
		collectors.LoadAverage, collectors.TasksTotal,
	}}
}

func (c *load) Sample(_ context.Context, b *collectors.Batch) error {
	l, err := parsed(&c.loadavg, parseLoad)
	if err != nil {
		if !absent(err) {
			return err
		}
		unavailable(b, c.loadavg.name, err)
		return nil
	}
	putLoad(b, l.average)
	b.Gauge(b.Slot(collectors.TasksTotal), float64(l.tasks))
	return nil
}

// loadavg is the content of /proc/loadavg.
type loadavg struct {
	average [len(loadWindows)]float64
	running uint64
	tasks   uint64
}

// parseLoad reads "0.07 0.02 0.00 1/94 8263": averages, tasks running and existing, and
// the last process id.
func parseLoad(name string, b []byte) (loadavg, error) {
	var l loadavg
	rest := b
	for i := range l.average {
		var field []byte
		var ok bool
		field, rest = nextField(rest)
		if l.average[i], ok = parseFloat(field); !ok {
			return loadavg{}, malformed(name, b)
		}
	}
	field, _ := nextField(rest)
	running, tasks, _ := bytes.Cut(field, []byte{'/'})
	var ok, ok2 bool
	l.running, ok = parseUint(running)
	l.tasks, ok2 = parseUint(tasks)
	if !ok || !ok2 {
		return loadavg{}, malformed(name, b)
	}
	return l, nil
}
