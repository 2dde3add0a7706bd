package auth

import "testing"

// The handshakes of SECURITY.md that need no sign-in. A request without Origin is
// the caller's case and tested in TestOriginOptional.
func TestSameOrigin_HandshakeTable(t *testing.T) {
	cases := map[string]struct {
		origin, scheme, host string
		want                 bool
	}{
		"same origin":                      {"http://localhost:7272", "http", "localhost:7272", true},
		"same address":                     {"http://127.0.0.1:7272", "http", "127.0.0.1:7272", true},
		"other site":                       {"http://evil.example", "http", "localhost:7272", false},
		"other site on our port":           {"http://evil.example:7272", "http", "localhost:7272", false},
		"other port of the same host":      {"http://localhost:8080", "http", "localhost:7272", false},
		"https page on an http connection": {"https://localhost:7272", "http", "localhost:7272", false},
		"http page on an https connection": {"http://localhost:7272", "https", "localhost:7272", false},
		"null":                             {"null", "http", "localhost:7272", false},
		"upper case":                       {"HTTP://LOCALHOST:7272", "http", "localhost:7272", true},
		"upper case host header":           {"http://localhost:7272", "http", "LOCALHOST:7272", true},
		"trailing dot on both":             {"http://localhost.:7272", "http", "localhost.:7272", true},
		"user info":                        {"http://localhost:7272@evil.example", "http", "localhost:7272", false},
		"user info before our host":        {"http://evil.example@localhost:7272", "http", "localhost:7272", false},
		"our name as a prefix":             {"http://localhost.evil.example:7272", "http", "localhost:7272", false},
		"a name that ends like ours":       {"http://good.evil", "http", "good", false},
		"IPv6":                             {"http://[::1]:7272", "http", "[::1]:7272", true},
		"IPv6 without brackets":            {"http://::1:7272", "http", "[::1]:7272", false},
		"default port left out by page":    {"http://localhost", "http", "localhost:80", true},
		"default port left out by host":    {"http://localhost:80", "http", "localhost", true},
		"default port of https":            {"https://localhost", "https", "localhost:443", true},
		"http's default port under https":  {"https://localhost:80", "https", "localhost", false},
		"with a path":                      {"http://localhost:7272/", "http", "localhost:7272", false},
		"two origins":                      {"http://localhost:7272 http://evil.example", "http", "localhost:7272", false},
		"scheme alone":                     {"http://", "http", "localhost:7272", false},
		"extension":                        {"chrome-extension://abcdef", "http", "localhost:7272", false},
		"address for a name":               {"http://127.0.0.1:7272", "http", "localhost:7272", false},
		"without scheme":                   {"localhost:7272", "http", "localhost:7272", false},
		"empty":                            {"", "http", "localhost:7272", false},
		"host header that is no host":      {"http://a@b", "http", "a@b", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := SameOrigin(c.origin, c.scheme, c.host); got != c.want {
				t.Errorf("SameOrigin(%q, %q, %q) = %v, want %v", c.origin, c.scheme, c.host, got, c.want)
			}
		})
	}
}

func TestOriginOptional(t *testing.T) {
	for method, want := range map[string]bool{"GET": true, "HEAD": true, "POST": false, "DELETE": false, "get": false} {
		if got := OriginOptional(method); got != want {
			t.Errorf("OriginOptional(%s) = %v, want %v", method, got, want)
		}
	}
}
