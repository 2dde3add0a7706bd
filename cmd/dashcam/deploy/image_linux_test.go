//go:build packaging

package deploy

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/collectortest/containers"
	"dashcam/collectors/collectortest/need"
)

// TestImage_SeesTheServicesOfItsHost builds the image as the Dockerfile says, runs it as
// compose.yaml says, and compares what it tells with what the binary tells on the host, as
// root and as nobody.
func TestImage_SeesTheServicesOfItsHost(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *containers.Engine{"docker": containers.Docker, "podman": containers.Podman} {
		t.Run(name, func(t *testing.T) {
			needs(t, "setpriv")
			e := start(t)
			before := time.Now().Truncate(time.Second)
			e.Start("spinner", "while :; do :; done", "--cpus", "0.2", "--memory", "64m")
			after := time.Now()
			// Others on this host may call theirs the same, and give them as much.
			id := e.Run("inspect", "--format", "{{.Id}}", "spinner")
			addr := runImage(t, e, id)

			want := rowOf(t, must(t, filepath.Join(staged(t), "dashcam"), "snapshot", "--table", "services", "--format", "json"), id)
			nobody := spinning(t, func() map[string]any {
				return rowOf(t, must(t, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", filepath.Join(staged(t), "dashcam"), "snapshot", "--table", "services", "--format", "json"), id)
			})
			inside := spinning(t, func() map[string]any { return rowOf(t, get(t, "http://"+addr+"/api/v2/tables/services"), id) })
			if want["name"] != "spinner" {
				t.Errorf("root calls the spinner %v", want["name"])
			}
			// Docker counts from when it has started the container, and the kernel from its
			// first process; both say whole seconds, and so does the time of the boot.
			for who, row := range map[string]map[string]any{"root": want, "nobody": nobody, "the image": inside} {
				began, ended := float64(before.Unix()-1), float64(after.Unix()+1)
				if at, _ := row["started"].(float64); at < began || at > ended {
					t.Errorf("%s says that the spinner was started at %v, which was between %v and %v", who, row["started"], began, ended)
				}
			}
			if nobody["started"] != inside["started"] {
				t.Errorf("nobody says that the spinner was started at %v, the image says %v", nobody["started"], inside["started"])
			}
			for who, got := range map[string]map[string]any{"nobody": nobody, "the image": inside} {
				for _, column := range []string{"kind", "cpuLimit", "memoryLimit", "pids", "parent", "cgroup"} {
					if got[column] != want[column] {
						t.Errorf("%s says that %s of the spinner is %v, root says %v", who, column, got[column], want[column])
					}
				}
				if cpu, _ := got["cpu"].(float64); cpu > 25 {
					t.Errorf("%s says that the spinner uses %v %% of its 20 %%", who, got["cpu"])
				}
				if a, b := got["memory"].(float64), want["memory"].(float64); math.Abs(a-b) > 512<<10 {
					t.Errorf("%s says that the spinner holds %v bytes, root says %v", who, a, b)
				}
				// Docker's files are root's; whoever watches a container of Podman says its name.
				shown := strings.HasPrefix(got["name"].(string), "busybox ")
				if name == "podman" {
					shown = got["name"] == "spinner"
				}
				if !shown {
					t.Errorf("%s calls the spinner %v", who, got["name"])
				}
			}
			total := meminfo(t)
			if said := get(t, "http://"+addr+"/metrics"); !strings.Contains(said, fmt.Sprintf("node_memory_MemTotal_bytes %v\n", total)) {
				t.Errorf("the image does not tell the host's memory, which is %v bytes", total)
			}
		})
	}
}

// leastOfSpinner is what the spinner uses of its 20 % in any case: a host that is busy otherwise
// shares its processors among all who want them.
const leastOfSpinner = 2

// spinning asks for the spinner until it uses what it gets, within a minute.
func spinning(t *testing.T, ask func() map[string]any) map[string]any {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		row := ask()
		if cpu, _ := row["cpu"].(float64); cpu >= leastOfSpinner {
			return row
		}
		if time.Now().After(deadline) {
			t.Fatalf("it says for a minute that the spinner uses less than %d %% of its 20 %%, the last time %v", leastOfSpinner, row["cpu"])
		}
	}
}

// runImage returns the address of a dashcam that runs from the image, once it tells what a
// busy container uses.
func runImage(t *testing.T, e *containers.Engine, id string) string {
	t.Helper()
	image, addr := buildImage(t, e), freeAddr(t)
	args := append([]string{"run", "-d", "--name", "dashcam", "-e", "DASHCAM_LISTEN=" + addr}, e.Options()...)
	args = append(args, composed(t)...)
	e.Run(append(args, image)...)
	// Rates need two observations.
	tables := "http://" + addr + "/api/v2/tables/services"
	for deadline := time.Now().Add(time.Minute); ; {
		status, said, err := ask(tables)
		if err == nil && status == http.StatusOK {
			if cpu, _ := rowOf(t, said, id)["cpu"].(float64); cpu >= leastOfSpinner {
				e.Run("exec", "dashcam", "/dashcam", "healthcheck")
				return addr
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("it says %d, %v, %.600s\n%s", status, err, said, e.Run("logs", "dashcam"))
		}
		<-time.After(200 * time.Millisecond)
	}
}

// buildImage builds the image as the Dockerfile says, and returns its name.
func buildImage(t *testing.T, e *containers.Engine) string {
	t.Helper()
	context := t.TempDir()
	if err := os.Mkdir(filepath.Join(context, "state"), 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, "cp", filepath.Join(staged(t), "dashcam"), context)
	file, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	// There is no registry for the compiler's image. What it makes is here already.
	_, last, found := strings.Cut(string(file), "\nFROM scratch\n")
	if !found {
		t.Fatal("the Dockerfile does not end with an image from scratch")
	}
	last = strings.ReplaceAll(strings.ReplaceAll(last, "--from=build ", ""), "/out/", "/")
	if err := os.WriteFile(filepath.Join(context, "Dockerfile"), []byte("FROM scratch\n"+last), 0o600); err != nil {
		t.Fatal(err)
	}
	e.Run("build", "-t", "dashcam:test", context)
	if strings.HasSuffix(e.Command[0], "podman") {
		return "localhost/dashcam:test"
	}
	return "dashcam:test"
}

func freeAddr(t *testing.T) string {
	t.Helper()
	return "127.0.0.1:" + need.Port(t, "127.0.0.1")
}

// TestImage_IsAHub runs the image as compose.yaml and compose.hub.yaml say. A host of this
// machine joins by the line that the container prints.
func TestImage_IsAHub(t *testing.T) {
	e := containers.Docker(t)
	image := buildImage(t, e)
	addr := freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	args := append([]string{"run", "-d", "--name", "dashcam"}, e.Options()...)
	args = append(args, composed(t)...)
	command := ""
	file, err := os.ReadFile("compose.hub.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, service, _ := strings.Cut(string(file), "  dashcam:\n")
	for line := range strings.Lines(service) {
		line = strings.TrimSpace(line)
		key, value, _ := strings.Cut(line, ": ")
		switch value = strings.Trim(value, `"`); {
		case line == "" || line[0] == '#' || line == "environment:":
		case key == "DASHCAM_LISTEN":
			if value != ":7272" {
				t.Errorf("it listens on %s", value)
			}
			args = append(args, "-e", key+"=:"+port)
		case strings.HasPrefix(key, "DASHCAM_"):
			args = append(args, "-e", key+"="+value)
		case line == "command: [hub]":
			command = "hub"
		case key == "mem_limit":
			args = append(args, "--memory", value)
		case key == "pids_limit":
			args = append(args, "--pids-limit", value)
		default:
			t.Errorf("compose.hub.yaml has %q, which this test does not know", line)
		}
	}
	e.Run(append(args, image, command)...)
	said, line := "", []string(nil)
	within := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !is(); <-time.After(200 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s; it says\n%s", what, said)
			}
		}
	}
	within("no line to paste on a host", func() bool {
		said = e.Run("logs", "dashcam")
		line = regexp.MustCompile(`dashcam join https://\S+:` + port + ` (dcjoin_\S+) --state-dir DIR`).FindStringSubmatch(said)
		return line != nil
	})
	state := t.TempDir()
	// The name of this machine may lead anywhere in a test.
	must(t, filepath.Join(staged(t), "dashcam"), "join", "https://"+addr, line[1], "--state-dir", state, "--host-id", "hosta")
	host := exec.Command(filepath.Join(staged(t), "dashcam"), "--demo", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", state)
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = host.Process.Kill()
		_ = host.Wait()
	})
	within("the host is not on the wall", func() bool {
		said = e.Run("exec", "dashcam", "/dashcam", "hub", "hosts")
		return strings.Contains(said, "db-01") && !strings.Contains(said, "silent")
	})
	e.Run("exec", "dashcam", "/dashcam", "healthcheck")
}

