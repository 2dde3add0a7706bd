package embedded

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
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
		certificate, err := auth.SelfSigned(names, time.Now())
		if err != nil {
			return nil, "", err
		}
		cfg.Certificates = []tls.Certificate{*certificate}
		return cfg, auth.Fingerprint(certificate), nil
	}
	return nil, "", nil
}
