package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// healthcheckTime is how long an answer may take.
const healthcheckTime = 5 * time.Second

// healthcheckCommand asks a running dashcam, found by the same settings, whether it is
// alive: what a container's engine runs, where there is no curl.
func (c *cli) healthcheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask the dashcam that listens here whether it is alive; the exit status tells",
		Args:  cobra.NoArgs,
	}
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error {
		return s.healthcheck(ctx)
	}, "listen")
}

func (s *settings) healthcheck(ctx context.Context) error {
	addr, err := net.ResolveTCPAddr("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listen on %q: %w", s.listen, err)
	}
	host, port := reachable(addr)
	scheme := "http"
	if s.encrypt.enabled() {
		scheme = "https"
	}
	url := scheme + "://" + net.JoinHostPort(host, port) + "/healthz"
	ctx, cancel := context.WithTimeout(ctx, healthcheckTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	client := &http.Client{
		Transport: &http.Transport{
			// Nothing secret is sent, and the certificate is for the name that others use.
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above
			// A proxy of the environment is for the way out.
			Proxy: nil,
		},
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, res.Status)
	}
	return nil
}
