package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"dashcam/server/fleet"
	"dashcam/server/promql"
)

// askedFleet are the hosts of a hub as PromQL asks them.
type askedFleet struct {
	wall *fleet.Wall
	// hub is nil where the hosts are simulated.
	hub *fleet.Hub
	own func() string
}

func (f *askedFleet) Members() []promql.Member {
	instances := f.wall.Instances()
	hosts := f.wall.Hosts()
	out := make([]promql.Member, len(hosts))
	for i := range hosts {
		h := &hosts[i]
		m := promql.Member{ID: h.ID, Instance: instances[h.ID], Name: h.Name, Own: h.ID == f.own()}
		switch {
		case f.hub == nil:
			m.Own = true // there is nobody to ask
		case !h.Online && h.LastSeenMs == 0:
			m.Silent = "it has not been heard of yet"
		case !h.Online:
			m.Silent = fmt.Sprintf("unreachable since %s: what it remembers is missing", time.UnixMilli(h.LastSeenMs).UTC().Format(time.RFC3339))
		case h.Share == fleet.ShareMatrix:
			m.Silent = "it shares nothing but its states"
		}
		out[i] = m
	}
	return out
}

func (f *askedFleet) Names() []string { return fleet.HeldNames() }

func (f *askedFleet) Held(id string, from, to int64, want func(string) bool) []promql.Held {
	held := f.wall.Held(id, from, to, time.Now(), want)
	out := make([]promql.Held, len(held))
	for i, s := range held {
		out[i] = promql.Held(s)
	}
	return out
}

func (f *askedFleet) Ask(ctx context.Context, id, path string, form url.Values) (int, []byte, error) {
	return f.hub.Get(ctx, id, "/prometheus/api/v1/"+path, form)
}
