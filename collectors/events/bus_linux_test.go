package events

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// busConfig is that of a bus on which anybody may be anybody.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
  </policy>
</busconfig>
`

// startBus runs a real dbus-daemon as the bus of a host and returns the host's root. It
// ends with the test, or before it.
func startBus(t *testing.T, root string) (stop func()) {
	t.Helper()
	program := need.Program(t, "dbus-daemon")
	dir := filepath.Join(root, "run/dbus")
	socket := filepath.Join(dir, "system_bus_socket")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(root, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, socket), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--config-file="+config, "--nofork", "--nopidfile", "--print-address")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // by that
		_ = os.Remove(socket)
	})
	t.Cleanup(stop)
	if _, err := bufio.NewReader(said).ReadString('\n'); err != nil {
		t.Fatalf("dbus-daemon: %v %s", err, &stderr)
	}
	return stop
}

// manager plays systemd or logind on a bus, as far as their callers can see.
type manager struct {
	t    *testing.T
	conn *dbus.Conn

	mu       sync.Mutex
	asked    []string
	services [][2]string // name and state
	logins   []string    // users; the session's id is the place

	late chan struct{} // until this is closed nobody is told who is logged in
}

// listedUnit is one of ListUnitsByPatterns.
type listedUnit struct {
	Name, Description, Load, Active, Sub, Following string
	Path                                            dbus.ObjectPath
	JobID                                           uint32
	JobType                                         string
	JobPath                                         dbus.ObjectPath
}

type listedSession struct {
	ID   string
	UID  uint32
	User string
	Seat string
	Path dbus.ObjectPath
}

func (m *manager) note(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, what)
}

func (m *manager) Subscribe() *dbus.Error {
	m.note("Subscribe")
	return nil
}

func (m *manager) ListUnitsByPatterns(states, patterns []string) ([]listedUnit, *dbus.Error) {
	m.note(fmt.Sprint("ListUnitsByPatterns", states, patterns))
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []listedUnit
	for _, s := range m.services {
		active, sub, _ := strings.Cut(s[1], "/")
		all = append(all, listedUnit{Name: s[0], Active: active, Sub: sub, Path: unitPath(s[0]), JobPath: "/"})
	}
	return all, nil
}

func (m *manager) ListSessions() ([]listedSession, *dbus.Error) {
	m.note("ListSessions")
	if m.late != nil {
		<-m.late
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []listedSession
	for i, user := range m.logins {
		if user != "" {
			all = append(all, listedSession{ID: fmt.Sprint(i), User: user, Path: dbus.ObjectPath(fmt.Sprint(logindPath, "/session/_3", i))})
		}
	}
	return all, nil
}

// GetAll answers for every session: who logs in does so by sshd.
func (m *manager) GetAll(string) (map[string]dbus.Variant, *dbus.Error) {
	m.note("GetAll")
	return map[string]dbus.Variant{"Class": dbus.MakeVariant("user"), "Service": dbus.MakeVariant("sshd"), "Leader": dbus.MakeVariant(uint32(7))}, nil
}

func unitPath(name string) dbus.ObjectPath {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return dbus.ObjectPath(systemdPath + "/unit/" + b.String())
}

// plays takes a name on a bus.
func plays(t *testing.T, root, name, at string, m *manager) *manager {
	t.Helper()
	conn, err := dbus.Connect("unix:path=" + filepath.Join(root, "run/dbus/system_bus_socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the bus may have ended
	m.t, m.conn = t, conn
	if err := errors.Join(conn.Export(m, dbus.ObjectPath(at), name+".Manager"), conn.ExportSubtree(m, dbus.ObjectPath(at+"/session"), propertiesAt)); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("%v %v", reply, err)
	}
	return m
}

// sends sends what systemd does when a service changes: first what belongs to services,
// then what belongs to units, with every property that is sent at all.
func (m *manager) sends(name, active, sub, result string, code, status int32) {
	m.t.Helper()
	change := func(kind string, values map[string]any) {
		all := make(map[string]dbus.Variant)
		for k, v := range values {
			all[k] = dbus.MakeVariant(v)
		}
		if err := m.conn.Emit(unitPath(name), propertiesAt+".PropertiesChanged", systemdName+kind, all, []string{"ExecStart"}); err != nil {
			m.t.Error(err)
		}
	}
	if strings.HasSuffix(name, ".service") {
		change(".Service", map[string]any{"MainPID": uint32(1), "Result": result, "NRestarts": uint32(0), "ExecMainCode": code, "ExecMainStatus": status, "StatusText": ""})
	}
	change(".Unit", map[string]any{"ActiveState": active, "SubState": sub, "StateChangeTimestamp": uint64(1), "Job": struct {
		ID   uint32
		Path dbus.ObjectPath
	}{0, "/"}})
}

// listeningTo runs the bus of a collector until the test ends.
func listeningTo(t *testing.T, root string, post func(collectors.Event)) *Collector {
	t.Helper()
	return listens(t, New(Config{Root: root, Post: post}))
}

func listens(t *testing.T, c *Collector) *Collector {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.bus.run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait(); c.Close() })
	return c
}

func (c *Collector) waitFor(t *testing.T, source string, want func(err error) bool) {
	t.Helper()
	waitUntil(t, func() string { return fmt.Sprint(source, ": ", c.bus.off(source)) }, func() bool { return want(c.bus.off(source)) })
}

func isOn(err error) bool { return err == nil }

func TestBus_TellsOfUnitsAndSessions(t *testing.T) {
	root := need.ShortDir(t)
	startBus(t, root)
	systemd := plays(t, root, systemdName, systemdPath, &manager{services: [][2]string{{"web.service", "active/running"}, {"old.service", "failed/failed"}}})
	logind := plays(t, root, logindName, logindPath, &manager{logins: []string{"root"}})
	a := new(told)
	c := listeningTo(t, root, a.post)
	c.waitFor(t, unitSource, isOn)
	c.waitFor(t, sessionSource, isOn)
	nothing := func() {}

	systemd.sends("web.service", "failed", "failed", "core-dump", 3, 11)
	e := a.wait(t, KindUnit, "web.service failed: it crashed by signal SEGV, core dumped", nothing)
	if e.Level != collectors.LevelCritical || e.About != (collectors.About{Kind: "service", Name: "web.service", Service: "web.service"}) || e.ID == "" || e.Source != unitSource {
		t.Errorf("%+v", e)
	}
	systemd.sends("web.service", "active", "running", "success", 0, 0)
	if again := a.wait(t, KindUnit, "web.service started", nothing); again.Resolves != e.ID || again.Level != "" {
		t.Errorf("%+v", again)
	}
	systemd.sends("loops.service", "activating", "auto-restart", "exit-code", 1, 3)
	if e := a.wait(t, KindUnit, "loops.service ended with 3 and is started again", nothing); e.Level != collectors.LevelWarning {
		t.Errorf("%+v", e)
	}
	// What is no service is not told.
	systemd.sends("session-4.scope", "active", "running", "success", 0, 0)
	systemd.sends("tmp.mount", "active", "mounted", "success", 0, 0)

	logind.mu.Lock()
	logind.logins = []string{"", "ada"} // root left, ada came
	logind.mu.Unlock()
	if err := logind.conn.Emit(logindPath, logindName+".Manager.SessionNew", "1", dbus.ObjectPath(logindPath+"/session/_31")); err != nil {
		t.Fatal(err)
	}
	if e := a.wait(t, KindSession, "ada logged in by sshd (session 1)", nothing); e.About.Name != "ada" || e.Source != sessionSource {
		t.Errorf("%+v", e)
	}
	a.wait(t, KindSession, "root logged out (session 0)", nothing)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.all) != 5 {
		t.Errorf("%d are told: %+v", len(a.all), a.all)
	}
	// It asks for what changes nothing, and only once as long as nothing changes.
	for m, want := range map[*manager][]string{
		systemd: {"Subscribe", "ListUnitsByPatterns[] [*.service]"},
		logind:  {"ListSessions", "GetAll", "ListSessions", "GetAll"},
	} {
		m.mu.Lock()
		if !slices.Equal(m.asked, want) {
			t.Errorf("asked %q, want %q", m.asked, want)
		}
		m.mu.Unlock()
	}
}

// Whoever may use the bus may send a signal to any connection. It is believed only of
// systemd and logind.
func TestBus_BelievesNobodyElse(t *testing.T) {
	root := need.ShortDir(t)
	startBus(t, root)
	systemd := plays(t, root, systemdName, systemdPath, &manager{})
	a := new(told)
	c := listeningTo(t, root, a.post)
	c.waitFor(t, unitSource, isOn)
	liar := plays(t, root, "org.example.Liar", "/org/example", &manager{})
	var names []string
	if err := liar.conn.BusObject().Call(busName+".ListNames", 0).Store(&names); err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, to := range names {
		if !strings.HasPrefix(to, ":") || to == liar.conn.Names()[0] {
			continue
		}
		for _, s := range []struct {
			path dbus.ObjectPath
			name [2]string
			body []any
		}{
			{unitPath("lie.service"), [2]string{propertiesAt, "PropertiesChanged"}, []any{systemdName + ".Unit", map[string]dbus.Variant{"ActiveState": dbus.MakeVariant("failed"), "SubState": dbus.MakeVariant("failed")}, []string{}}},
			{"/org/freedesktop/DBus", [2]string{busName, "NameOwnerChanged"}, []any{systemdName, "", liar.conn.Names()[0]}},
			{unitPath("broken.service"), [2]string{propertiesAt, "PropertiesChanged"}, []any{int32(1)}},
			{unitPath("lie.service"), [2]string{propertiesAt, "PropertiesChanged"}, []any{systemdName + ".Unit", map[string]dbus.Variant{"ActiveState": dbus.MakeVariant("failed"), "SubState": dbus.MakeVariant("failed")}, []string{}}},
		} {
			m := &dbus.Message{Type: dbus.TypeSignal, Headers: map[dbus.HeaderField]dbus.Variant{
				dbus.FieldPath: dbus.MakeVariant(s.path), dbus.FieldInterface: dbus.MakeVariant(s.name[0]), dbus.FieldMember: dbus.MakeVariant(s.name[1]),
				dbus.FieldDestination: dbus.MakeVariant(to), dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf(s.body...)),
			}, Body: s.body}
			if call := liar.conn.Send(m, nil); call.Err != nil {
				t.Fatal(call.Err)
			}
			sent++
		}
	}
	if sent == 0 {
		t.Fatal("nobody was lied to")
	}
	// What the liar sent is there before what systemd sends once the liar was answered.
	if err := liar.conn.BusObject().Call(busName+".ListNames", 0).Store(&names); err != nil {
		t.Fatal(err)
	}
	systemd.sends("true.service", "failed", "failed", "exit-code", 1, 1)
	a.wait(t, KindUnit, "true.service failed", func() {})
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.all) != 1 {
		t.Errorf("told %+v", a.all)
	}
}

// systemd that is executed anew has another connection, and a bus that is started anew
// knows nobody.
func TestBus_GoesOnWithASystemdThatComesBack(t *testing.T) {
	root := need.ShortDir(t)
	startBus(t, root)
	systemd := plays(t, root, systemdName, systemdPath, &manager{services: [][2]string{{"web.service", "active/running"}}})
	a := new(told)
	c := listeningTo(t, root, a.post)
	c.waitFor(t, unitSource, isOn)
	c.waitFor(t, sessionSource, func(err error) bool { return err != nil && strings.Contains(err.Error(), logindName) })
	if err := systemd.conn.Close(); err != nil {
		t.Fatal(err)
	}
	c.waitFor(t, unitSource, func(err error) bool { return err != nil && strings.Contains(err.Error(), systemdName) })
	systemd = plays(t, root, systemdName, systemdPath, &manager{services: [][2]string{{"web.service", "failed/failed"}, {"new.service", "active/running"}}})
	c.waitFor(t, unitSource, isOn)
	a.wait(t, KindUnit, "web.service failed", func() {}) // in between
	a.wait(t, KindUnit, "new.service started", func() {})
	systemd.sends("new.service", "inactive", "dead", "success", 1, 0)
	a.wait(t, KindUnit, "new.service stopped", func() {})
}

// TestBus_AsksAgainWhoAnsweredLate: on a machine that is out of processors logind takes its
// time, and then nothing tells that it can be asked.
func TestBus_AsksAgainWhoAnsweredLate(t *testing.T) {
	root := need.ShortDir(t)
	startBus(t, root)
	late := make(chan struct{})
	answer := sync.OnceFunc(func() { close(late) })
	t.Cleanup(answer)
	plays(t, root, systemdName, systemdPath, &manager{})
	logind := plays(t, root, logindName, logindPath, &manager{logins: []string{"root"}, late: late})
	c := New(Config{Root: root, Post: new(told).post})
	c.bus.timeout, c.bus.again = time.Second, 100*time.Millisecond
	listens(t, c)
	c.waitFor(t, sessionSource, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) })
	c.waitFor(t, unitSource, isOn)
	answer()
	c.waitFor(t, sessionSource, isOn)
	logind.mu.Lock()
	defer logind.mu.Unlock()
	asked := slices.DeleteFunc(slices.Clone(logind.asked), func(what string) bool { return what != "ListSessions" })
	if len(asked) < 2 {
		t.Errorf("logind was asked %v", logind.asked)
	}
}

func TestBus_SaysWhyItIsOff(t *testing.T) {
	root := need.ShortDir(t)
	c := listeningTo(t, root, new(told).post)
	missing := func(err error) bool { return errors.Is(err, errNoBus) }
	c.waitFor(t, unitSource, missing)
	c.waitFor(t, sessionSource, missing)
	off := sample(t, c)
	for _, source := range []string{unitSource, sessionSource} {
		if !strings.Contains(off[source], "no system bus") || !strings.Contains(off[source], "system_bus_socket") {
			t.Errorf("%s: %q", source, off[source])
		}
	}
}

// Somebody who sends without end has the connection closed.
func TestBus_ReadsNoMoreThanItsLimit(t *testing.T) {
	root := need.ShortDir(t)
	startBus(t, root)
	plays(t, root, systemdName, systemdPath, &manager{})
	a := new(told)
	c := listeningTo(t, root, a.post)
	c.waitFor(t, unitSource, isOn)
	flood := plays(t, root, "org.example.Flood", "/org/example", &manager{})
	var names []string
	if err := flood.conn.BusObject().Call(busName+".ListNames", 0).Store(&names); err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, ":") || n == flood.conn.Names()[0] })
	body := []any{strings.Repeat("x", 1<<20)}
	// How much that takes is up to how fast the machine is: what is read in a second is none of
	// it.
	c.waitFor(t, unitSource, func(err error) bool {
		if errors.Is(err, errBusEnded) {
			return true
		}
		for _, to := range names {
			m := &dbus.Message{Type: dbus.TypeSignal, Headers: map[dbus.HeaderField]dbus.Variant{
				dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath("/x")), dbus.FieldInterface: dbus.MakeVariant("org.example.Flood"), dbus.FieldMember: dbus.MakeVariant("X"),
				dbus.FieldDestination: dbus.MakeVariant(to), dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf(body...)),
			}, Body: body}
			if call := flood.conn.Send(m, nil); call.Err != nil {
				t.Fatal(call.Err)
			}
		}
		return false
	})
}

// The unit of a service is told of once: by systemd, where that tells.
func TestTell_LeavesUnitsToSystemd(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	c := New(Config{Post: v.post, Now: v.now})
	began := func(name string) {
		c.Tell(collectors.Event{Kind: collectors.EventService, Text: name + " began", About: collectors.About{Kind: "service", Name: name}})
	}
	began("a.service")
	c.bus.setOff(unitSource, nil)
	began("b.service")
	began("web")
	c.Tell(collectors.Event{Kind: collectors.EventService, Level: collectors.LevelWarning, Text: "b.service is throttled in 62 % of periods", About: collectors.About{Name: "b.service"}})
	c.Tell(collectors.Event{Kind: collectors.EventService, Level: collectors.LevelWarning, Text: "b.service is throttled in 63 % of periods", About: collectors.About{Name: "b.service"}})
	want := []string{"a.service began", "web began", "b.service is throttled in 62 % of periods"}
	if diff := cmp.Diff(want, v.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// dbus-daemon closes the connection of a user whom it does not know.
func TestBus_SaysThatItIsRefused(t *testing.T) {
	root := need.ShortDir(t)
	dir := filepath.Join(root, "run/dbus")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "system_bus_socket"))
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = bufio.NewReader(c).ReadString('\n') // AUTH
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	c := listeningTo(t, root, new(told).post)
	c.waitFor(t, unitSource, func(err error) bool { return err != nil && strings.Contains(err.Error(), "refuses user") })
}
