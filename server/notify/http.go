package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// The bounds of an attempt.
const (
	connectTime = 5 * time.Second
	attemptTime = 15 * time.Second
	maxAnswer   = 64 << 10
	maxAfter    = 10 * time.Minute
)

// httpClient follows no redirect: what an address does not name gets nothing.
type httpClient struct{ client *http.Client }

// newHTTPClient returns a client that believes the authorities of the system, or those of
// roots.
func newHTTPClient(roots *x509.CertPool) *httpClient {
	return &httpClient{&http.Client{
		Transport: NewTransport(roots),
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
}

// NewTransport returns a transport with the bounds that every channel has.
func NewTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTime}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    connectTime,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxAnswer,
		// A message is rare, and a connection that is kept may be dead by the next one.
		DisableKeepAlives: true,
	}
}

// Traced returns a context for a request, and a function that reports whether some of the
// request was written.
func Traced(ctx context.Context) (context.Context, func() bool) {
	var wrote atomic.Bool
	trace := &httptrace.ClientTrace{
		WroteHeaders: func() { wrote.Store(true) },
		WroteRequest: func(httptrace.WroteRequestInfo) { wrote.Store(true) },
	}
	return httptrace.WithClientTrace(ctx, trace), wrote.Load
}

// do sends a request, and returns nil if the answer says that it was taken.
func (c *httpClient) do(ctx context.Context, method string, to *url.URL, header http.Header, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	ctx, wrote := Traced(ctx)
	address := *to
	user := address.User
	address.User = nil
	req, err := http.NewRequestWithContext(ctx, method, address.String(), bytes.NewReader(body))
	if err != nil {
		return &SendError{Text: "the address is not understood", Refused: true}
	}
	for key, values := range header {
		req.Header[key] = values
	}
	req.Header.Set("User-Agent", "dashcam")
	if user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return &SendError{Text: Reason(err), Lost: wrote()}
	}
	// The status says all; the rest is read so that the receiver can finish.
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	_ = res.Body.Close()
	return answered(res.StatusCode, RetryAfter(res.Header))
}

// RetryAfter is how long an answer asks to wait, 0 where it does not.
func RetryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseFloat(h.Get("Retry-After"), 64)
	if err != nil || !(seconds > 0) {
		return 0
	}
	return min(time.Duration(min(seconds, 1e6)*float64(time.Second)), maxAfter)
}
