package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"dashcam/bench/measure"
	"dashcam/server/fleet"
)

// hub is a hub that runs, and how it is asked.
type hub struct {
	*measure.Program
	url  string // https://127.0.0.1:port
	nats string // where agents come by NATS itself, "" where they do not
}

// anyCertificate asks hubs of this machine, whose certificates nobody knows.
var anyCertificate = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: 30 * time.Second} //nolint:gosec // it is a loopback address

func startHub(ctx context.Context, bin, dir, way string, verbose bool, args ...string) (*hub, error) {
	h := &hub{}
	level := "error"
	if verbose {
		level = "info"
	}
	all := []string{"hub", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", dir, "--log-level", level}
	switch way {
	case "wss":
		all = append(all, "--tls-self-signed")
	case "nats":
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		h.nats = "nats://" + port
		all = append(all, "--nats-listen", port)
	}
	var err error
	if h.Program, h.url, err = measure.Serve(bin, append(all, args...)...); err != nil {
		return nil, err
	}
	return h, h.await(ctx, "the registry is there", 30*time.Second, func() bool {
		_, err := h.token(ctx, 1)
		return err == nil
	})
}

func freePort() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// await waits for a condition.
func (h *hub) await(ctx context.Context, what string, most time.Duration, is func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !is() {
		if measure.Wait(ctx, 100*time.Millisecond) != nil {
			return fmt.Errorf("after %s still not: %s", most, what)
		}
	}
	return nil
}

func (h *hub) ask(ctx context.Context, method, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, h.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Origin", h.url)
	res, err := anyCertificate.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	read, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s %s", method, path, res.Status, read)
	}
	return json.Unmarshal(read, answer)
}

// token makes one that so many hosts can join by.
func (h *hub) token(ctx context.Context, uses int) (string, error) {
	var made struct{ Token string }
	err := h.ask(ctx, http.MethodPost, "/api/v1/hosts/tokens", map[string]int{"uses": uses, "validSeconds": 3600}, &made)
	return made.Token, err
}

func (h *hub) hosts(ctx context.Context) ([]fleet.HostInfo, error) {
	var answer struct{ Hosts []fleet.HostInfo }
	err := h.ask(ctx, http.MethodGet, "/api/v1/hosts", nil, &answer)
	return answer.Hosts, err
}

// online counts the hosts of a beginning that are.
func (h *hub) online(ctx context.Context, prefix string) (n int) {
	hosts, err := h.hosts(ctx)
	if err != nil {
		return 0
	}
	for i := range hosts {
		if hosts[i].Online && strings.HasPrefix(hosts[i].ID, prefix) {
			n++
		}
	}
	return n
}
