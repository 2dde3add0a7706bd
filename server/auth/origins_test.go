package auth

import "testing"

func TestOrigins_AreExact(t *testing.T) {
	s, err := NewOrigins([]string{"https://Grafana.example.com", "http://[::1]:80", " https://a.example:8443 "})
	if err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]bool{
		"https://grafana.example.com": true, "http://[::1]": true, "https://a.example:8443": true,
		"http://grafana.example.com": false, "https://grafana.example.com:8443": false, "https://grafana.example.com.evil.example": false,
		"https://evil.grafana.example.com": false, "https://GRAFANA.example.com": false, "https://grafana.example.com/": false,
		"https://a.example": false, "http://[::1]:81": false, "null": false, "": false, "*": false,
	} {
		if got := s.Allowed(origin); got != want {
			t.Errorf("%q is let in: %t, want %t", origin, got, want)
		}
	}
	if got, want := s.Ancestors(), "https://grafana.example.com http://[::1] https://a.example:8443"; got != want {
		t.Errorf("frame-ancestors is %q, want %q", got, want)
	}
	var none *Origins
	if none.Allowed("https://grafana.example.com") || none.Any() || none.Ancestors() != "'none'" {
		t.Error("no origins let somebody in")
	}
}

func TestNewOrigins_RefusesWhatIsNoOrigin(t *testing.T) {
	for _, text := range []string{
		"", "*", "null", "example.com", "https://", "https://*.example.com", "https://example.com/", "https://example.com/path", "https://u@example.com",
		"ftp://example.com", "https://example.com:0", "https://example.com:70000", "https://a.example b.example", "https://a.example; script-src *", "https://a.example'",
	} {
		if _, err := NewOrigins([]string{"https://good.example", text}); err == nil {
			t.Errorf("%q is taken for an origin", text)
		}
	}
}
