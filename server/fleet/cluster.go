package fleet

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

// remote is the NATS that several hubs share, as a leaf of which the broker runs.
func (cfg *BrokerConfig) remote() (*natsserver.RemoteLeafOpts, error) {
	remote := &natsserver.RemoteLeafOpts{}
	for _, text := range cfg.Cluster {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
			return nil, fmt.Errorf("address of NATS %q: expected nats://host:7422 or tls://host:7422, where its nodes listen for leaf nodes", text)
		}
		if u.Scheme == "tls" {
			remote.TLS = true
		}
		remote.URLs = append(remote.URLs, u)
	}
	return remote, cfg.signInTo(remote)
}

// signInTo says by what the broker signs in: a file of credentials, as nsc writes it, or
// the seed of an nkey alone.
func (cfg *BrokerConfig) signInTo(remote *natsserver.RemoteLeafOpts) error {
	if cfg.Credentials == "" {
		return nil
	}
	text, err := os.ReadFile(cfg.Credentials)
	if err != nil {
		return fmt.Errorf("credentials of NATS: %w", err)
	}
	key, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		return fmt.Errorf("credentials of NATS in %s: expected a file of credentials, or the seed of a user's nkey", cfg.Credentials)
	}
	public, err := key.PublicKey()
	if err != nil || !nkeys.IsValidPublicUserKey(public) {
		return fmt.Errorf("credentials of NATS in %s: expected the key of a user", cfg.Credentials)
	}
	if bytes.Contains(text, []byte("-----BEGIN NATS USER JWT-----")) {
		remote.Credentials = cfg.Credentials // it is read at each connection
		return nil
	}
	seed, err := key.Seed()
	if err != nil {
		return fmt.Errorf("credentials of NATS: %w", err)
	}
	remote.Nkey = string(seed)
	return nil
}

// DefaultDomain is that of the JetStream that hubs share. A leaf reaches a JetStream that is
// not its own by the name of its domain alone.
const DefaultDomain = "dashcam"

// jetStream returns what keeps the registry: the broker's own, or that of the cluster.
func (cfg *BrokerConfig) jetStream(conn *nats.Conn) (jetstream.JetStream, error) {
	if len(cfg.Cluster) == 0 {
		return jetstream.New(conn)
	}
	return jetstream.NewWithDomain(conn, cmp.Or(cfg.Domain, DefaultDomain))
}

// replicas is on how many nodes of a cluster the registry is kept: one of them may die.
const replicas = 3

// The codes by which JetStream says that a bucket cannot have that many replicas: it is no
// cluster, or has too few nodes.
const (
	codeNotClustered jetstream.ErrorCode = 10074
	codeNoPeers      jetstream.ErrorCode = 10005
)

// openBucket opens the bucket of the registry, and makes it where there is none. One that
// was made when there were fewer nodes gets its replicas later; none is ever taken away,
// because nodes that are away count as few.
func openBucket(ctx context.Context, js jetstream.JetStream, storage jetstream.StorageType, shared bool) (jetstream.KeyValue, error) {
	cfg := jetstream.KeyValueConfig{Bucket: bucket, Description: "hosts and join tokens of dashcam", Storage: storage, Replicas: 1}
	if !shared {
		return js.CreateOrUpdateKeyValue(ctx, cfg)
	}
	cfg.Replicas = replicas
	kv, err := js.KeyValue(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, cfg)
		if tooFew(err) {
			cfg.Replicas = 1
			kv, err = js.CreateKeyValue(ctx, cfg)
		}
		if errors.Is(err, jetstream.ErrBucketExists) { // another hub was first
			kv, err = js.KeyValue(ctx, bucket)
		}
		return kv, err
	}
	if err != nil {
		return nil, err
	}
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, err
	}
	if b, ok := status.(*jetstream.KeyValueBucketStatus); ok && b.StreamInfo().Config.Replicas < replicas {
		if more, err := js.UpdateKeyValue(ctx, cfg); err == nil {
			return more, nil
		} // it goes on as it is
	}
	return kv, nil
}

func tooFew(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == codeNotClustered || api.ErrorCode == codeNoPeers)
}

// ledAgain is how often it is tried whether the registry has a leader again, and answered
// how long one may take that has just died.
const (
	ledAgain = 250 * time.Millisecond
	answered = 2 * time.Second
)

// untilLed asks the registry, and again while nobody answers for it: that lasts some seconds
// when a node of the cluster has died. Whoever asked does not notice.
func untilLed(ctx context.Context, ask func(context.Context) error) error {
	for {
		once, cancel := context.WithTimeout(ctx, answered)
		err := ask(once)
		cancel()
		if !errors.Is(err, nats.ErrNoResponders) && !errors.Is(err, jetstream.ErrNoStreamResponse) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		select {
		case <-time.After(ledAgain):
		case <-ctx.Done():
			return err
		}
	}
}
