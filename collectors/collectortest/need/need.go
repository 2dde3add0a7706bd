// Package need says what a test cannot do without: a program, a right, a system.
//
// Where it is missing the test is skipped, and says what to install or how to run it.
// Where DASHCAM_TEST_REQUIRE is 1, as `make test` sets it, the same is a failure, so that a
// test which did not run never counts as one that passed. There, too, what is proven by many
// repetitions has all of them: elsewhere Times takes fewer, so that all tests together are
// quick. And what the race detector would only make slow is Undetected: it runs without it.
// Port and ShortDir are a port and a directory that a program under test is told of.
//
//	func TestProxies(t *testing.T) {
//		need.Root(t, "makes network namespaces")
//		nginx := need.Program(t, "nginx")
//		…
//	}
//
// It may be called by any goroutine that may end its test.
package need

import (
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
)

// Require is the environment variable that makes absence a failure where it is 1.
const Require = "DASHCAM_TEST_REQUIRE"

// Program returns the path of a program, which is looked for in PATH and where Debian
// keeps those of administrators.
func Program(t testing.TB, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	Missing(t, name+" is not installed")
	return ""
}

// Root ends the test unless it runs as root; why says what it does with it.
func Root(t testing.TB, why string) {
	t.Helper()
	if os.Geteuid() != 0 {
		Missing(t, "not root: the test "+why)
	}
}

// Missing ends the test because of what it lacks.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv(Require) == "1" {
		t.Fatalf("%s, and %s=1 makes that a failure", what, Require)
	}
	t.Skip(what)
}

// Times is how often a test does something, or for how long: all of it where Require is 1,
// and elsewhere the part that is enough to find what is plainly wrong, which it says.
func Times[N ~int | ~int64 | ~uint64](t testing.TB, all, part N) N {
	t.Helper()
	if os.Getenv(Require) == "1" {
		return all
	}
	t.Logf("%v of %v: %s=1 does all", part, all, Require)
	return part
}

// Undetected skips a test before the race detector: one that computes in one goroutine, which
// the detector makes take five times as long and in which it has nothing to find, or that
// counts allocations, each of which it makes larger. `make test` finds the tests that call it
// in their own body and runs them without the detector (.ci/undetected).
func Undetected(t testing.TB) {
	t.Helper()
	if raced {
		t.Skip("runs without the race detector, which has nothing to find in it")
	}
}

// longestDir leaves room for names in it: the path of a socket has 107 bytes.
const longestDir = 60

// ShortDir makes a directory of the test whose path is short enough for that of a socket in
// it, wherever temporary files are.
func ShortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "test-")
	if err == nil && len(dir) > longestDir && runtime.GOOS != "windows" { // which has no /tmp
		_ = os.Remove(dir)
		dir, err = os.MkdirTemp("/tmp", "test-")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Logf("it stays: %v", err)
		}
	})
	return dir
}

// Port returns a port of an address on which nobody listens, for a program that is told
// where to listen. It is below those that the kernel gives to whoever connects or asks for
// any: between here and there another test cannot get it by chance.
func Port(t testing.TB, address string) string {
	t.Helper()
	const first, last = 10_000, 32_000 // Linux gives those from 32768 on, others from 49152 on
	var err error
	for range 100 {
		port := strconv.Itoa(first + rand.IntN(last-first))
		var ln net.Listener
		if ln, err = new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(address, port)); err != nil {
			continue // somebody does
		}
		if err := ln.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatalf("no port of %s: %v", address, err)
	return ""
}
