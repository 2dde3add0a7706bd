package history

import (
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
)

// OpenArchive returns the past of a host from the directory of a store, or a copy of one,
// as it is at the moment. Nothing is written, no row is ever added, and a dashcam may go on
// writing there. What does not stand on disk is info's to say: which host it was.
func OpenArchive(dir string, info collectors.Host) (*Ring, error) {
	archive, err := store.OpenArchive(dir)
	if err != nil {
		return nil, err
	}
	cfg := Config{
		Store: archive.ReadOnly(), Info: func() collectors.Host { return info },
		MaxSeries: max(DefaultMaxSeries, len(archive.Series())),
		Panels:    collectors.Panels(), Resources: collectors.Resources(),
	}
	for _, name := range archive.TableNames() {
		cfg.Tables = append(cfg.Tables, archive.Table(name))
	}
	if all := cfg.Store.Instances(); len(all) > 0 {
		cfg.Interval = time.Duration(all[len(all)-1].IntervalMs) * time.Millisecond
	}
	return New(cfg), nil
}

// Interval is the time between rows.
func (r *Ring) Interval() time.Duration { return r.cfg.Interval }
