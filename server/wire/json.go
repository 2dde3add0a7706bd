package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Encode returns the text of a message whose shape does not matter for speed. It fills
// in the message's type. An error means that m is no message of the server or holds a
// number that JSON cannot express.
func Encode(m any) ([]byte, error) {
	switch v := m.(type) {
	case Hello:
		v.Type, v.Protocol = TypeHello, Protocol
		m = v
	case Schema:
		v.Type = TypeSchema
		m = v
	case Health:
		v.Type = TypeHealth
		m = v
	case Event:
		v.Type = TypeEvent
		m = v
	case Verdict:
		v.Type = TypeVerdict
		m = v
	case Pong:
		v.Type = TypePong
		m = v
	case Bye:
		v.Type = TypeBye
		m = v
	default:
		return nil, fmt.Errorf("encode %T: not a message that Encode writes", m)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the text is never put into HTML, and "<" is common in names
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("encode %T: %w", m, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

const hex = "0123456789abcdef"

// appendString appends s as a JSON string. Names on a host are chosen by whoever runs
// there: invalid UTF-8 becomes U+FFFD, and U+2028 and U+2029 are escaped because old
// JavaScript takes them for line ends.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != 0x7F {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, `\n`...)
			case '\t':
				dst = append(dst, `\t`...)
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xF])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && size == 1) || r == '\u2028' || r == '\u2029' {
			dst = append(dst, s[start:i]...)
			dst = append(dst, '\\', 'u', hex[r>>12&0xF], hex[r>>8&0xF], hex[r>>4&0xF], hex[r&0xF])
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
