package fleet

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nkeys"
)

// identityFile is where an agent keeps who it is, below its state directory.
const identityFile = "fleet.json"

// Identity is who a host is to a hub. Its seed is the private key: it is made on the host
// and never leaves it.
type Identity struct {
	// URL is that of the hub. Also are those of other hubs of the same fleet, with commas
	// between them, to which the host goes when that one is not there.
	URL  string `json:"url"`
	Also string `json:"also,omitempty"`
	// NATS is another address of the broker, or several with commas between them, "" for
	// the hub's own.
	NATS string `json:"nats,omitempty"`
	// Host is the id that the hub gave.
	Host string `json:"host"`
	Seed string `json:"seed"`
	// Fingerprint is the SHA-256 of the hub's certificate in hexadecimal digits, "" where
	// one of an authority is expected.
	Fingerprint string `json:"fingerprint,omitempty"`
}

// ErrNotJoined says that a state directory knows no hub.
var ErrNotJoined = errors.New("this host has not joined a hub")

// IdentityPath is the file of a state directory in which an identity is.
func IdentityPath(dir string) string { return filepath.Join(dir, identityFile) }

// LoadIdentity reads the identity of a state directory.
func LoadIdentity(dir string) (Identity, error) {
	text, err := os.ReadFile(IdentityPath(dir))
	if errors.Is(err, os.ErrNotExist) {
		return Identity{}, ErrNotJoined
	}
	if err != nil {
		return Identity{}, err
	}
	var id Identity
	if err := json.Unmarshal(text, &id); err != nil {
		return Identity{}, fmt.Errorf("read %s: %w", identityFile, err)
	}
	if !ValidID(id.Host) {
		return Identity{}, fmt.Errorf("read %s: host %q: expected an id", identityFile, id.Host)
	}
	if _, err := nkeys.FromSeed([]byte(id.Seed)); err != nil {
		return Identity{}, fmt.Errorf("read %s: seed: %w", identityFile, err)
	}
	return id, nil
}

// Save writes the identity, for its owner alone, whole or not at all.
func (id *Identity) Save(dir string) error {
	text, err := json.MarshalIndent(id, "", "  ")
	if err != nil { // it is texts
		panic(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, identityFile)
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// checkHub reads the address of a hub. What others could read on the way is refused.
func checkHub(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("address of the hub %q: expected https://host:port", text)
	}
	if u.Scheme == "http" {
		ip := net.ParseIP(u.Hostname())
		if u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fmt.Errorf("address of the hub %q: expected https: others could read on the way", text)
		}
	}
	return u, nil
}

// CheckHubs reads the addresses of hubs of one fleet, with commas between them. A host
// knows all of them alike: by one fingerprint, or by an authority, at the same path.
func CheckHubs(text string) (hubs []string, err error) {
	var first *url.URL
	for one := range strings.SplitSeq(text, ",") {
		u, err := checkHub(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = u
		}
		if u.Scheme != first.Scheme || u.Path != first.Path {
			return nil, fmt.Errorf("addresses of hubs %q: expected one scheme and one path for all", text)
		}
		hubs = append(hubs, u.String())
	}
	return hubs, nil
}

// hubs are the addresses of all hubs of the fleet.
func (id *Identity) hubs() string {
	if id.Also == "" {
		return id.URL
	}
	return id.URL + "," + id.Also
}

// addresses are where a broker is reached: through the port of a hub, or at addresses of
// its own.
func (id *Identity) addresses() (servers []string, path string, err error) {
	if id.NATS != "" {
		for one := range strings.SplitSeq(id.NATS, ",") {
			u, err := url.Parse(strings.TrimSpace(one))
			if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
				return nil, "", fmt.Errorf("address of NATS %q: expected tls://host:port", one)
			}
			servers = append(servers, u.String())
		}
		return servers, "", nil
	}
	hubs, err := CheckHubs(id.hubs())
	if err != nil {
		return nil, "", err
	}
	for _, hub := range hubs {
		u, err := url.Parse(hub)
		if err != nil {
			return nil, "", err
		}
		scheme := map[string]string{"https": "wss", "http": "ws"}[u.Scheme]
		port := map[string]string{"https": "443", "http": "80"}[u.Scheme]
		if u.Port() != "" {
			port = u.Port()
		}
		servers, path = append(servers, scheme+"://"+net.JoinHostPort(u.Hostname(), port)), u.Path+"/fleet"
	}
	return servers, path, nil
}

// ErrFingerprint says that whoever answers is not the hub that the token is of.
var ErrFingerprint = errors.New("the certificate is not that of the hub: its fingerprint is another than the token's")

// tls returns how the hub is known: by its fingerprint, or by an authority.
func (id *Identity) tls() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if id.Fingerprint == "" {
		return cfg, nil
	}
	want, err := hex.DecodeString(id.Fingerprint)
	if err != nil || len(want) != sha256.Size {
		return nil, fmt.Errorf("fingerprint %q: expected 64 hexadecimal digits", id.Fingerprint)
	}
	cfg.InsecureSkipVerify = true
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 || Fingerprint(state.PeerCertificates[0]) != [sha256.Size]byte(want) {
			return ErrFingerprint
		}
		return nil
	}
	return cfg, nil
}

// Fingerprint is the SHA-256 of a certificate.
func Fingerprint(c *x509.Certificate) [sha256.Size]byte { return sha256.Sum256(c.Raw) }
