package notify

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/collectortest/need"
)

// TestNotifier_TellsInOrderOnceEach has one receiver that fails for a while: it gets all
// afterwards, in order, and the other is not held up.
func TestNotifier_TellsInOrderOnceEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := &noted{answer: func(n int, _ *Message) error {
			if n <= 3 {
				return &SendError{Text: "answers 503"}
			}
			return nil
		}}
		well := &noted{}
		n := notifier(t, files{t.TempDir()}, byName{"down": down, "well": well})
		stop := running(t, n)
		defer stop()
		take(t, n, firing("1"), firing("2"), overNotice("3", "1"), firing("2"))
		synctest.Wait()
		if diff := cmp.Diff([]string{"1", "2", "3"}, well.ids()); diff != "" {
			t.Errorf("who is well got (-want +got)\n%s", diff)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"1", "1", "1", "1", "2", "3"}, down.ids()); diff != "" {
			t.Errorf("who was down was asked for (-want +got)\n%s", diff)
		}
		for i, least := range []time.Duration{firstPause, 2 * firstPause, 4 * firstPause} {
			if d := down.at[i+1].Sub(down.at[i]); d < least || d > least*5/4+time.Millisecond {
				t.Errorf("pause %d was %s, want %s and at most a quarter more", i+1, d, least)
			}
		}
		for id, deliveries := range n.Deliveries() {
			for _, d := range deliveries {
				if d.State != alert.DeliveryDelivered || d.MaybeTwice || d.Error != "" {
					t.Errorf("of %s: %+v", id, d)
				}
			}
		}
	})
}

// TestNotifier_MarksWhatMayArriveTwice loses an answer.
func TestNotifier_MarksWhatMayArriveTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &noted{answer: func(n int, _ *Message) error {
			if n == 1 {
				return &SendError{Text: "no answer in time", Lost: true}
			}
			return nil
		}}
		n := notifier(t, nil, byName{"r": r})
		stop := running(t, n)
		defer stop()
		take(t, n, firing("1"), firing("2"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"1", "1?", "2"}, r.ids()); diff != "" {
			t.Errorf("got (-want +got)\n%s", diff)
		}
		if text := r.got[1].Text(); !strings.Contains(text, maybeTwice) {
			t.Errorf("the second one does not say so: %q", text)
		}
		if d := n.Deliveries()["a-1"]; len(d) != 1 || !d[0].MaybeTwice {
			t.Errorf("%+v", d)
		}
	})
}

// TestNotifier_GivesUpAfterADay: what was not delivered within 24 h is not sent later, and
// its end neither.
func TestNotifier_GivesUpAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &noted{answer: func(int, *Message) error { return &SendError{Text: "connection refused"} }}
		n := notifier(t, files{t.TempDir()}, byName{"r": r})
		stop := running(t, n)
		defer stop()
		take(t, n, firing("1"))
		time.Sleep(23 * time.Hour)
		take(t, n, overNotice("2", "1"))
		before := len(r.ids())
		if before < 100 || before > 200 {
			t.Errorf("%d attempts in 23 h", before)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		states := []alert.DeliveryState{}
		for _, d := range n.Deliveries()["a-1"] {
			states = append(states, d.State)
		}
		if diff := cmp.Diff([]alert.DeliveryState{alert.DeliveryExpired, alert.DeliverySkipped}, states); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if last := r.at[len(r.at)-1].Sub(r.at[0]); last > 24*time.Hour {
			t.Errorf("tried after %s", last)
		}
	})
}

// TestNotifier_DropsWhatIsRefused: a receiver that will never take a message does not hold
// up those behind it, and the others are told at once.
func TestNotifier_DropsWhatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		picky := &noted{answer: func(_ int, m *Message) error {
			if m.ID == "1" {
				return &SendError{Text: "answers 400", Refused: true}
			}
			return nil
		}}
		other := &noted{}
		n := notifier(t, nil, byName{"picky": picky, "other": other})
		take(t, n, firing("1"), firing("2")) // both are there before one is refused
		stop := running(t, n)
		defer stop()
		synctest.Wait()
		if diff := cmp.Diff([]string{"1", "2"}, picky.ids()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got := other.got; len(got) < 3 || !strings.Contains(got[2].Subject, "do not arrive") {
			t.Errorf("the other was told %q", other.ids())
		}
	})
}

