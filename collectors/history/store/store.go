package store

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/eventlog"
	"dashcam/collectors/history/segment"
)

// Defaults of [Config].
const (
	DefaultLimit     = 1 << 30
	DefaultRetention = 30 * 24 * time.Hour
	// MinLimit is the least that Config.Limit may be.
	MinLimit = 8 << 20
)

// syncEvery is how long a row may be in files and not on the disk.
const syncEvery = 2 * time.Second

// Config says where and how much is kept on disk. Zero fields mean their defaults.
type Config struct {
	// Dir holds nothing but the store. It is made where it does not exist.
	Dir string
	// Limit and Retention bound what is kept, whichever ends first: 1 GiB and 30 days
	// by default.
	Limit     int64
	Retention time.Duration
	// Boot identifies the run of the host: when another instance finds another one, the
	// host was restarted in between. "" for not known.
	Boot    string
	Version string
	// Log gets what an operator should know; nothing is logged without it.
	Log *slog.Logger
}

// How an instance ended, as far as the next one can tell.
const (
	WhyStopped  = "dashcam was stopped"
	WhyKilled   = "dashcam was killed"
	WhyRebooted = "the host was rebooted"
)

// ErrInUse says that another process writes to the directory.
var ErrInUse = errors.New("in use by another dashcam")

// Store is the history on disk. Open it with [Open], give it to a ring, and let
// [Store.Run] write what that gets.
type Store struct {
	cfg   Config
	lock  *os.File
	held  atomic.Pointer[Snapshot]
	why   string
	ended bool // the newest instance before this one, by itself
	gate  readGate
	// loaded is of Run, and of the ring when it is made.
	loaded *loaded
	// events are read by any goroutine and written by Run.
	events *eventlog.Log

	// open opens a file to write on; a test puts a disk with faults in its place.
	open func(path string, flags int) (segment.File, error)

	mu      sync.Mutex
	stats   collectors.StoreStats
	state   collectors.HealthState // as it was told last
	leftOut map[collectors.SeriesKey]struct{}
	told    int // of leftOut in the log
}

// Open opens the directory of a store, makes it where it does not exist, and reads
// what it holds. Nothing is written before Run. An error is one that waiting does not
// mend: a path that cannot be used, a directory that another process writes to
// ([ErrInUse]), files of another version.
func Open(cfg Config) (*Store, error) {
	if cfg.Limit == 0 {
		cfg.Limit = DefaultLimit
	}
	if cfg.Retention <= 0 {
		cfg.Retention = DefaultRetention
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Limit < MinLimit {
		return nil, fmt.Errorf("at most %d bytes on disk: expected at least %d", cfg.Limit, MinLimit)
	}
	lock, err := lockStore(cfg.Dir)
	if err != nil {
		return nil, err
	}
	l, err := load(cfg.Dir)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the history: %w", err), lock.Close())
	}
	for _, line := range l.report {
		cfg.Log.Warn("history on disk is damaged", "what", line)
	}
	t := &Store{
		cfg: cfg, lock: lock, gate: make(readGate, readsAtOnce), loaded: l, why: l.howEnded(cfg.Boot), ended: l.ended, leftOut: maps.Clone(l.leftOut),
		open: func(path string, flags int) (segment.File, error) { return openTrusted(path, flags) },
	}
	t.held.Store(&l.Snapshot)
	var problems []error
	t.events, problems = openEventLog(&t.cfg, func(path string, flags int) (segment.File, error) { return t.open(path, flags) })
	for _, err := range problems {
		cfg.Log.Warn("events on disk cannot be read", "err", err)
	}
	t.stats = collectors.StoreStats{Bytes: l.bytes() + t.events.Bytes(), Damaged: l.damaged, Torn: l.torn}
	return t, nil
}

const (
	// maxEventLog and eventLogPerLimit bound what the events may take of a store: the
	// first holds about 150,000.
	maxEventLog      = 32 << 20
	eventLogPerLimit = 8
)

// openEventLog looks at the events of a store.
func openEventLog(cfg *Config, open func(path string, flags int) (segment.File, error)) (*eventlog.Log, []error) {
	return eventlog.Open(eventlog.Config{
		Dir: cfg.Dir, Limit: min(maxEventLog, cfg.Limit/eventLogPerLimit), Retention: cfg.Retention, Open: open,
	})
}

