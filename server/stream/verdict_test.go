package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// judge says which moments were judged, and may be made to wait or to fail.
type judge struct {
	mu    sync.Mutex
	times []int64
	hang  chan struct{}
	fail  error
}

func (j *judge) judge(ctx context.Context, at int64) (collectors.Verdict, error) {
	j.mu.Lock()
	j.times = append(j.times, at)
	hang, fail := j.hang, j.fail
	j.mu.Unlock()
	if hang != nil {
		<-hang
	}
	return collectors.Verdict{At: at, Resource: "disk", Level: collectors.VerdictWarn, Text: "disk busy"}, fail
}

func (j *judge) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.times)
}

// end lets the viewers leave and stops.
func (r *rig) end(viewers ...*viewer) {
	r.t.Helper()
	for _, v := range viewers {
		v.feed.Leave()
	}
	if err := r.stop(); err != nil {
		r.t.Error(err)
	}
}

var looks = wire.Subscribe{Topics: []string{wire.TopicMetrics, wire.TopicVerdict}}

func TestVerdict_IsMadeOnceARowWhileSomebodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j judge
		r := newRig(t, 0, Config{Verdict: j.judge})
		one, two, other := r.viewer(), r.viewer(), r.viewer()
		other.feed.Subscribe(metricsOf(1))
		r.ticks(3)
		other.drain()
		if j.count() > 0 || r.encodes(wire.TopicVerdict) > 0 {
			t.Errorf("nobody looked: judged %d times", j.count())
		}
		one.feed.Subscribe(looks)
		two.feed.Subscribe(looks)
		for range 2 {
			r.tick()
			for _, v := range []*viewer{one, two, other} {
				v.drain()
			}
		}
		for _, v := range []*viewer{one, two} {
			newest := v.rows[v.last]
			if got := v.state.Verdict; got == nil || got.Seq != v.last || got.At != newest.T || got.Text != "disk busy" {
				t.Errorf("at row %d of %d: %+v", v.last, newest.T, got)
			}
		}
		if j.count() != 2 || r.encodes(wire.TopicVerdict) != 2 || slices.Contains(other.types, wire.TypeVerdict) {
			t.Errorf("two rows were judged %d times and encoded %d times; who did not look got %v", j.count(), r.encodes(wire.TopicVerdict), other.types)
		}
		one.feed.Unsubscribe(wire.Unsubscribe{Topics: []string{wire.TopicVerdict}})
		two.feed.Unsubscribe(wire.Unsubscribe{Topics: []string{wire.TopicVerdict}})
		r.tick()
		one.drain()
		two.drain()
		if j.count() != 2 {
			t.Error("judged for nobody")
		}
		r.end(one, two, other)
	})
}

func TestVerdict_OneThatTakesLongHoldsUpNoRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := judge{hang: make(chan struct{})}
		r := newRig(t, 0, Config{Verdict: j.judge})
		r.ticks(2)
		v := r.viewer()
		v.feed.Subscribe(looks)
		v.drain()
		r.ticks(3)
		v.drain()
		if v.last != 5 || v.state.Verdict != nil || j.count() != 1 {
			t.Fatalf("row %d, verdict %+v, judged %d times", v.last, v.state.Verdict, j.count())
		}
		j.mu.Lock()
		close(j.hang)
		j.hang = nil
		j.mu.Unlock()
		synctest.Wait()
		v.drain()
		if j.count() != 1 {
			t.Errorf("judged %d times: none is made right behind one that took long", j.count())
		}
		time.Sleep(longestRest) // of virtual time
		synctest.Wait()
		v.drain()
		var seqs []string
		for _, text := range v.texts {
			if strings.HasPrefix(text, `{"type":"verdict"`) {
				seqs = append(seqs, text[:strings.Index(text, `,"at"`)])
			}
		}
		if want := []string{`{"type":"verdict","seq":2`, `{"type":"verdict","seq":5`}; !slices.Equal(seqs, want) {
			t.Errorf("got %v, want %v", seqs, want)
		}
		r.end(v)
	})
}

func TestVerdict_OneThatHangsDoesNotHoldUpTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		j := judge{hang: hang}
		r := newRig(t, 0, Config{Verdict: j.judge})
		r.tick()
		v := r.viewer()
		v.feed.Subscribe(looks)
		v.drain()
		v.feed.Leave()
		begun := time.Now()
		if err := r.stop(); err != nil || time.Since(begun) > time.Second {
			t.Errorf("stopped after %v: %v", time.Since(begun), err)
		}
		close(hang)
	})
}

func TestVerdict_OneThatFailsIsLoggedOnceAndMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		j := judge{fail: errors.New("no disk")}
		r := newRig(t, 0, Config{Verdict: j.judge, Log: slog.New(slog.NewTextHandler(&text, nil))})
		v := r.viewer()
		v.feed.Subscribe(looks)
		for range 3 {
			r.tick()
			v.drain()
		}
		if v.state.Verdict != nil || v.last != 3 || j.count() != 3 {
			t.Errorf("row %d, judged %d times, verdict %+v", v.last, j.count(), v.state.Verdict)
		}
		j.mu.Lock()
		j.fail = nil
		j.mu.Unlock()
		r.tick()
		v.drain()
		if v.state.Verdict == nil {
			t.Error("it did not come back")
		}
		if failing, recovered := strings.Count(text.String(), "verdicts failing"), strings.Count(text.String(), "verdicts recovered"); failing != 1 || recovered != 1 {
			t.Error(text.String())
		}
		r.end(v)
	})
}

func TestVerdict_NobodyCanLookWhereThereAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.tick()
		v := r.viewer()
		v.feed.Subscribe(looks)
		if types := fmt.Sprint(v.drain()); strings.Contains(types, wire.TypeVerdict) || v.last != 1 {
			t.Errorf("got %s up to row %d", types, v.last)
		}
		r.end(v)
	})
}
