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
// share of the file limit goes. Of a unit that did nothing for some readings only the
// processor time is read, at every second observation; the rest follows when that rises, and
// at every eighth one. memory.stat can take long on groups with much page cache and is read
// every tenth observation. The memory limit of a row is the smallest on the way up, as the
// kernel holds to it: that of a pod or a slice counts for all that are in it.
//
// Directories are watched by inotify(7). Where that is refused, the tree is listed every
// 5 s. A read that hangs ends with the collector called stuck, as for every other.
//
// # What is promised
//
//   - The first reading of a counter gives no value, and one that falls gives none either:
//     never a spike and never a zero. OOM kills alone count from the making of a group.
//   - A unit that rested and hurts itself is seen to within three observations.
//   - A row's key is the inode of its directory, which the kernel does not use twice: a
//     container that is started again under the same name is another row. It goes on with
//     the kills and restarts of the one before, for five minutes.
//   - Who ends by an OOM kill keeps a row. No file is left to say so, and it is concluded
//     from the host's own count: see endings.explain, which accuses nobody in doubt.
//   - Nothing is ever written to a control group or to an engine.
//   - Names come from whoever runs on the host: they are cut and cleaned (title.go).
//
// With [Options].Post it tells of services that begin and end, and of those that are
// throttled or near their memory limit (happenings_linux.go), with the hysteresis of signs.
//
// In version 1 what is written through the cache is nobody's, and kernels count I/O only
// where some group has a throttle rule: else it is missing, and not 0.
//
// # Concurrency
//
// A collector is used by one goroutine at a time, as the sampler does.
//
// # Example
//
//	all := append(host.Collectors(host.Options{}), services.New(services.Options{}))
package services
