//go:build packaging

package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors/collectortest/need"
)

// stageDir is where everything is built, once.
var stageDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "dashcam-deploy")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	stageDir = dir
	status := m.Run()
	_ = os.RemoveAll(dir) // what is left is in the system's temporary directory
	os.Exit(status)
}

var stage = sync.OnceValues(func() (string, error) {
	// Whoever runs the binary without rights has to reach it.
	if err := os.Chmod(stageDir, 0o755); err != nil {
		return "", err
	}
	out, err := exec.Command("./stage", stageDir, "deb", "rpm").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return stageDir, nil
})

// staged returns the directory with what was built.
func staged(t *testing.T) string {
	t.Helper()
	dir, err := stage()
	if err != nil {
		t.Fatalf("stage: %v", err)
	}
	return dir
}

// needs stops a test that cannot have its counterpart.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Fatalf("%s is missing: on Debian run .ci/packaging as root, or apt-get install dpkg systemd util-linux iproute2", p)
		}
	}
	if os.Geteuid() != 0 {
		t.Fatal("this test installs into a root of its own and makes mounts: run it as root, as make test does in a container")
	}
}

// must runs a program and returns what it prints.
func must(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// install unpacks the deb by dpkg into a root of its own.
func install(t *testing.T) (root string) {
	t.Helper()
	needs(t, "dpkg", "systemd-analyze")
	root = t.TempDir()
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	debs, err := filepath.Glob(filepath.Join(staged(t), "*.deb"))
	if err != nil || len(debs) != 1 {
		t.Fatalf("packages %q, %v", debs, err)
	}
	must(t, "dpkg", "--root="+root, "--force-script-chrootless", "--install", debs[0])
	return root
}

func TestDeb_InstallsVerifiesAndGoesAgain(t *testing.T) {
	root := install(t)
	if said := must(t, "dpkg", "--root="+root, "--verify", "dashcam"); said != "" {
		t.Errorf("dpkg --verify says\n%s", said)
	}
	if said := must(t, "dpkg", "--root="+root, "--listfiles", "dashcam"); !strings.Contains(said, "/usr/bin/dashcam\n") || !strings.Contains(said, "/usr/share/man/man1/dashcam.1.gz\n") {
		t.Errorf("it holds\n%s", said)
	}
	config := filepath.Join(root, "etc/dashcam/dashcam.toml")
	if said := must(t, filepath.Join(root, "usr/bin/dashcam"), "check-config", config); !strings.Contains(said, " is understood: 0 of ") {
		t.Errorf("the settings that come with it: %s", said)
	}
	must(t, "bash", "-n", filepath.Join(root, "usr/share/bash-completion/completions/dashcam"))
	must(t, "dpkg", "--root="+root, "--force-script-chrootless", "--purge", "dashcam")
	for _, gone := range []string{"usr/bin/dashcam", "etc/dashcam", "usr/lib/systemd/system/dashcam.service"} {
		if _, err := os.Lstat(filepath.Join(root, gone)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left after the package was purged (%v)", gone, err)
		}
	}
}

func TestUnit_PleasesSystemd(t *testing.T) {
	root := install(t)
	// The targets that the unit names are systemd's, and kill is procps'.
	must(t, "install", "-D", "/bin/kill", filepath.Join(root, "bin/kill"))
	must(t, "cp", "-a", "/usr/lib/systemd/system/.", filepath.Join(root, "usr/lib/systemd/system"))
	said := must(t, "systemd-analyze", "verify", "--man=no", "--root="+root, "dashcam.service")
	for line := range strings.Lines(said) {
		if strings.Contains(line, "dashcam") {
			t.Errorf("systemd-analyze verify: %s", line)
		}
	}
	exposure(t, root, 30)
	for name, right := range map[string]string{"process-io.conf": "CAP_SYS_PTRACE", "kernel-log.conf": "CAP_SYSLOG", "older-kernels.conf": "CAP_NET_ADMIN"} {
		dropIn(t, root, name)
		if said := exposure(t, root, 40); !strings.Contains(said, "✗ ") || !regexp.MustCompile(`✗ CapabilityBoundingSet=~\S*`+right).MatchString(said) {
			t.Errorf("%s is not part of the unit:\n%s", name, said)
		}
		if err := os.Remove(filepath.Join(root, "etc/systemd/system/dashcam.service.d", name)); err != nil {
			t.Fatal(err)
		}
	}
}

// dropIn installs a drop-in by the command that stands in it, which has to please systemd.
func dropIn(t *testing.T, root, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "usr/share/dashcam", name))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^# +sudo (install .+?) && sudo systemctl daemon-reload && sudo systemctl restart dashcam$`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s has no command to install it:\n%s", name, text)
	}
	args := strings.Fields(strings.NewReplacer(" /etc/", " "+root+"/etc/", " /usr/", " "+root+"/usr/").Replace(string(m[1])))
	must(t, args[0], args[1:]...)
	for line := range strings.Lines(must(t, "systemd-analyze", "verify", "--man=no", "--root="+root, "dashcam.service")) {
		if strings.Contains(line, "dashcam") {
			t.Errorf("systemd-analyze verify with %s: %s", name, line)
		}
	}
}

