package fleet

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/nats-io/nats.go"
)

// ErrOffline says that nobody answers for a host.
var ErrOffline = errors.New("the host is not connected")

// Transport asks one host by HTTP over the broker. It is an [http.RoundTripper]: the scheme
// and the host of a request's address mean nothing, and its body is not sent.
type Transport struct {
	conn *nats.Conn
	host string
	// instance is the one that is asked, "" for any.
	instance string
	// stalled is how long it waits for the next message of an answer.
	stalled time.Duration
}

// RoundTrip sends a GET or HEAD and returns when the head of the answer has come. The body
// must be closed; what nobody reads stays on the host.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close() // it is not sent
	}
	q := Question{Type: typeRequest, ID: rand.Text(), Method: req.Method, Path: req.URL.RequestURI(), Instance: t.instance, Header: make(map[string]string)}
	for _, name := range questionHeaders {
		if v := req.Header.Get(name); v != "" {
			q.Header[name] = v
		}
	}
	text, err := json.Marshal(q)
	if err == nil {
		_, err = ParseQuestion(text)
	}
	if err != nil {
		return nil, err
	}
	reply := of(t.host, subjectReply, q.ID)
	sub, err := t.conn.SubscribeSync(reply)
	if err != nil {
		return nil, fmt.Errorf("ask host %s: %w", t.host, err)
	}
	// An honest host has no more in flight; what comes beyond is dropped, and breaks the
	// answer off.
	if err := sub.SetPendingLimits(2*window, 2*window*(partHeader+batchBytes)); err != nil {
		return nil, fmt.Errorf("ask host %s: %w", t.host, err)
	}
	b := &answerBody{t: t, ctx: req.Context(), sub: sub, id: q.ID, stalled: t.stalled}
	if err := t.conn.PublishRequest(of(t.host, subjectHTTP), reply, text); err != nil {
		b.cancel()
		return nil, fmt.Errorf("ask host %s: %w", t.host, err)
	}
	p, err := b.next()
	if err == nil && p.kind != kindHead {
		err = refuse("an answer without a head")
	}
	var head answerHead
	if err == nil {
		head, err = parseHead(p.body)
	}
	if err != nil {
		b.cancel()
		return nil, fmt.Errorf("ask host %s: %w", t.host, err)
	}
	return &http.Response{
		Status: http.StatusText(head.Status), StatusCode: head.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: head.Header, ContentLength: -1, Body: b, Request: req,
	}, nil
}

// answerBody reads the messages of an answer in their order.
type answerBody struct {
	t       *Transport
	ctx     context.Context //nolint:containedctx // that of the request
	sub     *nats.Subscription
	id      string
	stalled time.Duration
	number  uint32
	rest    []byte
	err     error
	total   int64
	closed  bool
}

// next returns the next message, and tells the host from time to time what has come.
func (b *answerBody) next() (part, error) {
	ctx, cancel := context.WithTimeout(b.ctx, b.stalled)
	defer cancel()
	m, err := b.sub.NextMsgWithContext(ctx)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return part{}, ErrOffline
	case err != nil:
		return part{}, err
	}
	p, err := parsePart(m.Data)
	if err != nil {
		return part{}, err
	}
	if p.number != b.number && p.kind != kindError {
		return part{}, fmt.Errorf("part %d of the answer is lost", b.number)
	}
	b.number++
	if b.number%creditEvery == 0 {
		b.say(Question{Type: typeCredit, ID: b.id, Received: b.number})
	}
	if p.kind == kindError {
		return part{}, fmt.Errorf("the host says: %s", cleaned(string(p.body), 200))
	}
	return p, nil
}

func (b *answerBody) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		next, err := b.next()
		switch {
		case err != nil:
			b.err = err
		case next.kind == kindEnd:
			b.err = io.EOF
		case next.kind == kindBody:
			b.rest = next.body
			if b.total += int64(len(next.body)); b.total > MaxBody {
				b.rest, b.err = nil, errTooLong
			}
		default:
			b.err = refuse("part %q within an answer", next.kind)
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close lets go of the answer, and tells the host where there is more of it.
func (b *answerBody) Close() error {
	if !b.closed {
		b.closed = true
		if errors.Is(b.err, io.EOF) {
			_ = b.sub.Unsubscribe() // the connection may be gone, and the subscription with it
			return nil
		}
		b.cancel()
	}
	return nil
}

func (b *answerBody) cancel() {
	_ = b.sub.Unsubscribe() // see Close
	b.say(Question{Type: typeCancel, ID: b.id})
}

func (b *answerBody) say(q Question) {
	text, err := json.Marshal(q)
	if err != nil { // it is texts
		panic(err)
	}
	_ = b.t.conn.Publish(of(b.t.host, subjectHTTP), text) // the host gives up by itself
}
