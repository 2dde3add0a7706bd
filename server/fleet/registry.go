package fleet

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"golang.org/x/time/rate"
)

// bucket is the key-value bucket that holds hosts and tokens.
const bucket = "dashcam"

const (
	hostKey  = "host."
	tokenKey = "token."
)

// registry is who belongs to the fleet: a bucket of JetStream, which several hubs may share,
// and a copy of it here that follows its changes.
type registry struct {
	// removed and set are told of changes, also those that another hub made.
	removed func(r Record)
	set     func(r Record)
	// cut ends the connections of a key.
	cut func(publicKey string)
	// own is the id of the host that the hub runs on, which nobody else can have.
	own string
	// fingerprint goes into join tokens: zero where an authority vouches for the hub.
	fingerprint [32]byte

	// using is held by the one that takes a use of a token.
	using chan struct{}

	mu       sync.Mutex
	kv       jetstream.KeyValue
	hosts    map[string]Record // by id
	byKey    map[string]string // the id of a public key
	tokens   map[string]TokenInfo
	failures map[netip.Addr]*rate.Limiter
}

func newRegistry() *registry {
	return &registry{
		hosts: make(map[string]Record), byKey: make(map[string]string), tokens: make(map[string]TokenInfo),
		failures: make(map[netip.Addr]*rate.Limiter), using: make(chan struct{}, 1),
	}
}

// follow opens the bucket and follows it until the context ends. loaded is called when what
// is in it is known. A bucket that hubs share is one of a cluster.
func (r *registry) follow(ctx context.Context, js jetstream.JetStream, storage jetstream.StorageType, shared bool, loaded func()) error {
	kv, err := openBucket(ctx, js, storage, shared)
	if err != nil {
		return fmt.Errorf("open the registry: %w", err)
	}
	watcher, err := kv.WatchAll(ctx)
	if err != nil {
		return fmt.Errorf("follow the registry: %w", err)
	}
	defer func() { _ = watcher.Stop() }() // it ends with the connection
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-watcher.Updates():
			switch {
			case !ok:
				return errors.New("the registry went away")
			case e == nil: // all that was there
				r.mu.Lock()
				r.kv = kv
				r.mu.Unlock()
				loaded()
			default:
				r.changed(e.Key(), e.Value(), e.Operation() == jetstream.KeyValuePut)
			}
		}
	}
}

// changed takes over what the bucket says.
func (r *registry) changed(key string, value []byte, put bool) {
	if hash, ok := strings.CutPrefix(key, tokenKey); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		var t TokenInfo
		if delete(r.tokens, hash); put && json.Unmarshal(value, &t) == nil {
			r.tokens[hash] = t
		}
		return
	}
	id, ok := strings.CutPrefix(key, hostKey)
	if !ok {
		return
	}
	var next Record
	if put && (json.Unmarshal(value, &next) != nil || next.ID != id) {
		return
	}
	r.mu.Lock()
	old, had := r.hosts[id]
	if had && (!put || old.PublicKey != next.PublicKey) {
		delete(r.byKey, old.PublicKey)
	}
	if delete(r.hosts, id); put {
		r.hosts[id], r.byKey[next.PublicKey] = next, id
	}
	r.mu.Unlock()
	if had && (!put || old.PublicKey != next.PublicKey) {
		r.cut(old.PublicKey)
	}
	switch {
	case put:
		r.set(next)
	case had:
		r.removed(old)
	}
}

// hostOf returns the host with a public key.
func (r *registry) hostOf(publicKey string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, known := r.byKey[publicKey]
	return id, known
}

var errNotReady = refused(http.StatusServiceUnavailable, "registry", "the registry is not there yet", "another try in a moment")

func (r *registry) bucket() (jetstream.KeyValue, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kv == nil {
		return nil, errNotReady
	}
	return r.kv, nil
}

// tries is how often something is tried again that another change came in between of.
const tries = 50

