package attacks

import (
	"io"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dashcam/collectors"
)

// TestRestlessViewersInTheUnit has the memory of the systemd unit, and is stopped while they
// go on.
func TestRestlessViewersInTheUnit(t *testing.T) {
	t.Parallel()
	const kind, viewers = "subscribing again", 30
	g := newUnitGroup(t)
	p := g.start("--demo", "--history", "2h")
	all, release := restless(p, viewers, 60)
	waitUntil(t, "the viewers to be there", func() bool { return p.health().Hub.Viewers >= viewers })
	first := p.health().Remembered.Newest
	waitUntil(t, "rows beside them", func() bool { return p.health().Remembered.Newest >= first+5 })
	g.holds(kind, p)
	release()
	all.Wait()
}

// TestManyPatterns asks with as many and as costly patterns as may be, 50 times in parallel,
// and with hundreds, which may not be. Such questions took a core for as long as they were
// asked.
func TestManyPatterns(t *testing.T) {
	t.Parallel()
	const kind, askers, span = "costly patterns", 50, 10 * time.Second
	g := newUnitGroup(t)
	p := g.start("--demo", "--history", "1h", "--demo-size", "large")
	l := follow(p)
	waitUntil(t, "a row", func() bool { return l.newest() > 0 })

	hundreds := url.QueryEscape(strings.Repeat("*a*a*a*,", 300) + "a")
	for _, path := range []string{"/api/v1/history?points=2000&match=", "/api/v1/series?match="} {
		status, _ := p.raw(p.request("GET", path+hundreds))
		attack(t, kind, status == 400 || status == 414 || status == 431, "%s of hundreds of patterns: %d", path, status)
	}
	worst := url.QueryEscape(strings.Repeat("*{device="+strings.Repeat("*a", 7)+"b*},", collectors.MaxPatterns-1) + "*{device=*b}")
	question := p.request("GET", "/api/v1/history?points=2000&match="+worst)
	began, spent, first := time.Now(), p.processorTime(), l.newest()
	var all sync.WaitGroup
	var answered, refused atomic.Int64
	var stopping atomic.Bool
	for range askers {
		all.Go(func() {
			for !stopping.Load() {
				switch status, err := exchange(p, question); {
				case status == 200:
					answered.Add(1)
				case status == 503:
					refused.Add(1)
				case !stopping.Load():
					t.Errorf("costly patterns: %d, %v", status, err)
					return
				}
			}
		})
	}
	waitUntil(t, "rows beside them", func() bool { return time.Since(began) > span && l.newest() >= first+8 })
	took, spent := time.Since(began), p.processorTime()-spent
	rows, missing, _, _ := l.figures()
	// What server's budget gives all long answers together: 4 s at once and a quarter of a
	// core. The rest is the program itself, and whom it refuses.
	attack(t, kind, spent < 4*time.Second+took/2, "%d askers took %v of processor time in %v", askers, spent, took)
	// Where other tests have the processors as well a tick is missed now and then.
	right(t, kind, missing <= 1, "%d rows are missing beside them, %d came", missing, rows)
	counted.add(kind, func(c *counts) { c.tried += int(answered.Load()); c.refused += int(answered.Load()) })
	t.Logf("%d askers took %v of processor time in %v: %d answers, %d refused", askers, spent.Round(10*time.Millisecond), took.Round(100*time.Millisecond), answered.Load(), refused.Load())
	// Whoever asks waits for an answer, or for the next one.
	stopping.Store(true)
	g.holds(kind, p)
	all.Wait()
}

// exchange sends a request and returns the status of the answer, 0 where there is none.
func exchange(p *program, request string) (status int, err error) {
	c, err := p.dial()
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	if _, err := io.WriteString(c, request); err != nil {
		return 0, err
	}
	answer, err := io.ReadAll(c)
	return statusOf(answer), err
}
