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
// # Stages
//
// A stage is an operating system thread with a network and mount namespace of its own.
// What a test does to links and mounts there, nobody else on the machine sees. Stages need
// root; as another user these tests fail and say so.
package attacks
