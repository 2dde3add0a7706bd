// Package events tells what happened on a host, as it happens: programs that started and
// ended however short they lived, processes that were killed because memory was short,
// links that went down, addresses and default routes, devices, swap, file systems that were
// mounted or found to be damaged, arrays of disks, what the kernel complains about, packages
// that were installed, files of /etc that matter, services of systemd that fail or are
// started again, people who log in and out, states that changed.
//
// Every source is one file of this package, and reads what an ordinary user may. One that
// cannot be read, on an older kernel or in a container, is listed in the health of the
// collector with the reason; all others go on.
//
// # What is promised
//
//   - A storm becomes few events: the first of a kind is told at once, those that follow
//     within a minute are counted and told as one ("×41 in 60 s"), and the minute doubles
//     up to [longestFold] for as long as it goes on. What comes back after each minute is
//     told three times, and then by the hour; a warning is told each time.
//   - What the kernel could not deliver is counted and told as an event of its own.
//   - Names come from whoever runs on the host. The ring cuts and cleans them.
//   - Nothing is written anywhere and nothing is asked over the network. A trigger on
//     /proc/pressure is written to that file's own descriptor. On the system bus only
//     lists are asked for, and what others than systemd and logind send is not believed.
//
// # What is left out
//
// Lines of the journal. Its files are read by a C library, which a static binary cannot
// have, by journalctl, and no collector runs a program, or by parsers in Go, which are
// young and read a file from its beginning. Its lines are free text that may hold what no
// page shows, such as command lines. What systemd decides comes by the bus, and what the
// kernel logs from /dev/kmsg.
//
// # Concurrency
//
// A [Collector] is used like every other: one goroutine calls Sample. [Collector.Run]
// belongs to another one, which waits for the kernel to tell of processes and for the system
// bus; without it there are no events of these, and health says so. Config.Post may be
// called by both.
// [States] is a deriver; the sampler calls it.
//
// # Example
//
//	watch := events.New(events.Config{Post: ring.Post})
//	all := append(host.Collectors(host.Options{}), watch)
//	go watch.Run(ctx) // and wait for it
package events
