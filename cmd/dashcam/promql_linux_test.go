package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// TestProgram_IsNotLateForQuestions asks the program heavy questions in PromQL from four
// sides, without a pause, and counts the ticks that it misses meanwhile, beside those of
// another one that nobody asks: it is as late as the machine makes both.
func TestProgram_IsNotLateForQuestions(t *testing.T) {
	const interval = 200 * time.Millisecond
	rows := need.Times[int64](t, 60, 20)
	bin := binary(t)
	args := []string{"--demo", "--interval", interval.String()}
	asked, idle := start(t, bin, args...), start(t, bin, args...)
	type remembered struct{ Newest, NewestT int64 }
	now := func(p *program) remembered {
		var health struct{ Remembered remembered }
		if err := p.object("/api/v1/health", &health); err != nil {
			t.Fatal(err)
		}
		return health.Remembered
	}
	missed := func(from, to remembered) int64 {
		return (to.NewestT-from.NewestT)/interval.Milliseconds() - (to.Newest - from.Newest)
	}
	beforeAsked, beforeIdle := now(asked), now(idle)
	var asking sync.WaitGroup
	var mu sync.Mutex
	answers := make(map[int]int)
	stop := make(chan struct{})
	for _, expr := range []string{
		`sum by (cpu) (rate(node_cpu_seconds_total[5m]))`,
		`quantile_over_time(0.9, {__name__=~"node_.+"}[10m])`,
		`count({__name__=~".+"})`,
		`max_over_time(sum(rate({__name__=~"node_.+_total"}[1m]))[30m:5s])`,
	} {
		form := url.Values{"query": {expr}, "step": {"5"}}
		form.Set("start", strconv.FormatInt(beforeAsked.NewestT/1000-3000, 10))
		form.Set("end", strconv.FormatInt(beforeAsked.NewestT/1000, 10))
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				res, err := http.Get("http://" + asked.addr + "/prometheus/api/v1/query_range?" + form.Encode())
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				mu.Lock()
				answers[res.StatusCode]++
				mu.Unlock()
			}
		})
	}
	answered := func() int {
		mu.Lock()
		defer mu.Unlock()
		return answers[http.StatusOK]
	}
	// A machine that is busy otherwise makes both late at times, and rather the one that has
	// used more of it. A question that holds up the sampler does so in every stretch.
	var stretches []string
	for deadline := time.Now().Add(3 * time.Minute); ; {
		before := answered()
		waitUntil(t, "rows of the one that nobody asks", func() bool { return now(idle).Newest-beforeIdle.Newest >= rows })
		afterAsked, afterIdle := now(asked), now(idle)
		a, b := missed(beforeAsked, afterAsked), missed(beforeIdle, afterIdle)
		stretches = append(stretches, fmt.Sprintf("%d of %d, and %d of %d where nobody asked, at %d answers", a, afterAsked.Newest-beforeAsked.Newest, b, afterIdle.Newest-beforeIdle.Newest, answered()-before))
		if a <= b && answered()-before >= 4 {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("there is no stretch in which questions are answered and no tick is missed for them:\n%s", strings.Join(stretches, "\n"))
			break
		}
		beforeAsked, beforeIdle = afterAsked, afterIdle
	}
	close(stop)
	asking.Wait()
	t.Logf("answers by status: %v; missed ticks in each stretch:\n%s", answers, strings.Join(stretches, "\n"))
}
