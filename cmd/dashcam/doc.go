// Command dashcam shows what a server does, live and up to a day back, in a browser.
//
//	dashcam                          # this host, at http://127.0.0.1:7272
//	dashcam --demo                   # a simulated host with incidents
//	dashcam --listen 127.0.0.1:9000 --interval 500ms
//	dashcam --config dashcam.toml    # the same settings from a file
//	dashcam snapshot cpu.usage       # one sample, for scripts
//	dashcam --help                   # all commands and settings
//
// # Settings
//
// A setting is a flag, and from that one table come its name in the environment
// (--history-memory is DASHCAM_HISTORY_MEMORY), its key in the TOML file that --config
// names (history-memory), help, completions, the manual page and the README's table. A
// flag wins over the environment, the environment over the file, the file over the
// default. A key or a variable that is no setting is a mistake, and the nearest is named. To add a
// setting, add a field and a line to options; to add a command, a method and a line in
// commands.go.
//
// At SIGHUP the file is read again: what can change does, and every difference is
// logged. A file with a mistake changes nothing. Without a file SIGHUP ends dashcam.
//
// # Ending
//
// It ends with exit status 0 on SIGINT and SIGTERM, after the open pages were told; a
// second signal ends it at once. The status is 1 when it cannot start or something
// fails, and 2 for settings that are not understood, with a line on standard error for
// each mistake.
//
// # Memory
//
// The Go runtime is given a soft limit: --history-memory and 208 MiB beside it, at most
// three quarters of what the control group may have. What is long is refused before that
// is used up (503), so that dashcam is not killed for its memory. GOMEMLIMIT overrides it.
//
// This package is policy only: flags, environment, file, signals and what is printed.
// What dashcam is made of is put together in package embedded.
package main
