package server

import "dashcam/collectors"

// listedInstances is how many instances the health answer names: the newest ones.
const listedInstances = 100

// storeHealth says what the history on disk holds and how it is doing. Where it stands is
// left out: that is no business of whoever may look.
type storeHealth struct {
	Bytes       int64 `json:"bytes"`
	Limit       int64 `json:"limit"`
	RetentionMs int64 `json:"retentionMs"`
	// Oldest to Newest are the rows in sealed blocks; 0 where there are none.
	Oldest   uint64 `json:"oldest"`
	Newest   uint64 `json:"newest"`
	OldestT  int64  `json:"oldestT"`
	NewestT  int64  `json:"newestT"`
	Segments int    `json:"segments"`
	// Instances are the newest ones, oldest first.
	Instances []instance `json:"instances"`
	Damaged   int        `json:"damaged"`
	Torn      int64      `json:"torn"`
	Lost      uint64     `json:"lost"`
	LeftOut   int        `json:"leftOut"`
	Written   int64      `json:"written"`
	Problem   string     `json:"problem,omitempty"`
}

// instance is one run of dashcam.
type instance struct {
	ID string `json:"id"`
	// First is the number of its first row, FirstT the time of that, 0 where it has none.
	First      uint64 `json:"first"`
	FirstT     int64  `json:"firstT"`
	StartT     int64  `json:"startT"`
	IntervalMs int64  `json:"intervalMs"`
	Version    string `json:"version,omitempty"`
	// Ended says how it ended, "" for the one that runs.
	Ended string `json:"ended,omitempty"`
}

// storeHealth returns nil where nothing is kept on disk.
func (s *Server) storeHealth() *storeHealth {
	if s.cfg.Store == nil {
		return nil
	}
	kept := s.cfg.Store()
	all := instances(kept.Instances)
	if n := len(all); n > 0 && all[n-1].ID != s.ring.Instance() {
		all[n-1].Ended = kept.Ended // this one is not in the store yet
	}
	return &storeHealth{
		Bytes: kept.Bytes, Limit: kept.Limit, RetentionMs: kept.Retention.Milliseconds(),
		Oldest: kept.Oldest, Newest: kept.Newest, OldestT: kept.OldestT, NewestT: kept.NewestT,
		Segments: kept.Segments, Instances: all,
		Damaged: kept.Damaged, Torn: kept.Torn, Lost: kept.LostRows, LeftOut: kept.LeftOut, Written: kept.Written, Problem: kept.Problem,
	}
}

func instances(all []collectors.Instance) []instance {
	from := max(0, len(all)-listedInstances)
	out := make([]instance, 0, len(all)-from)
	for i := from; i < len(all); i++ {
		in := &all[i]
		shown := instance{
			ID: in.ID, First: in.After + 1, FirstT: in.FirstT, StartT: in.StartT,
			IntervalMs: in.IntervalMs, Version: in.Version,
		}
		if i+1 < len(all) {
			shown.Ended = all[i+1].Why // it is the next one that finds out
		}
		out = append(out, shown)
	}
	return out
}
