package attacks

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"dashcam/collectors/collectortest/need"
	"dashcam/server/fleet"
)

// fleetHub is a hub, and where hosts come to it by NATS itself.
type fleetHub struct {
	*program
	nats string
}

func newFleetHub(t *testing.T) *fleetHub {
	t.Helper()
	addr := "127.0.0.1:" + need.Port(t, "127.0.0.1")
	h := &fleetHub{startHub(t, "--nats-listen", addr, "--state-dir", t.TempDir()), "nats://" + addr}
	waitUntil(t, "the registry", func() bool { status, _ := h.post("hosts/tokens", `{"uses":1,"validSeconds":60}`); return status == 201 })
	return h
}

// post sends JSON to the API as its own page does.
func (h *fleetHub) post(path, body string) (status int, answer string) {
	h.t.Helper()
	req, err := http.NewRequest("POST", "http://"+h.addr+"/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Origin", "http://"+h.addr)
	req.Header.Set("Content-Type", "application/json")
	res, err := h.client(time.Minute).Do(req)
	// A hub does not read what is too long: whoever still writes may find the link closed before
	// it reads the answer.
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return http.StatusRequestEntityTooLarge, err.Error()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(res.Body); err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, text.String()
}

func (h *fleetHub) token(uses int) string {
	h.t.Helper()
	status, text := h.post("hosts/tokens", fmt.Sprintf(`{"uses":%d,"validSeconds":600}`, uses))
	var made struct{ Token string }
	if status != 201 || json.Unmarshal([]byte(text), &made) != nil {
		h.t.Fatalf("token: %d %s", status, text)
	}
	return made.Token
}

