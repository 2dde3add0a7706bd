package fleet

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"dashcam/server/wire"
)

// errBack says that the host has come back, so that it pays to ask it again at once.
var errBack = errors.New("the host is back")

// errAnew says that the mirror cannot go on: the host began anew, or has rows no more that
// are missing here.
var errAnew = errors.New("the mirror cannot go on")

// session holds one lease. It ends without an error when nobody looks any more, and with
// one when something was lost or nothing comes.
func (m *Mirror) session(pause time.Duration) error {
	if pause > 0 {
		select {
		case <-time.After(pause):
		case <-m.ctx.Done():
			return m.ctx.Err()
		}
	}
	c := Control{Type: typeLease, Lease: rand.Text(), Window: mirrorWindow, Instance: m.meant()}
	if newest := m.ring.Bounds().Newest; newest > 0 {
		c.Window, c.Since = 0, &wire.Since{Instance: m.instance, Seq: newest}
	}
	sub, err := m.hub.conn.SubscribeSync(of(m.host, subjectLive, c.Lease))
	if err != nil {
		return err
	}
	// An honest host has no more in flight; what comes beyond is dropped, and ends the lease.
	if err := sub.SetPendingLimits(-1, 2*maxInFlight); err != nil {
		return err
	}
	defer func() {
		_ = sub.Unsubscribe() // the connection may be gone
		m.say(Control{Type: typeLease, Lease: c.Lease, Instance: c.Instance, End: true})
	}()
	m.say(c)
	m.hub.stats.leases.Add(1)
	defer m.hub.stats.leases.Add(-1)
	m.mu.Lock()
	m.sessions++
	again := m.sessions > 1
	m.mu.Unlock()
	d := m.decoder
	d.begin(m.ring.Latest().Row)
	renew := time.NewTicker(renewEvery)
	defer renew.Stop()
	c.Since, c.Window = nil, 0
	for since, size, silent := 0, 0, time.Now(); ; {
		ctx, cancel := context.WithTimeout(m.ctx, renewEvery/3)
		text, err := sub.NextMsgWithContext(ctx)
		cancel()
		select {
		case <-renew.C:
			if !m.looked() {
				return nil
			}
			since = renewMessages
		default:
		}
		switch {
		case m.ctx.Err() != nil:
			return m.ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			if m.poked.Swap(false) {
				return errBack
			}
			if time.Since(silent) > quiet {
				return errors.New("nothing comes")
			}
		case err != nil:
			return err
		default:
			silent = time.Now()
			m.hub.stats.live.add(len(text.Data))
			since++
			size += len(text.Data)
			if c.Received, err = m.take(d, text.Data, c.Received, again); err != nil {
				m.log.Debug("live stream of a host broken off", "err", err)
				return err
			}
		}
		if c.Received > 0 && (since >= renewMessages || size >= renewBytes) {
			since, size = 0, 0
			m.say(c)
		}
	}
}

// unknownInstance is that of a host which was never heard of since the hub began.
const unknownInstance = "unknown"

// meant is the instance that is to answer, "" for whichever the host has.
func (m *Mirror) meant() string {
	if m.instance == unknownInstance {
		return ""
	}
	return m.instance
}

func (m *Mirror) say(c Control) {
	text, err := json.Marshal(c)
	if err != nil { // it is texts and numbers
		panic(err)
	}
	_ = m.hub.conn.Publish(of(m.host, subjectLease), text) // it is said again
}

// take enters what a live message holds into the ring, and returns its number.
func (m *Mirror) take(d *decoder, text []byte, last uint64, again bool) (uint64, error) {
	number, messages, err := parseLive(text)
	if err != nil {
		return last, err
	}
	if number != last+1 {
		return last, refuse("live message %d behind %d", number, last)
	}
	for _, one := range messages {
		if err := d.take(one); err != nil {
			return last, err
		}
	}
	if d.hello.Instance != m.instance {
		return last, errAnew
	}
	if d.restart {
		return last, errAnew
	}
	m.mu.Lock()
	m.hello = d.hello
	m.mu.Unlock()
	m.live.oldestT.Store(d.hello.OldestT)
	m.live.oldest.Store(int64(d.hello.Oldest))
	for _, h := range d.health {
		m.ring.SetHealth(h)
	}
	d.health = nil
	if d.more {
		return number, nil // events come behind the rows
	}
	if again && len(d.rows) > 1 {
		m.mu.Lock()
		m.filled += uint64(len(d.rows) - 1)
		m.mu.Unlock()
	}
	if len(d.rows) > 0 && m.schema == nil && m.isShown() {
		return number, errAnew // pages have been told that there is nothing
	}
	for i := range d.rows {
		r := &d.rows[i]
		if r.schema != m.schema {
			m.schema = r.schema
			m.ring.Describe(r.schema)
		}
		if _, _, err := m.ring.Mirror(r.commit); err != nil {
			return number, errAnew
		}
	}
	if d.rows = nil; m.ring.Bounds().Newest > 0 {
		m.caughtUp(true)
	}
	return number, nil
}