// update changes what stands under a key, as often as it takes. change returns nil for
// nothing to write.
func (r *registry) update(ctx context.Context, key string, change func(old []byte) ([]byte, error)) error {
	kv, err := r.bucket()
	if err != nil {
		return err
	}
	for range tries {
		var e jetstream.KeyValueEntry
		err := untilLed(ctx, func(ctx context.Context) (err error) { e, err = kv.Get(ctx, key); return err })
		var old []byte
		var revision uint64
		switch {
		case err == nil:
			old, revision = e.Value(), e.Revision()
		case !errors.Is(err, jetstream.ErrKeyNotFound):
			return fmt.Errorf("read the registry: %w", err)
		}
		next, err := change(old)
		if err != nil || next == nil {
			return err
		}
		err = untilLed(ctx, func(ctx context.Context) error {
			if revision == 0 {
				_, err = kv.Create(ctx, key, next)
			} else {
				_, err = kv.Update(ctx, key, next, revision)
			}
			return err
		})
		if err == nil {
			r.changed(key, next, true) // what follows sees it at once
			return nil
		}
		// What was written although nobody said so is a conflict, too: it is read again, and
		// change knows its own work.
		if !errors.Is(err, jetstream.ErrKeyExists) && !isConflict(err) {
			return fmt.Errorf("write the registry: %w", err)
		}
	}
	return errors.New("the registry changes all the time")
}

// isConflict reports whether somebody else wrote in between.
func isConflict(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}

// remove deletes a key here and in the bucket.
func (r *registry) remove(ctx context.Context, key string) error {
	kv, err := r.bucket()
	if err != nil {
		return err
	}
	if err := untilLed(ctx, func(ctx context.Context) error { return kv.Delete(ctx, key) }); err != nil {
		return fmt.Errorf("write the registry: %w", err)
	}
	r.changed(key, nil, false)
	return nil
}

// failuresAtOnce and failuresEvery are how many wrong tokens an address may send.
const (
	failuresAtOnce = 10
	failuresEvery  = 6 * time.Second
	maxFailing     = 4096
)

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

var errBadToken = refused(http.StatusForbidden, "token", "the join token is not valid: unknown, used up or expired", "one that dashcam hub token has just printed")

// useToken takes one use of a token.
func (r *registry) useToken(ctx context.Context, hash string) error {
	known := false
	for _, t := range r.Tokens() { // all of them, in a time that says nothing
		if sameHash(t.Hash, hash) {
			known = true
		}
	}
	if !known {
		return errBadToken
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

// Remove forgets a host: its key is dead.
func (r *registry) Remove(ctx context.Context, id string) error {
	r.mu.Lock()
	_, known := r.hosts[id]
	r.mu.Unlock()
	if !known {
		return noHost(id)
	}
	return r.remove(ctx, hostKey+id)
}

// change replaces what is kept of a host.
func (r *registry) change(ctx context.Context, id string, how func(h *Record) error) error {
	if !ValidID(id) {
		return noHost(id)
	}
	return r.update(ctx, hostKey+id, func(old []byte) ([]byte, error) {
		var h Record
		if old == nil || json.Unmarshal(old, &h) != nil {
			return nil, noHost(id)
		}
		if err := how(&h); err != nil {
			return nil, err
		}
		return json.Marshal(h)
	})
}

// Split makes a clone a host of its own. It keeps its id, which is in its key's rights.
func (r *registry) Split(ctx context.Context, id string) error {
	return r.change(ctx, id, func(h *Record) error {
		h.CloneOf = ""
		return nil
	})
}

// Label sets the labels of a host that are given on the hub.
func (r *registry) Label(ctx context.Context, id string, labels map[string]string) error {
	return r.change(ctx, id, func(h *Record) error {
		if h.Labels == nil {
			h.Labels = make(map[string]string)
		}
		maps.Copy(h.Labels, labels)
		maps.DeleteFunc(h.Labels, func(_, value string) bool { return value == "" })
		if err := CheckLabels(h.Labels); err != nil {
			return refused(http.StatusBadRequest, "bad_body", err.Error(), "labels that can be")
		}
		return nil
	})
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
