// Package attacks holds no code, only tests: what is tried against the program as it is
// shipped, and the ways in which a host can make a sampler lie.
//
// Every test starts the built binary and speaks to it over real connections, as a foreign
// page, a hostile user of the host or a broken client would. Each attempt is counted, and
// the end of the run prints how many were tried, how many were refused, and how many
// requests that look alike but are right were let in:
//
//	go test -v ./cmd/dashcam/attacks
//
// Attempts that need a browser are in frontend/e2e (attacks.spec.ts). What a single package
// promises is tested there; here are only promises of the whole.
//
// A hub and its hosts are tried from both sides: TestFleet_ tests have the key of a host, a
// join token, a hostile host towards a hub, and a hostile hub towards a host.
//
// # Stages
//
// A stage is an operating system thread with a network and mount namespace of its own.
// What a test does to links and mounts there, nobody else on the machine sees. Stages need
// root; as another user these tests fail and say so.
//
// # Minutes and hours
//
// What shows after an hour runs for seconds here: ATTACKS_MINUTES=60 gives it an hour (make
// hours). What was made to take the memory of the host runs in a control group with the
// limit of the unit, and is stopped while it goes on.
//
// # A machine of its own
//
// What can be tried on nobody's machine but one's own has the build tag machine: the package
// and its unit under a running systemd, the unit's filter with a kernel that kills instead
// of refusing, what root, a user without rights and the sandbox see at the same time, a
// processor unplugged, the clock set, suspend, a stall of the whole machine, the kernel out of
// memory, thousands of processes that come and go, Docker, Podman and systemd on control
// groups of version 2, and a power cut. make vm boots one for them (.ci/vm/run), of two
// processors, which takes ten minutes or more where it has to be emulated; make vm
// TESTS=TestMachineClock runs those whose names begin so. A test asks whoever runs the machine for
// what cannot be done from inside, by lines that begin with @.
package attacks
