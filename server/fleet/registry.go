package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
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
