package alert

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// morning is a Monday, 08:00.
var morning = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

// day is a planner with a clock that a test moves.
type day struct {
	t   *testing.T
	p   *Planner
	now int64
	// sent are the notices, told what they said, in short: "1m30s firing warning a b".
	sent []Notice
	told []string
	// count numbers the alerts of an instance.
	count map[string]int
	// firing are the alerts that go on, by instance.
	firing map[string]Alert
}

// quickly is how often the planner is asked, as embedded does it.
const quickly = 5 * time.Second

func newDay(t *testing.T, cfg PlannerConfig) *day {
	t.Helper()
	p, err := NewPlanner(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d := &day{t: t, p: p, now: morning.UnixMilli(), count: make(map[string]int), firing: make(map[string]Alert)}
	d.tick()
	return d
}

func (d *day) tick() {
	for _, n := range d.p.Tick(d.now) {
		names := make([]string, len(n.Alerts))
		for i := range n.Alerts {
			names[i] = n.Alerts[i].Labels["disk"]
			if n.Kind == NoticeDigest {
				names[i] += ":" + string(n.Alerts[i].Phase)
			}
		}
		d.sent = append(d.sent, n)
		after := time.Duration(d.now-morning.UnixMilli()) * time.Millisecond
		d.told = append(d.told, fmt.Sprintf("%v %s %s %s", after, n.Kind, n.Level, strings.Join(names, " ")))
	}
}

// wait moves the clock.
func (d *day) wait(span time.Duration) {
	for until := d.now + span.Milliseconds(); d.now < until; {
		d.now = min(d.now+quickly.Milliseconds(), until)
		d.tick()
	}
}

// raise fires an alert of a disk, or changes its level.
func (d *day) raise(disk string, level Level) {
	a, goesOn := d.firing[disk]
	if !goesOn {
		d.count[disk]++
		a = Alert{ID: fmt.Sprintf("%s%d", disk, d.count[disk]), Rule: "disk", SinceMs: d.now, FiredMs: d.now, Labels: map[string]string{"disk": disk}, Notify: true, Phase: Firing}
	}
	a.Level = level
	d.firing[disk] = a
	d.p.Change(Change{Alert: a, T: d.now})
}

func (d *day) clear(disk string) {
	a, goesOn := d.firing[disk]
	if !goesOn {
		d.t.Fatalf("%s is not firing", disk)
	}
	delete(d.firing, disk)
	a.Phase, a.EndMs = Resolved, d.now
	d.p.Change(Change{Alert: a, T: d.now})
}

func (d *day) expect(want ...string) {
	d.t.Helper()
	if diff := cmp.Diff(want, d.told); diff != "" {
		d.t.Errorf("(-want +told)\n%s", diff)
	}
}

// armed is a planner that has somebody to send to.
var armed = PlannerConfig{Armed: true}

func TestPlanner_TellsOnce(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  PlannerConfig
		play func(d *day)
		want []string
	}{
		"what begins within 30 s together": {armed, func(d *day) {
			d.raise("a", Warning)
			d.wait(29 * time.Second)
			d.raise("b", Critical)
			d.wait(2 * time.Second)
			d.raise("c", Warning)
			d.wait(time.Minute)
		}, []string{"31s firing critical b a", "1m1s firing warning c"}},
		"each state once": {armed, func(d *day) {
			d.raise("a", Warning)
			d.wait(12 * time.Minute)
			d.raise("a", Critical)
			d.wait(12 * time.Minute)
			d.raise("a", Warning)
			d.wait(12 * time.Minute)
			d.raise("a", Critical)
			d.wait(12 * time.Minute)
			d.clear("a")
			d.wait(time.Hour)
		}, []string{"30s firing warning a", "12m30s firing critical a", "48m30s resolved critical a"}},
		"nothing of what is over before it was told": {armed, func(d *day) {
			d.raise("a", Warning)
			d.wait(20 * time.Second)
			d.clear("a")
			d.wait(time.Hour)
		}, nil},
		"nothing that is for the page alone": {armed, func(d *day) {
			d.p.Change(Change{Alert: Alert{ID: "x", Rule: "steal", Phase: Firing, Level: Warning}, T: d.now})
			d.wait(time.Hour)
		}, nil},
		"what comes again after its end as new": {armed, func(d *day) {
			d.raise("a", Warning)
			d.wait(12 * time.Minute)
			d.clear("a")
			d.wait(12 * time.Minute)
			d.raise("a", Warning)
			d.wait(12 * time.Minute)
		}, []string{"30s firing warning a", "12m30s resolved warning a", "24m30s firing warning a"}},
		"what comes again before its end was told as the same": {armed, func(d *day) {
			d.raise("a", Warning)
			d.wait(12 * time.Minute)
			d.clear("a")
			d.wait(15 * time.Second)
			d.raise("a", Warning)
			d.wait(12 * time.Minute)
			d.clear("a")
			d.wait(12 * time.Minute)
		}, []string{"30s firing warning a", "24m45s resolved warning a"}},
		"flapping until it is stable": {armed, func(d *day) {
			for range 20 { // 40 changes in 40 minutes
				d.raise("a", Warning)
				d.wait(time.Minute)
				d.clear("a")
				d.wait(time.Minute)
			}
			d.wait(time.Hour)
		}, []string{
			"30s firing warning a", "1m30s resolved warning a", "2m30s firing warning a", "3m30s resolved warning a",
			"4m30s flapping warning a", "54m0s resolved warning a",
		}},
		"flapping that ends firing": {armed, func(d *day) {
			for range 5 {
				d.raise("a", Critical)
				d.wait(20 * time.Second)
				d.clear("a")
				d.wait(20 * time.Second)
			}
			d.raise("a", Critical)
			d.wait(time.Hour)
		}, []string{"1m50s flapping critical a", "18m20s firing critical a"}},
		"what is critical after 4 h, then every day": {armed, func(d *day) {
			d.raise("a", Critical)
			d.wait(time.Hour)
			d.raise("b", Warning)
			d.wait(52 * time.Hour)
			d.clear("a")
			d.wait(time.Hour)
		}, []string{
			"30s firing critical a", "1h0m30s firing warning b",
			"4h1m0s reminder critical a", "28h1m30s reminder critical a", "52h2m0s reminder critical a", "53h0m30s resolved critical a",
		}},
		"at most 10 in an hour, then a digest": {armed, func(d *day) {
			for i := range 14 {
				d.raise(fmt.Sprintf("w%02d", i), Warning)
				d.wait(time.Minute)
			}
			d.clear("w13") // it was never told
			for i := range 3 {
				d.raise(fmt.Sprintf("x%d", i), Critical)
				d.wait(time.Minute)
			}
			d.wait(2 * time.Hour)
		}, []string{
			"30s firing warning w00", "1m30s firing warning w01", "2m30s firing warning w02", "3m30s firing warning w03",
			"4m30s firing warning w04", "5m30s firing warning w05", "6m30s firing warning w06", "7m30s firing warning w07",
			"14m30s firing critical x0", "15m30s firing critical x1",
			"1h0m30s digest critical x2:firing w08:firing w09:firing w10:firing w11:firing w12:firing w13:resolved",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDay(t, c.cfg)
			d.t = t
			c.play(d)
			d.expect(c.want...)
			d.check()
		})
	}
}

