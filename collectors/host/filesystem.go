package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dashcam/collectors"
)

const (
	// answerTime is how long a sample waits for file systems that it has just asked. A
	// local one answers within microseconds.
	answerTime = 50 * time.Millisecond
	// smallTmpfs is the size below which a tmpfs is taken for part of the system's
	// furniture (/run/lock, /run/user/…).
	smallTmpfs = 64 << 20
	// strangerTime is how long one that never answered is not spoken of: before its first
	// answer nobody knows whether it is worth showing, and a busy machine is late.
	strangerTime = time.Second
)

// filesystem observes the space of mounted file systems.
//
// Asking a file system whose server is gone blocks in the kernel, and nothing but its
// answer ends that. So every mount is asked in a goroutine of its own, at most one at a
// time, and one that has not answered is not asked again: it holds one thread, and all
// others are on time. Such a goroutine cannot be joined: it ends when the kernel lets go of
// it, which may be after Sample's last call; it touches nothing but its own buffered
// channel.
type filesystem struct {
	source mountSource
	choice Selection
	// ask is statfs(2), or what a test puts in its place.
	ask func(path string) (usage, error)
	// timeout is answerTime; tests whose clock is real wait as long as it takes.
	timeout time.Duration
	mounts  map[mountKey]*mounted
	round   uint64
}

// mountKey is what makes a mount itself. The device stands in it so that another file
// system at the same place does not inherit the thread that the former one blocks.
type mountKey struct{ point, number string }

// mount is one line of the list of mounts.
type mount struct {
	point, device, fstype string
	// number is the kernel's number of the file system, "8:1"; what it is mounted from
	// need not tell it (tmpfs) or can be called differently (/dev/root).
	number   string
	readOnly bool
}

func (m *mount) key() mountKey { return mountKey{m.point, m.number} }

// usage is what a file system says about itself; sizes in bytes.
type usage struct {
	total, used, free, available uint64
	inodes, inodesUsed           uint64
	// number is that of mount, of the file system that answered; "" is unknown.
	number string
}

// mounted is what we know about a mount over time.
type mounted struct {
	mount
	// writable is set once the mount was seen read-write: those that never were are
	// images, and cannot fill up.
	writable bool
	// included is what the selection says of where it is mounted.
	included bool
	// answered is set with the first answer, furniture where the last one was not worth
	// showing.
	answered, furniture bool
	round               uint64
	pending             *question
}

// question is a call that has not answered yet.
type question struct {
	asked  time.Time
	answer chan answer // buffered: the one who answers never waits
}

type answer struct {
	usage usage
	err   error
}

func newFilesystem(o Options) collectors.Collector {
	return &filesystem{source: newMountSource(o), choice: o.Mounts, ask: askUsage, timeout: answerTime, mounts: make(map[mountKey]*mounted)}
}

func (*filesystem) Describe() collectors.Description {
	return collectors.Description{Name: "filesystem", Title: "File systems", Cadence: 10 * time.Second, Optional: true,
		Families: []*collectors.Family{collectors.FilesystemBytes, collectors.FilesystemInodes, collectors.FilesystemReadOnly, collectors.FilesystemStalled}}
}

func (f *filesystem) Sample(ctx context.Context, b *collectors.Batch) error {
	known := func(m *mount) bool { return f.mounts[m.key()] != nil }
	list, err := f.source.list(ctx, known)
	if err != nil {
		if absent(err) {
			unavailable(b, f.source.name(), err)
			return nil
		}
		return err
	}
	f.round++
	present := make([]*mounted, 0, len(list))
	for i := range list {
		if m := f.track(&list[i]); m.writable || m.included {
			present = append(present, m)
		}
	}
	answers := f.askAll(ctx, present)
	for i, m := range present {
		m.set(b, answers[i])
	}
	f.evict()
	return nil
}

func (f *filesystem) track(l *mount) *mounted {
	m, ok := f.mounts[l.key()]
	if !ok {
		m = &mounted{included: f.choice.includes(l.point)}
		f.mounts[l.key()] = m
	}
	m.mount, m.round = *l, f.round
	m.writable = m.writable || !l.readOnly
	return m
}

