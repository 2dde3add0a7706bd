//go:build !linux

package host

import (
	"context"
	"math"
	"strings"
	"time"

	gopsutil "github.com/shirou/gopsutil/v3/process"

	"dashcam/collectors"
)

// inheritsIO says that what a process read and wrote becomes its parent's when it ends.
const inheritsIO = false

// scanner reads what gopsutil gives. It is several times as costly as our own scan on
// Linux, which the budget of a scan bounds.
type scanner struct {
	commands CommandLines
	failure  error // none: gopsutil does not tell one that ended from one that cannot be read
}

// pidFiles are none: gopsutil is asked.
type pidFiles struct{}

func (*pidFiles) close() {}

func newScanner(o Options) scanner { return scanner{commands: o.CommandLines} }

func (scanner) begin(ctx context.Context, into []process, _ time.Time) ([]process, error) {
	all, err := gopsutil.PidsWithContext(ctx)
	for _, pid := range all {
		into = append(into, process{listedPID: listedPID{pid: pid}})
	}
	return into, err
}

// busy is not told: gopsutil would read the times of every processor for it.
func (scanner) busy() (time.Duration, bool) { return 0, false }

func (scanner) end(b *collectors.Batch) {
	b.Unavailable("control groups of processes", notHere)
}

func (scanner) read(ctx context.Context, pid int32, _ *pidFiles, r *processReading) scanResult {
	p := gopsutil.Process{Pid: pid}
	created, err := p.CreateTimeWithContext(ctx)
	if err != nil {
		return scanGone
	}
	name, err := p.NameWithContext(ctx)
	if err != nil {
		return scanGone
	}
	*r = processReading{pid: pid, start: uint64(max(created, 0)), startUnix: float64(created) / 1000, name: []byte(name), state: '?'}
	if parent, err := p.PpidWithContext(ctx); err == nil {
		r.ppid = parent
	}
	if n, err := p.NumThreadsWithContext(ctx); err == nil && n > 0 {
		r.threads = uint64(n)
	}
	if t, err := p.TimesWithContext(ctx); err == nil {
		r.cpu, r.cpuKnown = time.Duration(math.Round((t.User+t.System)*float64(time.Second))), true
	}
	if states, err := p.StatusWithContext(ctx); err == nil && len(states) > 0 {
		r.state = stateLetter(states[0])
	}
	return scanOK
}

func stateLetter(state string) byte {
	switch state {
	case gopsutil.Running:
		return 'R'
	case gopsutil.Sleep, gopsutil.Wait, gopsutil.Lock:
		return 'S'
	case gopsutil.Blocked:
		return 'D'
	case gopsutil.Stop:
		return 'T'
	case gopsutil.Zombie:
		return 'Z'
	case gopsutil.Idle:
		return 'I'
	}
	return '?'
}

func (scanner) memory(ctx context.Context, pid int32, _ *pidFiles) (uint64, bool) {
	p := gopsutil.Process{Pid: pid}
	m, err := p.MemoryInfoWithContext(ctx)
	if err != nil || m == nil {
		return 0, false
	}
	return m.RSS, true
}

// ioRight says what would let dashcam read the I/O of all processes.
const ioRight = ""

func (scanner) io(ctx context.Context, pid int32, _ *pidFiles) (processIO, ioAccess) {
	p := gopsutil.Process{Pid: pid}
	c, err := p.IOCountersWithContext(ctx)
	if err != nil || c == nil {
		return processIO{}, ioForbidden
	}
	return processIO{read: c.ReadBytes, written: c.WriteBytes}, ioKnown
}

func (s scanner) facts(ctx context.Context, pid int32) processFacts {
	p := gopsutil.Process{Pid: pid}
	var f processFacts
	if user, err := p.UsernameWithContext(ctx); err == nil {
		f.user = user
	}
	if s.commands.shown() {
		if args, err := p.CmdlineSliceWithContext(ctx); err == nil && len(args) > 0 {
			f.command = s.commands.text([]byte(strings.Join(args, "\x00")))
		}
	}
	return f
}

// threadTime is the time that passes, where that of a thread is not known.
func threadTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