// check holds what is true of every sequence of notices.
func (d *day) check() {
	d.t.Helper()
	ids, toldOf := make(map[string]bool), make(map[string]bool)
	for i, n := range d.sent {
		if ids[n.ID] {
			d.t.Errorf("notice %s is sent twice: %s", n.ID, d.told[i])
		}
		ids[n.ID] = true
		inHour := 0
		for _, before := range d.sent[:i+1] {
			if before.AtMs > n.AtMs-time.Hour.Milliseconds() {
				inHour++
			}
		}
		if inHour > perHour {
			d.t.Errorf("%d notices in the hour before %s", inHour, d.told[i])
		}
		for _, id := range n.After {
			if !ids[id] {
				d.t.Errorf("%s comes after %s, which was not sent", d.told[i], id)
			}
		}
		for _, a := range n.Alerts {
			if n.Kind == NoticeResolved && (!toldOf[a.Labels["disk"]] || len(n.After) == 0) {
				d.t.Errorf("%s: a recovery of what was not told", d.told[i])
			}
			toldOf[a.Labels["disk"]] = true
		}
		if len(n.Alerts) == 0 || n.Level == "" {
			d.t.Errorf("%+v: tells nothing", n)
		}
	}
}

func TestPlanner_SaysWhatElseIsWrong(t *testing.T) {
	d := newDay(t, armed)
	d.raise("a", Warning)
	d.wait(5 * time.Minute)
	d.raise("b", Warning)
	d.wait(time.Minute)
	d.clear("b")
	d.wait(time.Minute)
	for i, want := range []string{"", "a", "a"} {
		var names []string
		for _, a := range d.sent[i].Others {
			names = append(names, a.Labels["disk"])
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: beside it %q, expected %q", d.told[i], got, want)
		}
	}
}

