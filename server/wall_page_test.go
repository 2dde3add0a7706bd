package server

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
)

// noFleet is a hub that no host has joined.
type noFleet struct{}

func (noFleet) Tunnel() (net.Conn, error) { return nil, net.ErrClosed }

func (noFleet) Answer(context.Context, string, string, url.Values, []byte, netip.Addr) (int, []byte) {
	return 200, []byte("{}\n")
}

func TestPage_OfAHubIsTheWallAndEachHostKnowsOfIt(t *testing.T) {
	files := func() fstest.MapFS {
		fsys := page()
		fsys["index.html"] = &fstest.MapFile{Data: []byte(`<!doctype html><html data-page=""><meta name="dashcam-build" content="">`)}
		fsys["wall.html"] = &fstest.MapFile{Data: []byte(`<!doctype html><html data-page="wall"><meta name="dashcam-build" content="">`)}
		return fsys
	}
	for name, c := range map[string]struct {
		fleet Fleet
		files fstest.MapFS
		want  map[string]string // what data-page is, by path; "-" where there is no such file
	}{
		"hub":                     {noFleet{}, files(), map[string]string{"/": "wall", "/h/test/": "host", "/wall.html": "-", "/host.html": "-", "/h/test/wall.html": "-"}},
		"host":                    {nil, files(), map[string]string{"/": "", "/h/test/": "", "/wall.html": "-", "/host.html": "-"}},
		"hub of a page as before": {noFleet{}, page(), map[string]string{"/": "none", "/h/test/": "none"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(cfg *Config) {
				cfg.Fleet, cfg.Assets = c.fleet, c.files
			})
			for path, want := range c.want {
				path = strings.Replace(path, "/h/test/", "/h/"+r.srv.Host().ID+"/", 1)
				res, body := r.do("GET", path, nil)
				if got := kindOf(res.StatusCode, body); got != want {
					t.Errorf("GET %s: page of %q, want %q; %d %s", path, got, want, res.StatusCode, body)
				}
				if want != "-" && !strings.Contains(body, `name="dashcam-build" content="`+r.srv.Build()+`"`) {
					t.Errorf("GET %s: it does not say its build: %s", path, body)
				}
			}
		})
	}
}

// kindOf is what a document says of itself, "none" where it says nothing and "-" where
// there is no document.
func kindOf(status int, body string) string {
	if status != 200 {
		return "-"
	}
	_, after, found := strings.Cut(body, `data-page="`)
	if !found {
		return "none"
	}
	kind, _, _ := strings.Cut(after, `"`)
	return kind
}
