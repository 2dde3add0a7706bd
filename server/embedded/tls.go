package embedded

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"dashcam/server/auth"
)

// TLS says how what is sent is encrypted. The zero value is not at all.
type TLS struct {
	// CertFile (with the chain) and KeyFile are PEM files. They are read again when
	// they change.
	CertFile, KeyFile string
	// SelfSigned makes a certificate in memory, a new one for every New. Nobody
	// vouches for it; Start.Fingerprint is what to compare.
	SelfSigned bool
	// Dir is where the certificate that was made is kept and found again, "" for nowhere:
	// who has compared its fingerprint need not do so again.
	Dir string
}

// The files of a certificate that is kept.
const (
	keptCertificate = "tls-cert.pem"
	keptKey         = "tls-key.pem"
)

// made returns a certificate that was made here: the one that is kept, where it is still
// valid for a month.
func (t TLS) made(names []string, now time.Time) (*tls.Certificate, error) {
	if t.Dir == "" {
		return auth.SelfSigned(names, now)
	}
	certFile, keyFile := filepath.Join(t.Dir, keptCertificate), filepath.Join(t.Dir, keptKey)
	kept, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err == nil && now.AddDate(0, 1, 0).Before(kept.Leaf.NotAfter) {
		return &kept, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the certificate that is kept: %w", err)
	}
	certificate, err := auth.SelfSigned(names, now)
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("keep the certificate: %w", err)
	}
	if err := os.MkdirAll(t.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("keep the certificate: %w", err)
	}
	// The key first: a certificate without it would be found broken.
	for _, f := range []struct {
		path, kind string
		der        []byte
	}{{keyFile, "PRIVATE KEY", key}, {certFile, "CERTIFICATE", certificate.Certificate[0]}} {
		if err := os.WriteFile(f.path, pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der}), 0o600); err != nil {
			return nil, fmt.Errorf("keep the certificate: %w", err)
		}
	}
	return certificate, nil
}

// config returns what a listener needs, nil for none, and the fingerprint of a
// certificate that was made here.
func (t TLS) config(listen string, log *slog.Logger) (cfg *tls.Config, fingerprint string, err error) {
	files := t.CertFile != "" || t.KeyFile != ""
	cfg = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	switch {
	case files && t.SelfSigned:
		return nil, "", errors.New("TLS with files and self-signed: only one can be")
	case files && (t.CertFile == "" || t.KeyFile == ""):
		return nil, "", errors.New("TLS needs a certificate and its key")
	case files:
		certificate, err := auth.LoadCertificate(t.CertFile, t.KeyFile, log)
		if err != nil {
			return nil, "", err
		}
		cfg.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate.Current(time.Now()), nil }
		return cfg, "", nil
	case t.SelfSigned:
		names := ownNames()
		if host, _, err := net.SplitHostPort(listen); err == nil {
			names = append(names, host)
		}
		certificate, err := t.made(names, time.Now())
		if err != nil {
			return nil, "", err
		}
		cfg.Certificates = []tls.Certificate{*certificate}
		return cfg, auth.Fingerprint(certificate), nil
	}
	return nil, "", nil
}