func TestPlanner_LearnsForADay(t *testing.T) {
	play := func(cfg PlannerConfig, armAfter time.Duration) *day {
		d := newDay(t, cfg)
		d.raise("a", Warning)
		d.wait(time.Hour)
		d.clear("a")
		d.raise("b", Critical)
		d.wait(armAfter)
		d.p.Arm()
		d.wait(48*time.Hour - armAfter)
		d.clear("b")
		d.wait(time.Hour)
		d.check()
		return d
	}
	// It is told as if it had just begun: once, with its reminders, and its end.
	play(PlannerConfig{}, 47*time.Hour).expect("24h0m0s firing critical b", "28h0m30s reminder critical b", "49h0m30s resolved critical b")
	play(PlannerConfig{}, 3*time.Hour).expect("4h0m5s firing critical b", "8h0m35s reminder critical b", "32h1m5s reminder critical b", "49h0m30s resolved critical b")
	play(armed, time.Hour).expect("30s firing warning a", "1h0m30s firing critical b", "1h0m30s resolved warning a", "5h1m0s reminder critical b", "29h1m30s reminder critical b", "49h0m30s resolved critical b")

	d := newDay(t, PlannerConfig{})
	d.raise("a", Warning)
	d.wait(time.Hour)
	d.clear("a")
	d.wait(time.Hour)
	if l := d.p.Learning(); l.Armed || len(l.Would) != 2 || l.Would[0].Kind != NoticeResolved || l.UntilMs != morning.Add(24*time.Hour).UnixMilli() {
		t.Errorf("%+v: expected two notices that would have been sent, the newest first", l)
	}
	d.p.Arm()
	if l := d.p.Learning(); !l.Armed || len(l.Would) > 0 {
		t.Errorf("%+v: expected it to be armed", l)
	}
	d.expect()
}

func TestPlanner_Silences(t *testing.T) {
	disk := func(name string) Matchers { return Matchers{Rule: "d*", Labels: map[string]string{"disk": name}} }
	for name, c := range map[string]struct {
		cfg  PlannerConfig
		play func(d *day)
		want []string
	}{
		"until an hour": {armed, func(d *day) {
			d.silence(Silence{Matchers: disk("a"), EndMs: d.now + time.Hour.Milliseconds()})
			d.raise("a", Warning)
			d.raise("b", Warning)
			d.wait(2 * time.Hour)
		}, []string{"30s firing warning b", "1h0m0s firing warning a"}},
		"and what is over meanwhile": {armed, func(d *day) {
			d.raise("a", Warning)
			d.wait(time.Minute)
			d.silence(Silence{Matchers: disk("*"), EndMs: d.now + time.Hour.Milliseconds()})
			d.clear("a")
			d.wait(2 * time.Hour)
			d.raise("a", Warning)
			d.wait(time.Minute)
		}, []string{"30s firing warning a", "2h1m30s firing warning a"}},
		"until well": {armed, func(d *day) {
			d.raise("a", Critical)
			d.wait(time.Minute)
			d.silence(Silence{Matchers: disk("a"), UntilWell: true})
			d.wait(48 * time.Hour) // without reminders
			d.clear("a")
			d.wait(time.Hour)
			d.raise("a", Critical)
			d.wait(time.Minute)
		}, []string{"30s firing critical a", "48h1m30s resolved critical a", "49h1m30s firing critical a"}},
		"ended by somebody": {armed, func(d *day) {
			s := d.silence(Silence{Matchers: Matchers{Level: Warning}, EndMs: d.now + time.Hour.Milliseconds()})
			d.raise("a", Warning)
			d.raise("b", Critical)
			d.wait(10 * time.Minute)
			if err := d.p.Unsilence(s.ID); err != nil {
				d.t.Error(err)
			}
			d.wait(time.Hour)
		}, []string{"30s firing critical b", "10m5s firing warning a"}},
		"of the configuration": {PlannerConfig{Armed: true, Silences: []Silence{{Matchers: disk("a"), Reason: "old"}}}, func(d *day) {
			d.raise("a", Critical)
			d.wait(300 * time.Hour)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDay(t, c.cfg)
			d.t = t
			c.play(d)
			d.expect(c.want...)
			d.check()
		})
	}
}

