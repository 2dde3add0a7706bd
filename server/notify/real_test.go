package notify

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors/alert"
	"dashcam/collectors/collectortest/need"
)

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	over := time.After(time.Minute)
	for !ok() {
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("not so within a minute: %s", what)
		}
	}
}

// alertmanager runs Debian's, and returns its address.
func alertmanager(t *testing.T) string {
	t.Helper()
	program := need.Program(t, "prometheus-alertmanager") // .ci/receivers
	dir := t.TempDir()
	config := filepath.Join(dir, "a.yml")
	if err := os.WriteFile(config, []byte("route:\n  receiver: nobody\nreceivers:\n- name: nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + need.Port(t, "127.0.0.1")
	cmd := exec.CommandContext(t.Context(), program, "--config.file="+config, "--storage.path="+dir, "--web.listen-address="+address, "--cluster.listen-address=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	eventually(t, "Alertmanager is ready", func() bool {
		status, _ := fetch(t, "http://"+address+"/-/ready")
		return status == http.StatusOK
	})
	return address
}

func fetch(t *testing.T, address string) (status int, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = res.Body.Close() }()
	body, err = io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, body
}

// TestAlertmanager_KnowsWhatIsFiringAndOver tells a real Alertmanager.
func TestAlertmanager_KnowsWhatIsFiringAndOver(t *testing.T) {
	address := alertmanager(t)
	var mu sync.Mutex
	now := time.Now()
	a := firing("1").Alerts[0]
	a.Labels = map[string]string{"mount": "/var", "0 odd-name": "x"}
	a.SinceMs, a.FiredMs = now.Add(-time.Hour).UnixMilli(), now.UnixMilli()
	quietOne := a
	quietOne.Rule, quietOne.Notify = "cpu-starved", false
	alerts := []alert.Alert{a, quietOne}
	n, err := New(Config{
		Receivers: []string{"alertmanager+http://" + address}, Source: lived(t, time.Minute), Link: "https://db-01.example", Log: quiet(),
		Alerts: func() []alert.Alert {
			mu.Lock()
			defer mu.Unlock()
			return alerts
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := running(t, n)
	defer stop()
	type known struct {
		Labels, Annotations map[string]string
		StartsAt, EndsAt    time.Time
		GeneratorURL        string
		Status              struct{ State string }
	}
	ask := func() (all []known) {
		_, body := fetch(t, "http://"+address+"/api/v2/alerts")
		if err := json.Unmarshal(body, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	eventually(t, "it knows the alert", func() bool { return len(ask()) == 1 })
	got := ask()[0]
	want := map[string]string{"alertname": "memory-low", "instance": "db-01", "job": "dashcam", "mount": "/var", "_odd_name": "x", "severity": "critical"}
	if diff := cmp.Diff(want, got.Labels); diff != "" {
		t.Errorf("labels (-want +got)\n%s", diff)
	}
	if got.Annotations["summary"] != "little memory" || got.StartsAt.UnixMilli() != a.SinceMs || !strings.HasPrefix(got.GeneratorURL, "https://db-01.example/#at=") || got.Status.State != "active" {
		t.Errorf("%+v", got)
	}
	if ends := time.Until(got.EndsAt); ends < endsAfter-time.Minute || ends > endsAfter {
		t.Errorf("without word it is over in %s, want about %s", ends, endsAfter)
	}
	mu.Lock()
	alerts[0].Phase, alerts[0].EndMs = alert.Resolved, time.Now().UnixMilli()
	mu.Unlock()
	take(t, n, overNotice("2", "1")) // what is over is told at once, not with the next minute
	eventually(t, "it knows that the alert is over", func() bool { return len(ask()) == 0 })
	if r := n.Receivers()[0]; r.State != "ok" || r.Error != "" {
		t.Errorf("%+v", r)
	}
}

// certificate makes one for 127.0.0.1, and the authorities that believe it.
func certificate(t *testing.T) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(parsed)
	return cert, key, roots
}

// received is a mail as the server took it.
type received struct {
	From, Data string
	To         []string
	TLS        bool
	SignedIn   bool
}

// TestMail_ArrivesEncrypted sends by a real mail server, with STARTTLS and with TLS from the
// start, to several recipients in one transaction.
func TestMail_ArrivesEncrypted(t *testing.T) {
	need.Program(t, "aiosmtpd") // .ci/receivers
	python := need.Program(t, "/usr/bin/python3")
	cert, key, roots := certificate(t)
	for _, mode := range []string{"starttls", "implicit"} {
		t.Run(mode, func(t *testing.T) {
			port := need.Port(t, "127.0.0.1")
			cmd := exec.CommandContext(t.Context(), python, "testdata/mailserver.py", cert, key, mode, port)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = in.Close()
				_ = cmd.Process.Kill()
				_ = cmd.Wait() // it was killed
			})
			lines := bufio.NewScanner(out)
			if !lines.Scan() || lines.Text() != "ready" {
				t.Fatalf("the mail server says %q", lines.Text())
			}
			scheme := map[string]string{"starttls": "smtp", "implicit": "smtps"}[mode]
			send := func(user, to string, roots *x509.CertPool) error {
				m, err := newMailer(parsed(t, scheme+"://"+user+"@127.0.0.1:"+port+"/?from=dashcam@example.com&to="+to), roots)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				msg := testMessage()
				msg.Subject, msg.Lines = "CRITICAL db-01: Speicher knapp — prüfen", []string{"disk ▁▂▆█", ".", "From x"}
				return m.Send(ctx, msg)
			}
			const right = "user:s3cr3t%20pass"
			if err := send(right, "you@example.com,them@example.com", roots); err != nil {
				t.Fatal(err)
			}
			if !lines.Scan() {
				t.Fatal("nothing was taken")
			}
			var got received
			if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			data := got.Data
			got.Data = ""
			if diff := cmp.Diff(received{From: "dashcam@example.com", To: []string{"you@example.com", "them@example.com"}, TLS: true, SignedIn: true}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			subject, body := readMail(t, data)
			if subject != "CRITICAL db-01: Speicher knapp — prüfen" || body != subject+"\r\ndisk ▁▂▆█\r\n.\r\nFrom x\r\n" {
				t.Errorf("subject %q, body %q", subject, body)
			}
			if !strings.Contains(data, "Message-ID: <n1@example.com>") {
				t.Errorf("no id of its own: %s", data)
			}
			for want, err := range map[string]error{
				"user and password: answers 535":             send("user:wrong", "you@example.com", roots),
				"recipient 2 of 2: answers 550":              send(right, "you@example.com,nobody@example.com", roots),
				"its certificate is of an unknown authority": send(right, "you@example.com", nil),
			} {
				var failed *SendError
				if !errors.As(err, &failed) || failed.Lost || !strings.Contains(failed.Text, want) {
					t.Errorf("%+v, want %q", err, want)
				}
			}
		})
	}
}

func parsed(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func readMail(t *testing.T, data string) (subject, body string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return subject, string(text)
}
