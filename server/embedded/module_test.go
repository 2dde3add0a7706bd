package embedded_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// theirs is a program in a module of its own. What embeds the dashboard stands between the
// two marks, and is what the README promises: at most ten lines.
const theirs = `package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"

	"dashcam/server/embedded"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	fmt.Println("http://" + ln.Addr().String() + "/dashcam/")
	go http.Serve(ln, mux)
	// begin
	cam, err := embedded.New(embedded.Config{})
	if err != nil {
		return err
	}
	mux.Handle("/dashcam/", http.StripPrefix("/dashcam", cam.Handler()))
	return cam.Run(ctx)
	// end
}
`

// TestModule_ASecondOneEmbedsIt builds and runs a program of another module, as the README
// says to write it.
func TestModule_ASecondOneEmbedsIt(t *testing.T) {
	_, lines, _ := strings.Cut(theirs, "// begin\n")
	lines, _, _ = strings.Cut(lines, "\t// end\n")
	if n := strings.Count(lines, "\n"); n == 0 || n > 10 {
		t.Errorf("embedding takes %d lines, at most ten are promised", n)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.go": theirs,
		"go.mod":  fmt.Sprintf("module example.com/theirs\n\ngo 1.26.0\n\nrequire dashcam v0.0.0\n\nreplace dashcam => %s\n", root),
		"go.sum":  string(sums),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// A machine that has only ever built dashcam has not the go.mod of every module behind it.
	graph := exec.CommandContext(t.Context(), "go", "mod", "graph")
	graph.Dir = root
	if out, err := graph.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-mod=mod", "-o", "theirs", ".")
	// All that it needs, dashcam needs too.
	build.Dir, build.Env = dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program := exec.CommandContext(t.Context(), filepath.Join(dir, "theirs"))
	stdout, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = program.Process.Kill()
		_ = program.Wait()
	}()
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url = strings.TrimSpace(url)
	client := &http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		var catalogue struct{ Series []struct{ Name string } }
		res, err := client.Get(url + "api/v1/series")
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(res.Body).Decode(&catalogue)
		res.Body.Close()
		if err == nil && len(catalogue.Series) > 50 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s has %d series (%v)", url, len(catalogue.Series), err)
		}
	}
}
