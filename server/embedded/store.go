package embedded

import (
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
	"dashcam/collectors/host"
	"dashcam/server/wire"
)

// MinDisk is the least that Config.Disk may be.
const MinDisk = store.MinLimit

// ErrStateDirInUse says that another process keeps its history in Config.StateDir.
var ErrStateDirInUse = store.ErrInUse

// newStore opens the history on disk, nil where none is kept.
func newStore(cfg *Config, s source) (*store.Store, error) {
	if cfg.StateDir == "" {
		return nil, nil
	}
	return store.Open(store.Config{
		Dir: cfg.StateDir, Limit: cfg.Disk, Retention: cfg.Retention,
		Boot: s.host().BootID, Version: cfg.Version, Log: cfg.Log,
	})
}

// storeStats is what the server asks for the state of the history on disk, nil for none.
func (d *Dashcam) storeStats() func() collectors.StoreStats {
	if d.store == nil {
		return nil
	}
	return d.store.Stats
}

func (d *Dashcam) closeStore() error {
	if d.store == nil {
		return nil
	}
	return d.store.Close()
}

// onDisk tells the host collectors what the history on disk takes.
func (d *Dashcam) onDisk() host.OnDisk {
	kept := d.store.Stats()
	told := host.OnDisk{Bytes: kept.Bytes, Limit: kept.Limit, Written: uint64(kept.Written), Lost: kept.LostRows}
	if kept.Oldest > 0 {
		newest := kept.NewestT
		if kept.Problem == "" {
			newest = d.ring.Bounds().NewestT // those of the open block are on the disk, too
		}
		told.For = time.Duration(newest-kept.OldestT) * time.Millisecond
	}
	return told
}

// first is the first row of this instance, 0 where that is 1.
func (d *Dashcam) first() uint64 {
	if d.before == 0 {
		return 0
	}
	return d.before + 1
}

// mostStarts bounds the starts that a page is told of: the newest ones.
const mostStarts = 100

// starts are when earlier instances and this one began, as far as it is remembered. This one
// is among them before its first row, and before the store has seen that: a page that comes
// so early is told only once.
func (d *Dashcam) starts() []wire.Start {
	if d.store == nil {
		return nil
	}
	var out []wire.Start
	for _, in := range d.store.Instances() {
		if in.FirstT > 0 && in.Why != "" && in.After < d.before {
			out = append(out, wire.Start{Seq: in.After + 1, T: in.FirstT, Why: in.Why})
		}
	}
	if why := d.store.Why(); why != "" {
		t := d.ring.Head().FirstT
		if t == 0 {
			t = time.Now().UnixMilli()
		}
		out = append(out, wire.Start{Seq: d.before + 1, T: t, Why: why})
	}
	return out[max(0, len(out)-mostStarts):]
}
