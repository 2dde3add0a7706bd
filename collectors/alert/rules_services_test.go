package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// host is a host of which a test says every second what its series are.
type host struct {
	t     *testing.T
	ring  *history.Ring
	ids   map[string]collectors.SeriesID
	fams  map[string]*collectors.Family
	order []string
	at    int64
	seq   uint64
	e     *Engine
	// said are the changes: "down eth0 warning", "up".
	said []string
}

func newHost(t *testing.T) *host {
	h := &host{t: t, ring: history.New(history.Config{}), ids: make(map[string]collectors.SeriesID), fams: make(map[string]*collectors.Family), at: begin.UnixMilli()}
	h.e = h.engine()
	return h
}

// engine notes what it changes.
func (h *host) engine() *Engine {
	return New(Config{Changed: func(c Change) {
		a := c.Alert
		text := fmt.Sprintf("%s %s", a.Rule, a.Phase)
		for _, v := range a.Labels {
			text = fmt.Sprintf("%s %s %s", a.Rule, v, a.Phase)
		}
		if a.Phase == Firing {
			text += " " + string(a.Level)
		}
		if a.Notify {
			text += "!"
		}
		h.said = append(h.said, text)
	}})
}

// restart goes on with another engine from what this one knows.
func (h *host) restart() {
	left, err := State(h.e, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	h.e = h.engine()
	if err := h.e.Restore(left); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) series(name string, f *collectors.Family, info map[string]string, labels ...string) {
	id, err := h.ring.Intern(collectors.Series{Family: f, Labels: collectors.LabelsOf(labels...), Info: info})
	if err != nil {
		h.t.Fatal(err)
	}
	h.ids[name], h.fams[name] = id, f
	h.order = append(h.order, name)
	slices.SortFunc(h.order, func(a, b string) int { return int(h.ids[a]) - int(h.ids[b]) })
}

// seconds makes rows, of which each has these values, with what happened in the first.
func (h *host) seconds(n int, values map[string]float64, commit history.Commit) {
	for i := range n {
		h.at += 1000
		row := collectors.Row{T: h.at}
		for _, name := range h.order {
			if v, ok := values[name]; ok {
				row.IDs = append(row.IDs, h.ids[name])
				row.Q = append(row.Q, h.fams[name].Quantize(v))
			}
		}
		c := history.Commit{Row: row}
		if i == 0 {
			c.Events, c.Tables = commit.Events, commit.Tables
		}
		h.ring.Append(c)
	}
	for {
		span := h.ring.ReadHead(h.seq, 512)
		if len(span.T) == 0 {
			return
		}
		latest := h.ring.Latest()
		h.e.Observe(until(h.ring.HeadEvents(h.seq), &span), latest.Tables[collectors.Services.Name])
		h.e.Feed(latest.Schema, &span)
		h.seq = span.First + uint64(len(span.T)) - 1
	}
}

func (h *host) expect(want ...string) {
	h.t.Helper()
	if got := strings.Join(h.said, ", "); got != strings.Join(want, ", ") {
		h.t.Errorf("said %q, expected %q", got, strings.Join(want, ", "))
	}
}

// services is an observation of the table, of one service.
func services(name, state string, restarts float64) history.Commit {
	rows := collectors.NewRows(collectors.Services)
	w := rows.Add(name)
	w.Text(collectors.Services.Column("name"), name)
	w.Text(collectors.Services.Column("state"), state)
	w.Number(collectors.Services.Column("restarts"), restarts)
	w.Number(collectors.Services.Column("memory"), 64<<20) // of those that use most, rows are remembered
	return history.Commit{Tables: []*collectors.TableData{rows.Data()}}
}

func happened(kind string, level collectors.EventLevel, text string) history.Commit {
	return history.Commit{Events: []collectors.Event{{Kind: kind, Level: level, Text: text}}}
}

var physicalLink = map[string]string{"class": "physical"}

// TestRules_OfServices plays, for each rule over links, services and what happened, what
// raises it, and what does not.
func TestRules_OfServices(t *testing.T) {
	type m = map[string]float64
	none := history.Commit{}
	for name, c := range map[string]struct {
		play func(h *host)
		want []string
	}{
		"a link goes down": {func(h *host) {
			h.series("eth0", collectors.NetLink, physicalLink, "eth0")
			h.series("eth2", collectors.NetLink, map[string]string{"class": "physical", "bond": "bond0"}, "eth2")
			h.series("veth1", collectors.NetLink, map[string]string{"class": "virtual"}, "veth1")
			h.series("eth1", collectors.NetLink, physicalLink, "eth1") // which never was up
			h.seconds(200, m{"eth0": 0, "veth1": 0, "eth1": 1, "eth2": 0}, none)
			h.seconds(3600, m{"eth0": 1, "veth1": 1, "eth1": 1, "eth2": 1}, none)
			if bond := h.e.Alerts()[1].Text; bond != "the link eth2 is down, and bond0 goes on without it" {
				h.t.Errorf("of a link of a bond it says %q", bond)
			}
			h.seconds(200, m{"eth0": 0, "veth1": 0, "eth1": 1, "eth2": 1}, none)
		}, []string{"link-down eth0 firing warning!", "link-down eth2 firing warning!", "link-down eth0 resolved!"}},
		"a link flaps": {func(h *host) {
			h.series("eth0", collectors.NetCarrierChanges, physicalLink, "eth0")
			h.seconds(200, m{"eth0": 0}, none)
			for range 3 {
				h.seconds(1, m{"eth0": 2}, none) // down and up
				h.seconds(120, m{"eth0": 0}, none)
			}
			h.seconds(1000, m{"eth0": 0}, none)
		}, []string{"link-flaps eth0 firing warning!", "link-flaps eth0 resolved!"}},
		"swap is used, and nobody waits": {func(h *host) {
			h.series("in", collectors.SwapPages, nil, "in")
			h.series("out", collectors.SwapPages, nil, "out")
			h.series("total", collectors.MemoryBytes, nil, "total")
			h.series("some", collectors.PressureTime, nil, "memory", "some")
			h.seconds(1200, m{"in": 3000, "out": 3000, "total": 16 * gib, "some": 1}, none)
		}, nil},
		"swap thrashes": {func(h *host) {
			h.series("in", collectors.SwapPages, nil, "in")
			h.series("out", collectors.SwapPages, nil, "out")
			h.series("total", collectors.MemoryBytes, nil, "total")
			h.series("some", collectors.PressureTime, nil, "memory", "some")
			h.seconds(1200, m{"in": 3000, "out": 3000, "total": 16 * gib, "some": 20}, none)
			h.seconds(1200, m{"in": 0, "out": 0, "total": 16 * gib, "some": 0}, none)
		}, []string{"swap-thrash firing warning!", "swap-thrash resolved!"}},
		"a service at its limit": {func(h *host) {
			for _, name := range []string{"db", "cache"} {
				h.series(name+"used", collectors.ServiceMemory, nil, name, "used")
				h.series(name+"max", collectors.ServiceMemory, nil, name, "max")
				h.series(name, collectors.ServiceStalled, nil, name)
			}
			full := m{"dbused": 99 << 20, "dbmax": 100 << 20, "db": 20, "cacheused": 99 << 20, "cachemax": 100 << 20, "cache": 0}
			h.seconds(600, full, none)
			full["dbused"] = 50 << 20
			h.seconds(600, full, none)
		}, []string{"service-memory db firing warning!", "service-memory db resolved!"}},
		"a service is restarted": {func(h *host) {
			h.series("x", collectors.HostUptime, nil)
			h.seconds(200, m{"x": 1}, services("web", "", 2))
			h.seconds(60, m{"x": 1}, services("web", "", 3))
			h.seconds(300, m{"x": 1}, services("web", "", 1))
			for range 30 {
				h.seconds(15, m{"x": 1}, services("other", "", 0))
			}
		}, []string{"service-restarts web firing warning!", "service-restarts web resolved!"}},
		"a container is unhealthy": {func(h *host) {
			h.series("x", collectors.HostUptime, nil)
			h.seconds(150, m{"x": 1}, services("web", "Up 2 minutes (healthy)", 0))
			for range 10 {
				h.seconds(15, m{"x": 1}, services("web", "Up 3 minutes (unhealthy)", 0))
			}
			for range 30 {
				h.seconds(15, m{"x": 1}, services("web", "Up 4 minutes (healthy)", 0))
			}
		}, []string{"container-unhealthy web firing warning!", "container-unhealthy web resolved!"}},
		"a unit fails": {func(h *host) {
			h.series("x", collectors.HostUptime, nil)
			unit := func(level collectors.EventLevel, text string) history.Commit {
				c := happened("unit", level, text)
				c.Events[0].About = collectors.About{Kind: "service", Name: "web.service", Service: "web.service"}
				return c
			}
			h.seconds(200, m{"x": 1}, none)
			h.seconds(20, m{"x": 1}, unit(collectors.LevelWarning, "web.service ended with 3 and is started again"))
			h.seconds(60, m{"x": 1}, unit("", "web.service started"))
			h.seconds(7000, m{"x": 1}, unit(collectors.LevelCritical, "web.service failed: it was started too often"))
			h.restart()
			h.seconds(7000, m{"x": 1}, none) // nobody says it again
			h.seconds(200, m{"x": 1}, unit("", "web.service started"))
			h.expect("unit-failed web.service firing warning!")
			h.seconds(200, m{"x": 1}, none)
		}, []string{"unit-failed web.service firing warning!", "unit-failed web.service resolved!"}},
		"the host is started anew after a unit failed": {func(h *host) {
			h.series("x", collectors.HostUptime, nil)
			h.seconds(200, m{"x": 1}, none)
			failed := happened("unit", collectors.LevelCritical, "web.service failed: it ended with 3")
			failed.Events[0].About.Name = "web.service"
			h.seconds(200, m{"x": 1}, failed)
			h.seconds(600, m{"x": 1}, happened("boot", "", "the host was started anew"))
		}, []string{"unit-failed web.service firing warning!", "unit-failed web.service resolved!"}},
		"the default route goes": {func(h *host) {
			h.series("x", collectors.HostUptime, nil)
			h.seconds(200, m{"x": 1}, none)
			h.seconds(20, m{"x": 1}, happened("address", collectors.LevelWarning, "the default route by 192.0.2.1 over eth0 was removed"))
			h.seconds(200, m{"x": 1}, happened("address", "", "the default route by 192.0.2.1 over eth0 was added")) // a lease that was renewed
			h.seconds(200, m{"x": 1}, happened("address", collectors.LevelWarning, "the default route by 192.0.2.1 over eth0 was removed"))
			h.seconds(100, m{"x": 1}, happened("address", collectors.LevelWarning, "192.0.2.9/24 of eth0 was removed"))
			h.seconds(200, m{"x": 1}, happened("address", "", "the default route by 192.0.2.1 over eth0 was added"))
		}, []string{"default-route firing critical!", "default-route resolved!"}},
		"the kernel complains": {func(h *host) {
			h.series("x", collectors.HostUptime, nil)
			h.seconds(200, m{"x": 1}, none)
			h.seconds(100, m{"x": 1}, happened("kernel", collectors.LevelInfo, "nothing"))
			h.seconds(100, m{"x": 1}, happened("kernel", collectors.LevelWarning, "a task hung in the kernel"))
			h.seconds(100, m{"x": 1}, happened("kernel", collectors.LevelCritical, "the kernel oopsed"))
			h.seconds(1000, m{"x": 1}, none)
		}, []string{"kernel-trouble firing warning!", "kernel-trouble firing critical!", "kernel-trouble resolved!"}},
		"nothing keeps the clock": {func(h *host) {
			h.series("up", collectors.HostUptime, nil)
			h.series("clock", collectors.HostClock, nil)
			h.seconds(1200, m{"up": 60, "clock": 1}, none) // the host was just started
			h.seconds(900, m{"up": 1200, "clock": 1}, none)
			h.seconds(900, m{"up": 9000, "clock": 0}, none)
		}, []string{"clock-unset firing warning", "clock-unset resolved"}},
		"the host went down": {func(h *host) {
			h.series("x", collectors.HostUptime, nil)
			h.seconds(900, m{"x": 1}, happened("boot", collectors.LevelWarning, "the host was started anew")) // in the first row
		}, []string{"unclean-reboot firing warning!", "unclean-reboot resolved!"}},
		"the host was shut down": {func(h *host) {
			h.series("x", collectors.HostUptime, nil)
			h.seconds(900, m{"x": 1}, happened("boot", "", "the host was started anew"))
		}, nil},
		"the store does not take rows": {func(h *host) {
			h.series("lost", collectors.SelfDiskLost, nil)
			h.seconds(200, m{"lost": 7}, none)
			for i := range 10 {
				h.seconds(15, m{"lost": 7 + float64(i)}, none)
			}
			h.seconds(1000, m{"lost": 16}, none)
		}, []string{"dashcam-store firing warning!", "dashcam-store resolved!"}},
		"dashcam is late": {func(h *host) {
			h.series("delay", collectors.SamplerDelay, nil)
			h.seconds(200, m{"delay": 0}, none)
			h.at += 7000
			h.seconds(1, m{"delay": 7}, none)
			h.seconds(900, m{"delay": 0}, none)
			h.at += 40000
			h.seconds(1, m{"delay": 40}, none)
			h.seconds(900, m{"delay": 0}, none)
		}, []string{"dashcam-late firing warning", "dashcam-late resolved", "dashcam-late firing critical!", "dashcam-late resolved!"}},
		"only what is critical is told": {func(h *host) {
			h.series("full", collectors.PressureTime, nil, "io", "full")
			h.seconds(900, m{"full": 40}, none)
			h.seconds(600, m{"full": 80}, none)
		}, []string{"io-stalled firing warning", "io-stalled firing critical!"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			c.play(h)
			h.expect(c.want...)
			alerts := make(map[string]bool)
			for _, a := range h.e.Alerts() {
				if a.Phase != Pending {
					alerts[a.ID] = true
				}
			}
			found := backtest(t, h.ring)
			for i := range found {
				if !alerts[found[i].ID] {
					t.Errorf("the backtest finds %+v, which was not there live", found[i])
				}
			}
			if len(found) != len(alerts) {
				t.Errorf("the backtest finds %d alerts, live there were %d", len(found), len(alerts))
			}
		})
	}
}
