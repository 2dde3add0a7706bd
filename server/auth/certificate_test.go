package auth

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// writeCertificate puts a new certificate into two files that changed at the given time.
func writeCertificate(t *testing.T, certFile, keyFile, name string, at time.Time) *tls.Certificate {
	t.Helper()
	cert, err := SelfSigned([]string{name}, start)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	writeAt(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), at)
	writeAt(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), at)
	return cert
}

func writeAt(t *testing.T, path string, text []byte, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestCertificateFiles_AreReadAgainWhenTheyChange(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := writeCertificate(t, certFile, keyFile, "one.example", start)
	var said bytes.Buffer
	c, err := LoadCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	is := func(what string, at time.Duration, want *tls.Certificate) {
		t.Helper()
		if got := c.Current(start.Add(at)); !bytes.Equal(got.Certificate[0], want.Certificate[0]) {
			t.Errorf("%s: another certificate, for %v", what, got.Leaf.DNSNames)
		}
	}
	is("at first", 0, first)
	second := writeCertificate(t, certFile, keyFile, "two.example", start.Add(time.Hour))
	is("within a second", 999*time.Millisecond, first)
	is("after a second", time.Second, second)

	writeAt(t, certFile, []byte("half a certif"), start.Add(2*time.Hour))
	is("while it is broken", 2*time.Second, second)
	is("while it is still broken", 3*time.Second, second)
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	is("while it is gone", 4*time.Second, second)
	if n := strings.Count(said.String(), "cannot be read"); n != 2 {
		t.Errorf("said %d times that it cannot be read, want 2:\n%s", n, said.String())
	}
	third := writeCertificate(t, certFile, keyFile, "three.example", start.Add(3*time.Hour))
	is("when it is back", 5*time.Second, third)
}

func TestLoadCertificate_SaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.pem"), filepath.Join(dir, "b.pem")
	writeCertificate(t, a, b, "one.example", start)
	writeCertificate(t, filepath.Join(dir, "other.pem"), filepath.Join(dir, "key.pem"), "two.example", start)
	for name, files := range map[string][2]string{
		"no file":       {filepath.Join(dir, "none"), b},
		"another's key": {a, filepath.Join(dir, "key.pem")},
		"no key":        {a, a},
	} {
		if _, err := LoadCertificate(files[0], files[1], slog.Default()); err == nil || !strings.HasPrefix(err.Error(), "read certificate: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSelfSigned_IsForTheseNames(t *testing.T) {
	cert, err := SelfSigned([]string{"DB-01.example.com", "192.0.2.7", "no name", ""}, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "db-01.example.com", "192.0.2.7"} {
		if err := cert.Leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if err := cert.Leaf.VerifyHostname("evil.example"); err == nil {
		t.Error("it is for any name")
	}
	if !regexp.MustCompile(`^([0-9A-F]{2}:){31}[0-9A-F]{2}$`).MatchString(Fingerprint(cert)) {
		t.Errorf("fingerprint %s", Fingerprint(cert))
	}
}
