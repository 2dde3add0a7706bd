package fleet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

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

// Leave forgets the hub. The key dies with the file; the hub is told where it is reached.
func Leave(ctx context.Context, dir string) (Identity, error) {
	id, err := LoadIdentity(dir)
	if err != nil {
		return Identity{}, err
	}
	if err := os.Remove(filepath.Join(dir, identityFile)); err != nil {
		return id, err
	}
	return id, id.leave(ctx)
}

// joinBody is what a host sends to api/v1/join. Proof is the signature of the token's
// secret and the id: who sends a public key has the private one.
type joinBody struct {
	Token     string            `json:"token"`
	PublicKey string            `json:"publicKey"`
	Proof     string            `json:"proof"`
	Host      string            `json:"host"`
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels,omitempty"`
}

// leaveBody is what a host sends to api/v1/leave.
type leaveBody struct {
	PublicKey string `json:"publicKey"`
	AtMs      int64  `json:"atMs"`
	Proof     string `json:"proof"`
}

type joinAnswer struct {
	Host string `json:"host"`
}

func joinProof(token, host string) []byte { return []byte("dashcam join " + token + " " + host) }

func leaveProof(host string, atMs int64) []byte {
	return fmt.Appendf(nil, "dashcam leave %s %d", host, atMs)
}

// Join asks a hub, or the first that answers of several with commas between them, to take a host up: it makes a key, proves that it has it, and returns
// who the host is from then on. The hub's certificate is compared with the fingerprint in
// the token before anything is sent.
func Join(ctx context.Context, hub, token string, about JoinAs) (Identity, error) {
	t, err := ParseToken(token)
	if err != nil {
		return Identity{}, err
	}
	hubs, err := CheckHubs(hub)
	if err != nil {
		return Identity{}, err
	}
	key, err := nkeys.CreateUser()
	if err != nil {
		return Identity{}, fmt.Errorf("make a key: %w", err)
	}
	seed, err := key.Seed()
	if err != nil {
		return Identity{}, fmt.Errorf("make a key: %w", err)
	}
	id := Identity{URL: hubs[0], Also: strings.Join(hubs[1:], ","), NATS: about.NATS, Seed: string(seed)}
	if t.Fingerprint != ([sha256.Size]byte{}) {
		id.Fingerprint = hex.EncodeToString(t.Fingerprint[:])
	}
	body := joinBody{Token: t.Secret(), Host: about.ID, Name: about.Name, Labels: about.Labels}
	if body.PublicKey, body.Proof, err = proof(key, joinProof(body.Token, body.Host)); err != nil {
		return Identity{}, err
	}
	var answer joinAnswer
	if err := id.post(ctx, "api/v1/join", body, &answer); err != nil {
		return Identity{}, err
	}
	if id.Host = answer.Host; !ValidID(id.Host) {
		return Identity{}, fmt.Errorf("the hub gives the id %.80q", id.Host)
	}
	return id, nil
}

// JoinAs is what a host says of itself when it joins.
type JoinAs struct {
	ID, Name string
	Labels   map[string]string
	NATS     string
}

func proof(key nkeys.KeyPair, text []byte) (public, signature string, err error) {
	if public, err = key.PublicKey(); err != nil {
		return "", "", fmt.Errorf("public key: %w", err)
	}
	sig, err := key.Sign(text)
	if err != nil {
		return "", "", fmt.Errorf("sign: %w", err)
	}
	return public, base64.RawURLEncoding.EncodeToString(sig), nil
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

// leave tells the hub that the host is no more.
func (id *Identity) leave(ctx context.Context) error {
	key, err := nkeys.FromSeed([]byte(id.Seed))
	if err != nil {
		return err
	}
	body := leaveBody{AtMs: time.Now().UnixMilli()}
	if body.PublicKey, body.Proof, err = proof(key, leaveProof(id.Host, body.AtMs)); err != nil {
		return err
	}
	return id.post(ctx, "api/v1/leave", body, new(struct{}))
}

// askTime is how long a hub may take for an answer.
const askTime = 20 * time.Second

// post sends JSON to the first hub that answers, and reads that.
func (id *Identity) post(ctx context.Context, path string, body, answer any) (err error) {
	for hub := range strings.SplitSeq(id.hubs(), ",") {
		err = id.postTo(ctx, hub, path, body, answer)
		var refused *RefusedError
		if err == nil || errors.As(err, &refused) || errors.Is(err, ErrFingerprint) {
			return err
		}
	}
	return err
}

func (id *Identity) postTo(ctx context.Context, hub, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil { // it is texts and numbers
		panic(err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hub+"/"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	pinned, err := id.tls()
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: pinned, Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return fmt.Errorf("ask the hub: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	read, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("ask the hub: %w", err)
	}
	if res.StatusCode/100 != 2 {
		var refused struct {
			Error struct{ Message, Expected string }
		}
		if json.Unmarshal(read, &refused) != nil || refused.Error.Message == "" {
			return fmt.Errorf("the hub %s answers %s", hub, res.Status)
		}
		return &RefusedError{Status: res.StatusCode, Text: fmt.Sprintf("the hub %s says: %s: expected %s", hub, refused.Error.Message, refused.Error.Expected)}
	}
	if err := json.Unmarshal(read, answer); err != nil {
		return fmt.Errorf("answer of the hub %s: %w", hub, err)
	}
	return nil
}

// RefusedError is what a hub answered instead of what was asked for.
type RefusedError struct {
	Status int
	Text   string
}

func (e *RefusedError) Error() string { return e.Text }

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
