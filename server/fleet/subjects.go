package fleet

import "strings"

// prefix begins every subject of this version of the protocol. What follows is the id of
// a host, and then one of the words below.
const prefix = "dashcam.v1."

// The subjects of a host, behind its prefix. PROTOCOL.md says who sends what there.
const (
	subjectAbout   = "about"
	subjectSummary = "summary"
	subjectEvent   = "event"
	subjectLive    = "live"  // and the id of a lease
	subjectReply   = "reply" // and the id of a request
	subjectLease   = "lease"
	subjectHTTP    = "http"
)

// of returns a subject of a host.
func of(host string, words ...string) string {
	return prefix + host + "." + strings.Join(words, ".")
}

// hostOf returns the host of a subject; ok is false for one that is not of this protocol.
func hostOf(subject string) (host string, ok bool) {
	rest, ok := strings.CutPrefix(subject, prefix)
	host, _, more := strings.Cut(rest, ".")
	if !ok || !more || !ValidID(host) {
		return "", false
	}
	return host, true
}

// ValidID reports whether s may be the id of a host: 1 to 64 letters, digits, "-" and "_",
// which are one word of a subject and of a path.
func ValidID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// mayPublish are the subjects on which a host may publish, and maySubscribe those that it
// may read: its own, and none of anybody else.
func mayPublish(host string) []string {
	return []string{
		of(host, subjectAbout), of(host, subjectSummary), of(host, subjectEvent),
		of(host, subjectLive, "*"), of(host, subjectReply, "*"),
	}
}

func maySubscribe(host string) []string {
	return []string{of(host, subjectLease), of(host, subjectHTTP)}
}
