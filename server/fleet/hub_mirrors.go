package fleet

import (
	"net/http"
	"time"

	"dashcam/collectors"
)

// Mirror returns the mirror of a host, nil for one that there is not. It begins when
// somebody looks: see [Mirror.Ready].
func (h *Hub) Mirror(id string) *Mirror {
	info, known := h.cfg.Wall.Host(id)
	if !known {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn == nil || h.ctx.Err() != nil {
		return nil
	}
	m := h.mirrors[id]
	instance := info.Instance
	if instance == "" {
		instance = unknownInstance // it was never here since the hub began
	}
	if m != nil && m.ctx.Err() == nil {
		return m
	}
	m = newMirror(h.ctx, id, instance, time.Second, mirrorHub{
		conn: h.conn, begun: h.running.Go, ended: h.mirrorEnded, hello: h.cfg.Hello, info: h.hostInfo, silent: h.cfg.Wall.Silent, stats: &h.cfg.Wall.stats, log: h.log,
	})
	h.mirrors[id] = m
	return m
}

func (h *Hub) mirrorEnded(m *Mirror) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mirrors[m.host] == m {
		delete(h.mirrors, m.host)
	}
}

// hostInfo is what is known about a host that was never looked at.
func (h *Hub) hostInfo(id string) collectors.Host {
	i, _ := h.cfg.Wall.Host(id)
	return collectors.Host{ID: id, Hostname: i.Name, OS: i.OS, BootMs: i.BootMs, TZ: "UTC"}
}

// endOther ends the mirror of an instance that is no more.
func (h *Hub) endOther(host, instance string) {
	h.mu.Lock()
	m := h.mirrors[host]
	if m == nil || m.instance == instance {
		h.mu.Unlock()
		return
	}
	delete(h.mirrors, host)
	h.mu.Unlock()
	m.end()
}

func (h *Hub) hostRemoved(r Record) {
	h.cfg.Wall.Remove(r.ID)
	h.mu.Lock()
	m := h.mirrors[r.ID]
	delete(h.mirrors, r.ID)
	h.mu.Unlock()
	if m != nil {
		m.end()
	}
}

// Transport returns what asks a host, nil where it is not there or does not share it.
func (h *Hub) Transport(id string) http.RoundTripper {
	info, known := h.cfg.Wall.Host(id)
	h.mu.Lock()
	defer h.mu.Unlock()
	if !known || !info.Online || info.Share == ShareMatrix || h.conn == nil {
		return nil
	}
	return &Transport{conn: h.conn, host: id, instance: info.Instance, stalled: stalled}
}
