package events

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

// newTestUnits are units of which some are there already.
func newTestUnits(v *virtual, there ...unitChange) *units {
	n := 0
	u := &units{fold: newFolder(v.post, v.now), id: func() string { n++; return fmt.Sprint("id-", n) }}
	u.listed(there)
	return u
}

// states are messages about a unit that pass through states, "active/running".
func (u *units) pass(name string, states ...[2]string) {
	for _, s := range states {
		u.changed(unitChange{name: name, active: s[0], sub: s[1]})
	}
}

func (u *units) end(name, result string, code, status int32) {
	u.changed(unitChange{name: name, ended: &unitEnd{result, code, status}})
}

var (
	starting   = [2]string{"activating", "start"}
	runs       = [2]string{"active", "running"}
	stopping   = [2]string{"deactivating", "stop-sigterm"}
	rests      = [2]string{"inactive", "dead"}
	failed     = [2]string{"failed", "failed"}
	waits      = [2]string{"activating", "auto-restart"}
	passesFail = [2]string{"failed", "failed-before-auto-restart"}
)

func TestUnits_TellWhatTheyDo(t *testing.T) {
	for name, c := range map[string]struct {
		there []unitChange
		do    func(u *units)
		want  []collectors.Event
	}{
		"started and stopped": {
			do:   func(u *units) { u.pass("a.service", starting, runs, runs, stopping, rests) },
			want: []collectors.Event{{Text: "a.service started"}, {Text: "a.service stopped"}},
		},
		"stopped, which ran before anybody listened": {
			there: []unitChange{{name: "a.service", active: "active", sub: "running"}},
			do:    func(u *units) { u.pass("a.service", runs, stopping, rests) },
			want:  []collectors.Event{{Text: "a.service stopped"}},
		},
		"reloaded, which is no start": {
			there: []unitChange{{name: "a.service", active: "active", sub: "running"}},
			do:    func(u *units) { u.pass("a.service", [2]string{"reloading", "reload"}, runs) },
		},
		"failed, started again by somebody": {
			do: func(u *units) {
				u.pass("a.service", runs)
				u.end("a.service", "exit-code", 1, 3)
				u.pass("a.service", failed, failed, starting)
				u.end("a.service", "success", 0, 0)
				u.pass("a.service", runs)
			},
			want: []collectors.Event{
				{Text: "a.service started"},
				{Text: "a.service failed: it ended with 3", Level: collectors.LevelCritical, ID: "id-1"},
				{Text: "a.service started", Resolves: "id-1"},
			},
		},
		"killed, and systemd starts it again": {
			do: func(u *units) {
				u.pass("a.service", runs)
				u.end("a.service", "signal", 2, 9)
				u.pass("a.service", passesFail, waits, waits, starting)
				u.end("a.service", "success", 0, 0)
				u.pass("a.service", runs)
			},
			want: []collectors.Event{
				{Text: "a.service started"},
				{Text: "a.service was killed by signal KILL and is started again", Level: collectors.LevelWarning},
				{Text: "a.service started"},
			},
		},
		"ended well, and systemd starts it again": {
			there: []unitChange{{name: "a.service", active: "active", sub: "running"}},
			do: func(u *units) {
				u.end("a.service", "success", 1, 0)
				u.pass("a.service", waits)
			},
			want: []collectors.Event{{Text: "a.service ended and is started again", Level: collectors.LevelWarning}},
		},
		"failed at its start": {
			do: func(u *units) {
				u.end("a.service", "start-limit-hit", 0, 0)
				u.pass("a.service", failed)
			},
			want: []collectors.Event{{Text: "a.service failed: it was started too often", Level: collectors.LevelCritical, ID: "id-1"}},
		},
		"a job that runs and ends": {
			do:   func(u *units) { u.pass("backup.service", starting, rests) },
			want: []collectors.Event{{Text: "backup.service ran and ended"}},
		},
		"what failed before anybody listened": {
			there: []unitChange{{name: "a.service", active: "failed", sub: "failed"}},
			do:    func(u *units) { u.pass("a.service", failed, rests) },
		},
		"the manager of a user, of whom the session tells": {
			do: func(u *units) { u.pass("user@0.service", starting, runs, stopping, rests) },
		},
		"what happened while nobody listened": {
			there: []unitChange{{name: "a.service", active: "active", sub: "running"}, {name: "b.service", active: "active", sub: "running"}},
			do: func(u *units) {
				u.listed([]unitChange{{name: "a.service", active: "failed", sub: "failed"}, {name: "c.service", active: "active", sub: "running"}})
			},
			want: []collectors.Event{
				{Text: "a.service failed", Level: collectors.LevelCritical, ID: "id-1"}, {Text: "c.service started"}, {Text: "b.service stopped"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := &virtual{at: time.Unix(1000, 0)}
			u := newTestUnits(v, c.there...)
			c.do(u)
			v.at = v.at.Add(firstFold)
			u.fold.flush()
			for i := range c.want {
				c.want[i].Kind, c.want[i].Source = KindUnit, unitSource
			}
			got := v.posted
			for i := range got {
				if name := got[i].About.Name; got[i].About.Service != name || got[i].About.Kind != "service" || name == "" {
					t.Errorf("about %+v", got[i].About)
				}
				got[i].About, got[i].Count = collectors.About{}, 0
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Messages that come before the list of what there is are not lost.
func TestUnits_HoldWhatComesBeforeTheList(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	u := &units{fold: newFolder(v.post, v.now), id: func() string { return "id" }}
	for range 10_000 {
		u.pass("a.service", failed)
	}
	if len(u.held) > maxHeld || len(v.posted) > 0 {
		t.Fatalf("%d are held, %+v told", len(u.held), v.posted)
	}
	u.listed([]unitChange{{name: "a.service", active: "active", sub: "running"}})
	if got := v.take(); len(got) != 1 || got[0] != "a.service failed" {
		t.Errorf("told %q", got)
	}
}

// A job of every minute is told a few times, and then by the hour.
func TestUnits_DoNotFloodWithWhatHappensEveryMinute(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	u := newTestUnits(v)
	texts, runsTold := []string{}, 0
	for second := range 24 * 3600 {
		if second%60 == 0 {
			u.pass("poll.service", starting, rests)
			u.pass(fmt.Sprintf("ssh@%d-192.0.2.1.service", second), starting, runs, rests)
		}
		v.at = v.at.Add(time.Second)
		u.fold.flush()
		for _, e := range v.posted {
			if e.About.Name == "poll.service" {
				runsTold += max(1, e.Count)
			}
		}
		texts = append(texts, v.take()...)
	}
	if len(texts) > 30 {
		t.Errorf("%d are told in a day: %q", len(texts), texts)
	}
	if runsTold < 900 { // the last six hours are still counted
		t.Errorf("%d of 1440 runs are told", runsTold)
	}
	if n := len(u.known); n > 0 {
		t.Errorf("%d units that rest are remembered", n)
	}
	// A failure is told at once, each time.
	for range 5 {
		u.end("poll.service", "exit-code", 1, 1)
		u.pass("poll.service", starting, failed, rests)
		if got := v.take(); len(got) != 1 || got[0] != "poll.service failed: it ended with 1" {
			t.Errorf("told %q", got)
		}
		for range 125 {
			v.at = v.at.Add(time.Second)
			u.fold.flush()
		}
		v.take()
	}
}

// Whoever makes up names must not fill the memory.
func TestUnits_AreBounded(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	u := newTestUnits(v)
	for i := range 2 * maxUnits {
		u.pass(fmt.Sprint(i, ".service"), runs)
	}
	if len(u.known) > maxUnits || len(v.posted) > maxFolds+1 {
		t.Errorf("%d are known, %d told", len(u.known), len(v.posted))
	}
}

func TestUnitName_IsThatOfTheObject(t *testing.T) {
	const dir = "/org/freedesktop/systemd1/unit/"
	for path, want := range map[string]string{
		dir + "nginx_2eservice":                     "nginx.service",
		dir + "getty_40tty1_2eservice":              "getty@tty1.service",
		dir + "a_5cx2db_5f_2eservice":               `a\x2db_.service`,
		dir + "_zz_2eservice":                       "_zz.service",
		dir + "session_2d3_2escope":                 "",
		dir + "dev_2dsda1_2edevice":                 "",
		"/org/freedesktop/login1/a_2eservice":       "",
		"/org/freedesktop/systemd1/unit/_2eservice": ".service",
	} {
		if got := unitName(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestUnitEnd_SaysHow(t *testing.T) {
	for want, e := range map[string]unitEnd{
		"":                                    {"success", 1, 0},
		"ended with 203":                      {"exit-code", 1, 203},
		"ended with an error":                 {"exit-code", 0, 0},
		"was killed by signal KILL":           {"signal", 2, 9},
		"crashed by signal SEGV, core dumped": {"core-dump", 3, 11},
		"was killed: out of memory":           {"oom-kill", 2, 9},
		"took too long (timeout)":             {"timeout", 2, 15},
		"ended with the result strange":       {"strange", 0, 0},
	} {
		if got := e.text(); got != want {
			t.Errorf("%+v: %q, want %q", e, got, want)
		}
	}
}

func TestSessions_TellOfPersons(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	s := &sessions{fold: newFolder(v.post, v.now)}
	s.listed([]session{{"1", "root", "user", "login"}}, []string{"1"})
	if got := s.lacking([]string{"1", "3", "c4"}); !cmp.Equal(got, []string{"3", "c4"}) {
		t.Errorf("lacking are %q", got)
	}
	s.listed([]session{{"3", "ada", "user", "sshd"}, {"c4", "root", "background", "cron"}}, []string{"1", "3", "c4"})
	s.listed(nil, []string{"3"})
	s.listed(nil, nil)
	want := []string{"ada logged in by sshd (session 3)", "root logged out (session 1)", "ada logged out (session 3)"}
	if diff := cmp.Diff(want, v.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
