package fleet

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

var errBadToken = refused(http.StatusForbidden, "token", "the join token is not valid: unknown, used up or expired", "one that dashcam hub token has just printed")

// useToken takes one use of a token.
func (r *registry) useToken(ctx context.Context, hash string) error {
	if !r.knowsToken(hash) {
		// Another hub may have made it a moment ago.
		kv, err := r.bucket()
		if err != nil {
			return err
		}
		err = untilLed(ctx, func(ctx context.Context) error { _, err := kv.Get(ctx, tokenKey+hash); return err })
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			return errBadToken
		case err != nil:
			return fmt.Errorf("read the registry: %w", err)
		}
	}
	// Many hosts may come with the same token in the same moment. Each change of it that
	// another one came in between of is made anew: one after the other is faster.
	select {
	case r.using <- struct{}{}:
	case <-ctx.Done():
		return refused(http.StatusServiceUnavailable, "busy", "too many hosts join at the moment", "another try in a moment")
	}
	defer func() { <-r.using }()
	use := rand.Text()
	return r.update(ctx, tokenKey+hash, func(old []byte) ([]byte, error) {
		var t usedToken
		switch {
		case old == nil || json.Unmarshal(old, &t) != nil:
			return nil, errBadToken
		case t.LastUse == use: // it was taken, and the answer came too late
			return nil, nil
		case !t.valid(time.Now()):
			return nil, errBadToken
		}
		t.Left--
		t.LastUse = use
		return json.Marshal(t)
	})
}

// knowsToken looks at all of them, in a time that says nothing.
func (r *registry) knowsToken(hash string) bool {
	known := false
	for _, t := range r.Tokens() {
		if sameHash(t.Hash, hash) {
			known = true
		}
	}
	return known
}

// NewToken makes a join token.
func (r *registry) NewToken(ctx context.Context, uses int, valid time.Duration) (string, TokenInfo, error) {
	t := NewToken(r.fingerprint)
	info := TokenInfo{Hash: hashSecret(t.Secret()), ExpiresMs: time.Now().Add(valid).UnixMilli(), Left: uses}
	err := r.update(ctx, tokenKey+info.Hash, func([]byte) ([]byte, error) { return json.Marshal(info) })
	return t.Text(), info, err
}

// Tokens returns those that can still be used.
func (r *registry) Tokens() []TokenInfo {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []TokenInfo{}
	for _, t := range r.tokens {
		if t.valid(time.Now()) {
			all = append(all, t)
		}
	}
	return all
}

// RevokeToken makes a token good for nothing.
func (r *registry) RevokeToken(ctx context.Context, hash string) error {
	r.mu.Lock()
	_, known := r.tokens[hash]
	r.mu.Unlock()
	if !known {
		return refused(http.StatusNotFound, "no_token", fmt.Sprintf("there is no token %.80q", hash), "a hash of api/v1/hosts/tokens")
	}
	return r.remove(ctx, tokenKey+hash)
}
