package fleet

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// maxAnswer is the longest answer that a hub takes from a host for itself.
const maxAnswer = 64 << 20

// maxQuestion is the longest path with its query: a host takes 8 KB of header.
const maxQuestion = 7 << 10

// Get asks a host for a path, and returns the status and the whole body.
func (h *Hub) Get(ctx context.Context, id, path string, query url.Values) (status int, body []byte, err error) {
	transport := h.Transport(id)
	if transport == nil {
		return 0, nil, ErrOffline
	}
	address := path + "?" + query.Encode()
	if len(address) > maxQuestion {
		return 0, nil, fmt.Errorf("question of %d bytes: expected at most %d", len(address), maxQuestion)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://host"+address, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := transport.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }() // what is left is not wanted
	var r io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		if r, err = gzip.NewReader(r); err != nil {
			return 0, nil, fmt.Errorf("read the answer: %w", err)
		}
	}
	body, err = io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is too long")
	}
	return res.StatusCode, body, err
}

// Instances are the names of all hosts as a label tells them apart, by id: of several with
// one name, the first one has it, and the others their ids.
func (w *Wall) Instances() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := make(map[string]*host)
	for _, h := range w.hosts {
		if f := first[h.name()]; f == nil || h.record.JoinedMs < f.record.JoinedMs || h.record.JoinedMs == f.record.JoinedMs && h.record.ID < f.record.ID {
			first[h.name()] = h
		}
	}
	out := make(map[string]string, len(w.hosts))
	for id, h := range w.hosts {
		if out[id] = id; first[h.name()] == h && h.name() != "" {
			out[id] = h.name()
		}
	}
	return out
}
