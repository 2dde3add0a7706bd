package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// follow opens the bucket and follows it until the context ends. loaded is called when what
// is in it is known. A bucket that hubs share is one of a cluster.
func (r *registry) follow(ctx context.Context, js jetstream.JetStream, storage jetstream.StorageType, shared bool, loaded func()) error {
	kv, err := openBucket(ctx, js, storage, shared)
	if err != nil {
		return fmt.Errorf("open the registry: %w", err)
	}
	every := time.Duration(0)
	if shared {
		every = comparedEvery
	}
	return r.followBucket(ctx, kv, every, loaded)
}

func (r *registry) followBucket(ctx context.Context, kv jetstream.KeyValue, every time.Duration, loaded func()) error {
	for {
		if err := r.watch(ctx, kv, every, loaded); !errors.Is(err, errBehind) {
			return err
		}
	}
}

// comparedEvery is how often it is asked whether all that is in a shared bucket has come. When
// the node that sent it has died, the client of NATS notices after ten to twenty seconds; so
// long a host that was removed would be let in.
const comparedEvery = 3 * time.Second

// errBehind says that something in the bucket did not come.
var errBehind = errors.New("the registry is not followed any more")

// watch follows the bucket from its beginning, and compares every so often whether all of it
// has come; 0 is never.
func (r *registry) watch(ctx context.Context, kv jetstream.KeyValue, every time.Duration, loaded func()) error {
	// What has come, and what has to be here at the next comparison. What is there now comes,
	// or was removed with all trace of it.
	var came, due uint64
	var compare <-chan time.Time
	if every > 0 {
		newest, err := newestIn(ctx, kv)
		if err != nil {
			return fmt.Errorf("follow the registry: %w", err)
		}
		came, due = newest, newest
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		compare = ticker.C
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
		case <-compare:
			if came < due {
				return errBehind
			}
			// Where nobody answers, nobody has changed anything.
			if newest, err := newestIn(ctx, kv); err == nil {
				due = newest
			}
		case e, ok := <-watcher.Updates():
			switch {
			case !ok && ctx.Err() != nil:
				return nil
			case !ok:
				return errors.New("the registry went away")
			case e == nil: // all that was there
				r.mu.Lock()
				r.kv = kv
				r.mu.Unlock()
				loaded()
			default:
				came = max(came, e.Revision())
				r.changed(e.Key(), e.Value(), e.Operation() == jetstream.KeyValuePut)
			}
		}
	}
}

// newestIn is the newest revision of a bucket.
func newestIn(ctx context.Context, kv jetstream.KeyValue) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, answered)
	defer cancel()
	status, err := kv.Status(ctx)
	if err != nil {
		return 0, err
	}
	of, ok := status.(*jetstream.KeyValueBucketStatus)
	if !ok {
		return 0, fmt.Errorf("the bucket is kept in %s, expected JetStream", status.BackingStore())
	}
	return of.StreamInfo().State.LastSeq, nil
}