func (d *day) silence(s Silence) Silence {
	d.t.Helper()
	s.Reason = "it is being replaced"
	s, err := d.p.Silence(s, d.now)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// TestPlanner_QuietHours begins on a Monday at 08:00 UTC, which is 09:00 in Berlin.
func TestPlanner_QuietHours(t *testing.T) {
	quiet, err := ParseQuietHours([]string{"22:00-07:00"}, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	d := newDay(t, PlannerConfig{Armed: true, Quiet: quiet})
	d.raise("a", Warning)
	d.wait(13 * time.Hour) // 22:00
	d.clear("a")
	d.raise("b", Warning)
	d.raise("c", Critical)
	d.wait(time.Hour)
	d.raise("d", Warning)
	d.wait(time.Hour)
	d.clear("c")
	d.clear("d")
	d.wait(24 * time.Hour) // until after the second night has begun
	d.raise("e", Warning)
	d.wait(24 * time.Hour)
	d.expect("30s firing warning a", "13h0m30s firing critical c", "15h0m30s resolved critical c",
		"22h0m0s digest warning a:resolved b:firing d:resolved", "46h0m0s firing warning e")
	d.check()
}

// TestPlanner_ADayOfNoise is a day on which a disk flaps, 30 alerts come in a minute, and
// the receiver does not answer for an hour.
func TestPlanner_ADayOfNoise(t *testing.T) {
	d := newDay(t, armed)
	type event struct {
		at   time.Duration
		disk string
		up   bool
	}
	var events []event
	for i := range 300 { // from 1 h to 6 h, every half minute
		at := time.Hour + time.Duration(i)*time.Minute
		events = append(events, event{at, "flaps", true}, event{at + 30*time.Second, "flaps", false})
	}
	for i := range 30 {
		disk := fmt.Sprintf("many%02d", i)
		events = append(events, event{9*time.Hour + time.Duration(i)*2*time.Second, disk, true}, event{9*time.Hour + 40*time.Minute + time.Duration(i)*2*time.Second, disk, false})
	}
	for i := range 20 { // of which each is another one, in the hour in which nothing is answered
		disk := fmt.Sprintf("other%02d", i)
		events = append(events, event{12*time.Hour + time.Duration(i)*3*time.Minute, disk, true}, event{13*time.Hour + time.Duration(i)*2*time.Minute, disk, false})
	}
	slices.SortStableFunc(events, func(a, b event) int { return int(a.at - b.at) })
	r := &receiver{down: func(at int64) bool {
		hour := time.Duration(at-morning.UnixMilli()) * time.Millisecond
		return hour >= 12*time.Hour && hour < 13*time.Hour
	}}
	for _, e := range events {
		d.wait(e.at - time.Duration(d.now-morning.UnixMilli())*time.Millisecond)
		if e.up {
			d.raise(e.disk, Warning)
		} else {
			d.clear(e.disk)
		}
		r.take(d)
	}
	d.wait(24*time.Hour - time.Duration(d.now-morning.UnixMilli())*time.Millisecond)
	r.take(d)
	d.check()
	kinds := make(map[NoticeKind]int)
	for _, n := range d.sent {
		kinds[n.Kind]++
	}
	changes := len(events)
	// The flapping disk: one alarm that it flaps, and one that it is over, after 2 of each
	// while it was not known to flap. The 30: 2 alarms and 2 ends, because they take longer
	// than 30 s to come. The 20: 8 alarms, a digest, and their ends.
	want := map[NoticeKind]int{NoticeFiring: 12, NoticeFlapping: 1, NoticeResolved: 13, NoticeDigest: 1}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("notices of %d changes (-want +got)\n%s%s", changes, diff, strings.Join(d.told, "\n"))
	}
	if len(r.got) != len(d.sent) || len(r.queue) > 0 {
		t.Errorf("%d of %d notices were delivered", len(r.got), len(d.sent))
	}
	if !slices.IsSortedFunc(r.got, func(a, b Notice) int { return int(a.AtMs - b.AtMs) }) {
		t.Error("delivered in another order")
	}
	for disk := range d.firing {
		t.Errorf("%s goes on", disk)
	}
}

// TestPlanner_RandomDays holds what is true of every sequence, and that what is still
// firing at the end was told of.
func TestPlanner_RandomDays(t *testing.T) {
	quiet, err := ParseQuietHours([]string{"22:00-07:00"}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 1))
		d := newDay(t, PlannerConfig{Armed: true, Quiet: quiet})
		for range 200 {
			disk := string(rune('a' + random.IntN(8)))
			switch a, goesOn := d.firing[disk]; {
			case !goesOn || a.Level == Warning && random.IntN(3) == 0:
				d.raise(disk, []Level{Warning, Critical}[random.IntN(2)])
			default:
				d.clear(disk)
			}
			d.wait(time.Duration(random.IntN(600)) * time.Second)
		}
		d.wait(24 * time.Hour)
		d.check()
		told := make(map[string]bool)
		for _, n := range d.sent {
			for _, a := range n.Alerts {
				told[a.Labels["disk"]] = a.Phase == Firing
			}
		}
		for disk := range d.firing {
			if !told[disk] {
				t.Errorf("seed %d: %s is firing, and the last word of it is another:\n%s", seed, disk, strings.Join(d.told, "\n"))
			}
		}
		for disk, goesOn := range told {
			if _, firing := d.firing[disk]; goesOn && !firing {
				t.Errorf("seed %d: %s is over, and that was not told:\n%s", seed, disk, strings.Join(d.told, "\n"))
			}
		}
	}
}

