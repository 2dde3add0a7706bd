package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// remoteTime is how long an answer may take.
const remoteTime = 30 * time.Second

// remote is a dashcam that runs on this machine, found by the settings that it has.
type remote struct {
	url    string
	token  string
	client *http.Client
	err    error // why it was not found
}

// remote finds it; where it does not, whatever is asked says why. The token is read where it is
// in a file that we may read.
func (s *settings) remote() *remote {
	addr, err := net.ResolveTCPAddr("tcp", s.listen)
	if err != nil {
		return &remote{err: fmt.Errorf("listen on %q: %w", s.listen, err)}
	}
	host, port := reachable(addr)
	r := &remote{url: "http://" + net.JoinHostPort(host, port), client: &http.Client{
		Timeout: remoteTime,
		Transport: &http.Transport{
			// It is an address of this machine, and the certificate is for the name that others use.
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above
			// A proxy of the environment is for the way out.
			Proxy: nil,
		},
	}}
	if s.encrypt.enabled() {
		r.url = "https" + strings.TrimPrefix(r.url, "http")
	}
	if s.signIn.tokenFile != "" {
		token, err := os.ReadFile(s.signIn.tokenFile)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			r.err = err
		}
		r.token = strings.TrimSpace(string(token))
	}
	return r
}

// ask makes a request to the API and reads the answer, JSON both.
func (r *remote) ask(ctx context.Context, method, path string, body, answer any) error {
	return r.read(ctx, method, path, body, func(text io.Reader) error { return json.NewDecoder(text).Decode(answer) })
}

// read makes a request to the API and gives the answer to whoever takes it.
func (r *remote) read(ctx context.Context, method, path string, body any, take func(io.Reader) error) error {
	if r.err != nil {
		return r.err
	}
	var sent io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, sent)
	if err != nil {
		return err
	}
	// What changes something is taken from a page or a program that names the server.
	req.Header.Set("Origin", r.url)
	req.Header.Set("Content-Type", "application/json")
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	res, err := r.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the dashcam that runs here: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	if res.StatusCode/100 != 2 {
		var refused struct {
			Error struct{ Message, Expected, SignIn string }
		}
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<16)) // half a reason is better than none
		if json.Unmarshal(text, &refused) != nil || refused.Error.Message == "" {
			return fmt.Errorf("%s answers %s", r.url, res.Status)
		}
		if res.StatusCode == http.StatusUnauthorized {
			return fmt.Errorf("%s: %s: expected --auth-token-file with the token", r.url, refused.Error.Message)
		}
		return fmt.Errorf("%s: %s: expected %s", r.url, refused.Error.Message, refused.Error.Expected)
	}
	return take(res.Body)
}
