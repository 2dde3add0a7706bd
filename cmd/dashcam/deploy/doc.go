// Package deploy holds what dashcam is installed and started with, and tests that use the
// real counterparts: systemd-analyze, dpkg, an empty root. There is nothing to import.
//
//	dashcam.service   the unit for systemd, sandboxed so that the data stays true
//	process-io.conf   a drop-in for the unit, with which it sees the I/O of all processes
//	dashcam.sysusers  the user of the unit, whom the system bus knows
//	kernel-log.conf   one with which it tells what the kernel logs
//	older-kernels.conf  one for kernels before Linux 6.6, which tell of processes to fewer
//	hub.conf          a drop-in for the unit, with which it is the hub of other hosts
//	stage             builds the binary and all that a package holds into a directory
//	nfpm.yaml         the deb and rpm packages, made of that directory
//	postinstall.sh …  what the packages do when they come and go
//	goreleaser.yaml   the same for a release: archives and packages for all systems
//	Dockerfile        an image with the binary and nothing else
//	compose.yaml      how such a container sees its host
//	compose.hub.yaml  beside it: the hub of other hosts in that container
//	nginx.conf        how to stand behind nginx, and Caddyfile behind Caddy
//	nats-server.conf  a node of a NATS cluster that hubs share
//
// make packages builds the packages into bin/stage. The tests need root on Debian, so they run
// with -tags packaging alone, which make test does after .ci/packaging. The unit runs under a
// real systemd in make vm, whose tests are in package attacks.
//
// # What sandboxing must not do
//
// dashcam tells what it sees, so a sandbox that shows it something else makes it lie. The
// unit therefore does without ProtectProc, ProcSubset (no processes of others),
// PrivateNetwork (its own links), PrivateUsers (all processes are nobody's), ProtectHostname (a
// host that is renamed keeps its name), ProtectClock (how the clock is kept is not told) and
// ProtectHome=yes (empty file systems). DynamicUser
// brings a private /tmp and read-only mounts: they are the same file systems with the same
// sizes, and whether one is read-only outside is asked of the first process's list.
package deploy
