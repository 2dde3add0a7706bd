package services

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"dashcam/collectors"
)

// services observes every unit of the host.
type services struct {
	root      string
	hierarchy hierarchy
	why       string // there is none
	tree      *tree
	units     map[string]*usage
	ordered   []*usage // by path
	changed   bool     // ordered is not what units are
	ended     endings
	tells     happenings
	allow     *allowance
	names     names
	engine    *engine
	host      totals
	booted    float64
	round     uint64
	before    time.Time // the observation before
	noIO      bool      // the kernel does not count it
	buf       []byte
	table     tableWriter
}

func newServices(o Options) *services {
	root := o.Root
	return &services{
		root: root, engine: newEngine(o.EngineSocket), units: map[string]*usage{}, ended: newEndings(), allow: newAllowance(), names: names{root: root}, tells: happenings{post: o.Post}, host: newTotals(root), table: newTableWriter(),
	}
}

// Sample implements [collectors.Collector].
func (s *services) Sample(ctx context.Context, b *collectors.Batch) error {
	now := b.At()
	if s.tree == nil {
		if s.hierarchy, s.why = findHierarchy(s.root); s.why != "" {
			b.Unavailable("control groups", s.why)
			return nil
		}
		s.tree = newTree(s.hierarchy.tree)
		s.booted = s.names.boot()
	}
	if err := s.tree.refresh(now); err != nil {
		return fmt.Errorf("list control groups: %w", err)
	}
	s.round++
	if s.engine.refresh(ctx, now); s.engine != nil && s.engine.why != "" {
		b.Unavailable("the container engine's socket", s.engine.why)
	}
	if s.round%slowEvery == 1 {
		s.noIO = !s.countsIO()
	}
	if s.noIO {
		b.Unavailable("I/O of services", "this kernel counts no I/O of control groups (version 1, without a throttle rule)")
	}
	s.ended.begin(now, s.host.killed(now, &s.buf))
	s.follow(now)
	cpu, memory := s.host.read(now, &s.buf)
	every := turns(len(s.units))
	for _, u := range s.inOrder() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// Whom a kill was, only its own file tells.
		u.woke = u.woke || s.ended.killed > 0
		if u.rests(s.round, every, s.hierarchy.sources, &s.buf) {
			continue
		}
		if !u.read(s.hierarchy.sources, now, &s.buf) {
			s.end(u) // its directory is removed in a moment
			continue
		}
		if s.hierarchy.dirs[""] != "" {
			u.latest.set(memoryAround, s.tree.around(u.path, s.round)) // version 1 tells it in memory.stat
		}
		s.learn(u, now)
		s.tells.looked(u, now)
	}
	s.ended.explain(s.units, now)
	s.tells.changed(s.ended.ending, s.round == 1, now)
	s.put(b, now, cpu, memory)
	s.before = now
	return nil
}

// countsIO reports whether the kernel counts what control groups read and write.
func (s *services) countsIO() bool {
	path := s.hierarchy.rootIO()
	if path == "" {
		return true
	}
	text, err := readSmall(path)
	if err != nil {
		return false
	}
	var n numbers
	blkio(text, &n)
	return n.value[ioRead]+n.value[ioWritten] > 0
}

// follow makes the units those of the tree.
func (s *services) follow(now time.Time) {
	for path, u := range s.units {
		d := s.tree.groups[path]
		if d == nil || key(d) != u.key || d.role != unit && s.tree.branches(path) {
			s.end(u)
		}
	}
	for path, d := range s.tree.groups {
		if s.units[path] != nil || path == "" || d.role == aside {
			continue
		}
		if d.role == group {
			// A group of nobody's kind is a unit where processes are and no other group is.
			if (s.round+d.inode)%restEvery != 0 && s.round > 1 || s.tree.branches(path) || len(members(s.hierarchy.procs(path))) == 0 {
				continue
			}
		}
		s.begin(path, d, now)
	}
}

func (s *services) begin(path string, d *directory, now time.Time) {
	u := &usage{
		identity: d.identity, path: path, key: key(d), files: s.hierarchy.files(path, s.allow), rest: d.inode % restEveryOfMany,
		shownPath: titleOf(collectors.ShortenPath("/" + path)), shownParent: titleOf(parentOf(path)),
	}
	if d.role == group {
		u.name = path
	}
	if d.born && d.role == unit {
		// It counts since it was made: a kill before its first reading is one, too.
		u.last[oomKills] = reading{at: s.before, rate: math.NaN()}
	}
	s.units[path], s.changed = u, true
	s.tells.came = append(s.tells.came, u)
	s.call(u, now)
}

// end forgets a unit whose control group is gone, but for what the next of its name goes on
// with.
func (s *services) end(u *usage) {
	u.close()
	delete(s.units, u.path)
	s.changed = true
	s.ended.add(u)
}

// inOrder returns the units by their paths.
func (s *services) inOrder() []*usage {
	if s.changed {
		s.ordered = slices.AppendSeq(s.ordered[:0], maps.Values(s.units))
		slices.SortFunc(s.ordered, func(a, b *usage) int { return cmp.Compare(a.path, b.path) })
		s.changed = false
	}
	return s.ordered
}

// call gives a unit its title. It goes on with what is remembered of the one before that
// had the same.
func (s *services) call(u *usage, now time.Time) {
	title := titleOf(cmp.Or(u.named.name, u.name, u.path))
	if title == u.title {
		return
	}
	u.title = title
	s.ended.resume(u, now)
}

// learn looks for what hardly ever changes, and reads the network.
func (s *services) learn(u *usage, now time.Time) {
	if c, ok := s.engine.named(u.id); ok {
		u.named.name, u.named.image, u.named.state, u.named.found = c.name, c.image, c.state, true
		s.call(u, now)
	}
	nameless := !u.named.found && now.Sub(u.named.tried) >= nameAgain
	if !nameless && u.readings%networkEvery != 0 {
		return
	}
	pids := members(s.hierarchy.procs(u.path))
	if nameless || u.named.tried.IsZero() {
		s.names.look(u, pids, s.booted, now)
		s.call(u, now)
	}
	u.network.read(s.root, pids, now)
}

func key(d *directory) string { return strconv.FormatUint(d.inode, 10) }

// procs is the file with the processes of a group.
func (h *hierarchy) procs(path string) string { return h.tree + "/" + path + "/cgroup.procs" }

func (u *usage) close() {
	for i := range u.files {
		u.files[i].close()
	}
}
