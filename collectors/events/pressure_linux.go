package events

import (
	"fmt"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// trigger is a threshold of Documentation/accounting/psi.rst: so much waiting in a window
// of 2 s, the shortest that an ordinary user may ask for.
type trigger struct {
	file, resource string
	percent        int
}

const triggerWindow = 2_000_000 // µs

var triggers = []trigger{
	{"cpu", "the processor", 80},
	{"memory", "memory", 20},
	{"io", "disks", 60},
}

// pressure tells when a resource is waited for within the second. The kernel measures
// between our readings, too.
type pressure struct {
	trigger
	markedFile
}

func (p *pressure) poll(tell func(collectors.Event)) error {
	if p.open == nil {
		f, err := openMarked(p.path, unix.O_RDWR)
		if err != nil {
			return err
		}
		if _, err := unix.Write(f.fd, fmt.Appendf(nil, "some %d %d\x00", triggerWindow/100*p.percent, triggerWindow)); err != nil {
			f.close()
			return fmt.Errorf("set a trigger: %w: before Linux 6.5 it takes CAP_SYS_RESOURCE, which "+olderKernelsDropIn+" gives", reason(err))
		}
		p.open = f
	}
	over, err := ready(p.open.fd, unix.POLLPRI)
	if err != nil {
		return err
	}
	if over {
		tell(collectors.Event{
			Kind: KindPressure, Level: collectors.LevelWarning, Source: p.path, About: collectors.About{Kind: "resource", Name: p.file},
			Text: fmt.Sprintf("something waited for %s for more than %d %% of 2 s", p.resource, p.percent),
		})
	}
	return nil
}
