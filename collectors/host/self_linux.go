package host

import (
	"context"
	"os"
)

type selfProcess struct{ statm file }

// newSelfProcess never looks below another root: what we use is told by our own /proc.
func newSelfProcess(o Options) selfProcess {
	return selfProcess{root{keep: o.keep}.file("/proc/self/statm")}
}

// residentBytes returns the second number of /proc/self/statm, which counts pages.
func (p *selfProcess) residentBytes(context.Context) (uint64, error) {
	b, err := p.statm.read()
	if err != nil {
		return 0, err
	}
	pages, ok := parseUint(fieldAt(trim(b), 1))
	if !ok {
		return 0, malformed(p.statm.name, b)
	}
	return pages * uint64(os.Getpagesize()), nil
}