// Close lets go of the directory. It is called after Run, or instead of it.
func (t *Store) Close() error { return unlockFile(t.lock) }

// lockName is the name of the file that is locked.
const lockName = "lock"

// lockStore makes the directory and takes the lock that keeps a second process away.
func lockStore(dir string) (*os.File, error) {
	if err := makeTrusted(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, lockName)
	f, err := openTrusted(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("open the directory of the history: %w", err)
	}
	free, err := lockFile(f)
	switch {
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	case !free:
		err := fmt.Errorf("%s is %w", dir, ErrInUse)
		if pid := lockedBy(f); pid != "" {
			err = fmt.Errorf("%w (process %s)", err, pid)
		}
		return nil, errors.Join(err, f.Close())
	}
	// Who holds it is for people; the lock holds without.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(fmt.Sprintln(os.Getpid())), 0)
	}
	return f, nil
}

func lockedBy(f *os.File) string {
	var b [32]byte
	n, _ := f.ReadAt(b[:], 0)
	return strings.TrimSpace(string(b[:n]))
}

// howEnded says how the newest instance ended, given the run of the host now; "" where
// there was none.
func (l *loaded) howEnded(boot string) string {
	if len(l.instances) == 0 {
		return ""
	}
	last := &l.instances[len(l.instances)-1]
	switch {
	case boot != "" && last.Boot != "" && boot != last.Boot:
		return WhyRebooted
	case l.ended:
		return WhyStopped
	}
	return WhyKilled
}

// Why says how the newest instance before this one ended, "" where there was none.
func (t *Store) Why() string { return t.why }

// EndedByItself reports whether the newest instance before this one ended by itself.
func (t *Store) EndedByItself() bool { return t.ended }

// Snapshot returns what is on the store now; nil for a nil Store.
func (t *Store) Snapshot() *Snapshot {
	if t == nil {
		return nil
	}
	return t.held.Load()
}

// Instances returns the instances of which the store holds rows, oldest first, with the
// present one.
func (t *Store) Instances() []collectors.Instance { return t.held.Load().instances }

// Stats says what the store holds.
func (t *Store) Stats() collectors.StoreStats {
	t.mu.Lock()
	s := t.stats
	s.LeftOut = len(t.leftOut)
	t.mu.Unlock()
	p := t.held.Load()
	s.Dir, s.Limit, s.Retention, s.Ended = t.cfg.Dir, t.cfg.Limit, t.cfg.Retention, t.why
	p.describe(&s)
	return s
}

// describe fills in what the files say, beside what is counted in s already.
func (p *Snapshot) describe(s *collectors.StoreStats) {
	s.Oldest, s.OldestT = p.Oldest()
	s.Newest, s.NewestT = p.Newest()
	s.Segments, s.Instances = len(p.segments), p.instances
	for _, seg := range p.segments {
		s.Damaged += seg.damage.count()
		for _, g := range seg.lost {
			s.LostRows += g.To - g.From + 1
		}
	}
	for _, tab := range p.tables {
		s.Damaged += tab.damage.count()
	}
}

// health tells the health of the store among that of the collectors, when it changes.
func (t *Store) health(ring Ring, state collectors.HealthState, reason string) {
	t.mu.Lock()
	changed := t.state != state || t.stats.Problem != reason
	t.state, t.stats.Problem = state, reason
	t.mu.Unlock()
	if changed {
		ring.SetHealth(collectors.Health{
			Collector: "tape", Title: "History on disk", State: state, SinceMs: time.Now().UnixMilli(),
			Reason: reason, CadenceMs: syncEvery.Milliseconds(),
		})
	}
}

// LeaveOut notes that what the store has of a series means something else than its values
// do now.
func (t *Store) LeaveOut(key collectors.SeriesKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leftOut[key] = struct{}{}
}

// tellLeftOut writes to the log when there is more of that than was told.
func (t *Store) tellLeftOut() {
	t.mu.Lock()
	n, told := len(t.leftOut), t.told
	t.told = n
	families := make(map[string]bool)
	for key := range t.leftOut {
		families[key.Family] = true
	}
	t.mu.Unlock()
	if n > told {
		t.cfg.Log.Warn("an earlier version recorded series in another unit or step: what it recorded of them is not shown",
			"series", n, "families", strings.Join(slices.Sorted(maps.Keys(families)), " "))
	}
}
