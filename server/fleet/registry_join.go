package fleet

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/nats-io/nkeys"
	"golang.org/x/time/rate"
)

// failuresAtOnce and failuresEvery are how many wrong tokens an address may send.
const (
	failuresAtOnce = 10
	failuresEvery  = 6 * time.Second
	maxFailing     = 4096
)

// Join takes a host up.
func (r *registry) Join(ctx context.Context, j joinBody, from netip.Addr) (string, error) {
	if !r.mayTry(from) {
		return "", refused(http.StatusTooManyRequests, "too_many_attempts", "too many wrong tokens from this address", "a pause of a minute")
	}
	key, err := nkeys.FromPublicKey(j.PublicKey)
	sig, sigErr := base64.RawURLEncoding.DecodeString(j.Proof)
	switch {
	case err != nil || !nkeys.IsValidPublicUserKey(j.PublicKey):
		return "", refused(http.StatusBadRequest, "bad_body", fmt.Sprintf("publicKey is %.80q", j.PublicKey), "the public half of a user's nkey")
	case sigErr != nil || key.Verify(joinProof(j.Token, j.Host), sig) != nil:
		return "", refused(http.StatusBadRequest, "bad_body", "proof is no signature by that key", "the signature of the token and the id")
	case !ValidID(j.Host) || reserved(j.Host):
		return "", refused(http.StatusBadRequest, "bad_body", fmt.Sprintf("host is %.80q", j.Host), "1 to 64 letters, digits, - and _, and not the name of a list")
	case CheckLabels(j.Labels) != nil:
		return "", refused(http.StatusBadRequest, "bad_body", CheckLabels(j.Labels).Error(), "labels that can be")
	}
	if err := r.useToken(ctx, hashSecret(j.Token)); err != nil {
		if errors.Is(err, errBadToken) {
			r.failed(from)
		}
		return "", err
	}
	return r.takeUp(ctx, j)
}

// mayTry reports whether an address has not sent too many wrong tokens; failed says that
// it has sent one.
func (r *registry) mayTry(from netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.failures[from]
	return l == nil || l.Tokens() >= 1
}

func (r *registry) failed(from netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.failures[from]
	if l == nil {
		if len(r.failures) >= maxFailing {
			clear(r.failures)
		}
		l = rate.NewLimiter(rate.Every(failuresEvery), failuresAtOnce)
		r.failures[from] = l
	}
	l.Allow()
}

// takeUp registers a host under the id that it asks for, or as a clone of the one that has
// that.
func (r *registry) takeUp(ctx context.Context, j joinBody) (string, error) {
	for n := 1; n < tries; n++ {
		record := Record{ID: j.Host, PublicKey: j.PublicKey, Name: cleaned(j.Name, maxName), Labels: nil, JoinedMs: time.Now().UnixMilli()}
		if n > 1 {
			suffix := fmt.Sprintf("-%d", n)
			record.ID, record.CloneOf = cut(j.Host, 64-len(suffix))+suffix, j.Host
		}
		taken := record.ID == r.own
		if taken {
			continue
		}
		err := r.update(ctx, hostKey+record.ID, func(old []byte) ([]byte, error) {
			var have Record
			if taken = old != nil && (json.Unmarshal(old, &have) != nil || have.PublicKey != j.PublicKey); taken {
				return nil, nil
			}
			return json.Marshal(record)
		})
		if err != nil || !taken {
			return record.ID, err
		}
	}
	return "", refused(http.StatusConflict, "clones", "there are too many hosts with this id", "another --host-id")
}

// leaveWithin is how old the signature of a host that leaves may be.
const leaveWithin = 5 * time.Minute

// Leave lets a host go that says so itself.
func (r *registry) Leave(ctx context.Context, l leaveBody) error {
	no := refused(http.StatusForbidden, "key", "this is no host of this hub", "the signature of one that is")
	id, known := r.hostOf(l.PublicKey)
	if !known {
		return no
	}
	key, err := nkeys.FromPublicKey(l.PublicKey)
	sig, sigErr := base64.RawURLEncoding.DecodeString(l.Proof)
	age := time.Since(time.UnixMilli(l.AtMs))
	if err != nil || sigErr != nil || age > leaveWithin || age < -leaveWithin || key.Verify(leaveProof(id, l.AtMs), sig) != nil {
		return no
	}
	return r.remove(ctx, hostKey+id)
}
