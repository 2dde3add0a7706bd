package notify

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Channels makes senders for the schemes that this package does not know itself, by what
// stands in an address. It tells what is wrong with one in words that repeat nothing of it.
// Package channels has one.
type Channels interface {
	Sender(address string) (Sender, error)
}

// kind is how a receiver is told.
type kind int

const (
	toldOnce       kind = iota // a message for each notice
	toldAll                    // Alertmanager: what is firing, again and again
	calledWhenWell             // a heartbeat
)

// target is one receiver of the configuration.
type target struct {
	kind kind
	// key tells it from others on disk, name on the page. Neither holds a secret.
	key, name string
	sender    Sender
	to        *url.URL // of the last two kinds
}

// The most receivers there may be, and the longest address.
const (
	mostReceivers = 20
	maxAddress    = 2048
)

// schemes says what an address of each scheme looks like, for who wrote another one.
var schemes = map[string]string{
	"https":              "https://host/path",
	"http":               "http://host/path",
	"alertmanager+https": "alertmanager+https://host:9093",
	"alertmanager+http":  "alertmanager+http://host:9093",
	"heartbeat+https":    "heartbeat+https://host/path",
	"heartbeat+http":     "heartbeat+http://host/path",
	"smtp":               mailForm,
	"smtps":              strings.Replace(strings.Replace(mailForm, "smtp:", "smtps:", 1), ":587", ":465", 1),
}

// secretHosts are schemes of which the host is part of the secret, or always the same.
var publicHosts = map[string]bool{
	"https": true, "http": true, "alertmanager+https": true, "alertmanager+http": true, "heartbeat+https": true, "heartbeat+http": true,
	"smtp": true, "smtps": true, "ntfy": true, "gotify": true, "matrix": true,
}

// AddressError says which of several addresses is wrong, and never what it is.
type AddressError struct {
	// Index counts from 0.
	Index   int
	Problem string
}

func (e *AddressError) Error() string {
	return fmt.Sprintf("receiver %d: %s", e.Index+1, e.Problem)
}

// Check reports what is wrong with addresses. Errors are [*AddressError].
func Check(addresses []string, channels Channels) error {
	_, err := targets(addresses, channels, nil)
	return err
}

// targets reads the addresses of a configuration.
func targets(addresses []string, channels Channels, roots *x509.CertPool) ([]*target, error) {
	if len(addresses) > mostReceivers {
		return nil, &AddressError{mostReceivers, fmt.Sprintf("expected at most %d", mostReceivers)}
	}
	var out []*target
	var errs []error
	seen := make(map[string]int)
	for i, address := range addresses {
		t, err := newTarget(strings.TrimSpace(address), channels, roots)
		if err != nil {
			errs = append(errs, &AddressError{i, err.Error()})
			continue
		}
		if before, twice := seen[t.key]; twice {
			errs = append(errs, &AddressError{i, fmt.Sprintf("is the same as receiver %d", before+1)})
			continue
		}
		seen[t.key] = i
		names := 1
		for _, other := range out {
			if base, _, _ := strings.Cut(other.name, " #"); base == t.name {
				names++
			}
		}
		if names > 1 {
			t.name += fmt.Sprintf(" #%d", names)
		}
		out = append(out, t)
	}
	return out, errors.Join(errs...)
}

func newTarget(address string, channels Channels, roots *x509.CertPool) (*target, error) {
	if len(address) > maxAddress {
		return nil, fmt.Errorf("has %d bytes: expected at most %d", len(address), maxAddress)
	}
	scheme, _, ok := strings.Cut(address, "://")
	u, err := url.Parse(address) // its error repeats the address
	if !ok || err != nil {
		return nil, errors.New("is no address: expected one such as ntfy://ntfy.sh/topic")
	}
	scheme = strings.ToLower(scheme)
	sum := sha256.Sum256([]byte(address))
	t := &target{key: hex.EncodeToString(sum[:8]), name: scheme}
	if publicHosts[scheme] && u.Host != "" {
		t.name += " " + clean(u.Host, 60)
	}
	expected, ours := schemes[scheme]
	if !ours {
		if channels == nil {
			return nil, fmt.Errorf("scheme %q: this program sends to http, https, smtp, alertmanager and heartbeat alone", clean(scheme, 20))
		}
		t.sender, err = channels.Sender(address)
		return t, err
	}
	if u.Host == "" {
		return nil, errors.New("has no host: expected " + expected)
	}
	client := newHTTPClient(roots)
	before, plain, plus := strings.Cut(scheme, "+")
	if plus {
		u.Scheme = plain
	}
	switch before {
	case "alertmanager":
		t.kind, t.to = toldAll, alertsPath(u)
	case "heartbeat":
		t.kind, t.to = calledWhenWell, u
	case "smtp", "smtps":
		t.sender, err = newMailer(u, roots)
	default:
		t.sender = &webhook{to: u, client: client}
	}
	return t, err
}
