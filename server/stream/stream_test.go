package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"

	"github.com/google/go-cmp/cmp"
)

func TestRun_EncodesEachRowOnceWhateverTheNumberOfViewers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const viewers, ticks = 100, 40
		r := newRig(t, 0, Config{})
		r.ticks(3)
		var wg sync.WaitGroup
		frames := make([]map[*Message]bool, viewers)
		prepared := make([]int, viewers)
		for i := range viewers {
			f, err := r.fan.Join()
			if err != nil {
				t.Fatal(err)
			}
			f.Subscribe(metricsOf(2))
			frames[i] = make(map[*Message]bool)
			wg.Go(func() {
				defer f.Leave()
				for {
					m, err := f.Next(t.Context())
					if err != nil {
						return
					}
					if m.Shared() && string(m.Bytes()[:15]) == `{"type":"frame"` {
						frames[i][m] = true
						m.Prepared(func([]byte) any { prepared[i]++; return i })
					}
				}
			})
		}
		synctest.Wait()
		before := r.encodes(wire.TopicMetrics)
		r.ticks(ticks)
		if got := r.encodes(wire.TopicMetrics) - before; got != ticks {
			t.Errorf("%d encodes for %d ticks", got, ticks)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		total := 0
		for i := range viewers {
			total += prepared[i]
			if len(frames[i]) != ticks {
				t.Errorf("viewer %d got %d frames, want %d", i, len(frames[i]), ticks)
			}
			for m := range frames[i] {
				if !frames[0][m] {
					t.Errorf("viewer %d got a frame of its own", i)
				}
			}
		}
		if total != ticks {
			t.Errorf("frames were prepared %d times, want %d", total, ticks)
		}
	})
}

// A message is framed and compressed by the first socket that sends it (Message.Prepared): what
// is not encoded is not compressed either.
func TestRun_DoesNothingForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		everything := func(c *history.Commit) {
			c.Tables = append(c.Tables, observation("1", 5))
			c.Events = append(c.Events, collectors.Event{Kind: "test", Text: "something happened"})
		}
		for range 30 {
			r.tick(everything)
			synctest.Wait()
		}
		stats := r.fan.Stats()
		if len(stats.Encodes) > 0 || stats.Messages > 0 || stats.Bytes > 0 {
			t.Errorf("without viewers: encodes %v, %d messages, %d bytes, want none", stats.Encodes, stats.Messages, stats.Bytes)
		}
		v := r.viewer()
		v.feed.Subscribe(metricsOf(30))
		r.tick(everything)
		v.drain()
		if stats := r.fan.Stats(); len(stats.Encodes) == 0 || stats.Messages == 0 {
			t.Errorf("with a viewer: encodes %v, %d messages, want some: the check above sees nothing", stats.Encodes, stats.Messages)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestRun_EncodesNothingThatNobodySubscribedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		v := r.viewer()
		processes := func(c *history.Commit) { c.Tables = append(c.Tables, observation("1", 5)) }
		for range 30 {
			r.tick(processes)
			v.drain()
		}
		if diff := cmp.Diff(map[string]uint64{"schema": r.encodes("schema")}, r.fan.Stats().Encodes); diff != "" {
			t.Errorf("encodes (-want +got)\n%s", diff)
		}
		v.feed.Subscribe(wire.Subscribe{Topics: []string{"processes"}})
		v.drain()
		if got := r.encodes("processes"); got != 1 {
			t.Errorf("%d encodes of the table, want 1", got)
		}
		if got := r.encodes(wire.TopicMetrics); got != 0 {
			t.Errorf("%d frames encoded for nobody", got)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestRun_StopSaysByeToEveryViewerAndWaitsForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{Retry: 3 * time.Second})
		r.ticks(2)
		var wg sync.WaitGroup
		for i := range 5 {
			f, err := r.fan.Join()
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				f.Subscribe(metricsOf(1))
			}
			wg.Go(func() {
				defer f.Leave()
				var last *Message
				for {
					m, err := f.Next(t.Context())
					if err == nil {
						last = m
						continue
					}
					var c *CloseError
					if !errors.Is(err, ErrStopping) || !errors.As(err, &c) || c.Code != 1001 {
						t.Errorf("feed ended with %v, want ErrStopping with 1001", err)
					}
					if got, want := string(last.Bytes()), `{"type":"bye","reason":"stopping","retryMs":3000}`; got != want {
						t.Errorf("last message %s, want %s", got, want)
					}
					return
				}
			})
		}
		synctest.Wait()
		begin := time.Now()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		if d := time.Since(begin); d != 0 {
			t.Errorf("stop waited %v although every viewer left at once", d)
		}
		wg.Wait()
		if _, err := r.fan.Join(); !errors.Is(err, ErrStopping) {
			t.Errorf("join after the stop: %v, want ErrStopping", err)
		}
		if n := r.fan.Viewers(); n != 0 {
			t.Errorf("%d viewers left", n)
		}
	})
}

func TestRun_NamesViewersThatDoNotLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{Grace: time.Second})
		r.viewer()
		begin := time.Now()
		var stuck *StuckError
		if err := r.stop(); !errors.As(err, &stuck) || stuck.Viewers != 1 {
			t.Errorf("stop: %v, want one viewer named", err)
		}
		if d := time.Since(begin); d != time.Second {
			t.Errorf("stop took %v, want the grace of 1 s", d)
		}
	})
}