// receiver takes notices as one does that is sent to: in order, when it answers.
type receiver struct {
	down  func(at int64) bool
	queue []Notice
	got   []Notice
	seen  int
}

func (r *receiver) take(d *day) {
	r.queue = append(r.queue, d.sent[r.seen:]...)
	r.seen = len(d.sent)
	if !r.down(d.now) {
		r.got, r.queue = append(r.got, r.queue...), nil
	}
}

// TestPlanner_AfterACrash loses, at every notice, what was noted since the state was last
// written: the same notices come again, with the same ids, and no others.
func TestPlanner_AfterACrash(t *testing.T) {
	play := func(crash bool) (*day, map[string]int) {
		d := newDay(t, armed)
		e := New(Config{Rules: []Rule{}})
		times := make(map[string]int)
		save := func() []byte {
			text, err := State(e, d.p)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		step := func(span time.Duration) {
			for until := d.now + span.Milliseconds(); d.now < until; {
				d.now += quickly.Milliseconds()
				before := save()
				n := len(d.sent)
				d.tick()
				for _, sent := range d.sent[n:] {
					times[sent.ID]++
				}
				if !crash || len(d.sent) == n {
					continue
				}
				p, err := NewPlanner(armed)
				if err == nil {
					err = p.Restore(before)
				}
				if err != nil {
					t.Fatal(err)
				}
				d.p = p
				d.sent, d.told = d.sent[:n], d.told[:n]
				d.now += quickly.Milliseconds()
				d.tick()
				for _, sent := range d.sent[n:] {
					times[sent.ID]++
				}
			}
		}
		for i := range 4 {
			d.raise("a", Critical)
			d.raise(fmt.Sprintf("b%d", i), Warning)
			step(20 * time.Second)
			d.raise("c", Warning)
			step(5 * time.Hour)
			d.clear("a")
			d.clear("c")
			step(2 * time.Minute)
		}
		d.check()
		return d, times
	}
	_, once := play(false)
	_, twice := play(true)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(once)), slices.Sorted(maps.Keys(twice))); diff != "" || len(once) < 10 {
		t.Errorf("%d notices (-without +with a crash)\n%s", len(once), diff)
	}
	for id, n := range twice {
		if n != 2 {
			t.Errorf("notice %s came %d times, expected 2: before and after the crash", id, n)
		}
	}
}

func TestPlanner_StateOutlivesARestart(t *testing.T) {
	d := newDay(t, armed)
	d.silence(Silence{Matchers: Matchers{Rule: "other"}, EndMs: d.now + 100*time.Hour.Milliseconds()})
	d.raise("a", Critical)
	d.wait(time.Minute)
	e := New(Config{Rules: []Rule{}})
	text, err := State(e, d.p)
	if err != nil {
		t.Fatal(err)
	}
	restored, err := NewPlanner(PlannerConfig{})
	if err == nil {
		err = restored.Restore(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	if l := restored.Learning(); !l.Armed {
		t.Error("it was armed, and learns again")
	}
	d.p = restored
	d.wait(time.Hour)
	d.p.Sync([]Alert{d.firing["a"], {ID: "b1", Rule: "disk", Phase: Firing, Level: Warning, FiredMs: d.now, Labels: map[string]string{"disk": "b"}, Notify: true}})
	d.wait(time.Minute)
	d.clear("a")
	d.wait(time.Minute)
	d.expect("30s firing critical a", "1h1m30s firing warning b", "1h2m30s resolved critical a")
	if got := d.p.Silences(d.now); len(got) != 1 || got[0].Matchers.Rule != "other" {
		t.Errorf("silences %+v", got)
	}
	d.p.Sync(nil)
	if left := d.p.anyFiring(&Matchers{}); left {
		t.Error("what the engine does not know goes on")
	}
	for _, bad := range []string{"", "{", `{"version":7}`} {
		if err := restored.Restore([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a state", bad)
		}
	}
	if err := restored.Restore([]byte(`{"version":1}`)); err != nil {
		t.Errorf("the state of a version without notices: %v", err)
	}
}
