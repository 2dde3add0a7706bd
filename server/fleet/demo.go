package fleet

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// Demo is a simulated fleet: hosts with incidents, made from a seed, that feed a wall as
// agents would. What a host says at a time depends on nothing but that time and the seed.
type Demo struct {
	wall  *Wall
	seed  uint64
	hosts []demoHost
	begun time.Time
}

type demoHost struct {
	record Record
	about  About
	number int
	base   [len(Resources)]float64 // use when nothing is wrong, in percent
	seq    uint64
	said   map[string]bool // incidents that were told as events, by id
}

// demoRoles are what the simulated hosts do.
var demoRoles = []struct {
	role     string
	services []string
	process  []string
	base     [len(Resources)]float64
}{
	{"db", []string{"postgresql.service", "backup.service"}, []string{"postgres", "pg_dump"}, [...]float64{35, 78, 40, 12, 61}},
	{"web", []string{"nginx.service", "app.service"}, []string{"nginx", "node"}, [...]float64{28, 45, 6, 34, 40}},
	{"worker", []string{"queue.service", "render.service"}, []string{"python3", "ffmpeg"}, [...]float64{62, 51, 14, 9, 33}},
	{"cache", []string{"redis.service", "redis-sentinel.service"}, []string{"redis-server", "redis-sentinel"}, [...]float64{12, 71, 3, 22, 28}},
}

// NewDemo adds n simulated hosts to a wall.
func NewDemo(wall *Wall, n int, seed uint64, version string, now time.Time) *Demo {
	d := &Demo{wall: wall, seed: seed, begun: now}
	rng := rand.New(rand.NewPCG(seed, 1))
	sites := []string{"fra", "ams", "iad"}
	for i := range n {
		role := demoRoles[i%len(demoRoles)]
		name := fmt.Sprintf("%s-%02d", role.role, i/len(demoRoles)+1)
		h := demoHost{
			record: Record{ID: fmt.Sprintf("demo%04d", i), Name: name, JoinedMs: now.Add(-72 * time.Hour).UnixMilli()},
			about: About{
				Instance: fmt.Sprintf("DEMO%04d", i), Name: name, OS: "Debian 12", Version: version, IntervalMs: 1000, NowMs: now.UnixMilli(),
				BootMs: now.Add(-time.Duration(rng.IntN(90*24)) * time.Hour).UnixMilli(),
				Labels: map[string]string{"role": role.role, "site": sites[rng.IntN(len(sites))], "env": []string{"prod", "prod", "staging"}[rng.IntN(3)]},
			},
			number: i, base: role.base, said: make(map[string]bool),
		}
		switch i {
		case 5:
			h.about.Version = "0.0.9" // one that is old
		case 11:
			h.about.NowMs += 7300 // one with a wrong clock
		case 25:
			h.base[0] += 50 // one that is unlike its siblings, whatever their waves do
		case 17:
			h.record.CloneOf = "demo0013"
		}
		d.hosts = append(d.hosts, h)
		wall.Set(h.record, now)
		wall.Introduced(h.record.ID, h.about, now)
	}
	return d
}

// demoPast is how much of a past a simulated fleet has.
const demoPast = 30 * time.Minute