func TestJoin_RefusesMoreThanMaxViewers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{MaxViewers: 2})
		a := r.viewer()
		r.viewer()
		if _, err := r.fan.Join(); !errors.Is(err, ErrFull) {
			t.Fatalf("third join: %v, want ErrFull", err)
		}
		bye, closing := r.fan.Refuse()
		if string(bye.Bytes()) != `{"type":"bye","reason":"full","retryMs":5000}` || closing.Code != 1013 {
			t.Errorf("goodbye %s, %v", bye.Bytes(), closing)
		}
		a.feed.Leave()
		a.feed.Leave()
		b := r.viewer()
		if s := r.fan.Stats(); s.Viewers != 2 || s.Joined != 3 || s.Refused != 1 {
			t.Errorf("stats %+v", s)
		}
		b.feed.Leave()
		if err := r.stop(); err == nil {
			t.Error("stop did not name the viewer that stayed")
		}
	})
}

func TestFeed_AnswersPingAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		v := r.viewer()
		v.drain()
		if v.feed.Subscribed() {
			t.Error("subscribed before it subscribed")
		}
		v.feed.Handle(wire.Ping{ID: 7, T: 12.5})
		v.drain()
		want := fmt.Sprintf(`{"type":"pong","id":7,"t":12.5,"nowMs":%d}`, time.Now().UnixMilli())
		if got := v.texts[len(v.texts)-1]; got != want {
			t.Errorf("pong %s, want %s", got, want)
		}
		v.feed.End(wire.CloseProtocol, wire.ByeProtocol, "topics is missing")
		v.feed.End(wire.CloseSignedOut, wire.ByeSignedOut, "")
		v.read(1)
		if v.state.Bye == nil || v.state.Bye.Reason != wire.ByeProtocol {
			t.Errorf("bye %+v, want protocol", v.state.Bye)
		}
		var c *CloseError
		if _, err := v.feed.Next(t.Context()); !errors.As(err, &c) || c.Code != wire.CloseProtocol {
			t.Errorf("feed ended with %v, want 4000", err)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFeed_WaitsForItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		v := r.viewer()
		v.drain()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := v.feed.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("next: %v, want the context's error", err)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFeed_HealthOnJoiningAndWhenItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ring.SetHealth(collectors.Health{Collector: "cpu", State: collectors.HealthOK})
		r.ring.SetHealth(collectors.Health{Collector: "disk", State: collectors.HealthOK})
		r.tick()
		early := r.viewer()
		if diff := cmp.Diff([]string{"hello", "schema"}, early.drain()); diff != "" {
			t.Errorf("on joining (-want +got)\n%s", diff)
		}
		early.feed.Subscribe(wire.Subscribe{Topics: []string{"processes"}})
		if diff := cmp.Diff([]string{"health", "health"}, early.drain()); diff != "" {
			t.Errorf("with what it asked for (-want +got)\n%s", diff)
		}
		r.tick()
		r.ring.SetHealth(collectors.Health{Collector: "disk", State: collectors.HealthStuck})
		r.tick()
		if diff := cmp.Diff([]string{"health"}, early.drain()); diff != "" {
			t.Errorf("after a change (-want +got)\n%s", diff)
		}
		late := r.viewer()
		late.feed.Subscribe(metricsOf(1))
		late.drain()
		want := map[string]collectors.HealthState{"cpu": collectors.HealthOK, "disk": collectors.HealthStuck}
		for _, v := range []*viewer{early, late} {
			got := make(map[string]collectors.HealthState)
			for name, h := range v.state.Health {
				got[name] = h.State
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("health (-want +got)\n%s", diff)
			}
			v.feed.Leave()
		}
		if got := r.encodes("health"); got != 3 {
			t.Errorf("%d encodes of health, want 3", got)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// An event whose page was cut off between the row and the event was never told.
func TestFeed_EventsComeAfterTheirRowAndAgainOnResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		event := func(texts ...string) func(*history.Commit) {
			return func(c *history.Commit) {
				for _, text := range texts {
					c.Events = append(c.Events, collectors.Event{Kind: collectors.EventClock, Text: text})
				}
			}
		}
		r.tick(event("before the window"))
		r.ticks(3)
		v := r.viewer()
		v.feed.Subscribe(metricsOf(2))
		v.drain()
		r.tick(event("first", "second"))
		if diff := cmp.Diff([]string{"frame", "event", "event"}, v.drain()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		r.tick(event("not heard"))
		if got := v.read(1); got != 1 || v.types[len(v.types)-1] != "frame" {
			t.Fatalf("got %d messages, the last one %s; want the frame alone", got, v.types[len(v.types)-1])
		}
		v.feed.Leave()
		r.tick(event("while away"))
		v.cut(wire.TopicMetrics)
		v.drain()
		var got []string
		for _, e := range v.state.Events {
			got = append(got, fmt.Sprintf("%d %s", e.Seq, e.Text))
		}
		if diff := cmp.Diff([]string{"1 before the window", "5 first", "5 second", "6 not heard", "7 while away"}, got); diff != "" {
			t.Errorf("events (-want +got)\n%s", diff)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}
