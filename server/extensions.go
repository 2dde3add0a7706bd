package server

import (
	"slices"
	"strconv"
	"strings"
)

const permessageDeflate = "permessage-deflate"

// deflateOffered reads the Sec-WebSocket-Extensions headers of a handshake. Offered says
// that there is an offer of compression which the library's answer (no context takeover,
// windows of any size) fulfils; it would give that answer to any. Known is false where
// the headers are malformed (RFC 6455, 9.1) or an offer has parameters that there are not
// (RFC 7692, 7.1).
func deflateOffered(lines []string) (offered, known bool) {
	for _, line := range lines {
		for extension := range strings.SplitSeq(line, ",") {
			parts := strings.Split(extension, ";")
			name := strings.Trim(parts[0], " \t")
			parameters, ok := extensionParameters(parts[1:])
			if !ok || !isToken([]byte(name)) {
				return false, false
			}
			if name != permessageDeflate {
				continue // an extension that we decline
			}
			fulfilled, ok := deflateFulfilled(parameters)
			if !ok {
				return false, false
			}
			offered = offered || fulfilled
		}
	}
	return offered, true
}

type extensionParameter struct {
	name, value string
	hasValue    bool
}

func extensionParameters(parts []string) (out []extensionParameter, ok bool) {
	for _, part := range parts {
		name, value, hasValue := strings.Cut(strings.Trim(part, " \t"), "=")
		if quoted, found := strings.CutPrefix(value, `"`); found {
			if value, found = strings.CutSuffix(quoted, `"`); !found {
				return nil, false
			}
		}
		if !isToken([]byte(name)) || hasValue && !isToken([]byte(value)) {
			return nil, false
		}
		if slices.ContainsFunc(out, func(p extensionParameter) bool { return p.name == name }) {
			return nil, false
		}
		out = append(out, extensionParameter{name, value, hasValue})
	}
	return out, true
}

// deflateFulfilled reports whether the library's answer fulfils an offer, and whether the
// offer is one.
func deflateFulfilled(parameters []extensionParameter) (fulfilled, ok bool) {
	fulfilled = true
	for _, p := range parameters {
		switch p.name {
		case "server_no_context_takeover", "client_no_context_takeover":
			if p.hasValue {
				return false, false
			}
		case "server_max_window_bits", "client_max_window_bits":
			bits, err := strconv.Atoi(p.value)
			valid := err == nil && bits >= 8 && bits <= 15 && p.value == strconv.Itoa(bits)
			server := p.name == "server_max_window_bits"
			if p.hasValue && !valid || server && !p.hasValue {
				return false, false
			}
			fulfilled = fulfilled && !server
		default:
			return false, false
		}
	}
	return fulfilled, true
}
