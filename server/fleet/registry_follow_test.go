package fleet

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// deafBucket is the bucket of a hub whose first watcher hears nothing any more once it is
// deaf, as when the node that sends to it has died.
type deafBucket struct {
	jetstream.KeyValue
	deaf     *atomic.Bool
	watchers *atomic.Int32
	compared chan struct{}
}

func (b deafBucket) Status(ctx context.Context) (jetstream.KeyValueStatus, error) {
	select {
	case b.compared <- struct{}{}:
	default:
	}
	return b.KeyValue.Status(ctx)
}

func (b deafBucket) WatchAll(ctx context.Context, opts ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	w, err := b.KeyValue.WatchAll(ctx, opts...)
	if err != nil || b.watchers.Add(1) > 1 {
		return w, err
	}
	heard := make(chan jetstream.KeyValueEntry)
	go func() {
		defer close(heard)
		for e := range w.Updates() {
			if !b.deaf.Load() {
				heard <- e
			}
		}
	}()
	return deafWatcher{w, heard}, nil
}

type deafWatcher struct {
	jetstream.KeyWatcher
	heard <-chan jetstream.KeyValueEntry
}

func (w deafWatcher) Updates() <-chan jetstream.KeyValueEntry { return w.heard }

// When a node of a cluster had died, a hub knew nothing of what others changed for up to
// twenty seconds: it refused their tokens, and let in whom they had removed.
func TestRegistry_KnowsWhatDoesNotCome(t *testing.T) {
	hub := startHub(t, "", "")
	kv, err := hub.registry.bucket()
	if err != nil {
		t.Fatal(err)
	}
	deaf := deafBucket{kv, new(atomic.Bool), new(atomic.Int32), make(chan struct{})}
	other := newRegistry()
	loaded := make(chan struct{}, 8)
	stop := running(t, func(ctx context.Context) error {
		return other.followBucket(ctx, deaf, 50*time.Millisecond, func() { loaded <- struct{}{} })
	})
	defer stop()
	<-loaded
	deaf.deaf.Store(true)
	token, info, err := hub.registry.NewToken(t.Context(), 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseToken(token)
	if err != nil {
		t.Fatal(err)
	}
	// What is asked for is asked of the bucket.
	if err := other.useToken(t.Context(), hashSecret(parsed.Secret())); err != nil {
		t.Errorf("the token of another hub is refused: %v", err)
	}
	// What has not come is fetched.
	if _, _, err = hub.registry.NewToken(t.Context(), 1, time.Hour); err != nil {
		t.Fatal(err)
	}
	select {
	case <-loaded:
	case <-time.After(time.Minute):
		t.Fatal("a watcher that hears nothing is believed")
	}
	if tokens := other.Tokens(); len(tokens) != 1 || tokens[0].Hash == info.Hash {
		t.Errorf("it knows the tokens %+v, want the newest alone", tokens)
	}
	// One that hears is left alone.
	for range 4 {
		<-deaf.compared
	}
	if n := deaf.watchers.Load(); n != 2 {
		t.Errorf("the bucket is watched for the %dth time", n)
	}
}