// TestUnit_IsAHubByADropIn starts what the drop-in makes of the unit: a hub, which tells
// systemd how it does, and keeps its hosts where the unit may write.
func TestUnit_IsAHubByADropIn(t *testing.T) {
	root := install(t)
	must(t, "install", "-D", "/bin/kill", filepath.Join(root, "bin/kill"))
	must(t, "cp", "-a", "/usr/lib/systemd/system/.", filepath.Join(root, "usr/lib/systemd/system"))
	dropIn(t, root, "hub.conf")
	exposure(t, root, 30)
	text, err := os.ReadFile(filepath.Join(root, "etc/systemd/system/dashcam.service.d/hub.conf"))
	if err != nil {
		t.Fatal(err)
	}
	// What systemd does with an empty ExecStart: it forgets the one before.
	_, command, found := strings.Cut(string(text), "\nExecStart=\nExecStart=")
	if !found {
		t.Fatalf("hub.conf does not replace ExecStart:\n%s", text)
	}
	command, _, _ = strings.Cut(command, "\n")
	s := superviseCommand(t, root, command, 400*time.Millisecond, "DASHCAM_LISTEN=127.0.0.1:0", "DASHCAM_AUTH=none", "DASHCAM_INTERVAL=100ms")
	s.hears("READY=1")
	s.hears("WATCHDOG=1")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.hears("STOPPING=1")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("it ends with %v:\n%s", err, s.said())
	}
	if _, err := os.Stat(filepath.Join(s.state, "dashcam", "fleet", "jetstream")); err != nil {
		t.Errorf("the registry is not in the state directory: %v", err)
	}
}

// exposure expects a level of at most so many tenths.
func exposure(t *testing.T, root string, most int) string {
	t.Helper()
	said := must(t, "systemd-analyze", "security", "--offline=true", fmt.Sprintf("--threshold=%d", most), "dashcam.service", "--root="+root)
	if m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindStringSubmatch(said); m == nil {
		t.Errorf("systemd-analyze security says\n%s", said)
	} else {
		t.Logf("exposure level %s", m[1])
	}
	return said
}

// unit returns the values of a key in the unit.
func unit(t *testing.T, root, key string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "usr/lib/systemd/system/dashcam.service"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+"="); ok {
			out = append(out, value)
		}
	}
	return out
}

// supervised is a program that was started as systemd does.
type supervised struct {
	t        *testing.T
	cmd      *exec.Cmd
	messages chan string
	state    string // where %S is
	errs     bytes.Buffer
	mu       sync.Mutex
}

func (s *supervised) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errs.Write(p)
}

func (s *supervised) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errs.String()
}

// supervise starts what the unit starts.
func supervise(t *testing.T, root string, watchdog time.Duration, environ ...string) *supervised {
	t.Helper()
	return superviseCommand(t, root, strings.Join(unit(t, root, "ExecStart"), ""), watchdog, environ...)
}

