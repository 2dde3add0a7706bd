package embedded

import (
	"log/slog"
	"testing"
)

// A verdict counts in cores and says times by the clock of the host: the ring was not told
// which host its rows are of, and a verdict spoke of one core.
func TestNew_TheRingKnowsItsHost(t *testing.T) {
	d, err := New(Config{Demo: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.ring.Info(), d.source.host(); got != want || got.CPUs == 0 || got.TZ == "" {
		t.Errorf("the ring's host is %+v, want %+v", got, want)
	}
}