// Run feeds the wall until the context ends: first the past, then a summary of every host
// at the pace of the wall.
func (d *Demo) Run(ctx context.Context) {
	for t := d.begun.Add(-demoPast); t.Before(d.begun); t = t.Add(stepMs * time.Millisecond) {
		d.Tick(t)
	}
	ticker := time.NewTicker(d.wall.PaceNow())
	defer ticker.Stop()
	for {
		now := time.Now()
		d.Tick(now)
		d.wall.Watch(now)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// demoCycle is after how long incidents repeat.
const demoCycle = 20 * time.Minute

// demoIncident is something that goes wrong on some hosts for a part of the cycle.
type demoIncident struct {
	name         string
	on           func(h *demoHost) bool
	resource     int
	from, to     time.Duration // within the cycle
	critical     bool
	use, sat     float64
	text         string
	second       int // the process and service that are on top then
	silent       bool
	everybodySay bool // an event of each host, but no state
}

// over is when it was over the last time.
func (x *demoIncident) over(now time.Time) time.Time {
	end := now.Truncate(demoCycle).Add(x.to)
	if end.After(now) {
		end = end.Add(-demoCycle)
	}
	return end
}

var demoIncidents = []demoIncident{
	{name: "backup", on: func(h *demoHost) bool { return h.number%12 == 0 }, resource: 2, from: 2 * time.Minute, to: 11 * time.Minute, critical: true, use: 99, sat: 61, text: "disk saturated: pg_dump writes 154 of 175 MiB/s", second: 1},
	{name: "burst", on: func(h *demoHost) bool { return h.number%9 == 1 }, resource: 0, from: 6 * time.Minute, to: 9 * time.Minute, use: 97, sat: 34, text: "processors busy: node takes 7 of 8 cores", second: 1},
	{name: "leak", on: func(h *demoHost) bool { return h.number == 14 }, resource: 1, from: 0, to: 16 * time.Minute, critical: true, use: 98, sat: 22, text: "memory short: ffmpeg was killed", second: 1},
	{name: "loss", on: func(h *demoHost) bool { return h.number%13 == 7 }, resource: 3, from: 12 * time.Minute, to: 15 * time.Minute, use: 40, sat: 6, text: "network: 6 % of the TCP segments are sent again"},
	{name: "full", on: func(h *demoHost) bool { return h.number == 20 }, resource: 4, from: 0, to: demoCycle, use: 96, sat: math.NaN(), text: "/var/lib is 96 % full"},
	{name: "off", on: func(h *demoHost) bool { return h.number == 23 }, from: 7 * time.Minute, to: 14 * time.Minute, silent: true},
	{name: "upgrade", on: func(*demoHost) bool { return true }, from: 10 * time.Minute, to: 11 * time.Minute, text: "openssl 3.0.15 → 3.0.17", everybodySay: true},
}

// Tick has every host say what it says at a time.
func (d *Demo) Tick(now time.Time) {
	for i := range d.hosts {
		d.say(&d.hosts[i], now)
	}
}

func (d *Demo) say(h *demoHost, now time.Time) {
	role := demoRoles[h.number%len(demoRoles)]
	second := now.UnixMilli() / 1000
	h.seq++
	s := Summary{
		Instance: h.about.Instance, Seq: h.seq, T: now.UnixMilli(), Version: h.about.Version,
		Process: role.process[0], Service: role.services[0], States: unknownStates(),
	}
	start := now.Truncate(demoCycle)
	for r := range s.States {
		// A slow wave, and what differs from second to second, the same whenever it is asked.
		wave := 5 * math.Sin(float64(second)/float64(60+7*r)+float64(h.number))
		noise := rand.New(rand.NewPCG(d.seed+uint64(h.number), uint64(second)*8+uint64(r))).Float64()*6 - 3
		s.States[r] = State{Level: OK, SinceMs: start.Add(-time.Duration(h.number) * time.Minute).UnixMilli(), Use: min(max(h.base[r]+wave+noise, 0.1), 94), Saturation: max(0, noise/4)}
	}
	s.States[4].Saturation = math.NaN() // limits have none
	var events []collectors.Event
	present := Present{Rev: h.seq}
	for i := range demoIncidents {
		x := &demoIncidents[i]
		at := now.Sub(start)
		if !x.on(h) {
			continue
		}
		if at < x.from || at >= x.to {
			if !x.silent && !x.everybodySay {
				well := &s.States[x.resource]
				well.SinceMs = max(well.SinceMs, x.over(now).UnixMilli())
			}
			continue
		}
		if x.silent {
			return
		}
		if !x.everybodySay {
			level, crit := Warn, x.critical
			if crit && at-x.from > 30*time.Second {
				level = Critical
			}
			s.Alerts++
			s.States[x.resource] = State{Level: level, SinceMs: start.Add(x.from).UnixMilli(), Use: x.use, Saturation: x.sat}
			s.Process, s.Service = role.process[x.second], role.services[x.second]
		}
		id := fmt.Sprintf("%s-%d", x.name, start.Unix())
		if !x.everybodySay {
			what, who, _ := strings.Cut(x.text, ": ")
			present.Verdict = what + " since " + start.Add(x.from).UTC().Format("15:04")
			if who != "" {
				present.Verdict += ": " + who
			}
			a := alert.Alert{
				ID: id + h.record.ID, Rule: "demo-" + x.name, Phase: alert.Firing, Level: alert.Warning, Labels: map[string]string{"resource": Resources[x.resource]},
				SinceMs: start.Add(x.from).UnixMilli(), FiredMs: start.Add(x.from).UnixMilli(), Text: x.text, Value: x.use, Peak: x.use, Unit: string(collectors.Percent), Notify: true,
			}
			if s.States[x.resource].Level == Critical {
				a.Level = alert.Critical
			}
			present.Alerts = append(present.Alerts, Alert{Alert: a})
		}
		if !h.said[id] {
			h.said[id] = true
			e := collectors.Event{ID: id, Seq: h.seq, T: now.UnixMilli(), Kind: collectors.EventAlert, Level: collectors.LevelWarning, Text: x.text, Source: "demo", About: collectors.About{Kind: "resource", Name: Resources[x.resource]}}
			if x.everybodySay {
				e.Kind, e.Level, e.About = "package", collectors.LevelInfo, collectors.About{Kind: "package", Name: strings.Fields(x.text)[0]}
			}
			events = append(events, e)
		}
	}
	d.wall.Summarized(h.record.ID, s, now)
	d.wall.Happened(h.record.ID, Events{h.about.Instance, events, &present})
}
