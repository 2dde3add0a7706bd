package fleet

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"dashcam/collectors/alert"
)

const (
	// wallFile holds what a hub knew of its hosts, so that it shows them after a restart.
	wallFile = "wall.json"
	// keepEvery is how often it is written, keptCells how much of the strips is in it: 15
	// minutes.
	keepEvery   = time.Minute
	keptCells   = 90
	wallVersion = 1
	maxWallFile = 256 << 20
	cellBytes   = 4 + 2 + 2*len(Resources)
)

// keptWall is a wall in the file.
type keptWall struct {
	Version int           `json:"version"`
	Hosts   []keptHost    `json:"hosts"`
	Over    []alert.Alert `json:"over,omitempty"`
}

// keptHost is a host in the file.
type keptHost struct {
	ID      string          `json:"id"`
	About   About           `json:"about"`
	Summary json.RawMessage `json:"summary"`
	SeenMs  int64           `json:"seenMs"`
	Offset  int64           `json:"offsetMs,omitempty"` // of its clock
	Gone    *alert.Alert    `json:"gone,omitempty"`
	// Present is what was wrong, as Instance said it.
	Present  Present `json:"present"`
	Instance string  `json:"instance"`
	// Cells are the newest ones, cellBytes each.
	Cells []byte `json:"cells"`
}

// state is the wall as it is kept.
func (w *Wall) state() ([]byte, error) {
	w.mu.Lock()
	k := keptWall{Version: wallVersion, Over: w.over}
	for id, h := range w.hosts {
		if h.seen.IsZero() {
			continue
		}
		k.Hosts = append(k.Hosts, keptHost{
			ID: id, About: h.about, Summary: h.summary.encode(), SeenMs: h.seen.UnixMilli(), Offset: h.offset, Gone: h.reach.gone,
			Present: h.present, Instance: h.presentOf, Cells: h.strips.newest(uint32(h.seen.UnixMilli()/stepMs), keptCells),
		})
	}
	k.Over = append([]alert.Alert(nil), k.Over...)
	w.mu.Unlock() // alerts are replaced, and not changed
	return json.Marshal(k)
}

// restore takes what state gave to an instance before. Hosts are shown by it once the
// registry has told of them.
func (w *Wall) restore(text []byte) error {
	var k keptWall
	if err := json.Unmarshal(text, &k); err != nil {
		return err
	}
	if k.Version != wallVersion {
		return fmt.Errorf("version %d: expected %d", k.Version, wallVersion)
	}
	kept := make(map[string]*keptHost, len(k.Hosts))
	for i := range k.Hosts {
		kept[k.Hosts[i].ID] = &k.Hosts[i]
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.recalled, w.over = kept, k.Over
	return nil
}

// restore shows a host as it was, which is as a silent one until it is heard of.
func (h *host) restore(k *keptHost, now time.Time) {
	s, err := ParseSummary(k.Summary)
	if err != nil || k.SeenMs <= 0 || k.SeenMs > now.UnixMilli() {
		return
	}
	h.about, h.offset, h.summary, h.seen, h.silent = k.About, k.Offset, s, time.UnixMilli(k.SeenMs), true
	h.present, h.presentOf = k.Present, k.Instance
	h.reach = reach{gone: k.Gone, grace: now.Add(startGrace)}
	for c := k.Cells; len(c) >= cellBytes; c = c[cellBytes:] {
		h.strips.put(c)
	}
}

// forget drops what was kept of hosts that the registry does not have, when it has told of
// all.
func (w *Wall) forget(now time.Time) {
	var changes []alert.Change
	w.mu.Lock()
	for _, k := range w.recalled {
		if k.Gone != nil {
			changes = append(changes, w.found(&host{reach: reach{gone: k.Gone}}, ", and was removed", now))
		}
	}
	w.recalled = nil
	w.mu.Unlock()
	for _, c := range changes {
		w.raised(c)
	}
}

// newest returns at most n cells up to a step, as they are kept.
func (s *strips) newest(step uint32, n int) (out []byte) {
	for from := step - uint32(n) + 1; from <= step; from++ {
		c := s.at(from)
		if c == nil || c.step != from {
			continue
		}
		out = binary.BigEndian.AppendUint32(out, c.step)
		out = binary.BigEndian.AppendUint16(out, c.levels)
		out = append(append(out, c.use[:]...), c.sat[:]...)
	}
	return out
}

// put takes a cell as newest gave it.
func (s *strips) put(b []byte) {
	c := s.cell(binary.BigEndian.Uint32(b))
	c.levels = binary.BigEndian.Uint16(b[4:])
	copy(c.use[:], b[6:])
	copy(c.sat[:], b[6+len(c.use):])
}

// read takes what an instance before kept in a directory.
func (w *Wall) read(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // it was only read
	f, err := root.Open(wallFile)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // as above
	text, err := io.ReadAll(io.LimitReader(f, maxWallFile))
	if err == nil {
		err = w.restore(text)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", filepath.Join(dir, wallFile), err)
	}
	return nil
}

// write keeps the wall in a directory.
func (w *Wall) write(dir string) error {
	text, err := w.state()
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // its files are closed
	if err := root.WriteFile(wallFile+".new", text, 0o600); err != nil {
		return err
	}
	return root.Rename(wallFile+".new", wallFile)
}

// keep writes the wall every minute, and at the end.
func (h *Hub) keep(ctx context.Context, dir string) {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	failed := false
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-ticker.C:
		}
		err := h.cfg.Wall.write(dir)
		if err != nil && !failed {
			h.log.Error("what is known of hosts is not kept", "err", err)
		}
		failed = err != nil
	}
}

// recall reads what was kept; what cannot be read is left out.
func (h *Hub) recall(dir string) {
	if err := h.cfg.Wall.read(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.log.Warn("what was known of hosts is not read: they begin without", "err", err)
	}
}
