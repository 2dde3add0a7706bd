package attacks

import (
	"sync"
	"testing"
	"time"

	"dashcam/server/wire"
)

// TestRestlessViewers subscribes again as often as a page may, each time to other rows.
// Thirty such viewers took 25 s of processor time in 15 s.
func TestRestlessViewers(t *testing.T) {
	t.Parallel()
	const kind, viewers, seconds = "subscribing again", 30, 10
	p := start(t, "--demo", "--history", "2h")
	all, release := restless(p, viewers, seconds)
	began, spent := time.Now(), p.processorTime()
	waitUntil(t, "the viewers to be there", func() bool { return p.health().Hub.Viewers >= viewers })
	release()
	ended := make(chan struct{})
	go func() { all.Wait(); close(ended) }()
	// A healthy page beside them is live while they go on.
	near := p.subscribe(wire.Subscribe{Topics: []string{wire.TopicMetrics}, Window: 300, Parts: true}, nil)
	watch(t, near, "a first screen", func(s *wire.State) bool { return len(s.Rows) > 300 })
	live := time.Since(began)
	select {
	case <-ended:
		right(t, kind, false, "a healthy page was live after %v, when they had ended", live)
	default:
		right(t, kind, true, "")
	}
	<-ended
	took, spent := time.Since(began), p.processorTime()-spent
	filled := object[struct {
		Hub struct{ Ledger struct{ Filled int } }
	}](p, "/api/v1/health").Hub.Ledger.Filled
	// What stream's budget gives: 4,800 rows at once and 120 a second.
	most := viewers * (4800 + int(took.Seconds()+1)*120)
	attack(t, kind, filled < most, "%d rows were sent in %v, want at most %d", filled, took, most)
	t.Logf("%d viewers took %v of processor time in %v for %d rows", viewers, spent.Round(10*time.Millisecond), took.Round(100*time.Millisecond), filled)
}

// restless opens viewers that subscribe again as often as they may, for as many seconds. They
// stay until all of them have been there, which release says.
func restless(p *program, viewers, seconds int) (all *sync.WaitGroup, release func()) {
	p.t.Helper()
	all = new(sync.WaitGroup)
	together := make(chan struct{})
	release = sync.OnceFunc(func() { close(together) })
	p.t.Cleanup(release)
	for i := range viewers {
		ws := p.stream()
		all.Go(func() {
			for {
				if _, _, err := ws.ReadMessage(); err != nil {
					return
				}
			}
		})
		all.Go(func() {
			defer ws.Close()
			defer func() { <-together }()
			every := time.NewTicker(time.Second / (wire.MaxPerSecond - 1))
			defer every.Stop()
			for k := range seconds * (wire.MaxPerSecond - 1) {
				<-every.C
				m := wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics}, Window: wire.MaxReach - (k*viewers+i)%3000}
				if ws.WriteJSON(m) != nil {
					return
				}
			}
		})
	}
	return all, release
}
