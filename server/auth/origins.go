package auth

import (
	"fmt"
	"slices"
	"strings"
)

// Origins are those of other sites that are let in, as [SameOrigin] lets in our own. A
// nil one, like the zero value, lets in none.
type Origins struct {
	// origins are written as browsers write them, so that comparing bytes is exact.
	origins []string
}

// NewOrigins returns the rule for the given origins, such as "https://grafana.example.com".
// Neither a pattern nor "null", which any sandboxed page sends, is one.
func NewOrigins(origins []string) (*Origins, error) {
	o := &Origins{}
	for _, text := range origins {
		scheme, rest, found := strings.Cut(strings.TrimSpace(text), "://")
		scheme = strings.ToLower(scheme)
		host, port, ok := splitHost(rest)
		if !found || !ok || scheme != "http" && scheme != "https" {
			return nil, fmt.Errorf("origin %q: expected a scheme, a host and perhaps a port, such as https://grafana.example.com", text)
		}
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		if port != "" && port != withDefault("", scheme) {
			host += ":" + port
		}
		o.origins = append(o.origins, scheme+"://"+host)
	}
	return o, nil
}

// Allowed reports whether an Origin header names one of them.
func (o *Origins) Allowed(origin string) bool { return o != nil && slices.Contains(o.origins, origin) }

// Any reports whether there is one.
func (o *Origins) Any() bool { return o != nil && len(o.origins) > 0 }

// Ancestors is what the frame-ancestors of a content policy lists: these, or none.
func (o *Origins) Ancestors() string {
	if !o.Any() {
		return "'none'"
	}
	return strings.Join(o.origins, " ")
}