// TestNotifier_TellsTheOthersOfOneThatFails after two minutes, and when it is over; itself
// is not told.
func TestNotifier_TellsTheOthersOfOneThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := time.Now().Add(10 * time.Minute)
		down := &noted{answer: func(int, *Message) error {
			if time.Now().Before(up) {
				return &SendError{Text: "connection refused"}
			}
			return nil
		}}
		well := &noted{}
		var events []collectors.Event
		n := notifier(t, files{t.TempDir()}, byName{"down": down, "well": well}, func(c *Config) {
			c.Post = func(e collectors.Event) { events = append(events, e) }
		})
		stop := running(t, n)
		defer stop()
		take(t, n, firing("1"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(well.ids()) != 1 {
			t.Errorf("told too early: %q", well.ids())
		}
		if r := n.Receivers()[0]; r.State != "failing" || r.Error != "connection refused" || r.Waiting != 1 || r.SinceMs == 0 {
			t.Errorf("%+v", r)
		}
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		if len(well.got) != 3 || !strings.Contains(well.got[1].Subject, "do not arrive") || well.got[2].Kind != alert.NoticeResolved {
			t.Fatalf("the other was told %q", well.ids())
		}
		for _, id := range down.ids() {
			if id != "1" {
				t.Errorf("it was sent %s", id)
			}
		}
		if len(events) != 2 || events[0].Level != collectors.LevelWarning || events[1].Resolves != events[0].ID {
			t.Errorf("events %+v", events)
		}
		if r := n.Receivers()[0]; r.State != "ok" || r.Error != "" || r.Waiting != 0 {
			t.Errorf("%+v", r)
		}
	})
}

// TestNotifier_ResumesWhereItEnded runs several instances on one queue: one ends before it
// could send, one in the middle of an attempt.
func TestNotifier_ResumesWhereItEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		first := notifier(t, files{dir}, byName{"r": {}})
		take(t, first, firing("1"), firing("2"))
		// What a killed instance leaves: an attempt without a result, and half a line.
		key := first.targets[0].key
		if err := first.commit(&record{Op: opTry, ID: "1", T: 1, Key: key, Tries: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := first.journal.file.WriteString(`01234567 {"op":"notice","id":"9"`); err != nil {
			t.Fatal(err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		r := &noted{}
		n := notifier(t, files{dir}, byName{"r": r})
		take(t, n, firing("1"), firing("3"))
		stop := running(t, n)
		synctest.Wait()
		stop()
		if diff := cmp.Diff([]string{"1?", "2", "3"}, r.ids()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		n = notifier(t, files{dir}, byName{"r": {}})
		take(t, n, firing("1"), firing("2"), firing("3"))
		if e, _ := n.queue.next(key); e != nil {
			t.Errorf("%s would be sent again", e.notice.ID)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestNotifier_TellsNoAlertTwice: who decides on notices was killed and puts the same
// alerts together otherwise.
func TestNotifier_TellsNoAlertTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &noted{}
		n := notifier(t, files{t.TempDir()}, byName{"r": r})
		stop := running(t, n)
		defer stop()
		both := firing("1")
		both.ID, both.Alerts = "1+2", append(both.Alerts, firing("2").Alerts...)
		take(t, n, firing("1"), both, firing("2"))
		synctest.Wait()
		var got []string
		for i := range r.got {
			for _, a := range r.got[i].Alerts {
				got = append(got, a.ID)
			}
		}
		if diff := cmp.Diff([]string{"a-1", "a-2"}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// TestNotifier_SendsAlthoughTheDiskIsFull: that it is full is just what is to be told.
func TestNotifier_SendsAlthoughTheDiskIsFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		need.Missing(t, "there is no /dev/full here")
	}
	synctest.Test(t, func(t *testing.T) {
		r := &noted{}
		n := notifier(t, files{t.TempDir()}, byName{"r": r})
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.journal.file.Close(); err != nil {
			t.Fatal(err)
		}
		n.journal.file = full
		stop := running(t, n)
		defer stop()
		if err := n.Notify(firing("1")); err == nil {
			t.Error("it says that the notice is on the disk")
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"1"}, r.ids()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
