package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
	"dashcam/server/fleet"
)

// TestHub_HostsComeByNATSItself has hosts come to a port of NATS instead of the hub's own,
// which they know by the same fingerprint.
func TestHub_HostsComeByNATSItself(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, certFile, keyFile, "hub.example")
	for name, encrypted := range map[string][]string{
		"made here": {"--tls-self-signed"}, "of files": {"--tls-cert", certFile, "--tls-key", keyFile},
	} {
		t.Run(name, func(t *testing.T) {
			hubDir, hostDir := t.TempDir(), t.TempDir()
			port := need.Port(t, "127.0.0.1")
			address := "127.0.0.1:" + port
			hub := startPart(t, "dcjoin_", append([]string{
				binary(t), "hub", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", hubDir, "--nats-listen", address,
			}, encrypted...)...)
			dashcam(t, nil, "join", hub.url, hub.join, "--hub-nats", "tls://"+address, "--state-dir", hostDir, "--host-id", "hosta")
			host := startPart(t, "observes", binary(t), "--demo", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", hostDir)
			hub.await(t, "hosta", true)
			if said := host.out.String(); !strings.Contains(said, "hub=tls://"+address) {
				t.Errorf("the host comes another way:\n%s", said)
			}
			host.kill()
			// In the clear nobody is spoken to.
			id, err := fleet.LoadIdentity(hostDir)
			if err != nil {
				t.Fatal(err)
			}
			if id.Fingerprint == "" {
				t.Error("the host knows no fingerprint")
			}
			conn, err := net.DialTimeout("tcp", address, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			_, _ = conn.Write([]byte("CONNECT {\"verbose\":true}\r\nPING\r\n")) // it may be closed already
			var said bytes.Buffer
			if _, err := said.ReadFrom(conn); err != nil && said.Len() == 0 {
				t.Fatal(err)
			}
			if strings.Contains(said.String(), "PONG") || !strings.Contains(said.String(), `"tls_required":true`) {
				t.Errorf("without TLS it says %s", said.String())
			}
			// Another fingerprint is another hub.
			id.Fingerprint = strings.Repeat("0", 2*sha256.Size)
			if err := id.Save(hostDir); err != nil {
				t.Fatal(err)
			}
			startPart(t, "fingerprint", binary(t), "--demo", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", hostDir)
			if hub.hosts(t)["hosta"].Seq == 0 {
				t.Error("what it said before is gone")
			}
		})
	}
}

// TestHub_TakesARenewedCertificateForNATS replaces the files while the hub runs.
func TestHub_TakesARenewedCertificateForNATS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := writePair(t, certFile, keyFile, "hub.example")
	address := "127.0.0.1:" + need.Port(t, "127.0.0.1")
	startPart(t, "dcjoin_", binary(t), "hub", "--listen", "127.0.0.1:0", "--auth", "none", "--tls-cert", certFile, "--tls-key", keyFile, "--nats-listen", address)
	shown := func() (der []byte) {
		conn, err := net.DialTimeout("tcp", address, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Read(make([]byte, 4<<10)); err != nil { // INFO comes before TLS
			t.Fatal(err)
		}
		seen := errors.New("seen")
		err = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			der = raw[0]
			return seen
		}}).Handshake()
		if !errors.Is(err, seen) {
			t.Fatal(err)
		}
		return der
	}
	if got := shown(); !bytes.Equal(got, first) {
		t.Error("another certificate than that of the file")
	}
	second := writePair(t, certFile, keyFile, "hub.example")
	later := time.Now().Add(time.Hour) // of a file system that counts coarsely
	for _, file := range []string{certFile, keyFile} {
		if err := os.Chtimes(file, later, later); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, 60*time.Second, func() bool { return bytes.Equal(shown(), second) }, func() string { return "the renewed certificate is not shown" })
}

// TestHub_RefusesNATSInTheClear holds that a port of NATS off loopback needs TLS.
func TestHub_RefusesNATSInTheClear(t *testing.T) {
	t.Parallel()
	for _, address := range []string{":4222", "0.0.0.0:4222", "[::]:4222", "192.0.2.7:4222", "hub.example:4222"} {
		status, _, errs := refused(t, binary(t), nil, "hub", "--listen", "127.0.0.1:0", "--auth", "none", "--nats-listen", address)
		if status == exitOK || !strings.Contains(errs, "expected TLS, or an address of loopback") {
			t.Errorf("%s: %d %s", address, status, errs)
		}
	}
}
