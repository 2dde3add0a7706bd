//go:build machine

package attacks

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
)

const tick = time.Second // of the unit, and of what is started here

// TestMachineProcessorUnplugged takes the second processor away and gives it back, three
// times: it is missing while it is away, and nothing else jumps.
func TestMachineProcessorUnplugged(t *testing.T) {
	const online = "/sys/devices/system/cpu/cpu1/online"
	p := started(t)
	o := p.observe()
	t.Cleanup(func() { writeFile(t, online, "1") })
	o.rowsMore(t, 4)
	for range 3 {
		writeFile(t, online, "0")
		// The row that is open may still be of before.
		first, last := o.rowsMore(t, 6)
		first += 2
		writeFile(t, online, "1")
		for _, name := range []string{"cpu.core.busy", "cpu.core.usage"} {
			for _, at := range o.points(name, "1") {
				if at.seq >= first && at.seq <= last {
					t.Errorf("row %d: %s of the processor that is away is %v", at.seq, name, at.value)
				}
			}
		}
		for _, at := range o.points("cpu.online", "") {
			if at.seq >= first && at.seq <= last && at.value != 1 {
				t.Errorf("row %d: %v processors are online, want 1", at.seq, at.value)
			}
		}
		if n := len(within(o.points("cpu.core.busy", "0"), first, last)); n < int(last-first) {
			t.Errorf("the other processor has %d values in rows %d to %d", n, first, last)
		}
		back, now := o.rowsMore(t, 6)
		back += 3
		if n := len(within(o.points("cpu.core.busy", "1"), back, now)); n < int(now-back) {
			t.Errorf("the processor that is back has %d values in rows %d to %d", n, back, now)
		}
	}
	for _, core := range []string{"0", "1"} {
		o.between(t, "cpu.core.busy", core, 0, 100)
	}
	// A processor that goes takes its share with it: the shares of all modes are one whole.
	sums := map[uint64]float64{}
	for _, mode := range []string{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"} {
		for _, at := range o.points("cpu.usage", mode) {
			sums[at.seq] += at.value
		}
	}
	if len(sums) < 20 {
		t.Errorf("only %d rows have shares of modes", len(sums))
	}
	for seq, sum := range sums {
		if sum < 98 || sum > 102 {
			t.Errorf("row %d: the shares of all modes are %.2f %%", seq, sum)
		}
	}
	for name, most := range map[string]float64{"cpu.context_switches": 1e6, "cpu.interrupts": 1e6, "cpu.forks": 1e4, "cpu.run_delay": 10000} {
		for _, at := range o.points(name, "") {
			if at.value < 0 || at.value > most {
				t.Errorf("row %d: %s is %v", at.seq, name, at.value)
			}
		}
	}
	o.healthy(t)
	o.sane(t)
	rows, missed := o.everyTick(t, tick)
	t.Logf("%d rows, %d ticks missed", rows, missed)
}

// within returns the points of rows from first to last.
func within(all []point, first, last uint64) []point {
	return slices.DeleteFunc(all, func(p point) bool { return p.seq < first || p.seq > last })
}

// stepped sets the wall clock and returns the row before.
func stepped(t *testing.T, o *observer, by string) uint64 {
	t.Helper()
	seq := o.newest()
	must(t, "date", "--set", by)
	return seq
}