func superviseCommand(t *testing.T, root, execStart string, watchdog time.Duration, environ ...string) *supervised {
	t.Helper()
	socket := filepath.Join(need.ShortDir(t), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	s := &supervised{t: t, messages: make(chan string, 1000)}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		for buf := make([]byte, 4096); ; {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			s.messages <- string(buf[:n])
		}
	}()
	command := strings.Fields(execStart)
	for i := range command {
		if strings.HasPrefix(command[i], "/") {
			command[i] = root + command[i]
		}
	}
	s.cmd = exec.Command(command[0], command[1:]...)
	s.cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket, fmt.Sprintf("WATCHDOG_USEC=%d", watchdog.Microseconds()))
	s.state = t.TempDir()
	// systemd makes it, as StateDirectory says.
	if err := os.Mkdir(filepath.Join(s.state, unit(t, root, "StateDirectory")[0]), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, e := range unit(t, root, "Environment") {
		s.cmd.Env = append(s.cmd.Env, strings.ReplaceAll(e, "%S", s.state))
	}
	s.cmd.Env = append(s.cmd.Env, environ...)
	s.cmd.Stderr = s
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(3*time.Minute, func() { _ = s.cmd.Process.Kill() })
	t.Cleanup(func() {
		timer.Stop()
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
		_ = conn.Close()
		<-reading
	})
	return s
}

// hears waits for a message that begins so.
func (s *supervised) hears(text string) string {
	s.t.Helper()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	var heard []string
	for {
		select {
		case m := <-s.messages:
			if strings.HasPrefix(m, text) {
				return m
			}
			heard = append(heard, m)
		case <-timer.C:
			s.t.Fatalf("systemd does not hear %q, but %q; standard error:\n%s", text, heard, s.said())
		}
	}
}

func TestService_TellsSystemdHowItDoes(t *testing.T) {
	root := install(t)
	s := supervise(t, root, 400*time.Millisecond, "DASHCAM_LISTEN=127.0.0.1:0", "DASHCAM_AUTH=none", "DASHCAM_INTERVAL=100ms")
	s.hears("READY=1")
	if status := s.hears("STATUS="); !regexp.MustCompile(`^STATUS=\d+ series every 100ms$`).MatchString(status) {
		t.Errorf("%q", status)
	}
	for range 3 {
		s.hears("WATCHDOG=1")
	}
	// A stopped process gives no sign of life, and goes on giving some when it goes on.
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.hears("WATCHDOG=1")
	if reload := unit(t, root, "ExecReload"); !slices.Equal(reload, []string{"/bin/kill -HUP $MAINPID"}) {
		t.Fatalf("ExecReload is %q", reload)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); !strings.Contains(s.said(), "settings read again"); {
		if time.Now().After(deadline) {
			t.Fatalf("it does not read its settings again, but says\n%s", s.said())
		}
		<-time.After(5 * time.Millisecond)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.hears("STOPPING=1")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("it ends with %v:\n%s", err, s.said())
	}
	if kept, err := filepath.Glob(filepath.Join(s.state, "dashcam", "*")); err != nil || len(kept) == 0 {
		t.Errorf("the state directory holds nothing after it has ended (%v)", err)
	}
}

// seen is what a snapshot shows.
type seen struct {
	Host struct {
		ID, Hostname string
	}
	Series []struct {
		Name   string
		Labels map[string]string
		Value  *float64
	}
}

// facts are the numbers that do not change between two looks, and the names of what comes
// in numbers.
func (s *seen) facts() map[string]float64 {
	out := map[string]float64{}
	for _, v := range s.Series {
		key := fmt.Sprint(v.Name, v.Labels)
		switch {
		case v.Value == nil:
		case v.Name == "filesystem.bytes" && v.Labels["kind"] == "total", v.Name == "filesystem.read_only", v.Name == "memory.bytes" && v.Labels["kind"] == "total":
			out[key] = *v.Value
		case v.Name == "disk.bytes", v.Name == "net.bytes", v.Name == "cpu.core.busy", v.Name == "processes.count":
			out[key] = 0
		}
	}
	return out
}

// nobody runs a command without any rights, as the unit and the image do.
const nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all --no-new-privs "

