package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
)

// ClientError says what is wrong with a message of a page and what would have been
// right. Code is the close code that answers it.
type ClientError struct {
	Code     int
	What     string
	Expected string
}

func (e *ClientError) Error() string { return e.What + ": expected " + e.Expected }

// maxSafe is the largest integer a page holds exactly.
const maxSafe = 1 << 53

// ParseClient reads one message of a page: a [Subscribe], an [Unsubscribe] or a [Ping].
// A message of an unknown type is (nil, nil), and unknown fields are ignored, so that a
// newer page can talk to an older server. A window beyond [MaxReach] is cut to it.
// Every error is a [*ClientError].
func ParseClient(data []byte) (any, error) {
	if len(data) > MaxInbound {
		return nil, &ClientError{CloseTooBig, fmt.Sprintf("message of %d bytes", len(data)), fmt.Sprintf("at most %d", MaxInbound)}
	}
	if !utf8.Valid(data) {
		return nil, wrong("message is not UTF-8", "JSON text in UTF-8")
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(data, &m); err != nil || m == nil {
		return nil, wrong("message "+quote(data)+" is not a JSON object", "one object with a type")
	}
	f := fields{m: m}
	kind := f.text("type", 0, math.MaxInt)
	if f.err != nil {
		return nil, f.err
	}
	var out any
	switch kind {
	case TypeSubscribe:
		out = f.subscribe()
	case TypeUnsubscribe:
		out = Unsubscribe{Type: kind, Topics: f.topics()}
	case TypePing:
		out = Ping{Type: kind, ID: int64(f.integer("id", -maxSafe, maxSafe)), T: f.number("t")}
	default:
		return nil, nil
	}
	if f.err != nil {
		return nil, f.err
	}
	return out, nil
}

func wrong(what, expected string) *ClientError {
	return &ClientError{CloseProtocol, what, expected}
}

// quote shortens what a page sent for an error message.
func quote(data []byte) string {
	const most = 64
	if len(data) > most {
		return fmt.Sprintf("%q…", bytes.ToValidUTF8(data[:most], nil))
	}
	return fmt.Sprintf("%q", data)
}

// fields reads the members of an object and keeps the first mistake. An absent member
// is the zero value where that makes sense.
type fields struct {
	m      map[string]json.RawMessage
	prefix string
	err    error
}

func (f *fields) subscribe() Subscribe {
	s := Subscribe{Type: TypeSubscribe, Topics: f.topics()}
	s.Window = min(int(f.optionalInteger("window", 0, maxSafe)), MaxReach)
	s.Parts = f.optionalFlag("parts")
	raw, ok := f.m["since"]
	if !ok || string(raw) == "null" {
		return s
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		f.fail("since", raw, "an object with instance and seq")
		return s
	}
	inner := fields{m: m, prefix: "since."}
	s.Since = &Since{
		Instance: inner.text("instance", 1, MaxInstanceLen),
		Seq:      uint64(inner.integer("seq", 0, maxSafe)),
	}
	s.Since.Rest = inner.rest(s.Since.Seq)
	if f.err == nil {
		f.err = inner.err
	}
	return s
}

func (f *fields) rest(newest uint64) *PartialRows {
	raw, ok := f.m["rest"]
	if !ok || string(raw) == "null" {
		return nil
	}
	var h *PartialRows
	if err := json.Unmarshal(raw, &h); err != nil || h == nil || h.From < 1 || h.From > h.To || h.To > newest || h.To-h.From >= MaxReach {
		f.fail("rest", raw, fmt.Sprintf("the first and the last of at most %d rows up to seq", MaxReach))
	}
	return h
}

func (f *fields) topics() []string {
	expected := fmt.Sprintf("1 to %d names of 1 to %d bytes", MaxTopics, MaxTopicLen)
	raw := f.m["topics"]
	var topics []*string
	if err := json.Unmarshal(raw, &topics); err != nil || len(topics) == 0 || len(topics) > MaxTopics {
		f.fail("topics", raw, expected)
		return nil
	}
	out := make([]string, 0, len(topics))
	for _, t := range topics {
		if t == nil || *t == "" || len(*t) > MaxTopicLen {
			f.fail("topics", raw, expected)
			return nil
		}
		out = append(out, *t)
	}
	return out
}

func (f *fields) text(name string, least, most int) string {
	raw := f.m[name]
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil || len(*s) < least || len(*s) > most {
		expected := "a string"
		if most != math.MaxInt {
			expected = fmt.Sprintf("a string of %d to %d bytes", least, most)
		}
		f.fail(name, raw, expected)
		return ""
	}
	return *s
}

func (f *fields) number(name string) float64 {
	raw := f.m[name]
	var v *float64
	if err := json.Unmarshal(raw, &v); err != nil || v == nil {
		f.fail(name, raw, "a number")
		return 0
	}
	return *v
}

// integer takes 7 and 7.0 alike: both are the same number to a page.
func (f *fields) integer(name string, least, most float64) float64 {
	raw := f.m[name]
	var v *float64
	if err := json.Unmarshal(raw, &v); err != nil || v == nil || *v != math.Trunc(*v) || *v < least || *v > most {
		f.fail(name, raw, fmt.Sprintf("an integer from %.0f to %.0f", least, most))
		return 0
	}
	return *v
}

func (f *fields) optionalInteger(name string, least, most float64) float64 {
	if raw, ok := f.m[name]; !ok || string(raw) == "null" {
		return 0
	}
	return f.integer(name, least, most)
}

func (f *fields) optionalFlag(name string) bool {
	raw, ok := f.m[name]
	if !ok || string(raw) == "null" {
		return false
	}
	var v bool
	if err := json.Unmarshal(raw, &v); err != nil {
		f.fail(name, raw, "true or false")
	}
	return v
}

func (f *fields) fail(name string, raw json.RawMessage, expected string) {
	if f.err != nil {
		return
	}
	name = f.prefix + name
	if raw == nil {
		f.err = wrong(name+" is missing", expected)
		return
	}
	f.err = wrong(name+" is "+quote(raw), expected)
}
