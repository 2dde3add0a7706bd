package host

import (
	"slices"
	"strconv"
	"strings"

	"dashcam/collectors"
)

// Interrupts reads how often every interrupt reached every processor, as node_exporter's
// collector "interrupts" does: many series, so it is for whoever asks for them by name.
func Interrupts(o Options) []collectors.ScrapeOnly {
	d := &scrapeOnly{root: o.root()}
	var cpus []string
	d.lines("/proc/interrupts", func(f []string) {
		if cpus == nil {
			cpus = make([]string, len(f))
			for i := range f {
				cpus[i] = strings.TrimPrefix(f[i], "CPU")
			}
			return
		}
		// On some machines the first count stands next to the name.
		name, first, ok := strings.Cut(f[0], ":")
		if f = f[1:]; first != "" {
			f = slices.Insert(f, 0, first)
		}
		if !ok || len(f) <= len(cpus) { // ERR and MIS have one count for all processors
			return
		}
		info, devices := strings.Join(f[len(cpus):], " "), ""
		if _, err := strconv.Atoi(name); err == nil {
			info, devices = f[len(cpus)], strings.Join(f[len(cpus)+1:], " ")
		}
		for i, cpu := range cpus {
			d.add("node_interrupts_total", "Interrupts of a processor.", true, float(f, i), "cpu", cpu, "type", name, "info", info, "devices", devices)
		}
	})
	return d.out
}