// TestMachineClockSet sets the wall clock forward and back by an hour.
func TestMachineClockSet(t *testing.T) {
	p := started(t)
	o := p.observe("processes")
	o.rowsMore(t, 5)
	for _, c := range []struct{ by, says string }{
		{"+1 hour", "clock set forward by 60 min"},
		{"-1 hour", "clock set back by 60 min; times go on at half speed until it has caught up"},
		{"+2 minutes", "clock set forward by "},
		{"-2 minutes", "clock set back by "},
	} {
		seq := stepped(t, o, c.by)
		o.rowsMore(t, 6)
		said := o.said(collectors.EventClock, seq)
		if len(said) != 1 || !strings.HasPrefix(said[0], c.says) {
			t.Errorf("set by %s: the events are %q, want %q", c.by, said, c.says)
		}
	}
	seqs, rows := o.rows(0, o.newest())
	for i := range rows[1:] {
		if rows[i+1].T <= rows[i].T {
			t.Errorf("row %d is of %d, row %d of %d", seqs[i], rows[i].T, seqs[i+1], rows[i+1].T)
		}
	}
	// Rates are over the time that passed, not over that of the clock.
	for _, at := range o.points("cpu.core.busy", "") {
		if at.value < 0 || at.value > 100 {
			t.Errorf("row %d: a processor is busy for %v %%", at.seq, at.value)
		}
	}
	for _, at := range o.points("cpu.context_switches", "") {
		if at.value == 0 {
			t.Errorf("row %d: no context was switched", at.seq)
		}
	}
	for _, at := range o.points("host.uptime", "") {
		if at.value < 0 || at.value > 3600 {
			t.Errorf("row %d: the host is up for %v s", at.seq, at.value)
		}
	}
	o.healthy(t)
	o.sane(t)
	// One that starts while its own past lies in the future says what time it is, and has
	// both.
	newest := p.health().Remembered.Newest
	if ahead := rows[len(rows)-1].T - time.Now().UnixMilli(); ahead < (30 * time.Minute).Milliseconds() {
		t.Errorf("times are %d ms ahead of the clock, want about an hour", ahead)
	}
	must(t, "systemctl", "restart", "dashcam")
	again := p.observe()
	// What comes first may be rows of before, which lie in the future.
	_, last := p.before()
	waitWithin(t, 3*time.Minute, "rows of after the restart", func() bool { return again.newest() >= last+5 })
	_, rows = again.rows(again.newest(), again.newest())
	if off := time.Since(time.UnixMilli(rows[0].T)).Abs(); off > 30*time.Second {
		t.Errorf("after a restart the newest row is %v away from the clock", off)
	}
	if _, err := p.ask(fmt.Sprintf("/api/v1/row?seq=%d", newest), 15*time.Second); err != nil {
		t.Errorf("a row of before the restart: %v", err)
	}
}

// TestMachineSuspended puts the machine to sleep, and its real-time clock wakes it.
func TestMachineSuspended(t *testing.T) {
	p := started(t)
	o := p.observe("processes")
	o.rowsMore(t, 5)
	seq := o.newest()
	must(t, "rtcwake", "--mode", "mem", "--seconds", "20")
	o.rowsMore(t, 5)
	said := o.said(collectors.EventSuspend, seq)
	if len(said) != 1 || !strings.HasPrefix(said[0], "suspended ") {
		t.Fatalf("the events are %q, want that it was suspended", said)
	}
	missed, why := 0, ""
	_, rows := o.rows(seq, o.newest())
	for _, row := range rows {
		if row.Missed > missed {
			missed, why = row.Missed, row.Why
		}
	}
	if missed < 10 || missed > 25 || why != said[0] {
		t.Errorf("%d ticks are said to be missing (%q), want about 19 (%q)", missed, why, said[0])
	}
	t.Logf("%s, %d ticks", why, missed)
	o.healthy(t)
	o.sane(t)
	o.everyTick(t, tick)
}

// TestMachineStalled takes all processors away from the machine, as a busy hypervisor or a
// migration does.
func TestMachineStalled(t *testing.T) {
	p := started(t)
	p.observe().rowsMore(t, 5)
	seq := p.health().Remembered.Newest
	ask("stall 8")
	waitWithin(t, 2*time.Minute, "a stall of seconds to be said", func() bool {
		for _, e := range p.health().Events {
			seconds := 0.0
			if _, err := fmt.Sscanf(e.Text, "sampler late by %f s", &seconds); err == nil && seconds > 5 {
				return true
			}
		}
		return false
	})
	// A page may have been cut off, since it did not read in time. It comes back.
	o := p.observe("processes")
	o.rowsMore(t, 5)
	missed, why := 0, ""
	_, rows := o.rows(seq, o.newest())
	for _, row := range rows {
		if row.Missed > missed {
			missed, why = row.Missed, row.Why
		}
	}
	if missed < 4 || !strings.HasPrefix(why, "sampler late by ") {
		t.Errorf("%d ticks are said to be missing (%q), want those of the stall", missed, why)
	}
	t.Logf("%d ticks missing: %s", missed, why)
	o.healthy(t)
	o.sane(t)
	o.everyTick(t, tick)
}