// askAll asks all mounts that do not still owe an answer, and returns the newest answer of
// each, nil where there is none. An answer that came too late for the last sample is
// as good as one now: it is from between the two.
func (f *filesystem) askAll(ctx context.Context, mounts []*mounted) []*answer {
	answers := make([]*answer, len(mounts))
	fresh := make([]bool, len(mounts))
	for i, m := range mounts {
		answers[i] = m.poll()
		if m.pending == nil {
			m.pending = f.start(f.source.path(m.point))
			fresh[i] = true
		}
	}
	timeout := time.NewTimer(f.timeout)
	defer timeout.Stop()
	over := false
	for i, m := range mounts {
		if !fresh[i] {
			continue
		}
		if !over {
			select {
			case a := <-m.pending.answer:
				answers[i], m.pending = &a, nil
				continue
			case <-timeout.C:
				over = true
			case <-ctx.Done():
				over = true
			}
		}
		if a := m.poll(); a != nil {
			answers[i] = a
		}
	}
	return answers
}

func (f *filesystem) start(path string) *question {
	q := &question{asked: time.Now(), answer: make(chan answer, 1)}
	ask := f.ask
	go func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a = answer{err: fmt.Errorf("ask the file system: %v", p)}
			}
			q.answer <- a
		}()
		a.usage, a.err = ask(path)
	}()
	return q
}

// poll takes the answer to the pending question if it has come.
func (m *mounted) poll() *answer {
	if m.pending == nil {
		return nil
	}
	select {
	case a := <-m.pending.answer:
		m.pending = nil
		return &a
	default:
		return nil
	}
}

var errCovered = errors.New("another file system answers at this place")

func (m *mounted) set(b *collectors.Batch, a *answer) {
	switch {
	case a != nil:
		m.answered = true
		m.furniture = a.err == nil && (a.usage.total == 0 || m.fstype == "tmpfs" && a.usage.total < smallTmpfs && !m.included)
	case !m.answered && m.pending != nil && time.Since(m.pending.asked) < strangerTime:
		return
	}
	if m.furniture {
		return
	}
	if a != nil && a.err == nil {
		switch {
		case m.number != "" && a.usage.number != "" && a.usage.number != m.number:
			// Mounted over, or not visible below another root: these would
			// be the numbers of the file system beneath.
			a = &answer{err: errCovered}
		}
	}
	if a != nil && a.err != nil {
		unavailable(b, "file system "+collectors.CleanLabel(m.point), a.err)
		if errors.Is(a.err, errCovered) {
			return
		}
	}
	put := func(f *collectors.Family, v, most float64, kind ...string) {
		var s collectors.Slot
		if len(kind) == 0 {
			s = b.Slot(f, m.point)
		} else {
			s = b.Slot(f, m.point, kind[0])
		}
		b.Gauge(s, v)
		b.Info(s, "device", m.device)
		b.Info(s, "fstype", m.fstype)
		if most > 0 {
			b.Max(s, most)
		}
	}
	stalled := 0.0
	if m.pending != nil {
		stalled = time.Since(m.pending.asked).Seconds()
	}
	put(collectors.FilesystemStalled, stalled, 0)
	readOnly := 0.0
	if m.readOnly {
		readOnly = 1
	}
	put(collectors.FilesystemReadOnly, readOnly, 0)
	if a == nil || a.err != nil {
		return
	}
	u, most := &a.usage, float64(a.usage.total)
	put(collectors.FilesystemBytes, float64(u.total), most, "total")
	put(collectors.FilesystemBytes, float64(u.used), most, "used")
	put(collectors.FilesystemBytes, float64(u.available), most, "available")
	put(collectors.FilesystemBytes, float64(u.free), most, "free")
	// btrfs and FAT have no fixed number of inodes and say 0.
	if u.inodes > 0 {
		put(collectors.FilesystemInodes, float64(u.inodes), float64(u.inodes), "total")
		put(collectors.FilesystemInodes, float64(u.inodesUsed), float64(u.inodes), "used")
	}
}

// evict drops mounts that are gone, except those that still hold a thread: if such a one
// comes back, it must not get a second.
func (f *filesystem) evict() {
	for key, m := range f.mounts {
		if m.round != f.round && (m.pending == nil || m.poll() != nil) {
			delete(f.mounts, key)
		}
	}
}
