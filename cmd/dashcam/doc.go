// Command dashcam shows what a server does, live and up to a day back, in a browser.
//
//	dashcam                          # this host, at http://127.0.0.1:7272
//	dashcam --demo                   # a made-up host with incidents
//	dashcam --listen 127.0.0.1:9000 --interval 500ms
//
// Every flag can also be given in the environment: --history-memory is
// DASHCAM_HISTORY_MEMORY. A flag wins over the environment.
//
// It ends with exit status 0 on SIGINT and SIGTERM, after the open pages were told; a
// second signal ends it at once. The status is 1 when it cannot start or something
// fails, with one line on standard error, and 2 for a flag that is not understood.
//
// This package is policy only: flags, environment, signals and what is printed. What
// dashcam is made of is put together in package embedded.
package main
