package measure

import (
	"fmt"
	"io"
)

// Span is what was used between two moments.
type Span struct{ Before, After Moment }

// Seconds is how long it was.
func (s Span) Seconds() float64 { return s.After.At.Sub(s.Before.At).Seconds() }

// Percent is the processor time, in percent of one core.
func (s Span) Percent() float64 { return 100 * (s.After.CPU - s.Before.CPU).Seconds() / s.Seconds() }

// WakeUps are per second. A thread that ended takes its own with it.
func (s Span) WakeUps() float64 {
	return (float64(s.After.Switches) - float64(s.Before.Switches)) / s.Seconds()
}

// MiB turns bytes into MiB.
func MiB(bytes uint64) float64 { return float64(bytes) / (1 << 20) }

// Report writes a span for people.
func (s Span) Report(out io.Writer, what string) {
	a := &s.After
	fmt.Fprintf(out, "%s, %.0f s\n", what, s.Seconds())
	fmt.Fprintf(out, "  processor %.3f %% of one\n", s.Percent())
	fmt.Fprintf(out, "  memory    %.1f MiB PSS, %.1f MiB private\n", MiB(a.PSS), MiB(a.Private))
	fmt.Fprintf(out, "  wake-ups  %.1f per second, %d threads\n", s.WakeUps(), a.Threads)
	fmt.Fprintf(out, "  files     %d open\n", a.Files)
}
