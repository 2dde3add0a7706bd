package services

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// engineEvery is how often an engine is asked at the most.
	engineEvery = 10 * time.Second
	// enginePause is how long one that did not answer in engineTimeout is left alone at
	// first, and engineLongest at last.
	engineTimeout = 500 * time.Millisecond
	enginePause   = 20 * time.Second
	engineLongest = 5 * time.Minute
	// largestAnswer bounds the list of containers.
	largestAnswer = 8 << 20
)

// engine asks Docker or Podman, which speak the same API, for the list of containers, and
// for nothing else.
type engine struct {
	client     *http.Client
	containers map[string]container
	next       time.Time
	pause      time.Duration
	why        string // it did not answer
}

// container is what an engine says of one.
type container struct {
	name, image, state string
}

// newEngine returns nil without a socket.
func newEngine(socket string) *engine {
	if socket == "" {
		return nil
	}
	dialer := net.Dialer{Timeout: engineTimeout}
	return &engine{client: &http.Client{
		Timeout: engineTimeout,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, "unix", socket)
			},
			MaxIdleConns: 1, IdleConnTimeout: 3 * engineEvery,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// refresh asks when it is time. What was known stays known where there is no answer.
func (e *engine) refresh(ctx context.Context, now time.Time) {
	if e == nil || now.Before(e.next) {
		return
	}
	list, err := e.list(ctx)
	if err != nil {
		e.pause = min(max(2*e.pause, enginePause), engineLongest)
		e.next, e.why = now.Add(e.pause), err.Error()
		return
	}
	e.containers, e.pause, e.next, e.why = list, 0, now.Add(engineEvery), ""
}

func (e *engine) list(ctx context.Context) (map[string]container, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://engine/containers/json", http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := e.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close() //nolint:errcheck // only read from
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered %s", res.Status)
	}
	var all []struct {
		ID     string `json:"Id"`
		Names  []string
		Image  string
		Status string
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, largestAnswer)).Decode(&all); err != nil {
		return nil, fmt.Errorf("its list of containers: %w", err)
	}
	out := make(map[string]container, len(all))
	for i := range all {
		if len(all[i].Names) > 0 {
			out[all[i].ID] = container{name: strings.TrimPrefix(all[i].Names[0], "/"), image: all[i].Image, state: all[i].Status}
		}
	}
	return out, nil
}

// named returns what the engine says of a unit.
func (e *engine) named(id string) (container, bool) {
	if e == nil || id == "" {
		return container{}, false
	}
	c, ok := e.containers[id]
	return c, ok
}
