package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// told collects events from any goroutine.
type told struct {
	mu  sync.Mutex
	all []collectors.Event
}

func (a *told) post(e collectors.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, e)
}

// find returns the first event of a kind whose text has a part.
func (a *told) find(kind, part string) (collectors.Event, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.all {
		if e.Kind == kind && strings.Contains(e.Text, part) {
			return e, true
		}
	}
	return collectors.Event{}, false
}

// wait makes something happen until it is told.
func (a *told) wait(t *testing.T, kind, part string, again func()) collectors.Event {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		if e, ok := a.find(kind, part); ok {
			return e
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s with %q was told: %+v", kind, part, a.all)
		}
		again()
		pause()
	}
}

// waitUntil waits until something is so; what says what it is instead.
func waitUntil(t *testing.T, what func() string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); pause() {
		if time.Now().After(deadline) {
			t.Fatal(what())
		}
	}
}

// pause leaves the processor to others between two looks.
func pause() { _, _ = unix.Poll([]unix.PollFd{{Fd: -1}}, 10) }

// listening runs a collector whose process source listens, or ends the test.
func listening(t *testing.T, cfg Config) *Collector {
	t.Helper()
	f, err := listenProcesses()
	if err != nil {
		need.Missing(t, "the process connector: "+err.Error())
	}
	_ = unix.Close(f) // it only shows that it can be opened
	c := New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait(); c.Close() })
	return c
}

// sample asks all sources and returns what health would list.
func sample(t *testing.T, c *Collector) map[string]string {
	t.Helper()
	b := collectors.NewBatch()
	b.Begin(time.Now())
	if err := c.Sample(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	off := make(map[string]string)
	for _, u := range b.TakeUnavailable() {
		off[u.Source] = u.Reason
	}
	return off
}

// script runs a shell, called like the script, which may fail.
func script(t *testing.T, name, text string) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	_ = cmd.Run() // how it ends is what is told
	return cmd.Process.Pid
}

// asOrdinary is set where the test runs as a user without rights.
const asOrdinary = "DASHCAM_TEST_ORDINARY"

// ordinarily runs the test that calls it once more, as nobody, where root runs it.
func ordinarily(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return true
	}
	dir, err := os.MkdirTemp("", "ordinary")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "events.test")
	if err := os.WriteFile(at, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(at, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), asOrdinary+"=1", "TMPDIR="+dir)
	const nobody = 65534
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err == nil && bytes.Contains(out, []byte("--- SKIP: "+t.Name())) {
		need.Missing(t, fmt.Sprintf("as nobody it is skipped:\n%s", out))
	}
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	return false
}

func TestProcesses_AreToldAsAnOrdinaryUser(t *testing.T) {
	if !ordinarily(t) {
		return
	}
	a := new(told)
	c := listening(t, Config{Post: a.post})
	a.wait(t, KindExec, "short-lived started", func() { script(t, "short-lived", "exit 0") })
	e := a.wait(t, KindExit, "failing ended with 3", func() { script(t, "failing", "exit 3") })
	if e.About.Kind != "process" || e.About.Name != "failing" || e.About.PID == 0 || e.Level != collectors.LevelInfo || e.Source != processSource {
		t.Errorf("%+v", e)
	}
	if e := a.wait(t, KindExit, "crashing crashed by signal SEGV", func() { script(t, "crashing", "kill -SEGV $$") }); e.Level != collectors.LevelWarning {
		t.Errorf("%+v", e)
	}
	a.wait(t, KindExit, "killed was killed by signal KILL", func() { script(t, "killed", "kill -KILL $$") })
	if off := sample(t, c); off[processSource] != "" || off["/proc/vmstat"] != "" || off[linkSource] != "" || off["/proc/self/mountinfo"] != "" {
		t.Errorf("off are %v", off)
	}
}

