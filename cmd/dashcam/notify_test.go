package main

import (
	"context"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestSupervisor_HearsNothingOnceThereAreNoNewRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := 0
		s := supervisor{send: func(string) { heard++ }, watchdog: time.Minute}
		rows := uint64(0)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.reassure(ctx, func() uint64 {
				if time.Since(start2000) < 10*time.Minute {
					rows++
				}
				return rows
			})
		}()
		time.Sleep(10*time.Minute - time.Second)
		synctest.Wait()
		if heard < 2*10-1 {
			t.Errorf("%d signs of life in ten minutes, want at least one each half minute", heard)
		}
		time.Sleep(time.Minute)
		before := heard
		time.Sleep(time.Hour)
		synctest.Wait()
		if heard != before {
			t.Errorf("%d signs of life although there are no new rows", heard-before)
		}
		stop()
		<-ended
	})
}

// start2000 is when the clock of a test with synctest begins.
var start2000 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestSupervisor_IsTakenFromTheEnvironment(t *testing.T) {
	mine, other := strconv.Itoa(os.Getpid()), strconv.Itoa(os.Getpid()+1)
	for name, c := range map[string]struct {
		environ  []string
		watchdog time.Duration
		told     bool
	}{
		"nobody":                {nil, 0, false},
		"who wants to know":     {[]string{"NOTIFY_SOCKET=/run/x"}, 0, true},
		"who watches":           {[]string{"NOTIFY_SOCKET=/run/x", "WATCHDOG_USEC=60000000", "WATCHDOG_PID=" + mine}, time.Minute, true},
		"who watches another":   {[]string{"NOTIFY_SOCKET=/run/x", "WATCHDOG_USEC=60000000", "WATCHDOG_PID=" + other}, 0, true},
		"a number that is none": {[]string{"NOTIFY_SOCKET=/run/x", "WATCHDOG_USEC=soon"}, 0, true},
	} {
		if s := newSupervisor(c.environ); s.watchdog != c.watchdog || (s.send != nil) != c.told {
			t.Errorf("%s: watchdog %v, told %v, want %v, %v", name, s.watchdog, s.send != nil, c.watchdog, c.told)
		}
	}
}
