package server

import (
	"bytes"

	"github.com/valyala/fasthttp"
)

// wellFormed reports whether the head of a request is written as RFC 9112 asks, where
// fasthttp takes more: other versions of HTTP, continued lines (5.2), blanks around a
// header's name (5.1), and both or several lengths of a body (6.3). A proxy may read such a
// request otherwise than we do. It goes through the head once and allocates nothing.
func wellFormed(h *fasthttp.RequestHeader) bool {
	version := h.Protocol()
	if string(version) != "HTTP/1.1" && string(version) != "HTTP/1.0" {
		return false
	}
	lengths, codings := 0, 0
	for rest := h.RawHeaders(); len(rest) > 0; {
		line, after, _ := bytes.Cut(rest, []byte{'\n'})
		rest = after
		if line = bytes.TrimSuffix(line, []byte{'\r'}); len(line) == 0 {
			break // the end of the head
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || bytes.IndexByte(line, '\r') >= 0 {
			return false
		}
		name, value := line[:colon], bytes.Trim(line[colon+1:], " \t")
		if !isToken(name) {
			return false // also a line that continues the one before
		}
		switch {
		case bytes.EqualFold(name, []byte(fasthttp.HeaderContentLength)):
			lengths++
			if !isDigits(value) {
				return false
			}
		case bytes.EqualFold(name, []byte(fasthttp.HeaderTransferEncoding)):
			codings++
			if !bytes.EqualFold(value, []byte("chunked")) || string(version) == "HTTP/1.0" {
				return false
			}
		}
	}
	return lengths+codings <= 1
}

// tokenBytes are those of a token (RFC 9110, 5.6.2).
var tokenBytes = func() (set [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		set[c] = true
	}
	return set
}()

func isToken(s []byte) bool {
	for _, c := range s {
		if !tokenBytes[c] {
			return false
		}
	}
	return len(s) > 0
}

func isDigits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) > 0
}
