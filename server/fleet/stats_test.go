package fleet

import (
	"testing"

	"dashcam/collectors"
)

// TestHub_CountsWhatComes has a host speak, look at it, and a message that is none.
func TestHub_CountsWhatComes(t *testing.T) {
	hub := startHub(t, "", "")
	host := newHost(t)
	host.rows(10)
	id := hub.join(t, "own")
	host.agent(t, id)
	host.row(collectors.Event{ID: "e", Kind: "mark", Text: "x"})
	s := &hub.wall.stats
	eventually(t, "what the host says of itself", func() bool {
		return s.summaries.messages.Load() > 1 && s.abouts.bytes.Load() > 10 && s.events.messages.Load() > 0
	})
	ready(t, hub.Mirror("own"))
	if s.mirrors.Load() != 1 || s.leases.Load() != 1 || s.live.messages.Load() == 0 || s.refused.Load() != 0 {
		t.Errorf("%d mirrors, %d leases, %d live messages, %d refused", s.mirrors.Load(), s.leases.Load(), s.live.messages.Load(), s.refused.Load())
	}
	conn, err := natsAs(t, id)
	if err != nil {
		t.Fatal(err)
	}
	old := exampleSummary()
	old.Instance, old.Seq = host.ring.Instance(), 1
	for _, text := range [][]byte{[]byte("{"), old.encode()} {
		if err := conn.Publish(of("own", subjectSummary), text); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "one refused, and one that is old", func() bool { return s.refused.Load() == 1 && s.duplicates.Load() == 1 })
	hub.stop()
	if s.mirrors.Load() != 0 || s.leases.Load() != 0 {
		t.Errorf("at the end %d mirrors, %d leases", s.mirrors.Load(), s.leases.Load())
	}
}
