package main

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestProgram_KilledAroundAnAlertTellsItOnce kills the whole program at random moments
// around the message of an alert: before it is written, while the receiver has it, and after
// its answer. The next one tells it where it was not told, and again only where the answer
// was lost, and then says so. It does so twice, or as often as DASHCAM_KILLS says
// (make kills: 100), a few at a time.
func TestProgram_KilledAroundAnAlertTellsItOnce(t *testing.T) {
	kills := 2
	if s := os.Getenv("DASHCAM_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil || kills < 1 {
			t.Fatalf("DASHCAM_KILLS is %q: expected a number of at least 1", s)
		}
		t.Setenv("DASHCAM_KILLS", "") // it is no setting of the program
		if err := os.Unsetenv("DASHCAM_KILLS"); err != nil {
			t.Fatal(err)
		}
	} else {
		t.Parallel()
	}
	bin := binary(t)
	var before, lost, once atomic.Int64
	t.Run("each", func(t *testing.T) {
		places := make(chan struct{}, 8)
		for i := range kills {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				places <- struct{}{}
				defer func() { <-places }()
				switch n, told := killTelling(t, bin, rand.New(rand.NewPCG(uint64(i), 7))); {
				case n == 2:
					lost.Add(1)
				case told:
					once.Add(1)
				default:
					before.Add(1)
				}
			})
		}
	})
	t.Logf("%d kills: %d before the receiver was told, %d after it was told and once, %d while it answered and twice, marked", kills, before.Load(), once.Load(), lost.Load())
}

// killTelling is one kill. It returns how often the receiver was told, and whether it had
// been before the kill.
func killTelling(t *testing.T, bin string, random *rand.Rand) (n int, told bool) {
	got := make(chan struct{}, 4)
	answers := time.Duration(random.IntN(200)) * time.Millisecond
	h := &hook{answer: func(int) {
		got <- struct{}{}
		<-time.After(answers)
	}}
	server := httptest.NewServer(h)
	defer server.Close()
	// The alert of the file system that fills fires at the end of the hour that is made up,
	// and is told half a minute later.
	args := []string{"--demo", "--state-dir", filepath.Join(t.TempDir(), "state"), "--notify-file", addressFile(t, server.URL)}
	p := start(t, bin, args...)
	late := time.After(time.Duration(random.IntN(35_000)) * time.Millisecond)
	select {
	case <-late:
	case <-got:
		told = true
		<-time.After(time.Duration(random.IntN(300)) * time.Millisecond)
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended

	p = start(t, bin, args...)
	// One that was killed before it told has the whole half a minute before it.
	eventually(t, 3*time.Minute, func() bool {
		alerts, err := p.ask("/api/v1/alerts", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(alerts, `"state":"delivered"`)
	}, func() string { return "it was not delivered" })
	// Whoever is asked twice for what is due has had the time to tell again.
	var first, now struct{ Remembered struct{ Rows int } }
	if err := p.object("/api/v1/health", &first); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "it went on", func() bool {
		return p.object("/api/v1/health", &now) == nil && now.Remembered.Rows > first.Remembered.Rows+7
	})
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	all := h.all()
	seen := fmt.Sprintf("%+v", all)
	switch {
	case len(all) == 0 || len(all) > 2 || all[0].Status != "firing" || all[0].MaybeTwice && len(all) == 1 && told:
		t.Errorf("the receiver was told %s", seen)
	case len(all) == 2 && (all[0].ID != all[1].ID || all[0].MaybeTwice || !all[1].MaybeTwice):
		t.Errorf("told twice, and not marked: %s", seen)
	}
	return len(all), told
}
