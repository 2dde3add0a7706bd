package fleet

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"dashcam/server/stream"
	"dashcam/server/wire"
)

// TestMirror_ViewersGetTheFramesOfTheHost compares what a page gets of a host with what it
// gets of the mirror, byte for byte.
func TestMirror_ViewersGetTheFramesOfTheHost(t *testing.T) {
	hub := startHub(t, "", "")
	host := newHost(t)
	host.rows(700)
	host.agent(t, hub.join(t, "own"))
	eventually(t, "the host is here", func() bool { return hub.wall.Online("own") })
	m := hub.Mirror("own")
	ready(t, m)
	host.every(t, 20*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	collect := func(join interface {
		Next(ctx context.Context) ([]byte, error)
	}, frames map[uint64]string, until uint64) (hello wire.Hello) {
		t.Helper()
		for {
			text, err := join.Next(ctx)
			if err != nil {
				t.Error(err)
				return hello
			}
			var f struct {
				Type string          `json:"type"`
				Seq  json.RawMessage `json:"seq"`
			}
			if err := json.Unmarshal(text, &f); err != nil {
				t.Error(err)
			}
			switch f.Type {
			case wire.TypeHello:
				if err := json.Unmarshal(text, &hello); err != nil {
					t.Error(err)
				}
			case wire.TypeFrame:
				var seq uint64
				if err := json.Unmarshal(f.Seq, &seq); err != nil {
					t.Error(err)
				}
				if frames[seq] = string(text); seq >= until {
					return hello
				}
			}
		}
	}
	subscription := wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics, "processes"}, Window: 1}
	ours, err := m.Stream().Join()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Leave()
	theirs, err := host.fan.Join()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Leave()
	ours.Subscribe(subscription)
	theirs.Subscribe(subscription)
	until := host.ring.Bounds().Newest + 40
	got, want := make(map[uint64]string), make(map[uint64]string)
	both := make(chan struct{})
	go func() {
		defer close(both)
		collect(textFeed{theirs.Next}, want, until)
	}()
	hello := collect(textFeed{ours.Next}, got, until)
	<-both
	compared := 0
	for seq, frame := range got {
		if w, had := want[seq]; had {
			compared++
			if frame != w {
				t.Errorf("frame %d is %s, expected %s", seq, frame, w)
			}
		}
	}
	if compared < 20 {
		t.Errorf("only %d frames were compared", compared)
	}
	if hello.Build != "of the hub" || hello.Host.Hostname != "db-01" || hello.Oldest != 1 || hello.Instance != host.ring.Instance() {
		t.Errorf("%+v", hello)
	}
}

func TestMirror_ComesBackAtOnceWhereRowsCame(t *testing.T) {
	pause := time.Duration(0)
	for _, step := range []struct {
		rows bool
		want time.Duration
	}{{true, 50}, {false, 100}, {false, 200}, {false, 400}, {false, 800}, {false, 1000}, {false, 1000}, {true, 50}} {
		if pause = pauseAfter(pause, step.rows); pause != step.want*time.Millisecond {
			t.Errorf("after a lease with rows %v: %s, expected %d ms", step.rows, pause, step.want)
		}
	}
	if got := pauseAfter(0, false); got != 50*time.Millisecond {
		t.Errorf("the first time: %s", got)
	}
}

type textFeed struct {
	next func(ctx context.Context) (*stream.Message, error)
}

func (f textFeed) Next(ctx context.Context) ([]byte, error) {
	m, err := f.next(ctx)
	if err != nil {
		return nil, err
	}
	return m.Bytes(), nil
}
