package notify

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// Config says who is told, and how. Receivers and Source are required.
type Config struct {
	// Receivers are addresses, which may be secrets: nothing repeats them.
	Receivers []string
	// Channels makes senders for the schemes that this package does not know; nil knows
	// no further ones.
	Channels Channels
	// Files keep the queue, so that it outlives the program; nil keeps it in memory.
	Files Files
	// Source is the host that messages tell of.
	Source collectors.Source
	// Link is where its page is, "" where that is not known.
	Link string
	// SilenceLink has messages carry links that silence an alert: it is the address of the
	// page that takes their tokens, "" for none.
	SilenceLink string
	// Alerts are those that Alertmanager is told of: firing ones, and those that are over.
	Alerts func() []alert.Alert
	// Well reports whether dashcam does its work. While it does, and no receiver fails,
	// heartbeats are sent.
	Well func() bool
	// Post takes an event when a receiver begins to fail, and when it gets messages again.
	Post func(collectors.Event)
	// Changed is called when a delivery comes to another state. It must return soon.
	Changed func(alert.Delivery)
	// Roots are the authorities that are believed; nil are those of the system.
	Roots *x509.CertPool
	// Log gets what an operator should know. It is slog.Default() where nil.
	Log *slog.Logger
}

// Notifier tells receivers.
type Notifier struct {
	cfg     Config
	log     *slog.Logger
	targets []*target
	signer  *Signer
	writer  writer
	client  *httpClient
	// firstPause is the pause after a first attempt, longestPause that after many.
	firstPause, longestPause time.Duration

	// composing is held by whoever makes a message, disk while the journal is written. mu
	// guards what follows it and is never held while something waits.
	composing, disk sync.Mutex

	journal *journal
	broken  bool // the journal, the last time

	mu     sync.Mutex
	queue  *queue
	health map[string]*health // by key
	wake   map[string]chan struct{}
}

// New reads the receivers and the queue that an instance before left. It starts nothing.
// Mistakes in receivers are [*AddressError].
func New(cfg Config) (*Notifier, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	all, err := targets(cfg.Receivers, cfg.Channels, cfg.Roots)
	if err != nil {
		return nil, err
	}
	n := &Notifier{
		cfg: cfg, log: cfg.Log, targets: all, queue: newQueue(), client: newHTTPClient(cfg.Roots), firstPause: firstPause, longestPause: longestPause,
		health: make(map[string]*health), wake: make(map[string]chan struct{}),
	}
	var keys []string
	for _, t := range all {
		n.health[t.key] = &health{}
		n.wake[t.key] = make(chan struct{}, 1)
		if t.kind == toldOnce {
			keys = append(keys, t.key)
		}
	}
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // it does not fail
	if cfg.Files != nil {
		if key, err = readKey(cfg.Files, key); err != nil {
			return nil, err
		}
	}
	if n.signer, err = newSigner(key); err != nil {
		return nil, err
	}
	n.writer = writer{source: cfg.Source, link: cfg.Link}
	if cfg.SilenceLink != "" {
		n.writer.silence = func(a *alert.Alert, length string, at time.Time) string {
			return cfg.SilenceLink + n.signer.Token(a, length, at)
		}
	}
	return n, n.open(keys)
}

// open reads the queue.
func (n *Notifier) open(keys []string) error {
	if n.cfg.Files == nil {
		return nil
	}
	j, records, damaged, err := openJournal(n.cfg.Files)
	if err != nil {
		return err
	}
	n.journal = j
	for i := range records {
		n.queue.apply(&records[i])
	}
	if damaged > 0 {
		n.log.Warn("queue of notifications damaged: what could be read goes on", "lines", damaged)
	}
	now := time.Now().UnixMilli()
	n.queue.recover(now, keys)
	n.queue.forget(now)
	if err := j.rewrite(n.queue.records()); err != nil {
		return fmt.Errorf("write the queue of notifications: %w", errors.Join(err, j.close()))
	}
	return nil
}

// Signer knows the links that messages carry.
func (n *Notifier) Signer() *Signer { return n.signer }

// Notify takes a notice for every receiver, and returns when it is on the disk: who decides
// on notices may then take it for told. One with an ID that is known is not taken again.
func (n *Notifier) Notify(notice alert.Notice) error {
	return n.take(notice, func(*target) bool { return true })
}

func (n *Notifier) take(notice alert.Notice, to func(*target) bool) error {
	n.mu.Lock()
	known := n.queue.byID[notice.ID] != nil || len(notice.Alerts) > 0 && !n.queue.news(&notice)
	n.mu.Unlock()
	if known {
		return nil
	}
	r := &record{Op: opNotice, ID: notice.ID, T: time.Now().UnixMilli(), Notice: &notice}
	for _, t := range n.targets {
		if t.kind == toldOnce && to(t) {
			r.To = append(r.To, t.key)
		}
	}
	err := n.commit(r)
	for _, t := range n.targets {
		n.rouse(t.key)
	}
	return err
}

func (n *Notifier) rouse(key string) {
	select {
	case n.wake[key] <- struct{}{}:
	default: // it is to look already
	}
}

// commit writes records to the journal and then brings them into force. They are brought
// into force too where the disk does not take them: that it is full is to be told.
func (n *Notifier) commit(records ...*record) error {
	n.disk.Lock()
	defer n.disk.Unlock()
	err := n.journal.write(records...)
	if failed := err != nil; failed != n.broken {
		n.broken = failed
		if failed {
			n.log.Error("queue of notifications not written: what waits is lost if dashcam ends", "err", err)
		} else {
			n.log.Info("queue of notifications written again")
		}
	}
	n.mu.Lock()
	for _, r := range records {
		n.queue.apply(r)
	}
	var all []*record
	if n.journal != nil && n.journal.size > compactAt {
		n.queue.forget(time.Now().UnixMilli())
		all = n.queue.records()
	}
	n.mu.Unlock()
	if all != nil {
		if err := n.journal.rewrite(all); err != nil {
			n.log.Error("queue of notifications not made shorter", "err", err)
		}
	}
	if n.cfg.Changed != nil {
		for _, r := range records {
			n.tellChanged(r)
		}
	}
	return err
}

func (n *Notifier) tellChanged(r *record) {
	keys := r.To
	if r.Op == opResult {
		keys = []string{r.Key}
	}
	for _, key := range keys {
		n.mu.Lock()
		d, ok := n.delivery(n.queue.byID[r.ID], key)
		n.mu.Unlock()
		if ok {
			n.cfg.Changed(d)
		}
	}
}

// Run tells receivers until the context ends, and returns when everything has ended that it
// began. What was not delivered then is kept for the next instance.
func (n *Notifier) Run(ctx context.Context) error {
	var working sync.WaitGroup
	for _, t := range n.targets {
		working.Go(func() {
			switch t.kind {
			case toldOnce:
				n.deliver(ctx, t)
			case toldAll:
				n.tellAlertmanager(ctx, t)
			case calledWhenWell:
				n.heartbeat(ctx, t)
			}
		})
	}
	working.Wait()
	return n.Close()
}

// Close lets go of the queue. Run does it by itself.
func (n *Notifier) Close() error {
	n.disk.Lock()
	defer n.disk.Unlock()
	err := n.journal.close()
	n.journal = nil
	return err
}
