package fleet

import (
	"testing"
	"testing/synctest"
	"time"
)

// beats runs a heartbeat on virtual time and returns after how long it sent. Rows come every
// interval between from and to.
func beats(t *testing.T, pace, interval, from, to, end time.Duration) (sent []time.Duration) {
	t.Helper()
	begin := time.Now()
	h := newHeartbeat(pace, interval)
	defer h.stop()
	row := time.NewTicker(interval)
	defer row.Stop()
	for time.Since(begin) < end {
		select {
		case <-h.timer.C:
			h.late(time.Now())
		case <-row.C:
			if now := time.Since(begin); now < from || now > to || !h.row(time.Now()) {
				continue
			}
		}
		sent = append(sent, time.Since(begin))
	}
	return sent
}

func TestHeartbeat_GoesWithTheRowsWhereTheyComeOftenEnough(t *testing.T) {
	for _, pace := range []time.Duration{time.Second, 2 * time.Second, 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			sent := beats(t, pace, time.Second, 0, time.Minute, time.Minute)
			if n := len(sent); n < int(time.Minute/pace)-1 || n > int(time.Minute/pace) {
				t.Fatalf("%d in a minute at a pace of %s", n, pace)
			}
			for i, at := range sent {
				if at%time.Second != 0 || i > 0 && at-sent[i-1] != pace {
					t.Errorf("at a pace of %s number %d came at %s", pace, i, at)
				}
			}
		})
	}
}

// The hub takes a host for gone after three paces without a summary.
func TestHeartbeat_IsNeverTwoPacesAndAHalfApart(t *testing.T) {
	cases := map[string]struct{ interval, from, to time.Duration }{
		"rows stop and come again":         {time.Second, 0, 10 * time.Second},
		"rows begin late":                  {time.Second, 20500 * time.Millisecond, time.Minute},
		"rows are farther apart than that": {10 * time.Second, 0, time.Minute},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				last := time.Duration(0)
				for _, at := range append(beats(t, time.Second, c.interval, c.from, c.to, time.Minute), time.Minute) {
					if at-last > 2500*time.Millisecond {
						t.Errorf("none between %s and %s", last, at)
					}
					last = at
				}
			})
		})
	}
}
