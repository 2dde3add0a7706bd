package embedded

import (
	"testing"
	"time"
)

func TestDemo_LivesNoLongerThanIsRemembered(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  Config
		want time.Duration
	}{
		"an hour":           {Config{Interval: time.Second, History: 24 * time.Hour}, time.Hour},
		"ten rows a second": {Config{Interval: 100 * time.Millisecond, History: 24 * time.Hour}, 6 * time.Minute},
		"a minute":          {Config{Interval: time.Second, History: time.Minute}, time.Minute},
		"a disk":            {Config{Interval: time.Second, History: time.Minute, StateDir: "x"}, time.Hour},
		"by default":        {Config{Interval: time.Second}, time.Hour},
	} {
		if got := demoPast(&c.cfg); got != c.want {
			t.Errorf("%s: it lived %v ago, want %v", name, got, c.want)
		}
	}
}
