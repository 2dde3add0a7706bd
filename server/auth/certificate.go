package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// CertificateFiles is a certificate that stands in files and is read again when they
// change, so that a renewed one is used without a restart.
type CertificateFiles struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	looked  time.Time
	stamp   [2]stamp
	current *tls.Certificate
}

// stamp is what of a file changes when somebody writes it.
type stamp struct {
	modified time.Time
	size     int64
}

// lookEvery is how often the files are looked at when connections come.
const lookEvery = time.Second

// LoadCertificate reads a certificate with its chain and its key, both in PEM.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*CertificateFiles, error) {
	c := &CertificateFiles{certFile: certFile, keyFile: keyFile, log: log}
	c.stamp = c.look()
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	c.current = &cert
	return c, nil
}

// Current returns the certificate. Where the files changed to what is none, it is the
// one from before, and the log says so once.
func (c *CertificateFiles) Current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) < lookEvery {
		return c.current
	}
	c.looked = now
	found := c.look()
	if found == c.stamp {
		return c.current
	}
	c.stamp = found
	cert, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Warn("certificate changed and cannot be read, going on with the old one", "file", c.certFile, "err", err)
		return c.current
	}
	c.current = &cert
	c.log.Info("certificate read again", "file", c.certFile, "until", cert.Leaf.NotAfter)
	return c.current
}

func (c *CertificateFiles) look() (out [2]stamp) {
	for i, path := range []string{c.certFile, c.keyFile} {
		// One that is gone for a moment, between removing and writing, has no stamp.
		if info, err := os.Stat(path); err == nil {
			out[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return out
}

// selfSignedFor is how long a certificate in memory is valid: longer than a process
// without updates should run.
const selfSignedFor = 397 * 24 * time.Hour

// SelfSigned makes a certificate for localhost, the loopback addresses and the given
// names and addresses. Nobody vouches for it; whoever connects compares its fingerprint.
func SelfSigned(names []string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "dashcam, self-signed"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(selfSignedFor), // clocks differ
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if nameLike(name) {
			template.DNSNames = append(template.DNSNames, normalName(name))
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

// Fingerprint is the SHA-256 of a certificate as browsers show it: pairs of upper-case
// hexadecimal digits with colons between.
func Fingerprint(cert *tls.Certificate) string {
	sum := sha256.Sum256(cert.Certificate[0])
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(pairs, ":")
}
