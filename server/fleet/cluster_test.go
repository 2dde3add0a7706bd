package fleet

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"dashcam/server/wire"
)

// testNATS is a NATS that hubs share, of one node, which knows hubs by the credentials of an
// operator, as nsc makes them.
func testNATS(t *testing.T, domain string) (url, creds string) {
	t.Helper()
	newKey := func(make func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
		key, err := make()
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		return key, public
	}
	operatorKey, operator := newKey(nkeys.CreateOperator)
	systemKey, system := newKey(nkeys.CreateAccount)
	_ = systemKey // nobody signs in there
	accountKey, account := newKey(nkeys.CreateAccount)
	userKey, user := newKey(nkeys.CreateUser)
	encoded := func(c jwt.Claims, by nkeys.KeyPair) string {
		text, err := c.Encode(by)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	fleet := jwt.NewAccountClaims(account)
	fleet.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
	hub := jwt.NewUserClaims(user)
	hub.Permissions = jwt.Permissions{
		Pub: jwt.Permission{Allow: []string{"dashcam.v1.>", "$JS.dashcam.API.>", "$JS.FC.>"}},
		Sub: jwt.Permission{Allow: []string{"dashcam.v1.>", "_INBOX.>"}},
	}
	operatorClaims := jwt.NewOperatorClaims(operator)
	operatorClaims.SystemAccount = system
	dir := t.TempDir()
	conf := filepath.Join(dir, "nats.conf")
	text := fmt.Sprintf("listen: \"127.0.0.1:-1\"\njetstream { store_dir: %q, domain: %q }\nleafnodes { listen: \"127.0.0.1:-1\" }\noperator: %s\nresolver: MEMORY\nresolver_preload: { %s: %s, %s: %s }\n",
		dir, domain, encoded(operatorClaims, operatorKey), system, encoded(jwt.NewAccountClaims(system), operatorKey), account, encoded(fleet, operatorKey))
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	opts, err := natsserver.ProcessConfigFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	opts.NoSigs, opts.NoLog = true, true
	server, err := natsserver.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(func() {
		server.Shutdown()
		server.WaitForShutdown()
	})
	if !server.ReadyForConnections(time.Minute) {
		t.Fatal("NATS did not start")
	}
	seed, err := userKey.Seed()
	if err != nil {
		t.Fatal(err)
	}
	file, err := jwt.FormatUserConfig(encoded(hub, accountKey), seed)
	if err != nil {
		t.Fatal(err)
	}
	creds = filepath.Join(dir, "hub.creds")
	if err := os.WriteFile(creds, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint("nats://127.0.0.1:", opts.LeafNode.Port), creds
}

// startLeaf runs a hub of a shared NATS.
func startLeaf(t *testing.T, broker BrokerConfig) *testHub {
	t.Helper()
	wall := NewWall("0.1.0", nil)
	broker.Listen = freeAddr(t)
	h, err := NewHub(HubConfig{
		Wall: wall, Broker: broker, Hello: func() wire.Hello { return wire.Hello{Build: "of the hub"} },
		Log: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	th := &testHub{Hub: h, wall: wall, addr: broker.Listen}
	th.stop = running(t, h.Run)
	return th
}

// TestHub_SharesANATSByCredentials has two hubs sign in by the credentials of an operator,
// with no more rights than CLUSTER.md asks for: a host of the one is shown by the other.
func TestHub_SharesANATSByCredentials(t *testing.T) {
	url, creds := testNATS(t, DefaultDomain)
	a, b := startLeaf(t, BrokerConfig{Cluster: []string{url}, Credentials: creds}), startLeaf(t, BrokerConfig{Cluster: []string{url}, Credentials: creds})
	for _, h := range []*testHub{a, b} {
		eventually(t, "the registry is read", func() bool {
			select {
			case <-h.Ready():
				return true
			default:
				return false
			}
		})
	}
	host := newHost(t)
	host.rows(400)
	host.agent(t, a.join(t, "own"))
	host.every(t, 20*time.Millisecond)
	eventually(t, "both hubs show it", func() bool { return a.wall.Online("own") && b.wall.Online("own") })
	if err := b.registry.Label(t.Context(), "own", map[string]string{"site": "fra"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other hub has the label", func() bool { h, _ := a.wall.Host("own"); return h.Labels["site"] == "fra" })
	m := b.Mirror("own")
	ready(t, m)
	if n := same(t, host.ring, m.Ring(), m.Ring().Bounds().Head-1); n < mirrorWindow {
		t.Errorf("%d rows are mirrored", n)
	}
	// Who is removed by one hub is cut off by the other.
	if err := b.registry.Remove(t.Context(), "own"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is gone everywhere", func() bool { _, known := a.wall.Host("own"); return !known })
}

func TestBroker_ReadsWhatItSignsInBy(t *testing.T) {
	dir := t.TempDir()
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := account.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		mustSeed(t) + "\n": "", "hello": "expected a file of credentials", "": "expected a file of credentials",
		string(seed): "expected the key of a user",
	} {
		file := filepath.Join(dir, "file")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg := BrokerConfig{Cluster: []string{"tls://a:7422", "nats://b"}, Credentials: file}
		remote, err := cfg.remote()
		if want == "" && (err != nil || remote.Nkey != strings.TrimSpace(text) || !remote.TLS) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %+v, %v", text, remote, err)
		}
	}
	for _, url := range []string{"http://a:7422", "a:7422", "nats://", "ws://a"} {
		cfg := BrokerConfig{Cluster: []string{url}}
		if _, err := cfg.remote(); err == nil {
			t.Errorf("%q is an address of NATS", url)
		}
	}
}

func TestJoin_KnowsAllHubsOfAFleet(t *testing.T) {
	for text, want := range map[string]string{
		"https://a:7272,https://b": "wss://a:7272 wss://b:443 /fleet", "https://a/x/, https://b/x": "wss://a:443 wss://b:443 /x/fleet",
		"http://127.0.0.1:1,http://[::1]:2": "ws://127.0.0.1:1 ws://[::1]:2 /fleet",
		"https://a,http://127.0.0.1":        "one scheme", "https://a/x,https://b": "one path", "https://a,": "expected https", "https://a,http://b": "others could read",
	} {
		hubs, err := CheckHubs(text)
		if err != nil {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, expected %s", text, err, want)
			}
			continue
		}
		id := Identity{URL: hubs[0], Also: strings.Join(hubs[1:], ",")}
		servers, path, err := id.addresses()
		if got := strings.Join(append(servers, path), " "); err != nil || got != want {
			t.Errorf("%s: %s, %v, expected %s", text, got, err, want)
		}
	}
}
