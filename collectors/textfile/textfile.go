package textfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dashcam/collectors"
)

// Options say where the files are. Zero fields mean their defaults.
type Options struct {
	// Dir is the directory; there is no default.
	Dir string
	// MaxAge is how long after it was written a file is used, 48 h by default.
	MaxAge time.Duration
	// MaxSeries bounds the series of all files, 1000 by default.
	MaxSeries int
}

// Name is the collector's.
const Name = "textfile"

const (
	defaultMaxAge    = 48 * time.Hour
	defaultMaxSeries = 1000
	maxFiles         = 64
	maxSaid          = 20 // problems that are named
)

// The families that are known before a file was read.
var (
	// Modified is when each file was written.
	Modified = &collectors.Family{
		Name: "textfile.mtime", Help: "When a file with metrics was written.", Unit: collectors.Timestamp, Kind: collectors.KindGauge,
		Labels: []string{"file"}, Quantum: 1, Source: "*.prom",
	}
	// Failed says whether any file is not used.
	Failed = &collectors.Family{
		Name: "textfile.error", Help: "Whether a file with metrics could not be used.", Unit: collectors.NoUnit, Kind: collectors.KindState,
		Quantum: 1, States: []string{"ok", "error"}, Source: "*.prom",
	}
)

// collector reads the files of a directory.
type collector struct {
	options Options
	now     func() time.Time
	files   map[string]*file
	layout  *layout
	known   map[string]*collectors.Family // of all layouts, by name
	stale   []string                      // the files that were too old when layout was made
}

// New returns the collector. It does nothing until it is sampled.
func New(o Options) collectors.Collector {
	if o.MaxAge == 0 {
		o.MaxAge = defaultMaxAge
	}
	if o.MaxSeries == 0 {
		o.MaxSeries = defaultMaxSeries
	}
	return &collector{options: o, now: time.Now, files: make(map[string]*file), layout: new(layout), known: make(map[string]*collectors.Family)}
}

func (c *collector) Describe() collectors.Description {
	return collectors.Description{
		Name: Name, Title: "Own metrics", Cadence: 10 * time.Second, Optional: true, Open: true,
		Families: []*collectors.Family{Modified, Failed},
	}
}

func (c *collector) Sample(ctx context.Context, b *collectors.Batch) error {
	dir, err := os.Stat(c.options.Dir)
	var names []string
	if err == nil {
		names, err = c.list(b)
	}
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			b.Unavailable("--textfile-dir", c.options.Dir+" "+reason(err))
			return nil
		}
		return err
	}
	changed, trusted := c.forget(names), trust(dir)
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		changed = c.look(name, trusted) || changed
	}
	c.arrange(changed)
	now := b.At()
	failed := len(c.layout.refused)+c.layout.unsaid > 0
	for _, name := range names {
		f := c.files[name]
		b.Gauge(b.Slot(Modified, f.path), float64(f.modified.UnixNano())/1e9)
		if f.err != nil {
			failed = true
			b.Unavailable(name, reason(f.err))
		}
	}
	for _, old := range c.stale {
		failed = true
		b.Unavailable(old, "was not written for "+c.options.MaxAge.String())
	}
	for _, r := range c.layout.refused {
		b.Unavailable(r.Source, r.Reason)
	}
	if n := c.layout.unsaid; n > 0 {
		b.Unavailable("series", fmt.Sprintf("%d more are not used", n))
	}
	for _, name := range names {
		for _, note := range c.files[name].notes {
			b.Unavailable(name, note)
		}
	}
	for i := range c.layout.series {
		c.layout.series[i].set(b, now)
	}
	state := 0.0
	if failed {
		state = 1
	}
	b.Gauge(b.Slot(Failed), state)
	return nil
}

// list returns the names of the files to read.
func (c *collector) list(b *collectors.Batch) ([]string, error) {
	entries, err := os.ReadDir(c.options.Dir)
	if err != nil {
		return nil, fmt.Errorf("read the directory of text files: %w", err)
	}
	var names []string
	for _, e := range entries { // sorted
		if strings.HasSuffix(e.Name(), ".prom") && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	if len(names) > maxFiles {
		b.Unavailable(names[maxFiles], fmt.Sprintf("there are %d files, of which the first %d are read", len(names), maxFiles))
		names = names[:maxFiles]
	}
	return names, nil
}

// forget drops the files that are gone.
func (c *collector) forget(names []string) (changed bool) {
	for name := range c.files {
		if !slices.Contains(names, name) {
			delete(c.files, name)
			changed = true
		}
	}
	return changed
}

// look reads a file if it is not the one that was read, or was not read then.
func (c *collector) look(name string, trusted func(uid int) bool) (changed bool) {
	path := filepath.Join(c.options.Dir, name)
	known := c.files[name]
	info, err := os.Lstat(path)
	if err == nil {
		err = acceptable(info, trusted)
	}
	if err == nil && known != nil && (known.err == nil || known.final) && identityOf(info) == known.is {
		return false
	}
	next := &file{path: path}
	if err == nil {
		err = next.read(name, trusted)
	}
	next.err = err
	c.files[name] = next
	return true
}

// arrange makes the layout anew when files have changed, or have become too old.
func (c *collector) arrange(changed bool) {
	var stale, fresh []string
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		switch f := c.files[name]; {
		case f.err != nil:
		case c.now().Sub(f.modified) > c.options.MaxAge:
			stale = append(stale, name)
		default:
			fresh = append(fresh, name)
		}
	}
	if !changed && slices.Equal(stale, c.stale) {
		return
	}
	c.stale = stale
	next := newLayout(c.known)
	for _, name := range fresh {
		next.add(c.files[name], name)
	}
	next.finish(c.options.MaxSeries)
	c.layout = next
}

// reason says for a person why something could not be used.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist on this host"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read by this user"
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}
