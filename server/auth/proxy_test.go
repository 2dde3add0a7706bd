package auth

import (
	"net/netip"
	"strings"
	"testing"
)

func newProxy(t *testing.T, public string, trusted ...string) *Proxy {
	t.Helper()
	p, err := NewProxy(trusted, public)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProxy_ClientIsBelievedFromTrustedProxiesOnly(t *testing.T) {
	p := newProxy(t, "", "10.0.0.0/8", "127.0.0.1", "2001:db8::/32")
	for name, c := range map[string]struct {
		proxy      *Proxy
		peer, want string
		headers    []string
	}{
		"nobody is trusted":            {nil, "10.0.0.1", "10.0.0.1", []string{"192.0.2.1"}},
		"a stranger":                   {p, "192.0.2.9", "192.0.2.9", []string{"192.0.2.1"}},
		"a proxy":                      {p, "10.0.0.1", "192.0.2.1", []string{"192.0.2.1"}},
		"one proxy by address":         {p, "127.0.0.1", "192.0.2.1", []string{"192.0.2.1"}},
		"not its neighbour":            {p, "127.0.0.2", "127.0.0.2", []string{"192.0.2.1"}},
		"mapped":                       {p, "::ffff:10.0.0.1", "192.0.2.1", []string{"192.0.2.1"}},
		"IPv6":                         {p, "2001:db8::1", "2001:db9::2", []string{"2001:db9::2"}},
		"two proxies":                  {p, "10.0.0.1", "192.0.2.1", []string{"192.0.2.1, 10.9.9.9"}},
		"what the client made up":      {p, "10.0.0.1", "192.0.2.1", []string{"198.51.100.1, 192.0.2.1"}},
		"two headers":                  {p, "10.0.0.1", "192.0.2.1", []string{"198.51.100.1", "192.0.2.1"}},
		"no header":                    {p, "10.0.0.1", "", nil},
		"nonsense":                     {p, "10.0.0.1", "", []string{"unknown"}},
		"nonsense before the nearest":  {p, "10.0.0.1", "192.0.2.1", []string{"unknown, 192.0.2.1"}},
		"only proxies":                 {p, "10.0.0.1", "", []string{"10.1.1.1, 10.2.2.2"}},
		"nonsense behind a good one":   {p, "10.0.0.1", "", []string{"192.0.2.1, unknown"}},
		"an address with a port (bad)": {p, "10.0.0.1", "", []string{"192.0.2.1:80"}},
	} {
		var want netip.Addr
		if c.want != "" {
			want = netip.MustParseAddr(c.want)
		}
		if got := c.proxy.Client(netip.MustParseAddr(c.peer), c.headers); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestProxy_Scheme(t *testing.T) {
	trusted := newProxy(t, "", "10.0.0.0/8")
	public := newProxy(t, "https://Dash.example.com/cam/")
	odd := newProxy(t, "https://dash.example.com:8443")
	for name, c := range map[string]struct {
		proxy            *Proxy
		peer, host, want string
		headers          []string
	}{
		"nobody is trusted":       {nil, "10.0.0.1", "a", "http", []string{"https"}},
		"a proxy says https":      {trusted, "10.0.0.1", "a", "https", []string{"https"}},
		"a stranger says https":   {trusted, "192.0.2.1", "a", "http", []string{"https"}},
		"a proxy says two":        {trusted, "10.0.0.1", "a", "http", []string{"https", "http"}},
		"a proxy says a list":     {trusted, "10.0.0.1", "a", "http", []string{"https,http"}},
		"a proxy says nonsense":   {trusted, "10.0.0.1", "a", "http", []string{"gopher"}},
		"a proxy says nothing":    {trusted, "10.0.0.1", "a", "http", nil},
		"the public name":         {public, "192.0.2.1", "dash.example.com", "https", nil},
		"with the default port":   {public, "192.0.2.1", "dash.example.com:443", "https", nil},
		"with another port":       {public, "192.0.2.1", "dash.example.com:80", "http", nil},
		"another name":            {public, "192.0.2.1", "localhost:7272", "http", nil},
		"the public port":         {odd, "192.0.2.1", "dash.example.com:8443", "https", nil},
		"without the public port": {odd, "192.0.2.1", "dash.example.com", "http", nil},
		"the public name, forged": {public, "192.0.2.1", "dash.example.com", "https", []string{"http"}},
	} {
		if got := c.proxy.Scheme(netip.MustParseAddr(c.peer), "http", c.host, c.headers); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestNewProxy_RefusesWhatIsNotUnderstood(t *testing.T) {
	for _, bad := range []string{"", "proxy.example", "10.0.0.0/33", "10.0.0.1:80"} {
		if _, err := NewProxy([]string{bad}, ""); err == nil || !strings.Contains(err.Error(), "10.0.0.0/8") {
			t.Errorf("trusted %q: %v", bad, err)
		}
	}
	for _, bad := range []string{"dash.example.com", "ftp://dash.example.com", "https://", "https://u:p@dash.example.com", "https://dash.example.com/?x", "https://a b/", "https://dash.example.com:0/", "https://dash.example.com/#x"} {
		if _, err := NewProxy(nil, bad); err == nil || !strings.Contains(err.Error(), "https://example.com/dashcam/") {
			t.Errorf("public %q: %v", bad, err)
		}
	}
}