// join has a host join by the program, and returns what it then has on its disk.
func (h *fleetHub) join(t *testing.T, id string) fleet.Identity {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command(shipped, "join", "http://"+h.addr, h.token(1), "--hub-nats", h.nats, "--state-dir", dir, "--host-id", id).CombinedOutput()
	if err != nil {
		t.Fatalf("join: %v %s", err, out)
	}
	identity, err := fleet.LoadIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// host is what the wall says of a host.
func (h *fleetHub) host(id string) fleet.HostInfo {
	h.t.Helper()
	return object[fleet.HostInfo](h.program, "/api/v1/hosts/"+id)
}

// come connects by a key.
func (h *fleetHub) come(t *testing.T, id fleet.Identity, options ...nats.Option) *nats.Conn {
	t.Helper()
	key, public := keyOf(t, id.Seed)
	conn, err := nats.Connect(h.nats, append(options, nats.Nkey(public, key.Sign), nats.NoReconnect())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

func keyOf(t *testing.T, seed string) (key nkeys.KeyPair, public string) {
	t.Helper()
	key, err := nkeys.FromSeed([]byte(seed))
	if err == nil {
		public, err = key.PublicKey()
	}
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

// summaryOf is a summary as an honest host sends it.
func summaryOf(seq int, process string) []byte {
	return fmt.Appendf(nil, `{"i":"AAA","q":%d,"t":%d,"s":[[0,10,12.5,0.1],null,null,null,null],"p":%q,"v":"0.1.0"}`, seq, time.Now().UnixMilli(), process)
}

func publish(t *testing.T, conn *nats.Conn, subject string, text []byte) {
	t.Helper()
	err := conn.Publish(subject, text)
	if err == nil {
		err = conn.FlushTimeout(time.Minute)
	}
	if err != nil {
		t.Fatalf("%s: %v", subject, err)
	}
}

// TestFleet_AStolenKeyIsOneHosts tries everything by the key of one host.
func TestFleet_AStolenKeyIsOneHosts(t *testing.T) {
	t.Parallel()
	const kind = "fleet: the stolen key of a host"
	h := newFleetHub(t)
	a := h.join(t, "hosta")
	b := h.come(t, h.join(t, "hostb"))
	publish(t, b, "dashcam.v1.hostb.summary", summaryOf(1, "honest"))
	waitUntil(t, "hostb to be on the wall", func() bool { return h.host("hostb").Top.Process == "honest" })
	said := make(chan error, 100)
	conn := h.come(t, a, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { said <- err }))
	denied := func() bool {
		if conn.FlushTimeout(time.Minute) != nil {
			return false
		}
		select {
		case err := <-said:
			return errors.Is(err, nats.ErrPermissionViolation)
		case <-time.After(time.Minute):
			return false
		}
	}
	for _, subject := range []string{
		"dashcam.v1.hostb.summary", "dashcam.v1.hostb.about", "dashcam.v1.hostb.event", "dashcam.v1.hostb.live.X", "dashcam.v1.hostb.reply.X",
		"dashcam.v1.hostb.lease", "dashcam.v1.hostb.http", "dashcam.v1.hosta.lease", "dashcam.v1.hosta.http", "dashcam.v1.hosta.live.X.Y",
		"dashcam.v1.hosta", "dashcam.v2.hosta.summary", "$JS.API.STREAM.LIST", "$JS.API.STREAM.DELETE.KV_dashcam", "$JS.API.INFO", "$KV.dashcam.host.hosta",
		"$KV.dashcam.token.x", "$SYS.REQ.SERVER.PING", "$SYS.ACCOUNT.$G.CONNECT", "_INBOX.x.y", "hosta",
	} {
		if err := conn.Publish(subject, summaryOf(99, "forged")); err != nil {
			t.Fatal(err)
		}
		attack(t, kind, denied(), "publish on %s", subject)
	}
	for _, subject := range []string{
		">", "dashcam.>", "dashcam.v1.>", "dashcam.v1.*.summary", "dashcam.v1.*.lease", "dashcam.v1.hostb.lease", "dashcam.v1.hostb.http", "dashcam.v1.hostb.live.*",
		"dashcam.v1.hostb.reply.*", "dashcam.v1.hosta.summary", "dashcam.v1.hosta.>", "$KV.>", "$JS.>", "$SYS.>", "_INBOX.>",
	} {
		if _, err := conn.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		attack(t, kind, denied(), "subscribe to %s", subject)
	}
	for _, word := range []string{"lease", "http"} {
		_, err := conn.SubscribeSync("dashcam.v1.hosta." + word)
		if err == nil {
			err = conn.FlushTimeout(time.Minute)
		}
		select {
		case err = <-said:
		default:
		}
		right(t, kind, err == nil, "subscribe to its own %s: %v", word, err)
	}
	publish(t, conn, "dashcam.v1.hosta.summary", summaryOf(1, "itself"))
	waitUntil(t, "hosta to be on the wall", func() bool { return h.host("hosta").Top.Process == "itself" })
	right(t, kind, true, "speak for itself")
	if got := h.host("hostb").Top.Process; got != "honest" {
		t.Errorf("hostb is said to run %s", got)
	}
	// Who is let in at all.
	key, public := keyOf(t, a.Seed)
	other, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	otherPublic, err := other.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	var signature []byte
	for what, option := range map[string]nats.Option{
		"no key":                nats.Name("x"),
		"a key that nobody has": nats.Nkey(otherPublic, other.Sign),
		"the public key of a host and the signature of another": nats.Nkey(public, other.Sign),
		"a signature of another nonce": nats.Nkey(public, func([]byte) ([]byte, error) {
			if signature == nil {
				signature, _ = key.Sign([]byte("an older nonce"))
			}
			return signature, nil
		}),
		"no signature":          nats.Nkey(public, func([]byte) ([]byte, error) { return nil, nil }),
		"a user and a password": nats.UserInfo("hub", "hub"),
		"a token":               nats.Token("hub"),
	} {
		c, err := nats.Connect(h.nats, option, nats.NoReconnect())
		attack(t, kind, errors.Is(err, nats.ErrAuthorization), "come with %s: %v", what, err)
		if err == nil {
			c.Close()
		}
	}
	// Removed, it is out at once and stays out.
	closed := make(chan struct{})
	conn.SetClosedHandler(func(*nats.Conn) { close(closed) })
	out, err := exec.Command(shipped, "hub", "remove", "hosta", "--listen", h.addr).CombinedOutput()
	right(t, kind, err == nil, "remove the host: %v %s", err, out)
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Error("its connection goes on")
	}
	c, err := nats.Connect(h.nats, nats.Nkey(public, key.Sign), nats.NoReconnect())
	attack(t, kind, errors.Is(err, nats.ErrAuthorization), "come with the key of a host that was removed: %v", err)
	if err == nil {
		c.Close()
	}
}

// TestFleet_JoinTokens tries to join by what is not, or no more, a right to do so.
func TestFleet_JoinTokens(t *testing.T) {
	t.Parallel()
	const kind = "fleet: joining without a right to"
	h := newFleetHub(t)
	// join sends what a host sends, after change has had its way with it.
	join := func(token string, change func(body map[string]any)) (int, string) {
		t.Helper()
		parsed, err := fleet.ParseToken(token)
		if err != nil {
			t.Fatal(err)
		}
		key, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		body := map[string]any{"token": parsed.Secret(), "publicKey": public, "host": "hosta", "name": "a"}
		if change != nil {
			change(body)
		}
		if body["proof"] == nil {
			sig, err := key.Sign(fmt.Appendf(nil, "dashcam join %v %v", body["token"], body["host"]))
			if err != nil {
				t.Fatal(err)
			}
			body["proof"] = base64.RawURLEncoding.EncodeToString(sig)
		}
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return h.post("join", string(text))
	}
	good := h.token(1)
	for what, change := range map[string]func(map[string]any){
		"a proof that is none":            func(b map[string]any) { b["proof"] = "AAAA" },
		"no proof":                        func(b map[string]any) { b["proof"] = "" },
		"another's public key":            func(b map[string]any) { b["publicKey"] = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4" },
		"the public key of an account":    func(b map[string]any) { b["publicKey"] = "AB2QV7K3TXQDGQ6Y3O2X2TBUQ5WQ3YBQF5XUM3JBGNFUGZVHSTZNQ5BR" },
		"no key":                          func(b map[string]any) { b["publicKey"] = "" },
		"the id of all hosts":             func(b map[string]any) { b["host"] = ">" },
		"an id with a subject in it":      func(b map[string]any) { b["host"] = "hosta.lease" },
		"an id with a path in it":         func(b map[string]any) { b["host"] = "../hosta" },
		"no id":                           func(b map[string]any) { b["host"] = "" },
		"a long id":                       func(b map[string]any) { b["host"] = strings.Repeat("a", 65) },
		"labels that are markup and more": func(b map[string]any) { b["labels"] = map[string]string{"<b>": "x"} },
		"10,000 labels": func(b map[string]any) {
			labels := make(map[string]string)
			for i := range 10_000 {
				labels[fmt.Sprint("l", i)] = "v"
			}
			b["labels"] = labels
		},
		"a name of 100,000 letters": func(b map[string]any) { b["name"] = strings.Repeat("x", 100_000) },
	} {
		status, text := join(good, change)
		attack(t, kind, status >= 400, "%s: %d %s", what, status, text)
	}
	status, text := join(good, nil)
	right(t, kind, status == 200, "a token that was tried wrongly: %d %s", status, text)
	status, text = join(good, nil)
	attack(t, kind, status == 403, "a token that was used: %d %s", status, text)
	twice := h.token(2)
	for i, want := range []int{200, 200, 403} {
		status, text := join(twice, func(b map[string]any) { b["host"] = fmt.Sprint("twice", i) })
		if want == 200 {
			right(t, kind, status == want, "a token for two, time %d: %d %s", i, status, text)
		} else {
			attack(t, kind, status == want, "a token for two, time %d: %d %s", i, status, text)
		}
	}
	// The id of the hub's own host is nobody else's.
	own := object[struct{ ID string }](h.program, "/api/v1/host").ID
	status, text = join(h.token(1), func(b map[string]any) { b["host"] = own })
	attack(t, kind, status == 200 && !strings.Contains(text, `"`+own+`"`) || status >= 400, "the id of the hub: %d %s", status, text)
	// At the same moment it is good as often as it may be.
	raced := h.token(1)
	answers := make(chan int)
	for i := range 20 {
		go func() {
			out := exec.Command(shipped, "join", "http://"+h.addr, raced, "--state-dir", t.TempDir(), "--host-id", fmt.Sprint("raced", i)).Run()
			answers <- map[bool]int{true: 1}[out == nil]
		}()
	}
	joined := 0
	for range 20 {
		joined += <-answers
	}
	attack(t, kind, joined == 1, "20 hosts by one token at a time: %d joined", joined)
	// Guessing ends soon.
	last := 0
	for range 40 {
		guess := fleet.NewToken([32]byte{})
		if last, text = join(guess.Text(), nil); last == 429 {
			break
		}
		attack(t, kind, last == 403, "a guessed token: %d %s", last, text)
	}
	attack(t, kind, last == 429, "many guessed tokens: %d %s", last, text)
}