// TestMachineOutOfMemory has the kernel kill a neighbour, and then dashcam itself.
func TestMachineOutOfMemory(t *testing.T) {
	dropIn(t, "RestartSec=3") // so that rows are missing, however fast it starts
	p := started(t)
	o := p.observe("processes")
	seq, _ := o.rowsMore(t, 5)
	// tail keeps a line that does not end.
	_ = exec.Command("systemd-run", "--quiet", "--wait", "--unit=greedy", "--property=MemoryMax=48M", "--property=MemorySwapMax=0", "tail", "/dev/zero").Run()
	if result := must(t, "journalctl", "--unit=greedy", "--no-pager"); !strings.Contains(result, "oom-kill") {
		t.Fatalf("the neighbour was not killed for its memory: %s", result)
	}
	o.rowsMore(t, 4)
	killed := 0.0
	for _, at := range within(o.points(collectors.MemoryOOMKills.Name, ""), seq, o.newest()) {
		killed += at.value * tick.Seconds()
	}
	if killed < 0.5 || killed > 3 {
		t.Errorf("%.2f processes were killed for memory, by what it shows; want 1", killed)
	}
	o.healthy(t)
	o.sane(t)
	o.everyTick(t, tick)

	newest, pid := p.health().Remembered.Newest, show(t, "MainPID")
	must(t, "systemctl", "set-property", "--runtime", "dashcam", "MemoryMax=4M", "MemorySwapMax=0")
	waitWithin(t, time.Minute, "the kernel to kill it", func() bool { return show(t, "MainPID") != pid })
	must(t, "systemctl", "set-property", "--runtime", "dashcam", "MemoryMax=512M")
	waitWithin(t, time.Minute, "systemd to start it anew", func() bool { _, err := p.ask("/readyz", time.Second); return err == nil })
	if log := must(t, "journalctl", "--unit=dashcam", "--no-pager", "--lines=100"); !strings.Contains(log, "oom-kill") {
		t.Errorf("it was not killed for its memory:\n%s", log)
	}
	remembers(t, p, newest, store.WhyKilled)
}

// remembers checks that rows up to newest are there, in front of a restart gap that says why.
func remembers(t *testing.T, p *program, newest uint64, why string) {
	t.Helper()
	type row struct {
		T      []int64
		Missed []struct {
			Count int
			Why   string
		}
	}
	kept := object[struct {
		Store struct {
			Damaged, Lost int
			Problem       string
		} `json:"tape"`
	}](p, "/api/v1/health").Store
	if kept.Damaged != 0 || kept.Lost != 0 || kept.Problem != "" {
		t.Errorf("of its history %d records are damaged, %d rows lost; %s", kept.Damaged, kept.Lost, kept.Problem)
	}
	first := uint64(0)
	all := p.lives()
	for i := range all[:len(all)-1] {
		if all[i].Ended == why {
			first = all[i+1].First
		}
	}
	if first == 0 {
		t.Fatalf("no run ended because %q: %+v", why, all)
	}
	before, after := object[row](p, fmt.Sprintf("/api/v1/row?seq=%d", first-1)), object[row](p, fmt.Sprintf("/api/v1/row?seq=%d", first))
	t.Logf("row %d was told before; up to %d they are there, then %+v", newest, first-1, after.Missed)
	if len(after.Missed) != 1 || after.Missed[0].Why != why {
		t.Errorf("the restart gap is %+v, want %q", after.Missed, why)
	} else if away := int((after.T[0]-before.T[0])/tick.Milliseconds()) - 1; after.Missed[0].Count != away {
		t.Errorf("%d rows are said to be missing between %d and %d", after.Missed[0].Count, before.T[0], after.T[0])
	}
	if first-1 < newest {
		t.Errorf("the last row before is %d, and %d was told", first-1, newest)
	}
	if seqs := object[struct{ Observations []struct{ Seq uint64 } }](p, fmt.Sprintf("/api/v1/processes?from=%d&to=%d", first-8, first-1)).Observations; len(seqs) == 0 {
		t.Error("no processes of the last rows before the restart gap are there")
	}
}

// TestMachineChurn starts and ends thousands of processes, some by kill.
func TestMachineChurn(t *testing.T) {
	p := started(t)
	o := p.observe("processes")
	seq, _ := o.rowsMore(t, 3)
	const rounds = 30
	must(t, "sh", "-c", fmt.Sprintf(`
		for round in $(seq %d); do
			for one in $(seq 50); do /bin/true & done
			for one in $(seq 50); do sleep 1000 & kill -KILL $!; done
			wait
		done 2>/dev/null`, rounds))
	o.rowsMore(t, 5)
	forks := 0.0
	for _, at := range within(o.points(collectors.CPUForks.Name, ""), seq, o.newest()) {
		forks += at.value * tick.Seconds()
	}
	if forks < rounds*100*0.5 {
		t.Errorf("%.0f processes were started, by what it shows; want %d", forks, rounds*100)
	}
	o.mu.Lock()
	for key, row := range o.state.Tables[collectors.Processes.Name].Rows {
		if q, ok := row["cpu"].(float64); ok && q/64 > 220 {
			t.Errorf("process %s uses %v %% of a processor", key, q/64)
		}
	}
	o.mu.Unlock()
	o.healthy(t)
	o.sane(t)
	rows, missed := o.everyTick(t, tick)
	t.Logf("%d rows, %d ticks missed, %.0f forks seen", rows, missed, forks)
}
