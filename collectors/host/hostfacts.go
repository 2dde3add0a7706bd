package host

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// hostID returns the id of a machine: the first 16 bytes, in hexadecimal, of
// HMAC-SHA256("dashcam") keyed by the machine id, which cannot be found from it
// (machine-id(5) asks for that). Without a machine id it is random and unstable.
func hostID(override, machineID string) (id string, unstable bool) {
	if override != "" {
		return override, false
	}
	const size = 16
	key := strings.TrimSpace(machineID)
	// systemd writes "uninitialized" into an image before its first boot.
	if key == "" || key == "uninitialized" {
		random := make([]byte, size)
		_, _ = rand.Read(random) // never fails since Go 1.24
		return hex.EncodeToString(random), true
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("dashcam"))
	return hex.EncodeToString(mac.Sum(nil)[:size]), false
}

// zoneName returns the IANA name of the zone that a link points at:
// "/usr/share/zoneinfo/Europe/Berlin".
func zoneName(link string) string {
	const dir = "zoneinfo/"
	i := strings.LastIndex(link, dir)
	if i < 0 {
		return ""
	}
	return link[i+len(dir):]
}

// offsetMinutes returns the present offset of a zone from UTC.
func offsetMinutes(zone *time.Location) int {
	_, seconds := time.Now().In(zone).Zone()
	return seconds / 60
}

// offsetName is a zone for a host that tells only its offset. IANA counts them the other
// way round: Etc/GMT-1 is one hour east.
func offsetName(minutes int) string {
	if minutes == 0 || minutes%60 != 0 {
		return "UTC"
	}
	return fmt.Sprintf("Etc/GMT%+d", -minutes/60)
}
