package events

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"dashcam/collectors"
)

const (
	// busTimeout bounds every question to the bus.
	busTimeout = 5 * time.Second
	// busAgain is after how long a connection that ended or was refused is tried again, and
	// busAgainMost what that grows to.
	busAgain, busAgainMost = 10 * time.Second, 10 * time.Minute
	// listPause is between two lists of sessions.
	listPause = time.Second
	// busBytes is what is read in a second, busBurst at once: whoever may use the bus may
	// send us what they like.
	busBytes, busBurst = 512 << 10, 8 << 20
)

const (
	busName      = "org.freedesktop.DBus"
	systemdName  = "org.freedesktop.systemd1"
	logindName   = "org.freedesktop.login1"
	systemdPath  = "/org/freedesktop/systemd1"
	logindPath   = "/org/freedesktop/login1"
	propertiesAt = "org.freedesktop.DBus.Properties"
)

var (
	errNoBus    = errors.New("no system bus")
	errTooMuch  = errors.New("it sends more than is read")
	errBusEnded = errors.New("the connection ended")
)

// bus listens to the system bus: one connection, on which it asks systemd to tell what
// changes, once for what there is, and logind who is logged in when that changes.
// It asks for nothing that changes anything.
type bus struct {
	path     string
	units    units
	sessions sessions

	mu   sync.Mutex
	offs map[string]error // by source
	// owners are the connections of systemd and logind: what others send is not believed.
	owners map[string]string
	// wake says that an owner or the sessions changed.
	wake chan struct{}
	due  map[string]bool

	// timeout is how long systemd and logind have to answer, again after how long they are
	// asked again: busTimeout and busAgain, but in a test.
	timeout, again time.Duration
}

func newBus(cfg Config, fold *folder) *bus {
	b := &bus{
		path: path(cfg, "/run/dbus/system_bus_socket"), sessions: sessions{fold: fold}, wake: make(chan struct{}, 1),
		offs:    map[string]error{unitSource: errNotRunning, sessionSource: errNotRunning},
		timeout: busTimeout, again: busAgain,
	}
	n := 0
	b.units = units{fold: fold, id: func() string {
		n++
		return fmt.Sprintf("unit-%d-%d", cfg.Now().UnixMilli(), n)
	}}
	return b
}

// off returns why there are no events of a source, nil where there are.
func (b *bus) off(source string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.offs[source]
}

func (b *bus) setOff(source string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.offs[source] = err
}

// run listens until ctx ends.
func (b *bus) run(ctx context.Context) {
	for pause := busAgain; ; pause = min(2*pause, busAgainMost) {
		began := time.Now()
		err := b.listen(ctx)
		if ctx.Err() != nil {
			err = errNotRunning
		}
		b.setOff(unitSource, err)
		b.setOff(sessionSource, err)
		if time.Since(began) > busAgainMost {
			pause = busAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// listen connects and listens until the connection or ctx ends.
func (b *bus) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // what was not read is not wanted
	b.mu.Lock()
	b.owners, b.due = map[string]string{}, map[string]bool{systemdName: true, logindName: true}
	b.mu.Unlock()
	if err := b.match(ctx, conn); err != nil {
		return err
	}
	for {
		b.refresh(ctx, conn)
		select {
		case <-conn.Context().Done():
			return errBusEnded
		case <-time.After(listPause):
		}
		select {
		case <-conn.Context().Done():
			return errBusEnded
		case <-b.wake:
		}
	}
}

// match asks the bus for what is of interest.
func (b *bus) match(ctx context.Context, conn *dbus.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	rules := [][]dbus.MatchOption{}
	for _, name := range []string{systemdName, logindName} {
		rules = append(rules, []dbus.MatchOption{
			dbus.WithMatchSender(busName), dbus.WithMatchInterface(busName), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name),
		})
	}
	for _, kind := range []string{".Unit", ".Service"} {
		rules = append(rules, []dbus.MatchOption{
			dbus.WithMatchSender(systemdName), dbus.WithMatchInterface(propertiesAt), dbus.WithMatchMember("PropertiesChanged"),
			dbus.WithMatchPathNamespace(systemdPath + "/unit"), dbus.WithMatchArg(0, systemdName+kind),
		})
	}
	for _, member := range []string{"SessionNew", "SessionRemoved"} {
		rules = append(rules, []dbus.MatchOption{
			dbus.WithMatchSender(logindName), dbus.WithMatchInterface(logindName + ".Manager"), dbus.WithMatchMember(member), dbus.WithMatchObjectPath(logindPath),
		})
	}
	for _, rule := range rules {
		if err := conn.AddMatchSignalContext(ctx, rule...); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
	return nil
}

// refresh asks whom there is something to ask. Who did not answer in time, as on a machine
// that is out of processors, is asked again.
func (b *bus) refresh(ctx context.Context, conn *dbus.Conn) {
	b.mu.Lock()
	due := b.due
	b.due = map[string]bool{}
	b.mu.Unlock()
	for _, one := range []struct {
		name, source string
		ask          func(context.Context, *dbus.Conn) error
	}{{systemdName, unitSource, b.listUnits}, {logindName, sessionSource, b.listSessions}} {
		if !due[one.name] {
			continue
		}
		within, cancel := context.WithTimeout(ctx, b.timeout)
		err := b.find(within, conn, one.name)
		if err == nil {
			err = one.ask(within, conn)
		}
		cancel()
		b.setOff(one.source, err)
		if errors.Is(err, context.DeadlineExceeded) {
			time.AfterFunc(b.again, func() { b.ask(one.name) })
		}
	}
}

// find learns which connection has a name, and starts nobody who could.
func (b *bus) find(ctx context.Context, conn *dbus.Conn, name string) error {
	var owner string
	if err := conn.BusObject().CallWithContext(ctx, busName+".GetNameOwner", 0, name).Store(&owner); err != nil {
		return fmt.Errorf("nobody on the bus is called %s: %w", name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.owners[name] = owner
	return nil
}

// DeliverSignal takes what comes over the connection. It must not ask the bus anything.
func (b *bus) DeliverSignal(_, _ string, s *dbus.Signal) {
	switch s.Name {
	case busName + ".NameOwnerChanged":
		var name, before, owner string
		if s.Sender != busName || dbus.Store(s.Body, &name, &before, &owner) != nil {
			return
		}
		b.mu.Lock()
		b.owners[name] = owner
		b.mu.Unlock()
		b.ask(name)
	case propertiesAt + ".PropertiesChanged":
		if name := unitName(string(s.Path)); name != "" && b.from(s.Sender, systemdName) {
			if c, ok := parseUnit(name, s.Body); ok {
				b.units.changed(c)
			}
		}
	case logindName + ".Manager.SessionNew", logindName + ".Manager.SessionRemoved":
		if b.from(s.Sender, logindName) {
			b.ask(logindName)
		}
	}
}

// from reports whether a connection is that of a name.
func (b *bus) from(sender, name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return sender != "" && b.owners[name] == sender
}

// ask has run ask somebody again.
func (b *bus) ask(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due[name] = true
	select {
	case b.wake <- struct{}{}:
	default: // it is awake already
	}
}

func (b *bus) source(name string) source { return busSource{b, name} }

// busSource is one of those that the bus tells of, as health lists it. What comes is told
// at once, so that there is nothing to ask it for.
type busSource struct {
	*bus
	called string
}

func (s busSource) name() string                      { return s.called }
func (s busSource) poll(func(collectors.Event)) error { return s.off(s.called) }
func (s busSource) close()                            {}
