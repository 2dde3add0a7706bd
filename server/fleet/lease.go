package fleet

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

const (
	// maxLeases is how many hubs may look at a host.
	maxLeases = 4
	// maxInFlight is how many bytes of a lease may be in flight: what a hub has not said
	// to have received.
	maxInFlight = 2 << 20
	// liveBytes is how long a live message becomes before it is sent, and packFrom from
	// where on it is compressed.
	liveBytes = 256 << 10
	packFrom  = 64 << 10
	// maxLive is how long it may be when it is unpacked.
	maxLive = 32 << 20
)

// leases are those that hubs hold. Each has a viewer of its own, so that a hub is served
// as a page is: from its cursor on, without a gap.
type leases struct {
	agent   *Agent
	running sync.WaitGroup

	mu    sync.Mutex
	ended bool
	held  map[string]*lease
}

func newLeases(a *Agent) leases { return leases{agent: a, held: make(map[string]*lease)} }

// take begins, renews or ends a lease.
func (l *leases) take(c Control) {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.held[c.Lease]
	switch {
	case l.ended:
	case held != nil && c.End:
		held.cancel()
	case held != nil:
		held.renew(c.Received, l.agent.cfg.times.lease)
	case !c.End && c.Received == 0 && len(l.held) < maxLeases:
		ctx, cancel := context.WithCancel(context.Background())
		held = &lease{id: c.Lease, cancel: cancel, room: make(chan struct{}, 1)}
		held.expiry = time.AfterFunc(l.agent.cfg.times.lease, cancel)
		l.held[c.Lease] = held
		l.running.Go(func() {
			defer func() {
				cancel()
				held.expiry.Stop()
				l.mu.Lock()
				delete(l.held, c.Lease)
				l.mu.Unlock()
			}()
			if err := l.agent.serveLease(ctx, held, c); err != nil && ctx.Err() == nil {
				l.agent.log.Debug("lease ended", "err", err)
			}
		})
	}
}

func (l *leases) stop() {
	l.mu.Lock()
	l.ended = true
	for _, held := range l.held {
		held.cancel()
	}
	l.mu.Unlock()
	l.running.Wait()
}

// lease is one that a hub holds.
type lease struct {
	id     string
	cancel context.CancelFunc
	expiry *time.Timer
	room   chan struct{}

	mu       sync.Mutex
	number   uint64 // of the last message
	inFlight []sent
	bytes    int
}

type sent struct {
	number uint64
	bytes  int
}

func (l *lease) renew(received uint64, d time.Duration) {
	l.expiry.Reset(d)
	l.mu.Lock()
	for len(l.inFlight) > 0 && l.inFlight[0].number <= received {
		l.bytes -= l.inFlight[0].bytes
		l.inFlight = l.inFlight[1:]
	}
	l.mu.Unlock()
	select {
	case l.room <- struct{}{}:
	default:
	}
}

// next waits until there is room in flight, and returns the number of the next message.
func (l *lease) next(ctx context.Context, size int) (uint64, error) {
	for {
		l.mu.Lock()
		if l.bytes == 0 || l.bytes+size <= maxInFlight {
			l.number++
			l.bytes += size
			l.inFlight = append(l.inFlight, sent{l.number, size})
			n := l.number
			l.mu.Unlock()
			return n, nil
		}
		l.mu.Unlock()
		select {
		case <-l.room:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// topics are what a hub is sent: the rows and every table.
func topics(s *collectors.Schema) []string {
	names := []string{wire.TopicMetrics}
	for _, t := range s.Tables {
		if len(names) < wire.MaxTopics {
			names = append(names, t.Name)
		}
	}
	return names
}

// serveLease sends what a page would get until the lease ends.
func (a *Agent) serveLease(ctx context.Context, l *lease, c Control) error {
	feed, err := a.cfg.Join()
	if err != nil {
		return err
	}
	defer feed.Leave()
	feed.Subscribe(wire.Subscribe{Topics: topics(a.cfg.Ring.Latest().Schema), Since: c.Since, Window: c.Window})
	subject := of(a.id.Host, subjectLive, l.id)
	atOnce, cancel := context.WithCancel(ctx)
	cancel()
	var batch []byte
	for {
		m, err := feed.Next(ctx)
		for err == nil {
			batch = append(append(batch, '\n'), m.Bytes()...)
			if len(batch) >= liveBytes {
				break
			}
			m, err = feed.Next(atOnce)
		}
		if len(batch) > 0 {
			number, waited := l.next(ctx, len(batch))
			if waited != nil {
				return waited
			}
			if err := a.publish(subject, appendLive(nil, number, batch)); err != nil {
				return err
			}
			batch = batch[:0]
		}
		var closed *stream.CloseError
		if ctx.Err() != nil || errors.As(err, &closed) {
			return err
		}
	}
}

// packed marks a live message that is compressed (RFC 1951).
const packed = 'z'

// appendLive encodes a live message: its number in decimal digits, and a line for each
// message that a page gets, compressed where it is long.
func appendLive(dst []byte, number uint64, batch []byte) []byte {
	dst = strconv.AppendUint(dst, number, 10)
	if len(batch) < packFrom {
		return append(dst, batch...)
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(batch)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil { // the level is known, and a buffer takes everything
		panic(err)
	}
	return append(append(dst, packed), b.Bytes()...)
}

// parseLive reads a live message: its number, and the messages in it.
func parseLive(text []byte) (number uint64, messages [][]byte, err error) {
	if len(text) > MaxPayload {
		return 0, nil, refuse("%d bytes: expected at most %d", len(text), MaxPayload)
	}
	digits := 0
	for digits < len(text) && digits < 20 && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	number, err = strconv.ParseUint(string(text[:digits]), 10, 64)
	if err != nil || number == 0 {
		return 0, nil, refuse("number %.20q of a live message", text[:digits])
	}
	rest := text[digits:]
	if len(rest) > 0 && rest[0] == packed {
		r := io.LimitReader(flate.NewReader(bytes.NewReader(rest[1:])), maxLive+1)
		if rest, err = io.ReadAll(r); err != nil {
			return 0, nil, refuse("live message %d: %v", number, err)
		}
		if len(rest) > maxLive {
			return 0, nil, refuse("live message %d has more than %d bytes", number, maxLive)
		}
	}
	if len(rest) < 2 || rest[0] != '\n' {
		return 0, nil, refuse("live message %d holds nothing", number)
	}
	for line := range bytes.SplitSeq(rest[1:], []byte{'\n'}) {
		if len(line) == 0 {
			return 0, nil, refuse("live message %d has an empty line", number)
		}
		messages = append(messages, line)
	}
	return number, messages, nil
}