// The ends of threads are dropped by the kernel: they are no processes.
func TestProcesses_ThreadsAreNotTold(t *testing.T) {
	f, err := listenProcesses()
	if err != nil {
		need.Missing(t, "the process connector: "+err.Error())
	}
	defer unix.Close(f)
	threads := func() {
		var done sync.WaitGroup
		for range 50 {
			done.Go(func() {
				runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			})
		}
		done.Wait()
	}
	var pid int
	happen := func() {
		threads()
		pid = script(t, "marker", "exit 7")
	}
	happen()
	b := make([]byte, 4096)
	for deadline := time.Now().Add(time.Minute); ; {
		n, err := unix.Read(f, b)
		switch {
		case errors.Is(err, unix.ENOBUFS): // others had more to tell than fits: the marker may be lost
			happen()
			continue
		case errors.Is(err, unix.EAGAIN) && time.Now().Before(deadline):
			pause()
			continue
		case err != nil:
			t.Fatalf("the marker was not told: %v", err)
		}
		e, err := parseProcessEvent(b[:n])
		if err != nil {
			t.Fatalf("%x: %v", b[:n], err)
		}
		if e.what == procExit && e.pid == 0 {
			t.Error("the end of a thread was told")
		}
		if e.what == procExit && e.pid == pid {
			return
		}
	}
}

func TestRun_EndsWithItsContext(t *testing.T) {
	f, err := listenProcesses()
	if err != nil {
		need.Missing(t, "the process connector: "+err.Error())
	}
	_ = unix.Close(f)
	c := New(Config{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { c.Run(ctx); close(ended) }()
	for c.processesOff() != nil {
		runtime.Gosched()
	}
	cancel()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("it has not ended")
	}
	if err := c.processesOff(); err == nil {
		t.Error("health does not say that nobody listens")
	}
}

// alone runs f in a network and mount namespace of its own.
func alone(t *testing.T, f func(run func(name string, args ...string))) {
	t.Helper()
	need.Root(t, "makes network and mount namespaces")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // and never unlocked: the thread ends, and the namespaces with it
		if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
			t.Errorf("unshare: %v", err)
			return
		}
		if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			t.Errorf("private mounts: %v", err)
			return
		}
		f(func(name string, args ...string) {
			// A child of this thread is in its namespaces.
			if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
				t.Errorf("%s %q: %v %s", name, args, err, out)
			}
		})
	}()
	<-ended
}

func TestLinks_TellWhatARealLinkDoes(t *testing.T) {
	ip := need.Program(t, "ip")
	alone(t, func(run func(string, ...string)) {
		run(ip, "link", "add", "left", "type", "veth", "peer", "name", "right")
		run(ip, "link", "set", "left", "up")
		run(ip, "link", "set", "right", "up")
		a, l := new(told), newLinks(Config{})
		defer l.close()
		poll := func() {
			if err := l.poll(a.post); err != nil {
				t.Error(err)
			}
		}
		poll()
		for _, e := range a.all {
			if strings.Contains(e.Text, "added") {
				t.Errorf("a link that was there is told: %+v", e)
			}
		}
		run(ip, "link", "set", "right", "down")
		a.wait(t, KindLink, "left is down", poll) // the kernel takes its time to tell of a carrier
		run(ip, "link", "set", "right", "up")
		a.wait(t, KindLink, "left is up", poll)
		run(ip, "link", "add", "third", "type", "veth", "peer", "name", "fourth")
		run(ip, "link", "del", "left")
		poll()
		for _, part := range []string{"left is down", "right was switched off", "third was added", "fourth was added", "left was removed", "right was removed"} {
			if _, ok := a.find(KindLink, part); !ok {
				t.Errorf("%q is not told: %+v", part, a.all)
			}
		}
	})
}

