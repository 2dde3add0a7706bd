// Package containers starts container engines for tests: a Docker or a Podman that shares
// nothing with any other on the host, without a network and without a registry. Its one
// image holds a static busybox.
//
// What it needs (root, the programs) it asks for by package need. An engine ends with its
// test, and all of its containers before it.
//
// It may be used by the goroutine of its test.
//
//	e := containers.Docker(t)
//	e.Start("spinner", "while :; do :; done", "--cpus", "0.2")
//	said := e.Run("stats", "--no-stream")
package containers
