package server

import (
	"math"
	"net/netip"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// loadLimits bound what long answers may take, all of them together.
type loadLimits struct {
	// answers are how many are under way at once, also while their readers are slow;
	// perClient how many of those one address may have.
	answers, perClient int
	// computing is how many are worked at in the same moment.
	computing int
	// wait is how long one more waits for its turn.
	wait time.Duration
	// burst and share bound the processor time: burst at once, and the share of a core
	// in the long run.
	burst time.Duration
	share float64
	// grace and bytesPerSecond are what a reader must take: after grace, so many bytes
	// in every second of waiting for it.
	grace          time.Duration
	bytesPerSecond int
	// memory is the share of the program's memory limit from which on no long answer is
	// begun.
	memory float64
}

func defaultLoad() loadLimits {
	return loadLimits{
		answers: 8, perClient: 6, computing: 2, wait: 5 * time.Second,
		burst: 4 * time.Second, share: 0.25,
		grace: 10 * time.Second, bytesPerSecond: 16 << 10,
		memory: 0.85,
	}
}

// evenWithoutMemory are the same limits for answers that take little of it.
func (l loadLimits) evenWithoutMemory() loadLimits {
	l.memory = math.Inf(1)
	return l
}

// load admits long answers.
type load struct {
	loadLimits
	places    semaphore
	computers semaphore

	mu      sync.Mutex
	clients map[netip.Addr]*clientLoad
	work    tokens
	// stopped is closed when nobody may wait any more.
	stopped chan struct{}
}

// clientLoad is what one address has under way. known counts those who have a place or
// wait for one; without any it is dropped.
type clientLoad struct {
	places semaphore
	known  int
}

func newLoad(limits loadLimits) *load {
	return &load{
		loadLimits: limits, places: newSemaphore(limits.answers), computers: newSemaphore(limits.computing),
		clients: make(map[netip.Addr]*clientLoad), work: newTokens(limits.burst, limits.share),
		stopped: make(chan struct{}),
	}
}

// stop ends all waiting, so that a stop of the program waits for no reader.
func (l *load) stop() { close(l.stopped) }

// refuse says why somebody who waited gets no place.
func (l *load) refuse(why string, wait time.Duration) *apiError {
	select {
	case <-l.stopped:
		return errStopping()
	default:
		return errBusy(why, wait)
	}
}

// sleep waits, until the stop at most.
func (l *load) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.stopped:
	}
}

// begin takes a place for a long answer. The one who gets it calls end once. Who has to
// be refused has waited, so that asking again at once takes nothing from others.
func (l *load) begin(client netip.Addr) *apiError {
	deadline := time.Now().Add(l.wait)
	if wait := l.spent(0); wait > 0 {
		l.sleep(min(wait, l.wait))
		if wait = l.spent(0); wait > 0 {
			return l.refuse("long answers have taken too much processor time", wait)
		}
	}
	own := l.enter(client)
	if !own.places.acquire(time.Until(deadline), l.stopped) {
		l.leave(client)
		return l.refuse("too many long answers to this address are being written", retryAfter)
	}
	if !l.places.acquire(time.Until(deadline), l.stopped) {
		own.places.release()
		l.leave(client)
		return l.refuse("too many long answers are being written", retryAfter)
	}
	if memoryShort(l.memory) {
		l.end(client)
		l.sleep(time.Until(deadline))
		return l.refuse("memory is short", l.wait)
	}
	return nil
}

// retryAfter is when somebody may come again for whom there was no place.
const retryAfter = 2 * time.Second

func (l *load) end(client netip.Addr) {
	l.places.release()
	l.mu.Lock()
	own := l.clients[client]
	l.mu.Unlock()
	own.places.release()
	l.leave(client)
}

func (l *load) enter(client netip.Addr) *clientLoad {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.clients[client]
	if own == nil {
		own = &clientLoad{places: newSemaphore(l.perClient)}
		l.clients[client] = own
	}
	own.known++
	return own
}

func (l *load) leave(client netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.clients[client]
	if own.known--; own.known == 0 {
		delete(l.clients, client)
	}
}

// compute runs a part of work when it is its turn, and reports whether it was.
func (l *load) compute(work func()) bool {
	if !l.computers.acquire(l.wait, l.stopped) {
		return false
	}
	defer l.computers.release()
	began := time.Now()
	defer func() { l.spent(min(time.Since(began), maxPart)) }()
	work()
	return true
}

// maxPart is the most that one part of work is counted as: one that waited for a disk
// did not take a processor.
const maxPart = time.Second

// spent counts processor time and returns how long it takes until there is some again.
func (l *load) spent(d time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.work.spend(d, time.Now())
}

// pause makes good by waiting what long answers have taken too much of a processor.
func (l *load) pause() {
	if wait := l.spent(0); wait > 0 {
		l.sleep(min(wait, maxPause))
	}
}

// maxPause is the longest that an answer waits between two parts, so that its reader
// does not take it for dead.
const maxPause = 5 * time.Second

// memoryShort reports whether the program has more than a share of what it may have
// (debug.SetMemoryLimit, GOMEMLIMIT). Without a limit it never is.
func memoryShort(share float64) bool {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return false
	}
	// What counts against the limit, as runtime/debug has it.
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return float64(samples[0].Value.Uint64()-samples[1].Value.Uint64()) > share*float64(limit)
}

func errBusy(why string, wait time.Duration) *apiError {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	return &apiError{
		status: fasthttp.StatusServiceUnavailable, Code: "busy", Message: why,
		Expected: "the same question in " + strconv.Itoa(seconds) + " s, or a shorter one",
		header:   [2]string{fasthttp.HeaderRetryAfter, strconv.Itoa(seconds)},
	}
}
