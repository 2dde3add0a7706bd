package channels

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"dashcam/server/notify"
)

// The bounds of a request.
const (
	requestTime = 15 * time.Second
	maxAnswer   = 64 << 10
)

var (
	errRedirect = errors.New("redirects are not followed")
	errOver     = errors.New("the service has answered already, and is not asked again")
)

// call is one message in flight.
type call struct {
	ctx context.Context
	mu  sync.Mutex
	// status is that of the last answer, 0 for none; taken counts requests that change
	// something and were answered well.
	status, taken int
	after         time.Duration
	// err is why there was no answer, lost that some of the request was written.
	err      error
	lost     bool
	redirect bool
}

// guard is a transport that bounds the requests of the call under way.
type guard struct {
	// ours takes the requests of a call, others all that are made while there is none.
	ours, others http.RoundTripper
	current      atomic.Pointer[call]
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	c := g.current.Load()
	if c == nil {
		return g.others.RoundTrip(req)
	}
	if err := c.admit(req); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(req.Context(), requestTime)
	stop := context.AfterFunc(c.ctx, cancel)
	end := func() {
		stop()
		cancel()
	}
	ctx, wrote := notify.Traced(ctx)
	res, err := g.ours.RoundTrip(req.WithContext(ctx))
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.err, c.lost = err, wrote()
		end()
		return nil, err
	}
	c.status, c.after = res.StatusCode, notify.RetryAfter(res.Header)
	if res.StatusCode < 300 && req.Method != http.MethodGet {
		c.taken++
	}
	res.Body = &answer{io.LimitReader(res.Body, maxAnswer), res.Body, end}
	return res, nil
}

// admit refuses what must not be asked.
func (c *call) admit(req *http.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case req.Response != nil: // it follows one
		c.redirect = true
		return errRedirect
	case c.err != nil || c.status >= 300:
		return errOver // shoutrrr would try it again
	}
	return nil
}

// answer is the body of an answer, as much of it as is read.
type answer struct {
	io.Reader
	body io.Closer
	end  func()
}

func (a *answer) Close() error {
	a.end()
	return a.body.Close()
}

// failure says why a call failed, in words that hold nothing of the address.
func (c *call) failure() *notify.SendError {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &notify.SendError{After: c.after}
	switch {
	case c.redirect:
		e.Text = "answers with a redirect, which is not followed"
	case c.err != nil:
		e.Text, e.Lost = notify.Reason(c.err), c.lost
	case c.status >= 300:
		answered := notify.AnswerError(c.status, c.after)
		answered.Lost = answered.Lost || c.taken > 0
		return answered
	default:
		e.Text = "the service did not take it"
	}
	// An earlier part may have arrived: another chat, another room.
	e.Lost = e.Lost || c.taken > 1 || c.taken == 1 && c.err != nil
	return e
}

// badly reports whether it was answered in another way than well, whatever shoutrrr makes
// of that.
func (c *call) badly() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.redirect || c.err != nil || c.status >= 300
}
