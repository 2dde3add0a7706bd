package host

import (
	"context"

	"dashcam/collectors"
)

// pressure reads the host-wide stall times of /proc/pressure
// (Documentation/accounting/psi.rst): always the totals, never the decaying averages.
type pressure struct{ files [len(pressureResources)]file }

func newPressure(o Options) collectors.Collector {
	c := &pressure{}
	for i, resource := range pressureResources {
		c.files[i] = o.root().file("/proc/pressure/" + resource)
	}
	return c
}

func (c *pressure) Sample(_ context.Context, b *collectors.Batch) error {
	for i, resource := range pressureResources {
		f := &c.files[i]
		p, err := parsed(f, parsePressure)
		if err != nil {
			unavailable(b, f.name, err)
			continue
		}
		p.some.counter(b, collectors.PressureTime, resource, "some")
		// "full" of the processors is zero by definition for a whole host: some task
		// always runs. It says nothing.
		if resource != "cpu" {
			p.full.counter(b, collectors.PressureTime, resource, "full")
		}
	}
	return nil
}

// stall is how long some, and all, tasks waited, in microseconds.
type stall struct{ some, full number }

// parsePressure reads "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and the same for
// full, which old kernels do not give for processors.
func parsePressure(name string, b []byte) (stall, error) {
	const prefix = "total="
	var s stall
	for line := range lines(b) {
		kind, rest := nextField(line)
		total := fieldAt(rest, 3)
		if len(total) < len(prefix) || string(total[:len(prefix)]) != prefix {
			return stall{}, malformed(name, line)
		}
		v, ok := parseUint(total[len(prefix):])
		if !ok {
			return stall{}, malformed(name, line)
		}
		switch string(kind) {
		case "some":
			s.some = number{v, true}
		case "full":
			s.full = number{v, true}
		}
	}
	if !s.some.ok {
		return stall{}, malformed(name, b)
	}
	return s, nil
}
