package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/textproto"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// responder answers the questions of hubs by a handler. It belongs to an agent.
type responder struct {
	host    string
	handler http.Handler
	publish func(subject string, message []byte) error
	log     *slog.Logger
	limit   *rate.Limiter
	stalled time.Duration
	// instance is that of the host; questions to another one are not answered.
	instance func() string

	running sync.WaitGroup
	mu      sync.Mutex
	ended   bool
	asked   map[string]*answering
}

func newResponder(host string, instance func() string, h http.Handler, publish func(string, []byte) error, log *slog.Logger) *responder {
	return &responder{
		host: host, instance: instance, handler: h, publish: publish, log: log, stalled: stalled,
		limit: rate.NewLimiter(requestsPerSecond, requestBurst), asked: make(map[string]*answering),
	}
}

// meant reports whether a message to an instance is for the one that has come by it. Others
// may have the same key.
func meant(to string, own func() string) bool { return to == "" || to == own() }

// take does what a message on the http subject asks for. It does not wait.
func (r *responder) take(text []byte) {
	q, err := ParseQuestion(text)
	if err != nil {
		r.log.Debug("question of a hub refused", "err", err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.asked[q.ID]
	switch {
	case r.ended || q.Type == "":
	case q.Type == typeRequest && a == nil:
		if meant(q.Instance, r.instance) {
			r.begin(q)
		}
	case a == nil:
	case q.Type == typeCredit:
		a.credit(q.Received)
	case q.Type == typeCancel:
		a.cancel()
	}
}

// begin answers a request on a goroutine of its own. The lock is held.
func (r *responder) begin(q Question) {
	subject := of(r.host, subjectReply, q.ID)
	refused := func(status int) {
		head := appendPart(nil, kindHead, 0, answerHead{Status: status, Header: map[string][]string{"Retry-After": {"1"}}}.encode())
		_ = r.publish(subject, head) // who is not there does not hear it
		_ = r.publish(subject, appendPart(nil, kindEnd, 1, nil))
	}
	if len(r.asked) >= maxRequests || !r.limit.Allow() {
		refused(http.StatusTooManyRequests)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, q.Method, q.Path, http.NoBody)
	if err != nil || !Served(req.URL.Path) {
		cancel()
		refused(http.StatusNotFound)
		return
	}
	for name, value := range q.Header {
		req.Header.Set(name, value)
	}
	req.Host, req.RequestURI, req.RemoteAddr = "localhost", q.Path, "127.0.0.1:0"
	a := &answering{
		subject: subject, publish: r.publish, ctx: ctx, cancel: cancel, stalled: r.stalled,
		credits: make(chan struct{}, 1), header: make(http.Header),
	}
	r.asked[q.ID] = a
	r.running.Go(func() {
		defer func() {
			cancel()
			r.mu.Lock()
			delete(r.asked, q.ID)
			r.mu.Unlock()
		}()
		defer func() {
			if p := recover(); p != nil {
				if p != http.ErrAbortHandler { //nolint:errorlint // it is the value itself that is panicked with
					r.log.Error("answer to a hub panicked", "panic", p, "stack", string(debug.Stack()))
				}
				a.fail(errors.New("the host cannot answer"))
			}
		}()
		r.handler.ServeHTTP(a, req)
		a.end()
	})
}

// stop ends all answers and waits for them.
func (r *responder) stop() {
	r.mu.Lock()
	r.ended = true
	for _, a := range r.asked {
		a.cancel()
	}
	r.mu.Unlock()
	r.running.Wait()
}

// answering is the http.ResponseWriter of one request. Its messages are numbered, and at
// most window of them are in flight.
type answering struct {
	subject string
	publish func(string, []byte) error
	ctx     context.Context //nolint:containedctx // that of the request
	cancel  context.CancelFunc
	stalled time.Duration
	credits chan struct{}

	header http.Header
	begun  bool
	sent   uint32
	buf    []byte
	total  int64
	failed error

	mu       sync.Mutex
	received uint32
}

var (
	_ http.Flusher = (*answering)(nil)

	errStalled = errors.New("the hub takes no more")
	errTooLong = fmt.Errorf("the answer has more than %d bytes", MaxBody)
)

func (a *answering) Header() http.Header { return a.header }

func (a *answering) WriteHeader(status int) {
	if a.begun || status < 200 {
		return
	}
	a.begun = true
	kept := make(map[string][]string)
	for name, values := range a.header {
		if name = textproto.CanonicalMIMEHeaderKey(name); slices.Contains(answerHeaders, name) {
			kept[name] = values
		}
	}
	a.send(kindHead, answerHead{status, kept}.encode())
}

func (a *answering) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	for n := 0; n < len(p); {
		if a.failed != nil {
			return n, a.failed
		}
		take := min(batchBytes-len(a.buf), len(p)-n)
		a.buf = append(a.buf, p[n:n+take]...)
		n += take
		if a.total += int64(take); a.total > MaxBody {
			a.fail(errTooLong)
			return n, a.failed
		}
		if len(a.buf) == batchBytes {
			a.Flush()
		}
	}
	return len(p), a.failed
}

// Flush sends what was written.
func (a *answering) Flush() {
	if len(a.buf) > 0 {
		a.send(kindBody, a.buf)
		a.buf = a.buf[:0]
	}
}

func (a *answering) end() {
	a.WriteHeader(http.StatusOK)
	a.Flush()
	a.send(kindEnd, nil)
}

// fail breaks the answer off.
func (a *answering) fail(err error) {
	if a.failed != nil {
		return
	}
	a.failed = err
	_ = a.publish(a.subject, appendPart(nil, kindError, a.sent, []byte(err.Error()))) // who is not there does not hear it
}

// send sends one message once the hub has taken enough of those before.
func (a *answering) send(kind byte, body []byte) {
	if a.failed != nil {
		return
	}
	timer := time.NewTimer(a.stalled)
	defer timer.Stop()
	for !a.allowed() {
		select {
		case <-a.credits:
		case <-timer.C:
			a.fail(errStalled)
			return
		case <-a.ctx.Done():
			a.failed = a.ctx.Err()
			return
		}
	}
	if a.failed = a.ctx.Err(); a.failed != nil {
		return
	}
	a.failed = a.publish(a.subject, appendPart(make([]byte, 0, partHeader+len(body)), kind, a.sent, body))
	a.sent++
}

func (a *answering) allowed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent-a.received < window
}

func (a *answering) credit(received uint32) {
	a.mu.Lock()
	if received > a.received && received <= a.received+window {
		a.received = received
	}
	a.mu.Unlock()
	select {
	case a.credits <- struct{}{}:
	default:
	}
}
