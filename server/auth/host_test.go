package auth

import "testing"

func TestHosts_AllowsAddressesAndKnownNamesOnly(t *testing.T) {
	hosts := NewHosts("db-01", "DB-01.example.com", "dash.example.org.", "", "  ")
	cases := map[string]bool{
		"127.0.0.1:7272":                true,
		"127.0.0.1":                     true,
		"203.0.113.7:80":                true,
		"[::1]:7272":                    true,
		"[2001:db8::1]":                 true,
		"localhost:7272":                true,
		"LocalHost":                     true,
		"localhost.:7272":               true,
		"dashcam.localhost":             true,
		"db-01:9999":                    true,
		"db-01.example.com":             true,
		"dash.example.org":              true,
		"DASH.EXAMPLE.ORG.":             true,
		"evil.example":                  false,
		"localhost.evil.example":        false,
		"127.0.0.1.evil.example":        false,
		"evillocalhost":                 false,
		"db-01.evil.example":            false,
		"localhost..":                   false,
		"":                              false,
		".":                             false,
		":7272":                         false,
		"localhost:":                    false,
		"localhost:0":                   false,
		"localhost:70000":               false,
		"localhost:80:80":               false,
		"localhost:80@evil.example":     false,
		"evil.example@localhost":        false,
		"localhost/evil.example":        false,
		"localhost evil.example":        false,
		"localhost\tevil.example":       false,
		"localhost,evil.example":        false,
		"::1":                           false,
		"[::1":                          false,
		"[::1]7272":                     false,
		"[::1]:":                        false,
		"[fe80::1%eth0]":                false,
		"[127.0.0.1]":                   false,
		"[localhost]":                   false,
		"0x7f.1":                        false,
		"xn--lcalhost-n4a.evil.example": false,
	}
	for host, want := range cases {
		if got := hosts.Allowed(host); got != want {
			t.Errorf("Allowed(%q) = %v, want %v", host, got, want)
		}
	}
}

func FuzzHosts_NeverAllowsAForeignName(f *testing.F) {
	for _, s := range []string{"localhost", "[::1]:1", "a.b:80", "x@y", "..", "[", "127.0.0.1."} {
		f.Add(s)
	}
	hosts := NewHosts("db-01")
	f.Fuzz(func(t *testing.T, s string) {
		if hosts.Allowed(s+".evil.example") || hosts.Allowed("evil.example:"+s) {
			t.Errorf("a name of evil.example built with %q is allowed", s)
		}
	})
}
