package clients

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// token is long enough to be one.
const token = "a-token-of-the-test-0123456789abcdef"

// dashcam runs the product with sign-in, as a hub, which has all routes that there are, and
// returns its address.
func dashcam(t *testing.T) (url string) {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "dashcam")
	run(t, "../..", "go", "build", "-o", bin, "./cmd/dashcam")
	file := filepath.Join(dir, "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "hub", "--demo", "--demo-hosts", "3", "--listen", "127.0.0.1:0", "--auth", "token", "--auth-token-file", file)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// A test that ended before its program did would leave it running, with what go test reads.
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // one that has ended is told of below
		kill := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		_, _ = io.Copy(io.Discard, out) // it ends with the program
		if err := cmd.Wait(); err != nil {
			t.Errorf("dashcam hub: %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := regexp.MustCompile(`open +(http://[^/\s]+)`).FindStringSubmatch(lines.Text()); m != nil {
			url = m[1]
		}
		if strings.Contains(lines.Text(), "observes") {
			break
		}
	}
	if url == "" {
		t.Fatal("it said no address")
	}
	return url
}

// description is what the running dashcam says of its API, to one who has not signed in.
func description(t *testing.T, url string) []byte {
	t.Helper()
	res, err := http.Get(url + "/api/v2/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v: %s", res.Status, err, text)
	}
	return text
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var said = regexp.MustCompile(`^cpu\.usage percent: \d+ buckets; \d+ processes; 3 hosts of a hub\n$`)

// TestClients_OfGo generates a client, compiles a program that uses it and runs that.
func TestClients_OfGo(t *testing.T) {
	url := dashcam(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), read(t, "go.mod"))
	write(t, filepath.Join(dir, "go.sum"), read(t, "go.sum"))
	write(t, filepath.Join(dir, "main.go"), read(t, "testdata/go/main.go"))
	openapi, client := filepath.Join(dir, "openapi.json"), filepath.Join(dir, "client", "client.go")
	write(t, openapi, description(t, url))
	write(t, client, nil)
	run(t, ".", "go", "tool", "oapi-codegen", "-generate", "types,client", "-package", "client", "-o", client, openapi)
	// Building may say what it downloads.
	run(t, dir, "go", "build", "-o", "program", ".")
	if out := run(t, dir, "./program", url, token); !said.MatchString(out) {
		t.Errorf("it said %q", out)
	}
}

// TestClients_OfTypeScript does the same with types, strictly checked.
func TestClients_OfTypeScript(t *testing.T) {
	if _, err := os.Stat("node_modules/.bin/tsc"); err != nil {
		t.Fatal("npm packages are missing: run npm ci in .ci/clients")
	}
	url := dashcam(t)
	dir := t.TempDir()
	openapi := filepath.Join(dir, "openapi.json")
	write(t, openapi, description(t, url))
	write(t, filepath.Join(dir, "main.ts"), read(t, "testdata/ts/main.ts"))
	write(t, filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`))
	run(t, ".", "node_modules/.bin/openapi-typescript", openapi, "-o", filepath.Join(dir, "api.d.ts"))
	run(t, ".", "node_modules/.bin/tsc", "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--target", "es2022", "--module", "es2022",
		"--moduleResolution", "bundler", "--lib", "es2023,dom", "--outDir", dir, filepath.Join(dir, "main.ts"))
	if out := run(t, dir, "node", "main.js", url, token); !said.MatchString(out) {
		t.Errorf("it said %q", out)
	}
}