func TestMounts_TellWhatARealMountDoes(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "with blank")
	if err := os.Mkdir(target, 0o755); err != nil {
		t.Fatal(err)
	}
	alone(t, func(func(string, ...string)) {
		a := new(told)
		m := &mounts{markedFile: markedFile{path: "/proc/thread-self/mountinfo"}}
		defer m.close()
		step := func(what string, err error) {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if err := m.poll(a.post); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		step("first reading", nil)
		step("mount", unix.Mount(dir, target, "", unix.MS_BIND, ""))
		step("remount", unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
		step("unmount", unix.Unmount(target, 0))
		step("tmpfs", unix.Mount("tmpfs", target, "tmpfs", 0, ""))
		var got []string
		for _, e := range a.all {
			if strings.HasSuffix(e.Text, "was unmounted") && !strings.HasPrefix(e.Text, target) {
				continue // where somebody removes a directory the kernel takes away what was mounted on it here, too
			}
			text, _, _ := strings.Cut(e.Text, " (")
			got = append(got, string(e.Level)+" "+strings.TrimPrefix(text, target)+e.Text[strings.LastIndex(e.Text, ")")+1:])
		}
		if len(got) != 4 || got[0] != "  was mounted" || got[1] != "critical  is read-only now" || got[2] != "  was unmounted" || !strings.Contains(got[3], "of the kind tmpfs was mounted") {
			t.Errorf("told %q of %+v", got, a.all)
		}
	})
}

// A control group with a limit is where the kernel kills for want of memory without
// anybody else noticing.
func TestOOM_NamesTheVictim(t *testing.T) {
	need.Root(t, "makes a control group")
	root, limit, withSwap, swap := "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "8388608"
	if _, err := os.Stat(root); err != nil {
		root, limit, withSwap, swap = "/sys/fs/cgroup", "memory.max", "memory.swap.max", "0"
	}
	group, err := os.MkdirTemp(root, "dashcam-test-oom")
	if err != nil {
		need.Missing(t, "a control group for memory: "+err.Error())
	}
	defer os.Remove(group)
	if err := os.WriteFile(filepath.Join(group, limit), []byte("8388608"), 0); err != nil {
		need.Missing(t, "a limit of a control group: "+err.Error())
	}
	// Where there is swap it would first be filled; without it there is no such file.
	_ = os.WriteFile(filepath.Join(group, withSwap), []byte(swap), 0)
	a := new(told)
	c := listening(t, Config{Post: a.post})
	sample(t, c)
	// The shell is called as the script until it becomes tail, which keeps a line of zeros.
	// Others on this host may be killed meanwhile, and then it is in doubt.
	e := a.wait(t, KindOOM, "tail (pid ", func() {
		script(t, "hungry", fmt.Sprintf("echo $$ > %s/cgroup.procs && exec tail /dev/zero", group))
		sample(t, c)
	})
	if e.Level != collectors.LevelCritical || e.About.Name != "tail" || e.About.PID == 0 || e.Source != "/proc/vmstat" {
		t.Errorf("%+v", e)
	}
	// Who listens notes a kill for others before telling it.
	a.wait(t, KindExit, "tail was killed by signal KILL", func() {})
}

func TestPressure_IsToldWithinSeconds(t *testing.T) {
	p := &pressure{trigger: trigger{"cpu", "the processor", 5}, markedFile: markedFile{path: "/proc/pressure/cpu"}}
	defer p.close()
	a := new(told)
	if err := p.poll(a.post); err != nil {
		need.Missing(t, "a trigger on pressure: "+err.Error())
	}
	ctx, cancel := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	defer busy.Wait()
	defer cancel()
	for range runtime.NumCPU() + 1 {
		busy.Go(func() {
			runtime.LockOSThread() // which is whose death is told
			defer runtime.UnlockOSThread()
			cmd := exec.CommandContext(ctx, "sh", "-c", "while :; do :; done")
			cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a run that is killed ends it, too
			_ = cmd.Run()                                                      // it is killed
		})
	}
	e := a.wait(t, KindPressure, "something waited for the processor", func() {
		if err := p.poll(a.post); err != nil {
			t.Fatal(err)
		}
	})
	if e.Level != collectors.LevelWarning || e.About.Name != "cpu" {
		t.Errorf("%+v", e)
	}
}

// Every file that is not there is listed, and everything else goes on.
func TestSources_ThatAreNotThereAreListed(t *testing.T) {
	a := new(told)
	c := New(Config{Root: t.TempDir(), Post: a.post})
	defer c.Close()
	off := sample(t, c)
	for _, file := range []string{"/proc/vmstat", "/proc/pressure/io", "/proc/1/mountinfo", "/sys/kernel/oops_count", "/var/log/dpkg.log"} {
		if got := off[filepath.Join(c.cfg.Root, file)]; got != "not there" {
			t.Errorf("%s: %q", file, got)
		}
	}
	if off[linkSource] == "" || off[processSource] == "" {
		t.Errorf("off are %v", off)
	}
}

func TestFiles_TellWhatChangesInThem(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string, flags int) {
		t.Helper()
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(at, os.O_CREATE|os.O_WRONLY|flags, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	const log = "/var/log/dpkg.log"
	write(log, "2026-11-28 10:00:00 install old:amd64 <none> 1\n", 0)
	write("/sys/kernel/warn_count", "3\n", 0)
	write("/proc/sys/kernel/tainted", "0\n", 0)
	a := new(told)
	c := New(Config{Root: root, Post: a.post})
	defer c.Close()
	sample(t, c)
	if len(a.all) != 0 {
		t.Fatalf("what was there is told: %+v", a.all)
	}
	write(log, "2026-11-29 18:02:44 upgrade libc6:amd64 2.36-9 2.36-10\n2026-11-29 18:02:45 status installed libc6:amd64 2.36-10\n2026-11-29 18:02:46 remo", os.O_APPEND)
	write("/sys/kernel/warn_count", "5\n", os.O_TRUNC)
	write("/proc/sys/kernel/tainted", "4097\n", os.O_TRUNC)
	sample(t, c)
	write(log, "ve nano:amd64 7.2-1 <none>\n", os.O_APPEND)
	sample(t, c)
	if err := os.Remove(filepath.Join(root, log)); err != nil {
		t.Fatal(err)
	}
	write(log, "2026-11-29 18:03:00 install jq:amd64 <none> 1.7\n", 0)
	sample(t, c)
	for part, count := range map[string]int{
		"libc6 was upgraded from 2.36-9 to 2.36-10": 0, "nano 7.2-1 was removed": 0, "jq 1.7 was installed": 0,
		"the kernel warned": 2, "the kernel is tainted now: proprietary module, module from outside the kernel": 0,
	} {
		found := false
		for _, e := range a.all {
			found = found || strings.Contains(e.Text, part) && e.Count == count
		}
		if !found {
			t.Errorf("%q is not told: %+v", part, a.all)
		}
	}
	if len(a.all) != 5 {
		t.Errorf("%d events: %+v", len(a.all), a.all)
	}
}

// Swap, addresses, routes, devices and settings are told for real where the test may make
// them.
func TestSwaps_AreTold(t *testing.T) {
	need.Root(t, "to switch swap on")
	need.Program(t, "mkswap")
	area := filepath.Join(t.TempDir(), "swap")
	if out, err := exec.Command("sh", "-c", "dd if=/dev/zero of="+area+" bs=64k count=16 && chmod 600 "+area+" && mkswap "+area).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := newSwaps(Config{Root: "/"})
	defer s.close()
	a := new(told)
	poll := func() {
		if err := s.poll(a.post); err != nil {
			t.Fatal(err)
		}
	}
	poll()
	if out, err := exec.Command("swapon", area).CombinedOutput(); err != nil {
		need.Missing(t, "swap: "+string(out))
	}
	on := a.wait(t, KindSwap, area+" is used as swap now", poll)
	if out, err := exec.Command("swapoff", area).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	a.wait(t, KindSwap, area+" is not used as swap any more", poll)
	if on.About.Kind != "device" || on.Source != "/proc/swaps" {
		t.Errorf("%+v", on)
	}
}

func TestAddresses_AreTold(t *testing.T) {
	ip := need.Program(t, "ip")
	alone(t, func(run func(string, ...string)) {
		run(ip, "link", "add", "dashaddr0", "type", "veth", "peer", "name", "dashaddr1")
		run(ip, "addr", "add", "192.0.2.1/24", "dev", "dashaddr0") // it was there before
		run(ip, "link", "set", "dashaddr0", "up")
		s := newAddresses(Config{})
		defer s.close()
		a := new(told)
		poll := func() {
			if err := s.poll(a.post); err != nil {
				t.Error(err)
			}
		}
		poll()
		run(ip, "addr", "change", "192.0.2.1/24", "dev", "dashaddr0", "valid_lft", "1000", "preferred_lft", "1000")
		run(ip, "addr", "add", "192.0.2.77/24", "dev", "dashaddr0")
		run(ip, "route", "add", "default", "via", "192.0.2.9", "dev", "dashaddr0", "metric", "4711")
		e := a.wait(t, KindAddress, "192.0.2.77/24 of dashaddr0 was added", poll)
		if e.About.Name != "dashaddr0" || e.Source != addressSource {
			t.Errorf("%+v", e)
		}
		a.wait(t, KindAddress, "the default route by 192.0.2.9 over dashaddr0 was added", poll)
		run(ip, "addr", "del", "192.0.2.77/24", "dev", "dashaddr0")
		a.wait(t, KindAddress, "192.0.2.77/24 of dashaddr0 was removed", poll)
		run(ip, "route", "del", "default", "via", "192.0.2.9", "metric", "4711")
		if e := a.wait(t, KindAddress, "the default route by 192.0.2.9 over dashaddr0 was removed", poll); e.Level != collectors.LevelWarning {
			t.Errorf("%+v", e)
		}
		if e, ok := a.find(KindAddress, "192.0.2.1/24"); ok {
			t.Errorf("what was there and is renewed is told: %+v", e)
		}
	})
}

func TestDevices_CanBeListenedToAsAnOrdinaryUser(t *testing.T) {
	if !ordinarily(t) {
		return
	}
	d := newDevices(Config{})
	defer d.close()
	if err := d.poll(new(told).post); err != nil {
		t.Error(err)
	}
}

func TestSettings_TellWhichFileChanged(t *testing.T) {
	root := t.TempDir()
	at := func(name string) string { return filepath.Join(root, name) }
	for _, dir := range []string{"etc/ssh", "etc/cron.d"} {
		if err := os.MkdirAll(at(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("etc/hosts")
	s := newSettings(Config{Root: root})
	defer s.close()
	a := new(told)
	poll := func() {
		t.Helper()
		if err := s.poll(a.post); err != nil {
			t.Fatal(err)
		}
	}
	poll()
	write("etc/hosts")
	write("etc/ssh/sshd_config")
	write("etc/cron.d/backup")
	write("etc/cron.d/.backup.swp")
	write("etc/motd") // not one of those
	write("etc/passwd+")
	if err := os.Rename(at("etc/passwd+"), at("etc/passwd")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(at("etc/cron.d/backup")); err != nil {
		t.Fatal(err)
	}
	poll()
	var got []string
	for _, e := range a.all {
		got = append(got, e.Text)
		if strings.Contains(fmt.Sprint(e), "secret") || e.Kind != KindSettings {
			t.Errorf("%+v", e)
		}
	}
	want := []string{"/etc/hosts was changed", "/etc/ssh/sshd_config was changed", "/etc/cron.d/backup was changed", "/etc/passwd was changed", "/etc/cron.d/backup was removed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFileSystems_TellOfErrors(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		at := filepath.Join(root, "sys/fs/ext4", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("features/lazy_itable_init", "supported\n")
	write("vda/errors_count", "3\n")
	f := newFileSystems(Config{Root: root})
	defer f.close()
	a := new(told)
	for range 2 {
		if err := f.poll(a.post); err != nil {
			t.Fatal(err)
		}
	}
	write("vdb/errors_count", "7\n") // it is mounted now, and had errors before
	f.polls = 0
	if err := f.poll(a.post); err != nil || len(a.all) > 0 {
		t.Fatalf("%v %+v", err, a.all)
	}
	write("vda/errors_count", "5\n")
	if err := f.poll(a.post); err != nil {
		t.Fatal(err)
	}
	if e, ok := a.find(KindFilesystem, "the file system on vda (ext4) found that it is damaged"); !ok || e.Count != 2 || e.Level != collectors.LevelCritical || e.About.Name != "vda" {
		t.Errorf("%+v", a.all)
	}
	write("vda/errors_count", "many\n")
	if err := f.poll(a.post); err == nil {
		t.Error("what cannot be read is not said")
	}
}

// The log of the kernel is read where that is allowed, and else the reason says which
// drop-in gives the right. What was logged before is not told.
func TestKernelLog_IsReadOrSaysWhatItTakes(t *testing.T) {
	fd, refused := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if refused == nil {
		defer unix.Close(fd)
		kernelMatters(t, fd) // up to now
	}
	k := newKernelLog(Config{})
	defer k.close()
	a := new(told)
	err := k.poll(a.post)
	switch {
	case refused == nil && err != nil:
		t.Error(err)
	case refused != nil && (err == nil || !strings.Contains(err.Error(), "CAP_SYSLOG") || !strings.Contains(err.Error(), kernelLogDropIn)):
		t.Errorf("%v is told as %v", refused, err)
	}
	if refused != nil || len(a.all) == 0 {
		return
	}
	since := kernelMatters(t, fd) // others' kills for want of memory, say
	for _, e := range a.all {
		if e.Kind != KindLost && !slices.Contains(since, e.Text) {
			t.Errorf("told %+v, which was not logged since it listens", e)
		}
	}
}

// kernelMatters reads the log of the kernel up to its end, and returns what in it matters.
func kernelMatters(t *testing.T, fd int) (all []string) {
	t.Helper()
	b := make([]byte, 8<<10)
	for {
		n, err := unix.Read(fd, b)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return all
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EPIPE), errors.Is(err, unix.EINVAL):
			continue
		case err != nil:
			t.Fatal(err)
		}
		if text, _, matters := parseKernelLine(b[:n]); matters {
			all = append(all, text)
		}
	}
}

// As an ordinary user every source works that needs no right. What is off says why: the host
// does not have it, or which drop-in gives the right.
func TestSources_AreOnForAnOrdinaryUserOrSayWhy(t *testing.T) {
	if !ordinarily(t) {
		return
	}
	c := New(Config{})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait(); c.Close() })
	settled := func() bool {
		for _, source := range []string{unitSource, sessionSource} {
			if errors.Is(c.bus.off(source), errNotRunning) {
				return false
			}
		}
		return !errors.Is(c.processesOff(), errNotRunning)
	}
	waitUntil(t, func() string { return "the bus was not looked for" }, settled)
	off := sample(t, c)
	names := []string{processSource}
	for _, s := range c.sources {
		names = append(names, s.name())
	}
	on := 0
	for _, name := range names {
		why := off[name]
		delete(off, name)
		switch {
		case why == "":
			on++
			t.Logf("on:  %s", name)
		case why == "not there", strings.HasPrefix(why, errNoBus.Error()), strings.Contains(why, "/usr/share/dashcam/"):
			t.Logf("off: %s: %s", name, why)
			if m := regexp.MustCompile(`/usr/share/dashcam/(\S+)`).FindStringSubmatch(why); m != nil {
				if _, err := os.Stat(filepath.Join(dropIns(), m[1])); err != nil {
					t.Errorf("%s: the drop-in: %v", why, err)
				}
			}
		default:
			t.Errorf("%s is off: %s", name, why)
		}
	}
	if len(off) > 0 {
		t.Errorf("off, and no source: %v", off)
	}
	for _, name := range []string{linkSource, addressSource, "/proc/vmstat", "/proc/self/mountinfo", "/proc/sys/kernel/tainted"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is no source: %q", name, names)
		}
	}
	if on < 10 {
		t.Errorf("only %d are on", on)
	}
}

// dropIns is where they are kept.
func dropIns() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "../../cmd/dashcam/deploy")
}