// composed are the options that stand for compose.yaml. One that it gets needs its own here.
func composed(t *testing.T) []string {
	t.Helper()
	file, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	means := map[string][]string{
		"network_mode: host":  {"--network", "host"},
		"pid: host":           {"--pid", "host"},
		"read_only: true":     {"--read-only"},
		`user: "65534:65534"`: {"--user", "65534:65534"},
		"cap_drop: [ALL]":     {"--cap-drop", "ALL"},
		`security_opt: ["no-new-privileges:true"]`: {"--security-opt", "no-new-privileges"},
		"environment:":             nil,
		"DASHCAM_HOST_ROOT: /host": {"-e", "DASHCAM_HOST_ROOT=/host"},
		"volumes:":                 nil,
		"- type: bind":             {"-v", "/:/host:ro"},
		"source: /":                nil,
		"target: /host":            nil,
		"bind:":                    nil,
		// The tests' own mounts are private to them, of which no slave can be made.
		"propagation: rslave":     nil,
		"- state:/state":          {"-v", "state:/state"},
		"restart: unless-stopped": nil, // it ends with the test
		// A container may not protect itself beyond the one that it runs in.
		"oom_score_adj: -800": nil,
		"cpu_shares: 2048":    {"--cpu-shares", "2048"},
		"mem_limit: 512m":     {"--memory", "512m"},
		"pids_limit: 256":     {"--pids-limit", "256"},
	}
	_, service, _ := strings.Cut(string(file), "  dashcam:\n")
	service, _, _ = strings.Cut(service, "\nvolumes:\n")
	var out []string
	for line := range strings.Lines(service) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line == "build:" || strings.HasPrefix(line, "context:") || strings.HasPrefix(line, "dockerfile:") {
			continue
		}
		options, known := means[line]
		if !known {
			t.Errorf("compose.yaml has %q, which this test does not know", line)
		}
		if line != "read_only: true" || !slices.Contains(out, "--read-only") { // once of the container, once of the mount
			out = append(out, options...)
		}
	}
	return out
}

// rowOf is the row of the services that a container has, nil for none.
func rowOf(t *testing.T, text, id string) map[string]any {
	t.Helper()
	var got struct{ Rows []map[string]any }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v\n%.400s", err, text)
	}
	for _, row := range got.Rows {
		if path, _ := row["cgroup"].(string); strings.Contains(path, id[:12]) {
			return row
		}
	}
	return nil
}

func get(t *testing.T, url string) string {
	t.Helper()
	status, said, err := ask(url)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d, %v\n%.400s", url, status, err, said)
	}
	return said
}

func ask(url string) (status int, said string, err error) {
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

// meminfo is the host's memory in bytes.
func meminfo(t *testing.T) float64 {
	t.Helper()
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	var kib float64
	if _, err := fmt.Sscanf(string(text), "MemTotal: %f kB", &kib); err != nil {
		t.Fatal(err)
	}
	return kib * 1024
}
