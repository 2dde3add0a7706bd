package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"dashcam/collectors/alert"
)

// lengths are how long a link silences.
var lengths = []struct {
	name, text string
	lasts      time.Duration // 0 is until it is well
}{
	{"1h", "for 1 h", time.Hour}, {"8h", "for 8 h", 8 * time.Hour}, {"well", "until well", 0},
}

const (
	// linkLasts is how long a link can be used.
	linkLasts = 24 * time.Hour
	// maxToken bounds what is looked at.
	maxToken = 2048
	keySize  = 32
)

// ErrLink says that a link was not made here, or is too old.
var ErrLink = errors.New("this link is not one of this dashcam's, or older than a day")

// Silencing is what a link asks for.
type Silencing struct {
	Rule   string            `json:"r"`
	Labels map[string]string `json:"l,omitempty"`
	Length string            `json:"d"`
	// UntilMs is when the link ends.
	UntilMs int64 `json:"x"`
}

// Lasts is for how long, 0 until it is well.
func (s *Silencing) Lasts() time.Duration {
	for _, l := range lengths {
		if l.name == s.Length {
			return l.lasts
		}
	}
	return 0
}

// Text says what is silenced and for how long.
func (s *Silencing) Text() string {
	parts := []string{clean(s.Rule, 60)}
	for _, name := range sortedKeys(s.Labels) {
		parts = append(parts, clean(name, 30)+" "+clean(s.Labels[name], 60))
	}
	for _, l := range lengths {
		if l.name == s.Length {
			parts = append(parts, l.text)
		}
	}
	return strings.Join(parts, ", ")
}

// Signer makes links that silence an alert, and knows its own again. Whoever has such a
// link may use it: it is sent to receivers alone.
type Signer struct{ key []byte }

// newSigner takes a key of 32 bytes.
func newSigner(key []byte) (*Signer, error) {
	if len(key) != keySize {
		return nil, fmt.Errorf("key of the links has %d bytes: expected %d", len(key), keySize)
	}
	return &Signer{key: key}, nil
}

func (s *Signer) sum(payload string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("dashcam silence\x00" + payload))
	return mac.Sum(nil)[:16]
}

// Token is what a link carries.
func (s *Signer) Token(a *alert.Alert, length string, now time.Time) string {
	text, err := json.Marshal(Silencing{a.Rule, a.Labels, length, now.Add(linkLasts).UnixMilli()})
	if err != nil {
		panic(err) // it is texts and a number
	}
	payload := base64.RawURLEncoding.EncodeToString(text)
	return payload + "." + base64.RawURLEncoding.EncodeToString(s.sum(payload))
}

// Open returns what a token asks for.
func (s *Signer) Open(token string, now time.Time) (*Silencing, error) {
	payload, sum, ok := strings.Cut(token, ".")
	if !ok || len(token) > maxToken {
		return nil, ErrLink
	}
	given, err := base64.RawURLEncoding.DecodeString(sum)
	if err != nil || !hmac.Equal(given, s.sum(payload)) {
		return nil, ErrLink
	}
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return nil, ErrLink
	}
	var asked Silencing
	if json.Unmarshal(text, &asked) != nil || now.UnixMilli() >= asked.UntilMs {
		return nil, ErrLink
	}
	return &asked, nil
}

// OpenLink returns the silence that a link asks for, and what it silences in words.
func (n *Notifier) OpenLink(token string, now time.Time) (alert.Silence, string, error) {
	asked, err := n.signer.Open(token, now)
	if err != nil {
		return alert.Silence{}, "", err
	}
	text := asked.Text()
	s := alert.Silence{Matchers: alert.Matchers{Rule: asked.Rule, Labels: asked.Labels}, Reason: cut("by a link: "+text, 100)}
	if lasts := asked.Lasts(); lasts > 0 {
		s.EndMs = now.Add(lasts).UnixMilli()
	} else {
		s.UntilWell = true
	}
	return s, text, nil
}