// The sources are asked less often where the processor is short, which is when memory is
// short, too: the victim is named all the same.
func TestOOM_NamesTheVictimHoweverSeldomItIsAsked(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	procs := newProcesses(Config{Now: v.now}, newFolder(v.post, v.now))
	o := &oom{file: file{path: filepath.Join(t.TempDir(), "vmstat"), size: 1024}, procs: procs}
	defer o.close()
	poll := func(kills int) {
		t.Helper()
		if err := os.WriteFile(o.path, fmt.Appendf(nil, "nr_free_pages 1\noom_kill %d\n", kills), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := o.poll(v.post); err != nil {
			t.Fatal(err)
		}
	}
	poll(0)
	v.at = v.at.Add(time.Second)
	procs.note(about("early", 1, "")) // of something else: nobody was short of memory
	v.at = v.at.Add(30 * time.Second)
	poll(0)
	v.at = v.at.Add(time.Second)
	procs.note(about("hungry", 2, "hungry.service"))
	v.at = v.at.Add(30 * time.Second)
	poll(1)
	if got := v.take(); len(got) != 1 || got[0] != "hungry (pid 2) was killed: out of memory" {
		t.Errorf("told %q", got)
	}
	v.at = v.at.Add(30 * time.Second)
	poll(2)
	if got := v.take(); len(got) != 0 {
		t.Errorf("without a victim: %q", got)
	}
	for range oomWait {
		poll(2) // nobody is waited for any more
	}
	// A process that somebody ended in the same moment was named in its place.
	procs.note(about("ended", 3, ""))
	procs.note(about("hungry", 4, "hungry.service"))
	poll(3)
	if got := v.take(); len(got) != 1 || got[0] != "out of memory: 1 of ended 3, hungry 4 killed" {
		t.Errorf("in doubt: %q", got)
	}
	procs.note(about("next", 5, ""))
	procs.note(about("last", 6, ""))
	poll(5)
	if got := v.take(); len(got) != 2 || got[0] != "next (pid 5) was killed: out of memory" || got[1] != "last (pid 6) was killed: out of memory" {
		t.Errorf("two victims: %q", got)
	}
}
