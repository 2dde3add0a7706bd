package diagnosis

import (
	"cmp"
	"slices"
	"strings"

	"dashcam/collectors"
)

func (a *answer) diskSaturated() {
	device := a.busiestDisk()
	text := "disk saturated"
	series := []string{a.reason("disk")}
	if device != "" {
		text = "disk " + device + " saturated"
	}
	if v := a.value(collectors.SatDisk.Name); v >= 1 {
		text += ", some task waits " + percent(v) + " of the time,"
		series = append(series, collectors.SatDisk.Name)
	}
	a.say(text, series...)
	read, write := deviceSeries(collectors.DiskBytes, device, "read"), deviceSeries(collectors.DiskBytes, device, "write")
	if a.value(write) >= a.value(read) || a.value(read) != a.value(read) {
		a.diskWho("write", "writes", write)
	} else {
		a.diskWho("read", "reads", read)
	}
	a.small(device)
	if name, v := a.greatest(collectors.DiskWait.Name, func(s *collectors.Series) bool { return s.Label("device") == device }); v >= 0.02 {
		a.say("an operation takes "+seconds(v), name)
	}
	a.suffers("pressureIo", "disk")
}

// anybody reports whether somebody takes enough of a column to be named.
func (a *answer) anybody(column string, whole float64) bool {
	process, _, _ := a.first(a.processes, column, whole)
	service, _, _ := a.first(a.services, serviceColumn(column), whole)
	return whole > 0 && (process != nil || service != nil)
}

func (a *answer) diskWho(column, verb, series string) {
	whole := max(a.value(series), a.total(column))
	if whole != whole {
		whole = a.total(column)
	}
	if column == "write" && !a.anybody(column, whole) && a.wroteMost(series) {
		return
	}
	a.who(column, whole, func(name string, takes, whole float64) string {
		return name + " " + verb + " " + partOf(takes, whole, "/s")
	}, series)
}

// small tells of many small operations, as of databases that wait for each.
func (a *answer) small(device string) {
	const many, little = 200, 16 << 10
	for _, dir := range []string{"write", "read"} {
		ops, size := deviceSeries(collectors.DiskOperations, device, dir), deviceSeries(collectors.DiskBytes, device, dir)
		n, each := a.value(ops), a.value(size)/a.value(ops)
		if n >= many && each <= little {
			a.say(count(n)+" small "+dir+"s a second ("+bytes(each)+" each)", ops, size)
		}
	}
}

// busiestDisk is the device with the longest queue, "" where none is known.
func (a *answer) busiestDisk() string {
	name, v := a.greatest(collectors.DiskQueue.Name, physical)
	if !(v > 0) {
		name, _ = a.greatest(collectors.DiskBusy.Name, physical)
	}
	return a.label(name, "device")
}

// deviceSeries is the name of a series of a device and a direction.
func deviceSeries(f *collectors.Family, device, dir string) string {
	return f.Name + `{device="` + device + `",dir="` + dir + `"}`
}

func (a *answer) readOnly() {
	for _, name := range a.of(collectors.FilesystemReadOnly.Name) {
		if by, _ := a.rise(name); a.value(name) == 1 && by != 0 {
			a.say(a.label(name, "mount")+" became read-only", name)
		}
	}
	if len(a.clauses) == 0 {
		a.say("a file system became read-only", collectors.ErrDisk.Name)
	}
	a.kernelSays()
}

func (a *answer) diskErrors() {
	errors := max(1, a.value(collectors.ErrDisk.Name))
	a.say(count(errors)+word(errors, " error", " errors")+" of disks or file systems in the last 5 min", collectors.ErrDisk.Name)
	for _, family := range []string{collectors.DiskErrors.Name, collectors.FilesystemErrors.Name} {
		for _, name := range a.of(family) {
			if slices.ContainsFunc(a.past.values[name], func(v float64) bool { return v > 0 }) {
				a.say("of "+cmp.Or(a.label(name, "device"), a.label(name, "mount")), name)
			}
		}
	}
	a.kernelSays()
}

// kernelSays repeats what the kernel complained about in the time that is looked at.
func (a *answer) kernelSays() {
	for _, e := range a.events {
		if e.Kind == "kernel" || e.Kind == "mount" && strings.Contains(e.Text, "read-only") {
			a.sayAt(e.T, e.Text)
			return
		}
	}
}

func (a *answer) stalled() {
	name, v := a.greatest(collectors.FilesystemStalled.Name, nil)
	a.say(a.label(name, "mount")+" has not answered for "+seconds(v), name)
	if blocked := a.value(collectors.TasksBlocked.Name); blocked >= 1 {
		a.say(plural(int(blocked), "task waits", "tasks wait")+" for a disk", collectors.TasksBlocked.Name)
	}
}
