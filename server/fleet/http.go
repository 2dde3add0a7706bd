package fleet

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The bounds of a request and its answer.
const (
	// MaxBody is the longest body that a host sends.
	MaxBody = 256 << 20
	// batchBytes is how much of a body goes into one message, and window how many of
	// them may be in flight: a hub that takes nothing holds that much, and no more.
	batchBytes = 64 << 10
	window     = 16
	// creditEvery is how many messages a hub takes before it says so.
	creditEvery = window / 2
	// maxRequests is how many requests a host answers at a time; requestsPerSecond and
	// requestBurst how often it begins.
	maxRequests       = 8
	requestsPerSecond = 50
	requestBurst      = 100
	// stalled is how long a host waits for the hub to take more, and a hub for more.
	stalled = 30 * time.Second
	// maxHeaders bounds the headers of an answer.
	maxHeaders = 32 << 10
)

// The types of what a hub sends on a host's http subject.
const (
	typeRequest = "request"
	typeCredit  = "credit"
	typeCancel  = "cancel"
)

// Question is a message of a hub on a host's http subject: a request, or what has come
// of its answer, or that nobody waits for it any more.
type Question struct {
	Type   string            `json:"type"`
	ID     string            `json:"id"`
	Method string            `json:"method,omitempty"`
	Path   string            `json:"path,omitempty"` // with the query
	Header map[string]string `json:"header,omitempty"`
	// Instance is that of the host that is asked: another one with its key is silent.
	Instance string `json:"instance,omitempty"`
	// Received is how many messages of the answer have come, of a credit.
	Received uint32 `json:"received,omitempty"`
}

// questionHeaders are those of a request that reach the host. None of them says who asks.
var questionHeaders = []string{"Accept", "Accept-Encoding", "If-None-Match", "If-Modified-Since"}

// served are the beginnings of the paths that a host answers: what its page asks for. The
// page itself is the hub's, and there is no signing in from afar.
var served = []string{"/api/", "/metrics", "/healthz", "/readyz", "/prometheus/"}

// Served reports whether a host answers a path.
func Served(path string) bool {
	return slices.ContainsFunc(served, func(p string) bool { return path == p || strings.HasPrefix(path, p) && strings.HasSuffix(p, "/") }) &&
		path != "/api/v1/session" && !strings.HasPrefix(path, "/api/v1/session/")
}

// ParseQuestion reads a message on the http subject. A type that is not known is (zero,
// nil).
func ParseQuestion(text []byte) (Question, error) {
	var q Question
	if err := decode(text, 16<<10, &q); err != nil {
		return Question{}, err
	}
	if q.Type != typeRequest && q.Type != typeCredit && q.Type != typeCancel {
		return Question{}, nil
	}
	if !ValidID(q.ID) {
		return Question{}, refuse("id %.80q of a request", q.ID)
	}
	if q.Type != typeRequest {
		return Question{Type: q.Type, ID: q.ID, Received: q.Received}, nil
	}
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		return Question{}, refuse("method %.20q: expected GET or HEAD", q.Method)
	}
	u, err := url.ParseRequestURI(q.Path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(q.Path, "/") || strings.HasPrefix(q.Path, "//") || len(q.Path) > 8<<10 || strings.ContainsAny(q.Path, " \t\r\n#") {
		return Question{}, refuse("path %.80q", q.Path)
	}
	if q.Instance != "" && !validInstance(q.Instance) {
		return Question{}, refuse("instance %.80q", q.Instance)
	}
	header := make(map[string]string)
	for name, value := range q.Header {
		if name = textproto.CanonicalMIMEHeaderKey(name); slices.Contains(questionHeaders, name) && !strings.ContainsAny(value, "\r\n\x00") && len(value) <= 1<<10 {
			header[name] = value
		}
	}
	return Question{Type: q.Type, ID: q.ID, Method: q.Method, Path: q.Path, Header: header, Instance: q.Instance}, nil
}

// The kinds of messages of an answer: its head, parts of its body, its end, and why it
// breaks off. Each begins with its kind and its number, in 5 bytes.
const (
	kindHead  = 'H'
	kindBody  = 'B'
	kindEnd   = 'E'
	kindError = 'X'
)

const partHeader = 5

// part is one message of an answer.
type part struct {
	kind   byte
	number uint32
	body   []byte
}

func appendPart(dst []byte, kind byte, number uint32, body []byte) []byte {
	dst = append(dst, kind)
	dst = binary.BigEndian.AppendUint32(dst, number)
	return append(dst, body...)
}

func parsePart(m []byte) (part, error) {
	if len(m) < partHeader || len(m) > partHeader+max(batchBytes, maxHeaders) {
		return part{}, refuse("part of an answer with %d bytes", len(m))
	}
	p := part{kind: m[0], number: binary.BigEndian.Uint32(m[1:partHeader]), body: m[partHeader:]}
	if !slices.Contains([]byte{kindHead, kindBody, kindEnd, kindError}, p.kind) {
		return part{}, refuse("part %q of an answer", p.kind)
	}
	return p, nil
}

// answerHead is the head of an answer.
type answerHead struct {
	Status int                 `json:"status"`
	Header map[string][]string `json:"header,omitempty"`
}

// answerHeaders are those of an answer that reach whoever asked. What says how a page may
// be used is the hub's to say.
var answerHeaders = []string{
	"Content-Type", "Content-Encoding", "Content-Length", "Content-Disposition", "Cache-Control", "Etag",
	"Last-Modified", "Retry-After", "Vary", "Allow", "Accept-Post",
}

func parseHead(text []byte) (answerHead, error) {
	var h answerHead
	if err := decode(text, maxHeaders, &h); err != nil {
		return answerHead{}, err
	}
	if h.Status < 200 || h.Status > 599 {
		return answerHead{}, refuse("status %d", h.Status)
	}
	kept := make(map[string][]string)
	for name, values := range h.Header {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if !slices.Contains(answerHeaders, name) || slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, "\r\n\x00") }) {
			continue
		}
		kept[name] = values
	}
	return answerHead{h.Status, kept}, nil
}

func (h answerHead) encode() []byte {
	text, err := json.Marshal(h)
	if err != nil { // it is a number and texts
		panic(err)
	}
	return text
}
