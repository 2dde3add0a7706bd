package fleet

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Hosts that joined by one token in the same moment undid each other's changes of it until
// most were refused.
func TestRegistry_TakesManyHostsThatJoinAtOnce(t *testing.T) {
	const hosts = 1000
	hub := startHub(t, "", "")
	token, _, err := hub.registry.NewToken(t.Context(), hosts, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var joining sync.WaitGroup
	refusals := make(chan error, hosts)
	for i := range hosts {
		joining.Go(func() {
			id, err := hub.joinWith(t, token, fmt.Sprint("h", i))
			if err == nil && id.Host != fmt.Sprint("h", i) {
				err = fmt.Errorf("host h%d joined as %s", i, id.Host)
			}
			refusals <- err
		})
	}
	joining.Wait()
	close(refusals)
	for err := range refusals {
		if err != nil {
			t.Error(err)
		}
	}
	if n := len(hub.wall.IDs()); n != hosts {
		t.Errorf("%d hosts are on the wall, want %d", n, hosts)
	}
	// 5000 hosts had their hub collect garbage all the time, at a limit that was made for one.
	if got, least := hub.Memory(), int64(hosts)*100<<10; got < least {
		t.Errorf("a hub of %d hosts may take %d bytes, want at least the %d of its connections", hosts, got, least)
	}
	// Each has used the token once.
	if left := hub.registry.Tokens(); len(left) != 0 {
		t.Errorf("the token is still good for %+v", left)
	}
	if _, err := hub.joinWith(t, token, "one-more"); err == nil {
		t.Error("a host joined by a token that is used up")
	}
}

// A host with the name of a list could not be asked about, removed or labelled.
func TestRegistry_RefusesTheNamesOfItsLists(t *testing.T) {
	hub := startHub(t, "", "")
	token, _, err := hub.registry.NewToken(t.Context(), 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"alerts", "events", "strips", "tokens"} {
		if _, err := hub.joinWith(t, token, id); err == nil || asAPIError(err).Code != "bad_body" {
			t.Errorf("a host joined as %q: %v", id, err)
		}
	}
	if _, err := hub.joinWith(t, token, "alerts-1"); err != nil {
		t.Errorf("the token was used up by refusals: %v", err)
	}
}

// lateBucket is the bucket of a hub whose registry is slow: the first answer to each change
// comes after the time that is waited for it.
type lateBucket struct {
	jetstream.KeyValue
	late map[string]bool
}

func (b lateBucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	at, err := b.KeyValue.Update(ctx, key, value, revision)
	if err == nil && !b.late[string(value)] {
		b.late[string(value)] = true
		return 0, context.DeadlineExceeded
	}
	return at, err
}

// On a busy machine one of a thousand hosts was refused: a use of the token whose answer came
// too late was taken again.
func TestRegistry_TakesAUseOnceWhenTheAnswerIsLate(t *testing.T) {
	hub := startHub(t, "", "")
	token, _, err := hub.registry.NewToken(t.Context(), 2, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	hub.registry.mu.Lock()
	hub.registry.kv = lateBucket{hub.registry.kv, map[string]bool{}}
	hub.registry.mu.Unlock()
	for _, id := range []string{"first", "last"} {
		if _, err := hub.joinWith(t, token, id); err != nil {
			t.Errorf("%s was refused: %v", id, err)
		}
	}
	if _, err := hub.joinWith(t, token, "one-more"); err == nil {
		t.Error("a host joined by a token that is used up")
	}
}