// enter is the same for the command that follows in another root.
const enter = "/usr/sbin/chroot --userspec=65534:65534 --groups= . /dashcam"

// complete reports whether every file system has answered. On a busy machine one may not
// have within the moment that a sample waits.
func (s *seen) complete() bool {
	sizes := 0
	for _, v := range s.Series {
		switch {
		case v.Name == "filesystem.read_only":
			sizes++
		case v.Name == "filesystem.bytes" && v.Labels["kind"] == "total" && v.Value != nil:
			sizes--
		}
	}
	return sizes == 0
}

// look runs a script in a mount namespace of its own and reads the snapshot it prints.
func look(t *testing.T, script string) *seen {
	t.Helper()
	s := lookOnce(t, script)
	for tries := 0; !s.complete() && tries < 10; tries++ {
		s = lookOnce(t, script)
	}
	return s
}

func lookOnce(t *testing.T, script string) *seen {
	t.Helper()
	cmd := exec.Command("unshare", "--mount", "--propagation", "slave", "sh", "-euc", script)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, errs.String())
	}
	s := new(seen)
	if err := json.Unmarshal(out, s); err != nil {
		t.Fatalf("%v: %.200s", err, out)
	}
	if len(s.facts()) < 5 {
		t.Fatalf("there is next to nothing in %v", s.facts())
	}
	return s
}

// snapshot is the command that is compared. The shares that are not awaited take a moment.
const snapshot = " snapshot --format json --interval 200ms --log-level error"

// TestUnit_SandboxShowsTheTruth makes by hand what DynamicUser, ProtectSystem=strict,
// ProtectHome=read-only, PrivateTmp and PrivateDevices do to mounts.
func TestUnit_SandboxShowsTheTruth(t *testing.T) {
	needs(t, "unshare", "setpriv", "mount")
	bin := filepath.Join(staged(t), "dashcam")
	private := t.TempDir()
	outside := look(t, nobody+bin+snapshot)
	inside := look(t, `
		cut -d' ' -f5 /proc/self/mountinfo | while read -r point; do
			case "$point" in /proc*|/sys*|/dev*) ;; *) mount -o remount,bind,ro "$(printf %b "$point")" 2>/dev/null || : ;; esac
		done
		mount -t tmpfs -o ro,size=64k tmpfs /proc/kmsg 2>/dev/null || :
		cp `+bin+" "+private+`/dashcam 2>/dev/null && exit 9 # all is read-only
		mount --bind `+private+` /var/tmp
		exec `+nobody+bin+snapshot)
	if diff := differs(inside, outside, look(t, nobody+bin+snapshot)); diff != "" {
		t.Errorf("what is seen in the sandbox differs (-outside +inside):\n%s", diff)
	}
}

// differs compares the facts of one look with those of the looks before and after it. A link
// or a mount of another test, which came or went between these two, may be there or not.
func differs(inside, before, after *seen) string {
	want, got := before.facts(), inside.facts()
	later := after.facts()
	for _, facts := range []map[string]float64{want, later} {
		for key := range facts {
			a, early := want[key]
			b, late := later[key]
			if early && late && a == b {
				continue
			}
			delete(want, key)
			delete(got, key)
		}
	}
	return cmp.Diff(want, got)
}

// instructions are those of the last stage of the Dockerfile.
func instructions(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" || strings.HasPrefix(name, "#") {
			continue
		}
		if name == "FROM" {
			clear(out)
		}
		out[name] = append(out[name], rest)
	}
	return out
}

