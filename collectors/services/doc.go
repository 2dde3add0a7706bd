// Package services observes who uses the machine by the name people call it: containers,
// pods, systemd units, sessions and virtual machines.
//
// The kernel accounts by control group, so that the answer costs little and needs no
// right, no agent and no engine's socket. One row of the table is one control group that is
// a unit of its own: its path says what it is (identify.go), a readable file says its
// name (names_linux.go), and the files of its group say what it uses (sources.go). Groups
// inside a unit are part of it, and slices only group units, so that rows add up; what no
// row accounts for is the row "kernel and unaccounted".
//
// # What is read
//
// Both versions of control groups are read, whichever holds the controllers; on a hybrid
// host the mount table decides. Files stay open and are read with pread(2), as far as a
// share of the file limit goes. A unit that did nothing for some readings is read at every
// eighth observation, in turns; its row repeats until then. memory.stat can take long on
// groups with much page cache and is read every tenth observation.
//
// Directories are watched by inotify(7). Where that is refused, the tree is listed every
// 5 s. A read that hangs ends with the collector called stuck, as for every other.
//
// # What is promised
//
//   - The first reading of a counter gives no value, and one that falls gives none either:
//     never a spike and never a zero.
//   - A row's key is the inode of its directory, which the kernel does not use twice: a
//     container that is started again under the same name is another row.
//   - Nothing is ever written to a control group or to an engine.
//   - Names come from whoever runs on the host: they are cut and cleaned like all labels.
//
// # Concurrency
//
// A collector is used by one goroutine at a time, as the sampler does.
//
// # Example
//
//	all := append(host.Collectors(host.Options{}), services.New(services.Options{}))
package services
