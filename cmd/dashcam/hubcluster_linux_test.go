package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nkeys"

	"dashcam/collectors/collectortest/need"
)

// cluster is a NATS of three nodes, as cmd/dashcam/deploy/nats-server.conf has it.
type cluster struct {
	nodes []*part
	start []func() *part
	// urls are where hubs come, seed is the file with their key, ca that with the authority;
	// monitor is where the first node says how it is.
	urls              []string
	seed, ca, monitor string
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	program := need.Program(t, "nats-server")
	dir := t.TempDir()
	c := &cluster{seed: filepath.Join(dir, "nats.seed"), ca: filepath.Join(dir, "cert.pem")}
	keyFile := filepath.Join(dir, "key.pem")
	certifyLoopback(t, c.ca, keyFile)
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.seed, append(seed, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile(filepath.Join("deploy", "nats-server.conf"))
	if err != nil {
		t.Fatal(err)
	}
	const nodes = 3
	var clients, routes, leaves []string
	for range nodes {
		for _, of := range []*[]string{&clients, &routes, &leaves} {
			*of = append(*of, "127.0.0.1:"+need.Port(t, "127.0.0.1"))
		}
	}
	replaced := []string{
		"/etc/nats/cert.pem", c.ca, "/etc/nats/ca.pem", c.ca, "/etc/nats/key.pem", keyFile,
		"UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4", public,
	}
	for i, name := range []string{"nats-a", "nats-b", "nats-c"} {
		replaced = append(replaced, "nats://"+name+":6222", "nats://"+routes[i])
	}
	for i := range nodes {
		own := append([]string{
			"server_name: nats-a", fmt.Sprint("server_name: nats-", i), "127.0.0.1:4222", clients[i], "0.0.0.0:6222", routes[i],
			"0.0.0.0:7422", leaves[i], "/var/lib/nats", filepath.Join(dir, fmt.Sprint("node", i)),
		}, replaced...)
		for j := 0; j < len(own); j += 2 {
			if !strings.Contains(string(shipped), own[j]) {
				t.Fatalf("nats-server.conf has no %q", own[j])
			}
		}
		conf := filepath.Join(dir, fmt.Sprintf("node%d.conf", i))
		if err := os.WriteFile(conf, []byte(strings.NewReplacer(own...).Replace(string(shipped))), 0o600); err != nil {
			t.Fatal(err)
		}
		c.urls = append(c.urls, "tls://"+leaves[i])
		command := []string{program, "-c", conf}
		if i == 0 {
			c.monitor = "127.0.0.1:" + need.Port(t, "127.0.0.1")
			_, port, _ := net.SplitHostPort(c.monitor)
			command = append(command, "-m", port)
		}
		c.start = append(c.start, func() *part { return startPart(t, "Server is ready", command...) })
		c.nodes = append(c.nodes, c.start[i]())
	}
	return c
}

// replicas is how often the registry is kept, as the first node says.
func (c *cluster) replicas(t *testing.T) int {
	t.Helper()
	res, err := http.Get("http://" + c.monitor + "/jsz?acc=FLEET&streams=1&config=1")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var said struct {
		Accounts []struct {
			Streams []struct {
				Name   string `json:"name"`
				Config struct {
					Replicas int `json:"num_replicas"`
				} `json:"config"`
			} `json:"stream_detail"`
		} `json:"account_details"`
	}
	if err := json.NewDecoder(res.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	for _, account := range said.Accounts {
		for _, stream := range account.Streams {
			if stream.Name == "KV_dashcam" {
				return stream.Config.Replicas
			}
		}
	}
	return 0
}

// certifyLoopback writes a certificate of 127.0.0.1, which is its own authority, and its key.
func certifyLoopback(t *testing.T, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "loopback"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		BasicConstraintsValid: true, IsCA: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// hub starts a hub of the cluster on an address.
func (c *cluster) hub(t *testing.T, name, listen, dir string) *part {
	t.Helper()
	return startPart(t, "dcjoin_", "env", "SSL_CERT_FILE="+c.ca, binary(t), "hub", "--listen", listen, "--auth", "none", "--state-dir", dir,
		"--host-id", name, "--nats", strings.Join(c.urls, ","), "--nats-creds", c.seed)
}

// TestHub_ClusterLosesNothing has a real cluster of three nodes and two hubs. A node is
// killed, and then the hub that the host reports to: whoever watches by the other hub loses
// nothing, and both hubs know the same hosts, labels and tokens.
func TestHub_ClusterLosesNothing(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	listen := []string{"127.0.0.1:" + need.Port(t, "127.0.0.1"), "127.0.0.1:" + need.Port(t, "127.0.0.1")}
	hubs := []*part{c.hub(t, "hub0", listen[0], t.TempDir()), c.hub(t, "hub1", listen[1], t.TempDir())}
	hostDir := t.TempDir()
	// The token of the one is good for the other.
	dashcam(t, nil, "join", hubs[0].url+","+hubs[1].url, hubs[1].join, "--state-dir", hostDir, "--host-id", "hosta")
	host := startPart(t, "observes", binary(t), "--demo", "--interval", "100ms", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", hostDir)
	for _, hub := range hubs {
		hub.await(t, "hosta", true)
	}
	dashcam(t, nil, "hub", "label", "hosta", "site=fra", "--listen", listen[0])
	token := strings.TrimSpace(dashcam(t, nil, "hub", "token", "--listen", listen[0]))
	if status, _, errs := refused(t, binary(t), nil, "join", hubs[1].url, hubs[1].join, "--state-dir", t.TempDir(), "--host-id", "hostb"); status == exitOK || !strings.Contains(errs, "not valid") {
		t.Errorf("a token that was used by the other hub: %d %s", status, errs)
	}
	sameRegistry(t, hubs[0], hubs[1], "hosta")

	// Whichever hub the host reports to dies, and it is watched by the other.
	_, own, _ := net.SplitHostPort(listen[0])
	dies := 1
	if strings.Contains(host.out.String(), ":"+own) {
		dies = 0
	}
	viewer := watchResuming(t, hubs[1-dies], "/h/hosta")
	viewer.live(t, time.Now().Add(time.Second), time.Minute)
	// The node that is asked may have yet to hear of it.
	kept := 0
	eventually(t, time.Minute, func() bool { kept = c.replicas(t); return kept == 3 }, func() string {
		return fmt.Sprintf("the registry is kept %d times, expected 3", kept)
	})
	table := &cutTable{t: t}
	other := hubs[1-dies]
	if os.Getenv(cutsVariable) != "" { // make cuts
		table.run("a node of three killed", viewer, func() time.Time {
			i := mathrand.IntN(len(c.nodes))
			c.nodes[i].kill()
			at := time.Now()
			viewer.live(t, at, time.Minute)
			c.nodes[i] = c.start[i]()
			return at
		})
		table.run("all three nodes killed", viewer, func() time.Time {
			for _, node := range c.nodes {
				node.kill()
			}
			for i, start := range c.start {
				c.nodes[i] = start()
			}
			return time.Now()
		})
	}
	at := viewer.upTo()
	c.nodes[2].kill()
	hubs[dies].kill()
	killed := time.Now()
	took := viewer.live(t, killed, time.Minute)
	dashcam(t, nil, "hub", "label", "hosta", "killed=2", "--listen", listen[1-dies])
	viewer.live(t, time.Now(), time.Minute)
	lost, twice := viewer.count(0)
	table.print()
	t.Logf("a node and the hub killed: live after %.1f s; of %d rows %d lost, %d twice", took.Seconds(), viewer.upTo()-at, lost, twice)
	if lost+twice > 0 {
		t.Errorf("%d rows are lost, %d came twice", lost, twice)
	}
	// With two nodes the registry can be written.
	dashcam(t, nil, "join", other.url, token, "--state-dir", t.TempDir(), "--host-id", "hostb")
	hubs[dies] = c.hub(t, fmt.Sprint("hub", dies), listen[dies], t.TempDir())
	sameRegistry(t, hubs[0], hubs[1], "hosta", "hostb")
	hubs[dies].await(t, "hosta", true)
	if got := hubs[dies].hosts(t)["hosta"]; got.Labels["site"] != "fra" || got.Labels["killed"] != "2" {
		t.Errorf("the hub that is back shows %+v", got)
	}
}

// sameRegistry holds that two hubs know the same hosts, labels and tokens.
func sameRegistry(t *testing.T, a, b *part, ids ...string) {
	t.Helper()
	type registry struct {
		Labels map[string]map[string]string
		Tokens []string
	}
	of := func(p *part) (r registry) {
		r.Labels = make(map[string]map[string]string)
		for id, h := range p.hosts(t) {
			if h.JoinedMs > 0 { // all but the hub's own
				r.Labels[id] = h.Labels
			}
		}
		var answer struct{ Tokens []struct{ Hash string } }
		if _, _, body := p.get(t, http.MethodGet, "/api/v1/hosts/tokens"); json.Unmarshal(body, &answer) != nil {
			t.Fatalf("%s", body)
		}
		seen := make(map[string]bool)
		for _, token := range answer.Tokens {
			seen[token.Hash] = true
		}
		for hash := range seen {
			r.Tokens = append(r.Tokens, hash)
		}
		slices.Sort(r.Tokens)
		return r
	}
	diff := ""
	eventually(t, time.Minute, func() bool {
		ra, rb := of(a), of(b)
		diff = cmp.Diff(ra, rb)
		return diff == "" && len(ra.Labels) == len(ids) && len(ra.Tokens) > 0
	}, func() string { return "the registries differ: " + diff })
	for _, id := range ids {
		if _, known := of(a).Labels[id]; !known {
			t.Errorf("%s is not known", id)
		}
	}
}

// TestHub_SaysWhatIsWrongWithTheCluster has what an operator gets wrong first.
func TestHub_SaysWhatIsWrongWithTheCluster(t *testing.T) {
	t.Parallel()
	noKey := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(noKey, []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"expected a file of credentials":       {"--nats", "nats://127.0.0.1:7422", "--nats-creds", noKey},
		"no such file":                         {"--nats", "nats://127.0.0.1:7422", "--nats-creds", noKey + "x"},
		"expected nats://host:7422":            {"--nats", "http://127.0.0.1:7422"},
		"--nats-creds is given, and no --nats": {"--nats-creds", noKey},
	} {
		args = append([]string{"hub", "--listen", "127.0.0.1:0", "--auth", "none"}, args...)
		if status, _, errs := refused(t, binary(t), nil, args...); status == exitOK || !strings.Contains(errs, want) {
			t.Errorf("%q: %d, expected %q in\n%s", args, status, want, errs)
		}
	}
	// The port of clients instead of that of leaf nodes.
	port := need.Port(t, "127.0.0.1")
	startPart(t, "Server is ready", need.Program(t, "nats-server"), "-a", "127.0.0.1", "-p", port)
	startPart(t, "wrong port", binary(t), "hub", "--listen", "127.0.0.1:0", "--auth", "none", "--nats", "nats://127.0.0.1:"+port)
}