// TestImage_RunsFromAnEmptyRoot makes of the Dockerfile's last stage what an engine would
// make of it: a root with the binary alone, the kernel's file systems, and what
// compose.yaml mounts.
func TestImage_RunsFromAnEmptyRoot(t *testing.T) {
	needs(t, "unshare", "setpriv", "chroot", "mount")
	image := instructions(t)
	if !slices.Equal(image["FROM"], []string{"scratch"}) || !slices.Equal(image["ENTRYPOINT"], []string{`["/dashcam"]`}) || !slices.Equal(image["USER"], []string{"65534:65534"}) ||
		len(image["HEALTHCHECK"]) != 1 || !strings.HasSuffix(image["HEALTHCHECK"][0], `CMD ["/dashcam", "healthcheck"]`) || len(image["RUN"]) > 0 {
		t.Fatalf("the image is not what this test knows to make: %q", image)
	}
	bin := filepath.Join(staged(t), "dashcam")
	root := t.TempDir()
	environ := ""
	for _, e := range image["ENV"] {
		environ += e + " "
	}
	container := `
		mount -t tmpfs -o mode=755 tmpfs ` + root + `
		cd ` + root + `
		mkdir proc sys dev host state
		chown 65534:65534 state
		cp ` + bin + ` dashcam
		mount --rbind /proc proc
		mount --rbind / host
		mount -o remount,bind,ro host
		mount -o remount,bind,ro .
	`
	outside := look(t, nobody+bin+snapshot)
	inside := look(t, container+"exec env -i "+environ+"DASHCAM_HOST_ROOT=/host "+enter+snapshot)
	if diff := differs(inside, outside, look(t, nobody+bin+snapshot)); diff != "" {
		t.Errorf("what the container sees differs from the host (-host +container):\n%s", diff)
	}
	if inside.Host.Hostname != outside.Host.Hostname || inside.Host.ID != outside.Host.ID {
		t.Errorf("the container takes itself for %v, the host is %v", inside.Host, outside.Host)
	}
}

func TestImage_HealthcheckFindsTheOneThatServes(t *testing.T) {
	needs(t, "unshare", "setpriv", "chroot", "ip")
	bin := filepath.Join(staged(t), "dashcam")
	root := t.TempDir()
	// One shell, in which the container's first process and then the engine's check run.
	script := `
		mount -t tmpfs -o mode=755 tmpfs ` + root + `
		cd ` + root + `
		mkdir proc && mount --rbind /proc proc && cp ` + bin + ` dashcam && mount -o remount,bind,ro .
		ip link set lo up # of a network of its own, where nobody else has a port
		! ` + enter + ` healthcheck --listen 127.0.0.1:7272 2>/dev/null
		` + enter + ` --listen 127.0.0.1:7272 --auth none >/dev/null 2>&1 &
		pid=$!
		tries=0
		until ` + enter + ` healthcheck --listen 127.0.0.1:7272 2>/dev/null; do
			tries=$((tries + 1)); [ $tries -lt 1000 ] || exit 1
			sleep 0.05
		done
		kill $pid
		wait $pid
	`
	if out, err := exec.Command("unshare", "--mount", "--net", "--propagation", "slave", "sh", "-euc", script).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestFiles_NameSettingsThatExist(t *testing.T) {
	printed := must(t, filepath.Join(staged(t), "dashcam"), "print-config")
	named := regexp.MustCompile(`DASHCAM_[A-Z_]+`)
	seen := 0
	for _, name := range []string{"dashcam.service", "Dockerfile", "compose.yaml"} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, variable := range named.FindAllString(string(text), -1) {
			seen++
			key := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(variable, "DASHCAM_"), "_", "-"))
			if !strings.Contains(printed, "\n# "+key+" = ") {
				t.Errorf("%s names %s, which is no setting", name, variable)
			}
		}
	}
	if seen == 0 {
		t.Error("no file names a setting")
	}
}

// TestRelease_HoldsWhatThePackagesHold: goreleaser cannot take nfpm's list.
func TestRelease_HoldsWhatThePackagesHold(t *testing.T) {
	destinations := func(name string) []string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, m := range regexp.MustCompile(`dst: (/[^\s,]+)`).FindAllStringSubmatch(string(text), -1) {
			if m[1] != "/usr/bin/dashcam" { // goreleaser puts it there by itself
				out = append(out, m[1])
			}
		}
		slices.Sort(out)
		return out
	}
	want, got := destinations("nfpm.yaml"), destinations("goreleaser.yaml")
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 8 {
		t.Errorf("files (-nfpm.yaml +goreleaser.yaml):\n%s", diff)
	}
}
