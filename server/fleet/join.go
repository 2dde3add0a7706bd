package fleet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nkeys"
)

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

// JoinAs is what a host says of itself when it joins.
type JoinAs struct {
	ID, Name string
	Labels   map[string]string
	NATS     string
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
