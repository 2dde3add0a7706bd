package auth

import (
	"fmt"
	"slices"
	"strings"
)

// Sites are origins of other sites that are let in, as [SameOrigin] lets in our own. A
// nil one, like the zero value, lets in none.
type Sites struct {
	// origins are written as browsers write them, so that comparing bytes is exact.
	origins []string
}

// NewSites returns the rule for the given origins, such as "https://grafana.example.com".
// Neither a pattern nor "null", which any sandboxed page sends, is one.
func NewSites(origins []string) (*Sites, error) {
	s := &Sites{}
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
		s.origins = append(s.origins, scheme+"://"+host)
	}
	return s, nil
}

// Allowed reports whether an Origin header names one of the sites.
func (s *Sites) Allowed(origin string) bool { return s != nil && slices.Contains(s.origins, origin) }

// Any reports whether there is one.
func (s *Sites) Any() bool { return s != nil && len(s.origins) > 0 }

// Ancestors is what the frame-ancestors of a content policy lists: the sites, or none.
func (s *Sites) Ancestors() string {
	if !s.Any() {
		return "'none'"
	}
	return strings.Join(s.origins, " ")
}
