package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// browserID tells browsers apart that signed in before.
type browserID [16]byte

const (
	macSize = 16
	keySize = len(browserID{}) + 8 + macSize
	// keyFor is for how long a browser is known after it signed in.
	keyFor = 90 * 24 * time.Hour
)

// keys makes and checks the keys of browsers. A key is the id of a browser and the time
// until which it is known, with a code that only who knows the token or the password's
// hash can make: so nothing has to be remembered of it, it outlives a restart, and a new
// password ends it. It lets nobody in by itself.
type keys struct{ secret [sha256.Size]byte }

func newKeys(secret string) *keys {
	return &keys{sha256.Sum256([]byte("dashcam: keys of browsers\x00" + secret))}
}

// make returns a new key for a browser.
func (k *keys) make(id browserID, now time.Time) string {
	key := append(make([]byte, 0, keySize), id[:]...)
	key = binary.BigEndian.AppendUint64(key, uint64(now.Add(keyFor).Unix()))
	return base64.RawURLEncoding.EncodeToString(append(key, k.mac(key)...))
}

// browser returns the browser whose key this is, if it is still known.
func (k *keys) browser(key string, now time.Time) (id browserID, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(key)
	if err != nil || len(b) != keySize {
		return id, false
	}
	signed, mac := b[:keySize-macSize], b[keySize-macSize:]
	if !hmac.Equal(mac, k.mac(signed)) || int64(binary.BigEndian.Uint64(signed[len(id):])) <= now.Unix() {
		return id, false
	}
	return browserID(signed[:len(id)]), true
}

func (k *keys) mac(signed []byte) []byte {
	h := hmac.New(sha256.New, k.secret[:])
	h.Write(signed)
	return h.Sum(nil)[:macSize]
}

func newBrowser() (id browserID) {
	_, _ = rand.Read(id[:]) // never fails (Go 1.24)
	return id
}
